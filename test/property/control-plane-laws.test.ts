import assert from 'node:assert/strict';
import { test } from 'node:test';
import { convertControlPlane } from '../../src/domain/conversion/control-plane.ts';
import { NOTES_IN_V1, NOTES_IN_V2 } from '../../src/domain/conversion/spec.ts';
import { get, without } from '../../src/domain/conversion/tree.ts';
import type { ClusterFacts } from '../../src/domain/control-plane/facts.ts';
import { viewOf, type MeshView } from '../../src/domain/control-plane/mesh-view.ts';
import { planControlPlane } from '../../src/domain/control-plane/plan.ts';
import { controlPlaneStatus } from '../../src/domain/control-plane/status.ts';
import { NOTHING_DONE } from '../../src/k8s/plan.ts';
import { canonicalJson } from '../../src/lib/hash.ts';
import { isJsonObject, type JsonObject } from '../../src/lib/json.ts';
import { messageOf } from '../../src/lib/result.ts';
import type { KubeObject } from '../../src/k8s/object.ts';
import { CHARTS, controlPlane, observed, OPENSHIFT, PLAIN } from '../build/control-plane.ts';
import { chooseSeed } from '../support/chance.ts';
import { randomControlPlane, smallest, type ApiVersion } from '../build/random-control-plane.ts';

/*
 * Laws for everything that the CRD admits. `npm run check` looks at 500 control planes, `npm test` at 10,000 (TMESH_SPECS);
 * another TEST_SEED gives others. What fails is cut down to its smallest spec and printed.
 */

const COUNT = Number(process.env['TMESH_SPECS'] ?? 500);
const FIRST_SEED = chooseSeed('TEST_SEED');
const VERSIONS: readonly ApiVersion[] = ['v1', 'v2'];

const OTHER: Readonly<Record<ApiVersion, ApiVersion>> = { v1: 'v2', v2: 'v1' };
const NOTES: Readonly<Record<ApiVersion, readonly string[]>> = { v1: NOTES_IN_V1, v2: NOTES_IN_V2 };

function specOf(object: KubeObject): JsonObject {
  const spec = object['spec'];
  return isJsonObject(spec) ? spec : {};
}

/** A note that a user wrote is renewed like one that went stale: of such an object everything else must come back. */
function comparable(object: KubeObject, version: ApiVersion): string {
  const notes = NOTES[version];
  return canonicalJson(get(specOf(object), notes) === undefined ? object : { ...object, spec: without(specOf(object), notes) });
}

function converted(object: KubeObject, version: ApiVersion): KubeObject {
  const result = convertControlPlane(object, `maistra.io/${version}`);
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

function faultOfRoundTrip(object: KubeObject, version: ApiVersion): string | undefined {
  try {
    const back = converted(converted(object, OTHER[version]), version);
    const hadNotes = get(specOf(object), NOTES[version]) !== undefined;
    const isSame = hadNotes ? comparable({ ...back, spec: without(specOf(back), NOTES[version]) }, version) === comparable(object, version) : canonicalJson(back) === canonicalJson(object);
    return isSame ? undefined : 'it came back as another object';
  } catch (error) {
    return `it threw: ${messageOf(error)}`;
  }
}

function showSmallest(object: KubeObject, fails: (object: KubeObject) => boolean): string {
  const spec = smallest(specOf(object), (smaller) => fails({ ...object, spec: smaller }));
  return JSON.stringify({ ...object, spec });
}

for (const version of VERSIONS) {
  test(`a control plane of ${version} comes back from ${OTHER[version]} as it was, spec and status`, (t) => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + COUNT; seed += 1) {
      const object = randomControlPlane(version, seed);
      const fault = faultOfRoundTrip(object, version);
      if (fault !== undefined) assert.fail(`seed ${seed}: ${fault}: ${showSmallest(object, (smaller) => faultOfRoundTrip(smaller, version) !== undefined)}`);
    }
    t.diagnostic(`${COUNT} control planes of ${version} there and back`);
  });
}

function planned(object: KubeObject, facts: ClusterFacts): MeshView['state'] {
  const smcp = converted(object, 'v2');
  const placed = controlPlane(specOf(smcp));
  const mesh = observed({ ...placed, ...(smcp['status'] === undefined ? {} : { status: smcp['status'] }) }, { facts, members: ['far'] });
  const view = viewOf(mesh, CHARTS);
  planControlPlane(mesh, view, new Date(0));
  controlPlaneStatus(mesh, view, NOTHING_DONE, new Date(0));
  return view.state;
}

function stateOf(object: KubeObject, facts: ClusterFacts): MeshView['state'] | 'threw' {
  try {
    return planned(object, facts);
  } catch {
    return 'threw';
  }
}

/** Rendering takes ten times as long as converting. */
const PLANS = Math.ceil(COUNT / 10);

test('plan and status of any control plane are made without a throw, and most meshes can be built', (t) => {
  const built: Record<string, number> = {};
  for (const version of VERSIONS) {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + PLANS; seed += 1) {
      const object = randomControlPlane(version, seed);
      const facts = seed % 2 === 0 ? OPENSHIFT : PLAIN;
      const state = stateOf(object, facts);
      if (state === 'threw') assert.fail(`seed ${seed}: ${showSmallest(object, (smaller) => stateOf(smaller, facts) === 'threw')}`);
      built[state] = (built[state] ?? 0) + 1;
    }
  }
  t.diagnostic(JSON.stringify(built));
  assert.ok((built['buildable'] ?? 0) > PLANS, JSON.stringify(built));
});
