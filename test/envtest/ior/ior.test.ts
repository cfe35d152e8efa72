import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { after, before, test } from 'node:test';
import { routeName } from '../../../src/domain/ior/route-name.ts';
import { eventually } from '../../support/eventually.ts';
import type { OperatorProcess } from '../../../tools/demo/operator-process.ts';
import { installWalk, joinWalk, root, SMCP_PATH, startFixture, type OperatorFixture } from '../../support/operator-fixture.ts';

/* IOR on a real API server with OpenShift's Route, its validation and a router that admits; in order, on one mesh. */

interface Item {
  readonly metadata: { readonly name: string; readonly uid: string; readonly annotations?: Record<string, string> };
  readonly spec: { readonly host?: string };
}
interface Listed { readonly items: readonly Item[] }
interface EventList { readonly items: readonly { readonly type: string; readonly reason: string; readonly message: string; readonly involvedObject: { readonly kind: string; readonly name: string } }[] }
interface Smcp { readonly status?: { readonly ior?: Record<string, unknown>; readonly routes?: readonly Record<string, string>[] } }

const MEMBER = 'microsvc-sample';
const ROUTES = '/apis/route.openshift.io/v1/namespaces/istio-system/routes';
const INGRESSES = '/apis/networking.k8s.io/v1/namespaces/istio-system/ingresses';
const BY_IOR = '?labelSelector=maistra.io%2Fgenerated-by%3Dior';
const GATEWAYS = `/apis/networking.istio.io/v1/namespaces/${MEMBER}/gateways`;
const ROLL = '/apis/maistra.io/v1/namespaces/istio-system/servicemeshmemberrolls/default';
const CRD_PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/servicemeshcontrolplanes.maistra.io';
const MERGE = 'application/merge-patch+json';

let fixture: OperatorFixture;
before(async () => {
  fixture = await startFixture('openshift');
  await installWalk(fixture);
  await joinWalk(fixture);
});
after(async () => { await fixture.stop(); });

const patch = (path: string, body: object): Promise<unknown> => fixture.client.call(path, { method: 'PATCH', body, contentType: MERGE });
const made = async (path = ROUTES): Promise<readonly Item[]> => (await fixture.client.call<Listed>(`${path}${BY_IOR}`)).items;
const namesOf = async (path = ROUTES): Promise<string[]> => (await made(path)).map(({ metadata }) => metadata.name).toSorted();
const nameFor = (gateway: string, host: string): string => routeName({ namespace: MEMBER, name: gateway }, host, 'istio-system');
const eventsOn = async (gateway: string): Promise<EventList['items']> =>
  (await fixture.client.call<EventList>(`/api/v1/namespaces/${MEMBER}/events`)).items.filter(({ involvedObject: { kind, name } }) => kind === 'Gateway' && name === gateway);

function createGateway(name: string, hosts: readonly string[]): Promise<unknown> {
  return fixture.client.call(GATEWAYS, { method: 'POST', body: {
    apiVersion: 'networking.istio.io/v1', kind: 'Gateway', metadata: { name, namespace: MEMBER },
    spec: { selector: { istio: 'ingressgateway' }, servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts }] },
  } });
}

async function exactly(expected: readonly string[], path = ROUTES): Promise<void> {
  await eventually('the set of Routes', async () => {
    assert.deepEqual(await namesOf(path), expected.toSorted());
    return true;
  }, 30);
}

const KILLS = 20;
const hostsOf = (i: number): readonly string[] => [`a-${i}.example.com`, `b-${i}.example.com`];
const ALL = Array.from({ length: KILLS }, (_, i) => hostsOf(i).map((host) => nameFor(`g-${i}`, host))).flat();

interface Lease { readonly spec: { readonly holderIdentity?: string } }

/** Process number of the operator that leads: the end of the lease's identity. */
async function leaderOf(among: readonly OperatorProcess[]): Promise<OperatorProcess> {
  return eventually('a living leader', async () => {
    const { spec } = await fixture.client.call<Lease>('/apis/coordination.k8s.io/v1/namespaces/tenant-mesh-operator/leases/tenant-mesh-operator');
    return among.find(({ child }) => spec.holderIdentity?.endsWith(`-${child.pid}`) === true);
  }, 60);
}

