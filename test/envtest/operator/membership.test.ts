import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { kubectlOf } from '../../../tools/demo/kubectl.ts';
import { eventually } from '../../support/eventually.ts';
import { conditionOf, startFixture, type OperatorFixture } from '../../support/operator-fixture.ts';

/* What status says about members, on a real API server: two meshes that want one namespace, members through a roll alone, pods without sidecars. */

let fixture: OperatorFixture;
before(async () => {
  fixture = await startFixture('kubernetes', { kubelet: false });
  for (const name of ['mesh-a', 'mesh-b', 'pay', 'buy']) await fixture.kubectl('create', 'namespace', name);
  for (const mesh of ['mesh-a', 'mesh-b']) await create({ apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace: mesh }, spec: SMALL });
});
after(async () => { await fixture?.stop(); });

type Conditions = Parameters<typeof conditionOf>[0];
interface Roll extends Conditions { readonly status?: NonNullable<Conditions['status']> & { readonly configuredMembers?: readonly string[]; readonly memberStatuses?: readonly ({ readonly namespace: string } & NonNullable<Conditions['status']>)[] } }
interface Place extends Conditions { readonly metadata: { readonly labels?: Readonly<Record<string, string>> } }

const SMALL = { addons: { kiali: { enabled: false }, grafana: { enabled: false }, prometheus: { enabled: false } }, tracing: { type: 'None' }, gateways: { enabled: false } };
const create = (object: object): Promise<string> => kubectlOf(fixture.cluster, JSON.stringify(object))('create', '-f', '-');
const rollObject = (mesh: string, members: readonly string[]): object => ({ apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMemberRoll', metadata: { name: 'default', namespace: mesh }, spec: { members } });
const roll = (mesh: string): Promise<Roll> => fixture.client.call(`/apis/maistra.io/v1/namespaces/${mesh}/servicemeshmemberrolls/default`);
const member = (name: string): Promise<Conditions> => fixture.client.call(`/apis/maistra.io/v1/namespaces/${name}/servicemeshmembers/default`);
const place = (name: string): Promise<Place> => fixture.client.call(`/api/v1/namespaces/${name}`);
const meshOf = async (name: string): Promise<string | undefined> => (await place(name)).metadata.labels?.['maistra.io/member-of'];

/** The condition of a type in the roll's entry of a namespace. */
async function entryOf(mesh: string, name: string, type: string): Promise<ReturnType<typeof conditionOf>> {
  const entry = (await roll(mesh)).status?.memberStatuses?.find(({ namespace }) => namespace === name);
  return entry === undefined ? undefined : conditionOf({ status: entry }, type);
}

interface Events { readonly items: readonly { readonly reason: string; readonly message: string; readonly involvedObject: { readonly kind: string } }[] }
const eventsIn = async (namespace: string, reason: string): Promise<Events['items']> =>
  (await fixture.client.call<Events>(`/api/v1/namespaces/${namespace}/events`)).items.filter((event) => event.reason === reason);

/** Past the admission webhook, which would refuse the second claim: it is not there while the operator is down. */
async function whileDown(what: () => Promise<unknown>): Promise<void> {
  await fixture.operator().stop();
  await fixture.kubectl('delete', 'validatingwebhookconfiguration', 'tenant-mesh-operator');
  await what();
  await fixture.restart();
}

async function bothSidesSayIt(): Promise<void> {
  const held = await eventually('the holder is told', async () => entryOf('mesh-a', 'pay', 'Contested'));
  assert.match(held.message, /stays in mesh mesh-a \(ServiceMeshMemberRoll mesh-a\/default\); mesh mesh-b \(ServiceMeshMemberRoll mesh-b\/default\) claims it as well/);
  const refused = await eventually('the other is refused', async () => entryOf('mesh-b', 'pay', 'Reconciled'));
  assert.equal(refused.reason, 'ReferencesDifferentControlPlane');
  assert.match(refused.message, /already belongs to mesh mesh-a \(ServiceMeshMemberRoll mesh-a\/default\)/);
  assert.equal(await meshOf('pay'), 'mesh-a');
  assert.equal(conditionOf(await roll('mesh-a'), 'Ready')?.reason, 'Configured');
}

test('the first of two claims wins, each side names the other, and an Event tells the holder', async () => {
  await create(rollObject('mesh-a', ['pay', 'buy']));
  await eventually('pay is in mesh-a', async () => (await roll('mesh-a')).status?.configuredMembers?.length === 2, 60);
  await whileDown(() => create(rollObject('mesh-b', ['pay'])));
  await bothSidesSayIt();
  assert.equal((await eventually('an Event', async () => { const found = await eventsIn('mesh-a', 'Contested'); return found.length > 0 ? found : undefined; }))[0]?.involvedObject.kind, 'ServiceMeshMemberRoll');
});

test('restarts change nothing: not even when the label of the holder was taken off meanwhile', async () => {
  await whileDown(() => fixture.kubectl('label', 'namespace', 'pay', 'maistra.io/member-of-'));
  await eventually('pay is in a mesh again', async () => await meshOf('pay') !== undefined);
  await bothSidesSayIt();
});

test('a claim withdrawn by the holder gives the namespace to the other, and nobody is told of a contest any more', async () => {
  await fixture.kubectl('patch', 'smmr', 'default', '-n', 'mesh-a', '--type=merge', '-p', '{"spec":{"members":["buy"]}}');
  await eventually('pay is in mesh-b', async () => await meshOf('pay') === 'mesh-b' && (await entryOf('mesh-b', 'pay', 'Reconciled'))?.status === 'True');
  assert.equal(await entryOf('mesh-b', 'pay', 'Contested'), undefined);
});

const POLICY = '/apis/networking.k8s.io/v1/namespaces/buy/networkpolicies/istio-mesh-basic';

test('a fight over a policy of a member through a roll alone stands in the roll, and on the namespace; it goes when the fight ends', async () => {
  const edit = { spec: { ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }] } };
  const conflict = await eventually('FieldConflict', async () => {
    if (!JSON.stringify(await fixture.client.call(POLICY)).includes('10.0.0.0/8')) await fixture.client.call(`${POLICY}?fieldManager=stubborn`, { method: 'PATCH', body: edit, contentType: 'application/merge-patch+json' });
    const found = await entryOf('mesh-a', 'buy', 'Reconciled');
    return found?.reason === 'FieldConflict' ? found : undefined;
  });
  assert.match(conflict.message, /spec\.ingress of NetworkPolicy buy\/istio-mesh-basic is changed by "stubborn"/);
  assert.match(conditionOf(await place('buy'), 'maistra.io/Reconciled')?.message ?? '', /"stubborn"/);
  assert.deepEqual([(await roll('mesh-a')).status?.configuredMembers, conditionOf(await roll('mesh-a'), 'Ready')?.status], [['buy'], 'False'], 'it is in, and not well');
  await fixture.operator().stop();
  await fixture.restart();
  await eventually('put right', async () => conditionOf(await roll('mesh-a'), 'Ready')?.status === 'True');
  assert.equal(conditionOf(await place('buy'), 'maistra.io/Reconciled'), undefined);
});

