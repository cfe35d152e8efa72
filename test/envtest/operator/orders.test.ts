import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { moduleFile } from '../../../tools/cluster/module-files.ts';
import { chooseSeed, seededRandom } from '../../support/chance.ts';
import { eventually } from '../../support/eventually.ts';
import { startFixture, type OperatorFixture } from '../../support/operator-fixture.ts';

/*
 * The order of creation never matters (wishes.md W8), on a real API server: ten orders, each in namespaces of its own, at the same time; the CRD of Route
 * comes for all of them at one moment, which is early in some orders and late in others. All 5040 are in test/property. TEST_SEED plays other ones.
 */

let fixture: OperatorFixture;
// No kubelet: what is tested here does not wait for pods.
before(async () => { fixture = await startFixture('kubernetes', { kubelet: false }); });
after(async () => { await fixture?.stop(); });

const LANES = 10;
const GATEWAYS = { egress: { enabled: false }, openshiftRoute: { enabled: true } };
const SPEC = { addons: { kiali: { enabled: false }, grafana: { enabled: false }, prometheus: { enabled: false } }, tracing: { type: 'None' }, gateways: GATEWAYS };
const DOOR = { istio: 'ingressgateway' };
const CONTAINERS = [{ name: 'proxy', image: 'proxy' }];

interface Thing { readonly path: string; readonly body: object }
const thing = (apiVersion: string, kind: string, path: string, rest: object): Thing => ({ path, body: { apiVersion, kind, metadata: { name: path.split('/').at(-1) }, ...rest } });

/** What there is to create in a lane, by name; `route` is for all lanes together. */
function thingsOf(mesh: string, pay: string): Readonly<Record<string, readonly Thing[]>> {
  return {
    namespace: [thing('v1', 'Namespace', `/api/v1/namespaces/${pay}`, {})],
    smcp: [thing('maistra.io/v2', 'ServiceMeshControlPlane', `/apis/maistra.io/v2/namespaces/${mesh}/servicemeshcontrolplanes/basic`, { spec: SPEC })],
    smmr: [thing('maistra.io/v1', 'ServiceMeshMemberRoll', `/apis/maistra.io/v1/namespaces/${mesh}/servicemeshmemberrolls/default`, { spec: { members: [pay] } })],
    smm: [thing('maistra.io/v1', 'ServiceMeshMember', `/apis/maistra.io/v1/namespaces/${pay}/servicemeshmembers/default`, { spec: { controlPlaneRef: { namespace: mesh, name: 'basic' } } })],
    gateway: [thing('networking.istio.io/v1', 'Gateway', `/apis/networking.istio.io/v1/namespaces/${pay}/gateways/web`, {
      spec: { selector: DOOR, servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: [`${pay}.example.org`] }] } })],
    workload: [
      thing('v1', 'Service', `/api/v1/namespaces/${mesh}/services/door`, { spec: { selector: DOOR, ports: [{ name: 'http2', port: 80, targetPort: 8080 }] } }),
      thing('v1', 'Pod', `/api/v1/namespaces/${mesh}/pods/door`, { metadata: { name: 'door', labels: DOOR }, spec: { containers: CONTAINERS } }),
    ],
  };
}

/** Applied, as by kubectl: an empty roll that the operator made for a member may be there already. */
async function apply({ path, body }: Thing): Promise<void> {
  await eventually(`${path} is applied`, async () => {
    await fixture.client.call(`${path}?fieldManager=user&force=true`, { method: 'PATCH', body, contentType: 'application/apply-patch+yaml' });
    return true;
  });
}

function shuffled(names: readonly string[], random: () => number): string[] {
  const order = names.map((name) => ({ name, at: random() })).toSorted((a, b) => a.at - b.at).map(({ name }) => name);
  // An object in a namespace that is not there is refused: that much order the API server has.
  const first = Math.min(...['smm', 'gateway'].map((name) => order.indexOf(name)));
  return [...order.slice(0, first).filter((name) => name !== 'namespace'), 'namespace', ...order.slice(first).filter((name) => name !== 'namespace')];
}

