import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CONTROL_PLANE, CONTROL_PLANE_V1 } from '../../../src/api/kinds.ts';
import { istioDefinitions } from '../../../src/cli/istio-crds.ts';
import { convertControlPlane } from '../../../src/domain/conversion/control-plane.ts';
import { NOTES_IN_V1, NOTES_IN_V2 } from '../../../src/domain/conversion/spec.ts';
import { get, without } from '../../../src/domain/conversion/tree.ts';
import { renderMesh, type WantedObject } from '../../../src/domain/control-plane/render.ts';
import { validateControlPlane } from '../../../src/domain/validation/control-plane.ts';
import { ISTIO_MINORS } from '../../../src/domain/versions.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { apiVersionOf } from '../../../src/k8s/resource.ts';
import { isJsonObject, sameJson } from '../../../src/lib/json.ts';
import { connect, type ApiClient } from '../../../tools/cluster/api-client.ts';
import { startCluster, type Cluster } from '../../../tools/cluster/cluster.ts';
import { CHARTS, MESH, objectsOf, OPENSHIFT, PLAIN, ROOT, valuesInput } from '../../build/control-plane.ts';
import { everyFieldSpecs } from '../../build/every-field-set.ts';
import { randomControlPlane, type ApiVersion } from '../../build/random-control-plane.ts';
import { randomMesh } from '../../build/random-mesh.ts';
import { chooseSeed } from '../../support/chance.ts';
import { eventually } from '../../support/eventually.ts';
import { OPERATOR_NAMESPACE, serveWebhooks, type ServedWebhooks } from '../webhooks/served-webhooks.ts';
import { DryRuns } from './dry-runs.ts';

/*
 * Random control planes meet a real API server, our webhooks and conversion included, as dry runs: what validation lets through is admitted and comes back
 * as it was sent, what it refuses is refused in its words, and every object that is rendered is taken. Of a spec that is refused, the refused fields are
 * taken out, and what is left is tried as well. As many as half a minute allows; TMESH_SERVER_SPECS=10000 says how many.
 */

const WANTED = Number(process.env['TMESH_SERVER_SPECS'] ?? 0);
const TIME_MS = 30_000;
/** Half a minute on a busy machine; fewer than these say nothing. */
const LEAST = 40;
const AT_ONCE = 6;
const MOST_SHOWN = 20;
const FIRST_SEED = chooseSeed('TEST_SEED');
const TYPES = { v1: CONTROL_PLANE_V1, v2: CONTROL_PLANE } as const;
const ROOT_FOLDER = join(import.meta.dirname, '..', '..', '..');

let cluster: Cluster;
let client: ApiClient;
let webhooks: ServedWebhooks;
let dryRuns: DryRuns;
before(async () => {
  cluster = await startCluster({ flavour: 'openshift', kubelet: false });
  client = connect(cluster.server, await readFile(cluster.caFile, 'utf8'), cluster.token('admin'));
  dryRuns = new DryRuns(client);
  const namespaces = [MESH, 'far', OPERATOR_NAMESPACE].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
  const items = [...istioDefinitions(join(ROOT_FOLDER, 'dist', 'istio-crds.json')), ...namespaces];
  const results = [
    await cluster.kubectl(['apply', '--server-side', '-f', join(ROOT_FOLDER, 'crds')]),
    await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) }),
    await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']),
  ];
  assert.deepEqual(results.filter(({ code }) => code !== 0).map(({ stderr }) => stderr), []);
  webhooks = await serveWebhooks(cluster);
  await eventually('the webhooks are registered', webhooks.isPublished);
  await eventually('they are asked', async () => {
    const answer = await dryRuns.created(CONTROL_PLANE, controlPlane('v2', { version: 'none' }));
    return !answer.ok && answer.error.includes('denied the request');
  });
});
after(async () => {
  assert.deepEqual(webhooks?.failures, [], 'nothing went wrong inside the webhooks');
  await webhooks?.stop();
  client?.close();
  await cluster?.stop();
});

function controlPlane(version: ApiVersion, spec: unknown): KubeObject {
  return { apiVersion: apiVersionOf(TYPES[version]), kind: CONTROL_PLANE.kind, metadata: { name: 'basic', namespace: MESH }, spec };
}

const NOTES = { v1: NOTES_IN_V1, v2: NOTES_IN_V2 } as const;

