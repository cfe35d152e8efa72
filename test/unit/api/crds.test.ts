import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import * as z from 'zod';
import { isJsonObject, valueAt, type Json, type JsonObject } from '../../../src/lib/json.ts';
import { CRD_DEFINITIONS } from '../../../tools/gen/crd-definitions.ts';
import { crdFiles, crdOf } from '../../../tools/gen/crds.ts';
import { structuralSchema } from '../../../tools/gen/structural.ts';

const CRDS = CRD_DEFINITIONS.map((definition) => crdOf(definition));
const crd = (shortName: string): Json => CRDS.find((candidate) => valueAt(candidate, 'spec', 'names', 'shortNames')?.toString() === shortName) ?? assert.fail(shortName);

function versions(definition: Json): JsonObject[] {
  const list = valueAt(definition, 'spec', 'versions');
  assert.ok(Array.isArray(list));
  return list.filter((version) => isJsonObject(version));
}

/** Every schema node with the path that leads to it. */
function* nodes(schema: unknown, path: string): Generator<readonly [string, JsonObject]> {
  if (!isJsonObject(schema)) return;
  yield [path, schema];
  const properties = schema['properties'];
  if (isJsonObject(properties)) for (const [key, nested] of Object.entries(properties)) yield* nodes(nested, `${path}.${key}`);
  yield* nodes(schema['items'], `${path}[]`);
  yield* nodes(schema['additionalProperties'], `${path}{}`);
}

const ALL: readonly (readonly [string, JsonObject])[] = CRDS.flatMap((definition) => versions(definition)
  .flatMap((version) => [...nodes(valueAt(version, 'schema', 'openAPIV3Schema'), `${valueAt(definition, 'metadata', 'name')}/${valueAt(version, 'name')}`)]));

test('the generated files are fresh', () => {
  const folder = join(import.meta.dirname, '..', '..', '..', 'crds');
  const stale = [...crdFiles()].filter(([name, text]) => readFileSync(join(folder, name), 'utf8') !== text).map(([name]) => name);
  assert.deepEqual(stale, []);
});

test('a file holds what is generated, and nothing that YAML changes on the way', () => {
  for (const [name, text] of crdFiles()) {
    assert.ok(CRDS.some((definition) => JSON.stringify(definition) === JSON.stringify(parse(text))), name);
    assert.deepEqual(parse(text, { version: '1.1' }), parse(text), `${name} means the same to kubectl, which reads YAML 1.1`);
    assert.equal(readFileSync(join(import.meta.dirname, '..', '..', '..', 'crds', name), 'utf8'), text);
  }
});

test('a client-side apply can keep each CRD in its annotation', () => {
  const limit = 262_144;
  for (const definition of CRDS) assert.ok(JSON.stringify(definition).length < limit * 0.75, String(valueAt(definition, 'metadata', 'name')));
});

test('every field has a description, so that kubectl explain is useful', () => {
  const silent = ALL.filter(([path, { description }]) => !/\{\}$|\[\]$|\.metadata(\.name)?$/.test(path) && (typeof description !== 'string' || description.trim() === ''));
  assert.deepEqual(silent.map(([path]) => path), []);
  assert.ok(ALL.length > 600, `${ALL.length} nodes were looked at`);
});

test('every node is structural: a type, or a mark that says why there is none', () => {
  for (const [path, node] of ALL) {
    const isMarked = node['x-kubernetes-int-or-string'] === true || node['x-kubernetes-preserve-unknown-fields'] === true;
    assert.ok(typeof node['type'] === 'string' || isMarked, path);
    assert.ok(node['properties'] === undefined || node['additionalProperties'] === undefined, `${path} has properties and additionalProperties`);
    for (const key of ['$ref', '$schema', 'oneOf', 'const', 'propertyNames', 'examples', 'id']) assert.ok(!(key in node), `${path} has ${key}`);
    if (node['type'] === 'array') assert.ok(typeof node['x-kubernetes-list-type'] === 'string' || path.includes('[]'), `${path} has no list type`);
  }
});