const pod = (name: string, metadata: object = {}): object => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'buy', labels: { 'sidecar.istio.io/inject': 'true' }, ...metadata }, spec: { containers: [{ name: 'app', image: 'app' }] } });

test('pods that should have a sidecar and have none are named in the roll and on the namespace, or on the ServiceMeshMember, until they are gone', async () => {
  // istiod's part: without its root there is no injection webhook.
  await fixture.kubectl('create', 'configmap', 'istio-ca-root-cert', '-n', 'mesh-a', '--from-literal=root-cert.pem=root');
  await create(pod('fresh', { annotations: { 'sidecar.istio.io/status': '{}' } }));
  await create(pod('old'));
  const named = await eventually('PodsNotInjected', async () => entryOf('mesh-a', 'buy', 'PodsNotInjected'));
  assert.match(named.message, /^1 of [12] pods should have a sidecar and have none, .*: old; make them anew$/);
  await create({ apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMember', metadata: { name: 'default', namespace: 'buy' }, spec: { controlPlaneRef: { namespace: 'mesh-a', name: 'basic' } } });
  await eventually('the member says it', async () => conditionOf(await member('buy'), 'PodsNotInjected')?.status === 'True');
  await eventually('the namespace does not say it too', async () => conditionOf(await place('buy'), 'maistra.io/PodsNotInjected') === undefined);
  await fixture.kubectl('delete', 'pod', 'old', '-n', 'buy', '--grace-period=0', '--force');
  await eventually('nothing is left to say', async () => conditionOf(await member('buy'), 'PodsNotInjected') === undefined && await entryOf('mesh-a', 'buy', 'PodsNotInjected') === undefined);
});

test('an IngressClass that comes tells where exposed pods are reached from: in every member\'s policy, and in the roll', async () => {
  const EXPOSE = '/apis/networking.k8s.io/v1/namespaces/buy/networkpolicies/istio-expose-route-basic';
  const opensTo = async (part: string): Promise<boolean> => JSON.stringify(await fixture.client.call(EXPOSE)).includes(part)
    && ((await roll('mesh-a')).status as { readonly annotations?: Readonly<Record<string, string>> } | undefined)?.annotations?.['ingressPeer']?.includes(part) === true;
  await eventually("OpenShift's label, as nothing is found", () => opensTo('network.openshift.io/policy-group'));
  await create({ apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name: 'nginx' }, spec: { controller: 'k8s.io/ingress-nginx' } });
  await eventually("the controller's namespace", () => opensTo('ingress-nginx'));
  await fixture.kubectl('label', 'namespace', 'default', 'network.openshift.io/policy-group=ingress');
  await eventually('the label that an administrator put', () => opensTo('network.openshift.io/policy-group'));
});

test('manageNetworkPolicy: false takes our policies out and keeps hands off what others then write under their names', async () => {
  interface Policies { readonly items: readonly { readonly metadata: { readonly name: string } }[] }
  const policies = async (): Promise<readonly string[]> => (await fixture.client.call<Policies>('/apis/networking.k8s.io/v1/namespaces/buy/networkpolicies')).items.map(({ metadata }) => metadata.name);
  assert.deepEqual(await policies(), ['istio-expose-route-basic', 'istio-mesh-basic']);
  const manage = (isManaged: boolean): Promise<string> => fixture.kubectl('patch', 'smcp', 'basic', '-n', 'mesh-a', '--type=merge', '-p', JSON.stringify({ spec: { security: { manageNetworkPolicy: isManaged } } }));
  await manage(false);
  await eventually('they are gone', async () => (await policies()).length === 0);
  await create({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'istio-mesh-basic', namespace: 'buy' }, spec: { podSelector: {}, policyTypes: ['Ingress'] } });
  await fixture.kubectl('annotate', 'namespace', 'buy', 'seen=yes');
  await eventually('the member is well', async () => conditionOf(await member('buy'), 'Ready')?.status === 'True');
  assert.deepEqual(await policies(), ['istio-mesh-basic']);
  await manage(true);
  const told = await eventually('the member says that the name is taken', async () => { const found = conditionOf(await member('buy'), 'Ready'); return found?.status === 'False' ? found : undefined; });
  assert.match(told.message, /NetworkPolicy buy\/istio-mesh-basic exists and is not the mesh's/);
  await fixture.kubectl('delete', 'networkpolicy', 'istio-mesh-basic', '-n', 'buy');
  await eventually('ours are back', async () => (await policies()).length === 2 && conditionOf(await member('buy'), 'Ready')?.status === 'True');
});
