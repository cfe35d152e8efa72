import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiFailure } from '../../../tools/cluster/api-client.ts';
import { chooseSeed, pick, seededRandom } from '../../support/chance.ts';
import { eventually } from '../../support/eventually.ts';
import { startFixture, type OperatorFixture } from '../../support/operator-fixture.ts';

/*
 * 200 short histories of a mesh and two projects: made in any order, taken down in any order, some before they were finished, while the operator is killed at
 * any moment. Afterwards nothing of ours is left, and a mesh beside them never lost its member. TEST_HISTORIES says how many; TEST_SEED plays other ones.
 */

const HISTORIES = Number(process.env['TEST_HISTORIES'] ?? 200);
const LANES = 10;

let fixture: OperatorFixture;
// No kubelet: what is tested here does not wait for pods.
before(async () => { fixture = await startFixture('kubernetes', { kubelet: false }); });
after(async () => { await fixture?.stop(); });

const SMALL = { addons: { kiali: { enabled: false }, grafana: { enabled: false }, prometheus: { enabled: false } }, tracing: { type: 'None' }, gateways: { enabled: false } };

interface Thing { readonly collection: string; readonly body: { readonly metadata: { readonly name: string } } & Readonly<Record<string, unknown>> }

const namespace = (name: string): Thing => ({ collection: '/api/v1/namespaces', body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } } });
function ours(kind: string, at: string, name: string, spec: object): Thing {
  const version = kind === 'ServiceMeshControlPlane' ? 'v2' : 'v1';
  return { collection: `/apis/maistra.io/${version}/namespaces/${at}/${kind.toLowerCase()}s`, body: { apiVersion: `maistra.io/${version}`, kind, metadata: { name }, spec } };
}
const plane = (mesh: string): Thing => ours('ServiceMeshControlPlane', mesh, 'basic', SMALL);
const roll = (mesh: string, members: readonly string[]): Thing => ours('ServiceMeshMemberRoll', mesh, 'default', { members });
const member = (at: string, mesh: string): Thing => ours('ServiceMeshMember', at, 'default', { controlPlaneRef: { namespace: mesh, name: 'basic' } });

/** Creates it. An operator that was killed refuses by its absence: that is tried again. A namespace that is gone by now ends the attempt. */
async function create({ collection, body }: Thing): Promise<void> {
  await eventually(`${collection}/${body.metadata.name} is created`, async () => {
    try {
      await fixture.client.call(collection, { method: 'POST', body });
    } catch (error) {
      if (!(error instanceof ApiFailure) || error.status === 500) throw error;
      // Forbidden (403): the namespace is on its way out; 404: it is gone; 409: it is there.
      if (![403, 404, 409].includes(error.status)) throw error;
    }
    return true;
  }, 60);
}

async function remove({ collection, body }: Thing): Promise<void> {
  await eventually(`${collection}/${body.metadata.name} is told to go`, async () => {
    try {
      await fixture.client.call(`${collection}/${body.metadata.name}`, { method: 'DELETE' });
    } catch (error) {
      if (!(error instanceof ApiFailure) || error.status !== 404) throw error;
    }
    return true;
  }, 60);
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items.map((item) => ({ item, at: random() })).toSorted((a, b) => a.at - b.at).map(({ item }) => item);
}

/** One history. Namespaces are made first, for nothing can be in one that is not there; everything else comes, and goes, in any order. */
async function play(id: number, seed: number): Promise<void> {
  const random = seededRandom(seed + id);
  const pause = (): Promise<void> => sleep(random() * 120);
  const [mesh, one, two] = [`mesh-${id}`, `one-${id}`, `two-${id}`];
  const spaces = [mesh, one, two].map(namespace);
  for (const space of spaces) await create(space);
  const things = [plane(mesh), roll(mesh, [one]), member(two, mesh)];
  for (const thing of shuffled(things, random)) { await create(thing); await pause(); }
  await sleep(random() * pick([0, 300, 1500], random));
  const going = shuffled([...things, ...spaces.filter(() => random() < 0.5)], random);
  for (const thing of going) { await remove(thing); await pause(); }
}

