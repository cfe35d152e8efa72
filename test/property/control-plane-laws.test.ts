import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlPlaneSpecV1Schema } from '../../src/api/maistra-v1/control-plane.ts';
import { convertControlPlane } from '../../src/domain/conversion/control-plane.ts';
import { NOTES_IN_V1, NOTES_IN_V2 } from '../../src/domain/conversion/spec.ts';
import { get, without } from '../../src/domain/conversion/tree.ts';
import { viewOf } from '../../src/domain/control-plane/mesh-view.ts';
import { planControlPlane } from '../../src/domain/control-plane/plan.ts';
import { identityOf } from '../../src/domain/control-plane/prune.ts';
import { controlPlaneStatus } from '../../src/domain/control-plane/status.ts';
import { NOTHING_DONE } from '../../src/k8s/plan.ts';
import { validateControlPlane } from '../../src/domain/validation/control-plane.ts';
import { canonicalJson } from '../../src/lib/hash.ts';
import { isJsonObject, type JsonObject } from '../../src/lib/json.ts';
import { messageOf } from '../../src/lib/result.ts';
import type { KubeObject } from '../../src/k8s/object.ts';
import { CHARTS, objectsOf } from '../build/control-plane.ts';
import { observedMesh, randomMesh } from '../build/random-mesh.ts';
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

test('what v1 clients read of a control plane of v2, they may write back', () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + COUNT; seed += 1) {
    const shown = converted(randomControlPlane('v2', seed), 'v1');
    assert.equal(controlPlaneSpecV1Schema.safeParse(specOf(shown)).error, undefined, `seed ${seed}`);
  }
});

function planned(object: KubeObject, seed: number): void {
  validateControlPlane(object, { others: [] });
  const smcp = converted(object, 'v2');
  const mesh = observedMesh(specOf(smcp), seed);
  const withStatus = mesh.smcp === undefined || smcp['status'] === undefined ? mesh : { ...mesh, smcp: { ...mesh.smcp, status: smcp['status'] } };
  const view = viewOf(withStatus, CHARTS);
  planControlPlane(withStatus, view, new Date(0));
  controlPlaneStatus(withStatus, view, NOTHING_DONE, new Date(0));
}

function throwsInPlan(object: KubeObject, seed: number): boolean {
  try {
    planned(object, seed);
    return false;
  } catch {
    return true;
  }
}

/** Rendering takes twenty times as long as converting. */
const PLANS = Math.ceil(COUNT / 20);
const SEEDS = Array.from({ length: PLANS }, (_, index) => FIRST_SEED + index);

test('any control plane is judged, and its plan and status are made, without a throw', () => {
  for (const version of VERSIONS) {
    for (const seed of SEEDS) {
      const object = randomControlPlane(version, seed);
      if (throwsInPlan(object, seed)) assert.fail(`seed ${seed}: ${showSmallest(object, (smaller) => throwsInPlan(smaller, seed))}`);
    }
  }
});

test('without the fields that it is refused for, every control plane can be built, and no two of its objects are the same one', () => {
  for (const version of VERSIONS) {
    for (const seed of SEEDS) {
      const identities = objectsOf(randomMesh(version, seed)).map(({ object }) => identityOf(object));
      assert.ok(identities.length > 10, `${version} seed ${seed}: ${identities.length} objects`);
      assert.deepEqual(identities.filter((identity, index) => identities.indexOf(identity) < index), [], `${version} seed ${seed}`);
    }
  }
});