test('with the leader killed twenty times while Gateways are created, another takes over; the set of Routes is exact, and none that lived was made again (W29)', async () => {
  const lease = ['--lease-duration', '2'];
  const lived = new Set<string>();
  await fixture.operator().stop();
  let pair = [await fixture.restart(lease), await fixture.standBy(lease)];
  for (let i = 0; i < KILLS; i += 1) {
    const leader = await leaderOf(pair);
    const creating = createGateway(`g-${i}`, hostsOf(i));
    // Sometimes before, sometimes after the first Route is written.
    if (i % 2 === 0) await Promise.all([creating, eventually('a Route of it', async () => (await namesOf()).includes(nameFor(`g-${i}`, `a-${i}.example.com`)), 30)]);
    const ended = new Promise((resolve) => { leader.child.once('exit', resolve); });
    leader.child.kill('SIGKILL');
    await Promise.all([creating, ended]);
    for (const { metadata } of await made()) lived.add(metadata.uid);
    const heir = pair.find((each) => each !== leader) ?? leader;
    fixture.succeededBy(heir);
    pair = [heir, await fixture.standBy(lease)];
  }
  await exactly(ALL);
  const now = new Set((await made()).map(({ metadata }) => metadata.uid));
  assert.deepEqual([...lived].filter((uid) => !now.has(uid)), []);
  for (const each of pair) await each.stop();
  const { webhookUrl } = await fixture.restart(['--no-leader-elect']);
  // Each of them listens elsewhere: the last one has its own address to write yet.
  await eventually('the last one is who converts', async () => JSON.stringify((await fixture.client.call<{ spec: { conversion: unknown } }>(CRD_PATH)).spec.conversion).includes(webhookUrl));
});

test('a hundred events that change nothing write nothing (W23)', async () => {
  await eventually('all admitted, and said so', async () => (await fixture.client.call<Smcp>(SMCP_PATH)).status?.ior?.['admitted'] === ALL.length, 30);
  const writes = await fixture.writesDuring(async () => {
    for (let i = 0; i < 100; i += 1) await patch(`${GATEWAYS}/g-${i % KILLS}`, { metadata: { annotations: { 'argocd.argoproj.io/tracking-id': String(i) } } });
    await sleep(2000);
  });
  assert.deepEqual(writes, {});
});

test("a user's annotation on a Route survives edits of the Gateway, and an edit of ours is taken back", async () => {
  const name = nameFor('g-0', 'a-0.example.com');
  await patch(`${ROUTES}/${name}`, { metadata: { annotations: { 'haproxy.router.openshift.io/timeout': '7s' } }, spec: { to: { name: 'elsewhere' } } });
  await patch(`${GATEWAYS}/g-0`, { metadata: { labels: { team: 'a' } } });
  await eventually('label there, target repaired', async () => {
    const route = await fixture.client.call<Item & { metadata: { labels: Record<string, string> }; spec: { to: { name: string } } }>(`${ROUTES}/${name}`);
    return route.metadata.labels['team'] === 'a' && route.spec.to.name === 'istio-ingressgateway' && route.metadata.annotations?.['haproxy.router.openshift.io/timeout'] === '7s';
  });
});

test('a host that a stranger holds is a Warning on the Gateway within seconds, with the holder, and stands in the status and in the table', async () => {
  await fixture.kubectl('create', 'namespace', 'stranger');
  await fixture.client.call('/apis/route.openshift.io/v1/namespaces/stranger/routes', { method: 'POST', body: {
    apiVersion: 'route.openshift.io/v1', kind: 'Route', metadata: { name: 'first', namespace: 'stranger' }, spec: { host: 'taken.example.com', to: { kind: 'Service', name: 'x' } },
  } });
  // The router judges by age, in whole seconds.
  await sleep(1100);
  await createGateway('late', ['taken.example.com']);
  const warning = await eventually('the warning', async () => (await eventsOn('late')).find(({ reason }) => reason === 'HostAlreadyClaimed'), 15);
  assert.equal(warning.type, 'Warning');
  assert.match(warning.message, /held by Route stranger\/first/);
  const { status } = await fixture.client.call<Smcp>(SMCP_PATH);
  assert.deepEqual([status?.routes?.[0]?.['gateway'], status?.routes?.[0]?.['reason'], status?.ior?.['refused']], [`${MEMBER}/late`, 'HostAlreadyClaimed', 1]);
  const { stdout } = await promisify(execFile)(process.execPath, [join(root, 'dist', 'tmesh.mjs'), 'get', 'routes', '-n', MEMBER, '--kubeconfig', fixture.cluster.kubeconfig]);
  assert.match(stdout, new RegExp(`${MEMBER}/late +taken.example.com +istio-system/\\S+ +False +HostAlreadyClaimed`));
  assert.match(stdout, new RegExp(`${MEMBER}/g-0 +a-0.example.com +\\S+ +True +Admitted`));
  await fixture.client.call(`${GATEWAYS}/late`, { method: 'DELETE' });
});