/** A note that a user wrote is renewed like one that went stale; everything else must come back. */
function comparable(spec: unknown, version: ApiVersion): unknown {
  return isJsonObject(spec) && get(spec, NOTES[version]) !== undefined ? without(spec, NOTES[version]) : spec;
}

/** What is wrong with the server's answer to a control plane; undefined: nothing. */
async function faultOf(version: ApiVersion, spec: unknown): Promise<string | undefined> {
  const object = controlPlane(version, spec);
  const { problems } = validateControlPlane(object, { others: [], operatorNamespace: OPERATOR_NAMESPACE });
  const answer = await dryRuns.created(TYPES[version], object);
  if (answer.ok) {
    if (problems.length > 0) return `${version} is admitted in spite of ${problems[0]?.message ?? ''}`;
    return sameJson(comparable(answer.value['spec'], version), comparable(spec, version)) ? undefined : `${version} comes back as ${JSON.stringify(answer.value['spec'])}, sent as ${JSON.stringify(spec)}`;
  }
  return problems.length > 0 && answer.error.includes('denied the request') ? undefined : `${version} is refused: ${answer.error}`;
}

function inV1(spec: unknown): unknown {
  const converted = convertControlPlane(controlPlane('v2', spec), apiVersionOf(CONTROL_PLANE_V1));
  assert.ok(converted.ok);
  return converted.value['spec'];
}

/** Everything that is wrong with the control plane of a seed, and with the mesh of what is left of it. */
async function faultsOf(version: ApiVersion, seed: number): Promise<readonly string[]> {
  const mesh = randomMesh(version, seed);
  const { spec } = mesh.smcp as { readonly spec?: unknown };
  const found = [await faultOf(version, randomControlPlane(version, seed)['spec']), await faultOf('v2', spec), await faultOf('v1', inV1(spec))];
  for (const { type, object } of objectsOf(mesh)) {
    const refusal = await dryRuns.refusalOf(type, object);
    if (refusal !== undefined) found.push(`${object.kind} ${object.metadata.name}: ${refusal}`);
  }
  return found.filter((fault) => fault !== undefined).map((fault) => `${version} seed ${seed}: ${fault}`);
}

test('random control planes are admitted or refused as validation says, come back as they were sent, and none of their objects is refused', async (t) => {
  const until = performance.now() + TIME_MS;
  const faults: string[] = [];
  let tried = 0;
  const goesOn = (): boolean => (WANTED > 0 ? tried < WANTED : tried < LEAST || performance.now() < until);
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (goesOn()) {
      const place = tried;
      tried += 1;
      faults.push(...await faultsOf(place % 2 === 0 ? 'v1' : 'v2', FIRST_SEED + Math.floor(place / 2)));
    }
  }));
  t.diagnostic(`${tried} control planes from seed ${FIRST_SEED} on, ${dryRuns.different} different objects, ${faults.length} faults`);
  assert.deepEqual(faults.slice(0, MOST_SHOWN), []);
});

/** What every set of fields is rendered to, on every minor and platform, with a word on where it comes from. */
function everyFieldObjects(): readonly (WantedObject & { readonly from: string })[] {
  const platforms = ISTIO_MINORS.flatMap(({ minor }) => [OPENSHIFT, PLAIN].map((facts) => ({ minor, facts })));
  return everyFieldSpecs().flatMap((spec, index) => platforms.flatMap(({ minor, facts }) => {
    const input = valuesInput({ ...spec, version: `v${minor}` }, { facts, members: ['far'], rootCertificate: ROOT, isIstiodAvailable: true });
    return objectsOf(renderMesh(input, CHARTS)).map((wanted) => ({ ...wanted, from: `specs[${index}] ${minor} ${wanted.object.kind} ${wanted.object.metadata.name}` }));
  }));
}

test('no object of the control planes that set every field is refused, on any minor and platform', async (t) => {
  const own = new DryRuns(client);
  const faults: string[] = [];
  for (const { from, type, object } of everyFieldObjects()) {
    const refusal = await own.refusalOf(type, object);
    if (refusal !== undefined) faults.push(`${from}: ${refusal}`);
  }
  t.diagnostic(`${own.different} different objects`);
  assert.ok(own.different > 200);
  assert.deepEqual(faults, []);
});

test('the control planes that set every field are admitted and come back as they were sent, in both versions', async () => {
  const faults = await Promise.all(everyFieldSpecs().flatMap((spec) => [faultOf('v2', spec), faultOf('v1', inV1(spec))]));
  assert.deepEqual(faults.filter((fault) => fault !== undefined), []);
});