test('objects of the spec keep fields they do not know', () => {
  const closed = ALL.filter(([path, node]) => path.includes('.spec') && node['properties'] !== undefined && node['x-kubernetes-preserve-unknown-fields'] !== true);
  assert.deepEqual(closed.map(([path]) => path), []);
});

/** Where anything goes, and why no schema says more. */
const FREE: readonly (readonly [where: RegExp, why: string])[] = [
  [/\.v2\.spec\.techPreview$/, 'keeps what v1 can say and v2 cannot, as the old API did'],
  [/\.v1\.spec\.threeScale$/, 'Helm values of an add-on that is gone'],
  [/\.v1\.spec\.istio\.pilot\.traceSampling$/, 'a number, with a fraction or as text'],
  [/\.(status\.(appliedSpec|appliedValues|lastAppliedConfiguration|components\[\]))$/, 'written by the operator: a spec inside a status'],
  [/\.volume\.(configMap|secret)$/, 'a volume source of Kubernetes; the API server checks it in the Deployment'],
  [/\.affinity(\.(nodeAffinity|podAffinity))?$/, 'affinity of Kubernetes; the same'],
  [/\.(meshExpansionPorts|install\.deployment\.tolerations|service\.ingress\.tls)\[\]$/, 'ports, tolerations and TLS of Kubernetes; the same'],
  [/\.extensionProviders\[\]\.prometheus$/, 'an empty object by definition'],
  [/\.(elasticsearch\.(storage|indexCleaner)|telemetry\.configOverride)$/, 'settings of what is no longer installed'],
];

test('what takes anything is named, with the reason, and each reason is needed', () => {
  const free = ALL.filter(([, node]) => node['x-kubernetes-preserve-unknown-fields'] === true && node['properties'] === undefined).map(([path]) => path.replace('maistra.io/', ''));
  const shown = free.map((path) => path.replace(/^servicemeshcontrolplanes\./, '.'));
  assert.deepEqual(shown.filter((path) => !FREE.some(([where]) => where.test(path))), []);
  assert.deepEqual(FREE.filter(([where]) => !shown.some((path) => where.test(path))).map(([, why]) => why), []);
  for (const definition of CRDS) {
    assert.notEqual(valueAt(definition, 'spec', 'preserveUnknownFields'), true);
    for (const version of versions(definition)) assert.equal(valueAt(version, 'schema', 'openAPIV3Schema', 'x-kubernetes-preserve-unknown-fields'), undefined, 'the root is closed');
  }
});