/** Kills the operator at any moment, until it is told to stop. Out: how often. */
function killer(seed: number): { readonly stop: () => Promise<number> } {
  const random = seededRandom(seed);
  const over = new AbortController();
  const run = async (): Promise<number> => {
    let kills = 0;
    while (!over.signal.aborted) {
      await sleep(300 + random() * 3000);
      const { child } = fixture.operator();
      child.kill('SIGKILL');
      // No lease: it would have to run out first, and nobody else is here.
      await fixture.restart(['--no-leader-elect']);
      kills += 1;
    }
    return kills;
  };
  const running = run();
  return { stop: () => { over.abort(); return running; } };
}

interface Listed { readonly items: readonly { readonly metadata: { readonly name: string; readonly namespace?: string; readonly finalizers?: readonly string[]; readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>> } }[] }

const OURS = 'app.kubernetes.io%2Fmanaged-by%3Dmaistra-istio-operator';
const MINE = ['steady', 'steady-mesh'];

/** Everything of the operator in namespaces of the histories, and cluster-wide objects of their meshes. */
async function leftovers(): Promise<string[]> {
  const namespaced = ['/apis/apps/v1/deployments', '/api/v1/services', '/api/v1/configmaps', '/api/v1/secrets', '/api/v1/serviceaccounts', '/apis/networking.k8s.io/v1/networkpolicies',
    '/apis/rbac.authorization.k8s.io/v1/rolebindings', '/apis/rbac.authorization.k8s.io/v1/roles', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
    '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations'];
  const paths = [...namespaced.map((path) => `${path}?labelSelector=${OURS}%2Cmaistra.io%2Fowner`), ...['networkpolicies', 'rolebindings'].map((kind) =>
    `${kind === 'networkpolicies' ? '/apis/networking.k8s.io/v1' : '/apis/rbac.authorization.k8s.io/v1'}/${kind}?labelSelector=maistra.io%2Fmember-of`),
  '/apis/maistra.io/v2/servicemeshcontrolplanes', '/apis/maistra.io/v1/servicemeshmemberrolls', '/apis/maistra.io/v1/servicemeshmembers'];
  const found = (await Promise.all(paths.map(async (path) => (await fixture.client.call<Listed>(path)).items.map((item) => ({ path, item }))))).flat();
  const spaces = (await fixture.client.call<Listed>('/api/v1/namespaces')).items
    .filter(({ metadata: { labels = {}, annotations = {} } }) => labels['maistra.io/member-of'] !== undefined || annotations['tmesh.maistra.io/leaving'] !== undefined);
  const objects = found.filter(({ item: { metadata } }) => !MINE.includes(metadata.namespace ?? metadata.labels?.['maistra.io/owner'] ?? ''));
  return [
    ...objects.map(({ path, item: { metadata } }) => `${path.split('?')[0] ?? ''} ${metadata.namespace ?? ''}/${metadata.name}${metadata.finalizers === undefined ? '' : ` held by ${metadata.finalizers.join(', ')}`}`),
    ...spaces.filter(({ metadata }) => !MINE.includes(metadata.name)).map(({ metadata }) => `namespace ${metadata.name} is still marked`),
  ];
}

test(`${HISTORIES} histories with an operator that is killed at any moment leave nothing behind, and throw nobody out`, async (t) => {
  const seed = chooseSeed('TEST_SEED');
  t.diagnostic(`TEST_SEED=${seed}`);
  for (const name of MINE) await create(namespace(name));
  for (const thing of [plane('steady-mesh'), member('steady', 'steady-mesh')]) await create(thing);
  interface Space { readonly metadata: { readonly resourceVersion: string; readonly labels?: Readonly<Record<string, string>> } }
  const steady = (): Promise<Space> => fixture.client.call('/api/v1/namespaces/steady');
  await eventually('the steady member is in', async () => (await steady()).metadata.labels?.['maistra.io/member-of'] === 'steady-mesh', 60);
  const { metadata: { resourceVersion } } = await steady();
  const kills = killer(seed);
  const ids = Array.from({ length: HISTORIES }, (_value, i) => i).values();
  await Promise.all(Array.from({ length: LANES }, async () => { for (const id of ids) await play(id, seed); }));
  t.diagnostic(`the operator was killed ${await kills.stop()} times`);
  await eventually('nothing is left', async () => {
    const left = await leftovers();
    if (left.length > 0) throw new Error(`TEST_SEED=${seed}; ${left.length} left, such as ${left.slice(0, 20).join('; ')}`);
    return true;
  }, 120);
  assert.equal((await steady()).metadata.resourceVersion, resourceVersion, 'nobody wrote to the namespace of the steady member in all that time');
});