test('a host of another Gateway is refused before the router is asked, and passes on when the holder goes', async () => {
  await createGateway('heir', ['a-1.example.com']);
  const warning = await eventually('the warning', async () => (await eventsOn('heir')).find(({ reason }) => reason === 'HostAlreadyClaimed'), 15);
  assert.match(warning.message, new RegExp(`held by Gateway ${MEMBER}/g-1 \\(Route istio-system/`));
  await exactly(ALL);
  await fixture.client.call(`${GATEWAYS}/g-1`, { method: 'DELETE' });
  await exactly([...ALL.filter((name) => !hostsOf(1).some((host) => nameFor('g-1', host) === name)), nameFor('heir', 'a-1.example.com')]);
});

test('a Gateway before its Service has a Warning and no Route; with the Service comes the Route', async () => {
  const before = await namesOf();
  await fixture.client.call(GATEWAYS, { method: 'POST', body: {
    apiVersion: 'networking.istio.io/v1', kind: 'Gateway', metadata: { name: 'own', namespace: MEMBER },
    spec: { selector: { istio: 'own' }, servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['own.example.com'] }] },
  } });
  await eventually('the warning', async () => (await eventsOn('own')).some(({ reason }) => reason === 'NoMatchingGatewayService'), 15);
  await fixture.client.call(`/api/v1/namespaces/${MEMBER}/services`, { method: 'POST', body: {
    apiVersion: 'v1', kind: 'Service', metadata: { name: 'own', namespace: MEMBER }, spec: { selector: { istio: 'own' }, ports: [{ name: 'web', port: 80 }] },
  } });
  await exactly([routeName({ namespace: MEMBER, name: 'own' }, 'own.example.com', MEMBER)], ROUTES.replace('istio-system', MEMBER));
  assert.deepEqual(await namesOf(), before);
  await fixture.client.call(`${GATEWAYS}/own`, { method: 'DELETE' });
  await exactly([], ROUTES.replace('istio-system', MEMBER));
});

test("labels for a router's shard reach all Routes in place: none is made again, no host changes", async () => {
  const all = async (): Promise<readonly (Item & { readonly metadata: { readonly labels?: Record<string, string> } })[]> => (await fixture.client.call<{ items: readonly Item[] }>(ROUTES)).items;
  const identity = (routes: readonly Item[]): string[] => routes.map(({ metadata, spec }) => `${metadata.name} ${metadata.uid} ${spec.host}`).toSorted();
  const before = identity(await all());
  for (const name of ['grafana', 'istio-ingressgateway', 'jaeger', 'kiali', 'prometheus']) assert.ok(before.some((route) => route.startsWith(`${name} `)), name);
  await patch(SMCP_PATH, { spec: { gateways: { openshiftRoute: { metadata: { labels: { shard: 'inner' } } }, ingress: { routeConfig: { metadata: { labels: { zone: 'dmz' } } } } } } });
  await eventually('the labels', async () => {
    const routes = await all();
    const own = routes.filter(({ metadata }) => metadata.labels?.['maistra.io/generated-by'] === 'ior');
    const main = routes.find(({ metadata }) => metadata.name === 'istio-ingressgateway');
    return own.every(({ metadata }) => metadata.labels?.['shard'] === 'inner' && metadata.labels['zone'] === 'dmz') && main?.metadata.labels?.['zone'] === 'dmz';
  }, 20);
  assert.deepEqual(identity(await all()), before);
});

test('switched off the Routes go, switched on they return', async () => {
  const before = await namesOf();
  await patch(SMCP_PATH, { spec: { gateways: { openshiftRoute: { enabled: false } } } });
  await exactly([]);
  await patch(SMCP_PATH, { spec: { gateways: { openshiftRoute: { enabled: true } } } });
  await exactly(before);
});

test('a namespace that leaves the mesh takes its Routes along, and brings them back', async () => {
  const before = await namesOf();
  await patch(ROLL, { spec: { members: [] } });
  await exactly([]);
  await patch(ROLL, { spec: { members: [MEMBER] } });
  await exactly(before);
});

test('maistra.io/ior-target: ingress turns Routes into Ingresses of the same names, and back', async () => {
  const before = await namesOf();
  await patch(SMCP_PATH, { metadata: { annotations: { 'maistra.io/ior-target': 'ingress' } } });
  await exactly(before, INGRESSES);
  await exactly([]);
  await eventually('the status says so', async () => (await fixture.client.call<Smcp>(SMCP_PATH)).status?.ior?.['target'] === 'Ingress');
  await patch(SMCP_PATH, { metadata: { annotations: { 'maistra.io/ior-target': null } } });
  await exactly(before);
  await exactly([], INGRESSES);
});