test('server-side apply merges conditions by type, members as a set, and takes every other list whole, as the old API did', () => {
  const lists = ALL.filter(([, { type }]) => type === 'array').map(([path, node]) => [path.replace(/^.*maistra\.io\//, ''), node] as const);
  const merged = lists.filter(([, node]) => node['x-kubernetes-list-type'] !== 'atomic');
  for (const [path, node] of merged) {
    const isSet = path === 'v1.spec.members';
    assert.deepEqual([node['x-kubernetes-list-type'], node['x-kubernetes-list-map-keys']], isSet ? ['set', undefined] : ['map', ['type']], path);
    assert.ok(isSet || valueAt(node, 'items', 'required')?.toString().split(',').includes('type'), `${path}: a key must be required`);
  }
  const conditions = lists.filter(([path]) => /^v\d\.status\.conditions$/.test(path));
  assert.deepEqual(conditions.map(([, node]) => node['x-kubernetes-list-type']), ['map', 'map', 'map', 'map']);
});

test('names are those of the old operator', () => {
  assert.deepEqual(valueAt(crd('smcp'), 'spec', 'names'), {
    categories: ['maistra-io'], kind: 'ServiceMeshControlPlane', listKind: 'ServiceMeshControlPlaneList', plural: 'servicemeshcontrolplanes',
    shortNames: ['smcp'], singular: 'servicemeshcontrolplane',
  });
  assert.deepEqual(['smcp', 'smmr', 'smm'].map((name) => valueAt(crd(name), 'spec', 'scope')), ['Namespaced', 'Namespaced', 'Namespaced']);
});

test('v2 of the control plane is stored, v1 is served, and nothing says how to convert: that is added where it runs', () => {
  assert.deepEqual(versions(crd('smcp')).map(({ name, served, storage }) => [name, served, storage]), [['v1', true, false], ['v2', true, true]]);
  for (const definition of CRDS) {
    assert.equal(valueAt(definition, 'spec', 'conversion'), undefined);
    for (const version of versions(definition)) assert.deepEqual(version['subresources'], { status: {} });
  }
});

function columns(shortName: string, index: number): unknown[] {
  const list = versions(crd(shortName))[index]?.['additionalPrinterColumns'];
  assert.ok(Array.isArray(list));
  return list.map((column) => [valueAt(column, 'name'), valueAt(column, 'jsonPath'), ...(valueAt(column, 'priority') === undefined ? [] : [valueAt(column, 'priority')])]);
}

test('columns are those users know', () => {
  assert.deepEqual(columns('smcp', 0), [
    ['Ready', '.status.annotations.readyComponentCount'], ['Status', '.status.conditions[?(@.type=="Reconciled")].reason'],
    ['Template', '.status.lastAppliedConfiguration.template'], ['Version', '.status.lastAppliedConfiguration.version'], ['Age', '.metadata.creationTimestamp'],
    ['Image HUB', '.status.lastAppliedConfiguration.istio.global.hub', 1],
  ]);
  assert.deepEqual(columns('smcp', 1), [
    ['Ready', '.status.annotations.readyComponentCount'], ['Status', '.status.conditions[?(@.type=="Ready")].reason'],
    ['Profiles', '.status.appliedSpec.profiles'], ['Version', '.status.chartVersion'], ['Age', '.metadata.creationTimestamp'],
    ['Image Registry', '.status.appliedSpec.runtime.defaults.container.imageRegistry', 1],
  ]);
  assert.deepEqual(columns('smmr', 0), [
    ['Ready', '.status.annotations.configuredMemberCount'], ['Status', '.status.conditions[?(@.type=="Ready")].reason'], ['Age', '.metadata.creationTimestamp'],
    ['Members', '.status.members', 1],
  ]);
  assert.deepEqual(columns('smm', 0), [
    ['Control Plane', '.status.annotations.controlPlaneRef'], ['Ready', '.status.conditions[?(@.type=="Ready")].status'], ['Age', '.metadata.creationTimestamp'],
  ]);
});

test('zod becomes structural: nullable, bounds, patterns, maps, lists, free form', () => {
  assert.deepEqual(structuralSchema(z.string().nullable()), { type: 'string', nullable: true });
  assert.deepEqual(structuralSchema(z.int32()), { type: 'integer', format: 'int32' });
  assert.deepEqual(structuralSchema(z.int32().min(0).max(7)), { type: 'integer', format: 'int32', minimum: 0, maximum: 7 });
  assert.deepEqual(structuralSchema(z.record(z.string(), z.boolean())), { type: 'object', additionalProperties: { type: 'boolean' } });
  assert.deepEqual(structuralSchema(z.record(z.string(), z.unknown())), { type: 'object', 'x-kubernetes-preserve-unknown-fields': true });
  assert.deepEqual(structuralSchema(z.array(z.enum(['a', 'b']))), { type: 'array', items: { type: 'string', enum: ['a', 'b'] } });
  assert.deepEqual(structuralSchema(z.looseObject({ a: z.string() })), { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], 'x-kubernetes-preserve-unknown-fields': true });
  assert.deepEqual(structuralSchema(z.unknown()), { 'x-kubernetes-preserve-unknown-fields': true });
});

test('a union that Kubernetes cannot express is refused when generating, not when installing', () => {
  assert.throws(() => structuralSchema(z.union([z.boolean(), z.string()])), /a union must be marked/);
});