/** Creates the things of a lane one after the other; at `route` it waits for the CRD. */
async function play(lane: number, order: readonly string[], routes: { readonly wanted: () => void; readonly there: Promise<unknown> }): Promise<void> {
  const things = thingsOf(`mesh-${lane}`, `pay-${lane}`);
  for (const name of order) {
    if (name === 'route') { routes.wanted(); await routes.there; }
    for (const object of things[name] ?? []) await apply(object);
  }
}

/** Numbers, times and identities of the server, and what depends on how often something was written. */
const INCIDENTAL: ReadonlySet<string> = new Set(['uid', 'resourceVersion', 'creationTimestamp', 'managedFields', 'generation', 'observedGeneration', 'lastTransitionTime']);

interface List { readonly items: readonly object[] }
async function endOf(lane: number): Promise<string> {
  const [mesh, pay] = [`mesh-${lane}`, `pay-${lane}`];
  const found = await Promise.all([
    `/apis/rbac.authorization.k8s.io/v1/namespaces/${pay}/rolebindings`, `/apis/networking.k8s.io/v1/namespaces/${pay}/networkpolicies`, `/apis/route.openshift.io/v1/namespaces/${mesh}/routes`,
  ].map(async (path) => (await fixture.client.call<List>(path)).items));
  const place = await fixture.client.call<{ readonly metadata: object }>(`/api/v1/namespaces/${pay}`);
  const [roll, member] = await Promise.all([`${mesh}/servicemeshmemberrolls`, `${pay}/servicemeshmembers`]
    .map(async (path) => (await fixture.client.call<{ readonly status: unknown }>(`/apis/maistra.io/v1/namespaces/${path}/default`)).status));
  const text = JSON.stringify([place.metadata, found, roll, member], (key, value: unknown) => (INCIDENTAL.has(key) ? undefined : value), 1);
  // A Route's name ends with a hash of its host, which has the lane in it.
  return text.replaceAll(mesh, 'mesh').replaceAll(pay, 'pay').replaceAll(/pay-web-[0-9a-f]+/g, 'pay-web-HASH');
}

test('ten orders of namespace, control plane, roll, member, Gateway, workload and the CRD of Route end alike', async () => {
  const random = seededRandom(chooseSeed('TEST_SEED'));
  const names = ['namespace', 'smcp', 'smmr', 'smm', 'gateway', 'workload', 'route'];
  const orders = Array.from({ length: LANES }, () => shuffled(names, random));
  for (let lane = 0; lane < LANES; lane += 1) await fixture.kubectl('create', 'namespace', `mesh-${lane}`);
  let waiting = 0;
  const there = Promise.withResolvers<undefined>();
  const wanted = (): void => {
    waiting += 1;
    if (waiting === LANES) moduleFile('openshift-route-crd').then((file) => fixture.kubectl('apply', '--server-side', '-f', file)).then(() => { there.resolve(undefined); }, (error: unknown) => { there.reject(error); });
  };
  await Promise.all(orders.map((order, lane) => play(lane, order, { wanted, there: there.promise })));
  const parts = ['pay-web-HASH', '"configuredMemberCount": "1/1"', '"reason": "Configured"', '"maistra.io/member-of": "mesh"'];
  await eventually('the first lane is at its end', async () => {
    const end = await endOf(0);
    const missing = parts.filter((part) => !end.includes(part));
    if (missing.length > 0) throw new Error(`without ${missing.join(', ')}: ${end}`);
    return true;
  }, 60);
  for (const [lane, order] of orders.entries()) {
    const end = await eventually(`lane ${lane} ends like the first: ${order.join(', ')}`, async () => await endOf(lane) === await endOf(0), 20).catch(() => endOf(lane));
    if (end !== true) assert.equal(end, await endOf(0), `${order.join(', ')} ends otherwise than ${orders[0]?.join(', ')}`);
  }
});
