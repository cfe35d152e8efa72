import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlPlaneSpecSchema } from '../../../../src/api/maistra-v2/control-plane.ts';
import { FIELDS_WITHOUT_EFFECT, type FieldWithoutEffect } from '../../../../src/api/maistra-v2/fields-without-effect.ts';
import type { Charts } from '../../../../src/domain/control-plane/charts.ts';
import { renderMesh } from '../../../../src/domain/control-plane/render.ts';
import { clusterWideRoll } from '../../../../src/domain/member-roll/cluster-wide.ts';
import { isIorEnabled } from '../../../../src/domain/ior/management.ts';
import { routeMetadata } from '../../../../src/domain/ior/route-metadata.ts';
import type { ClusterFacts } from '../../../../src/domain/control-plane/facts.ts';
import { updatesWorkloads } from '../../../../src/domain/sidecars/strategy.ts';
import type { JsonObject } from '../../../../src/lib/json.ts';
import { buildable, CHARTS, controlPlane, MESH, objectsOf, observed, OPENSHIFT, PLAIN, ROOT, valuesInput } from '../../../build/control-plane.ts';
import { contextOf, examplesOf } from '../../../build/field-contexts.ts';
import { leavesOf, withLeaf, withListsOf, type Leaf, type LeafPath } from '../../../build/spec-leaves.ts';

/*
 * No field is silently ignored: every leaf of the schema is set, and either the rendered objects change, or the table of fields
 * without effect has a row for it.
 */

const LEAVES = leavesOf(controlPlaneSpecSchema);
const CLUSTERS: readonly ClusterFacts[] = [OPENSHIFT, PLAIN, { ...OPENSHIFT, servesKiali: true }];

/** Without the long injection templates: no field is in them, and printing them a thousand times is most of the work. */
const LIGHT_CHARTS: Charts = { ...CHARTS, texts: new Map([...CHARTS.texts.keys()].map((name) => [name, name])) };

const baselines = new Map<string, string>();

function rendered(spec: JsonObject, facts: ClusterFacts): string {
  return JSON.stringify(objectsOf(renderMesh(valuesInput(spec, { facts, members: ['far'], rootCertificate: ROOT }), LIGHT_CHARTS)).map(({ object }) => object));
}

function baseline(spec: JsonObject, facts: ClusterFacts): string {
  const key = `${CLUSTERS.indexOf(facts)}${JSON.stringify(spec)}`;
  const known = baselines.get(key) ?? rendered(spec, facts);
  baselines.set(key, known);
  return known;
}

function changes(base: JsonObject, spec: JsonObject): boolean {
  return CLUSTERS.some((facts) => rendered(spec, facts) !== baseline(base, facts));
}

function isOnRoutes(part: 'labels' | 'annotations'): boolean {
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'istio-ingressgateway', namespace: MESH } };
  const smcp = controlPlane({ gateways: { openshiftRoute: { metadata: { [part]: { example: 'value' } } } } });
  return routeMetadata(smcp, service)[part]['example'] === 'value';
}

const CANARY = { version: 'v1.31', namespaces: ['far'] };

/** Is a second istiod beside the mesh's own, and is its member to move? */
function isTried(canary: JsonObject): boolean {
  const view = buildable(observed(controlPlane({ version: 'v1.30', updateStrategy: { canary } }), { members: ['far'] }));
  return objectsOf(view).some(({ object }) => object.kind === 'Deployment' && object.metadata.name === 'istiod-basic-canary') && view.canary?.waiting.includes('far') === true;
}

/** Fields that are read outside of rendering, each with a look at what reads it. */
const ELSEWHERE: Readonly<Record<string, () => boolean>> = {
  'gateways.openshiftRoute.metadata.labels': () => isOnRoutes('labels'),
  'gateways.openshiftRoute.metadata.annotations': () => isOnRoutes('annotations'),
  'updateStrategy.canary.version': () => isTried(CANARY),
  'updateStrategy.canary.namespaces': () => isTried(CANARY) && !isTried({ ...CANARY, namespaces: [] }),
  'updateStrategy.updateWorkloads': () => updatesWorkloads(controlPlane({ updateStrategy: { updateWorkloads: true } })),
  mode: () => clusterWideRoll({ namespace: MESH, controlPlanes: [{ ...controlPlane({}), status: { observedGeneration: 1, appliedSpec: { mode: 'ClusterWide' } } }] }) !== undefined,
  'gateways.openshiftRoute.enabled': () => isIorEnabled(controlPlane({ gateways: { openshiftRoute: { enabled: true } } })),
};

function isOf({ path }: FieldWithoutEffect, leaf: LeafPath): boolean {
  return path.every((step, index) => step === '*' || step === leaf[index]) || (path[0] === 'techPreview' && leaf[0] === 'techPreview');
}

const rowOf = ({ path }: Leaf): FieldWithoutEffect | undefined => FIELDS_WITHOUT_EFFECT.find((row) => isOf(row, path));

test('every field changes what is rendered, or has a row in the table of fields without effect', () => {
  const silent = LEAVES.filter((leaf) => {
    const row = rowOf(leaf);
    const isElsewhere = ELSEWHERE[leaf.path.join('.')]?.() === true;
    if ((row !== undefined && row.values === undefined) || isElsewhere) return false;
    const base = contextOf(leaf.path);
    const values = examplesOf(leaf).filter((value) => row?.values?.includes(String(value)) !== true);
    // What is left of a choice may be what happens anyway.
    return row === undefined && !values.some((value) => changes(base, withLeaf(base, leaf.path, value)));
  });
  assert.deepEqual(silent.map(({ path }) => path.join('.')), []);
  assert.ok(LEAVES.length > 1000, `${LEAVES.length} fields were looked at`);
});

test('no row is about a field that does something', () => {
  for (const row of FIELDS_WITHOUT_EFFECT) {
    const leaves = LEAVES.filter(({ path }) => isOf(row, path));
    const context = leaves.reduce((base, { path }) => withListsOf(contextOf(path), path) && merge(base, contextOf(path)), {});
    const set = (row.values ?? [undefined]).map((value) => leaves.reduce((spec, leaf) => withLeaf(spec, leaf.path, value ?? examplesOf(leaf)[0] ?? null), context));
    for (const spec of set) assert.ok(!changes(context, spec), `spec.${row.path.join('.')} ${String(row.values)} does something`);
  }
});

function merge(base: JsonObject, over: JsonObject): JsonObject {
  return Object.entries(over).reduce((tree, [key, value]) => (value === undefined ? tree : withLeaf(tree, [key], value)), base);
}

test('every row is about a field that there is', () => {
  const stale = FIELDS_WITHOUT_EFFECT.filter((row) => !LEAVES.some(({ path }) => isOf(row, path)));
  assert.deepEqual(stale.map(({ path }) => path.join('.')), []);
});
