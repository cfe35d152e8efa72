import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { kubectlOf } from '../../../tools/demo/kubectl.ts';
import { eventually } from '../../support/eventually.ts';
import { patched, rewriting, startWebhookServer } from '../../support/webhook-server.ts';
import { conditionOf, startFixture, type OperatorFixture } from '../../support/operator-fixture.ts';

/* Somebody else writes to what is ours: it is put right with a name on it, and a machine that fights is given way to. */

let fixture: OperatorFixture;
before(async () => {
  fixture = await startFixture('kubernetes');
  const spec = { addons: { kiali: { enabled: false }, grafana: { enabled: false }, prometheus: { enabled: false } }, tracing: { type: 'None' }, gateways: { enabled: false } };
  for (const name of ['mesh', 'pay']) await fixture.kubectl('create', 'namespace', name);
  await create({ apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace: 'mesh' }, spec });
  await create({ apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMember', metadata: { name: 'default', namespace: 'pay' }, spec: { controlPlaneRef: { namespace: 'mesh', name: 'basic' } } });
  await eventually('pay is in', async () => conditionOf(await member(), 'Ready')?.status === 'True', 60);
});
after(async () => { await fixture?.stop(); });

type Conditioned = Parameters<typeof conditionOf>[0];
const create = (object: object): Promise<string> => kubectlOf(fixture.cluster, JSON.stringify(object))('create', '-f', '-');
const member = (): Promise<Conditioned> => fixture.client.call('/apis/maistra.io/v1/namespaces/pay/servicemeshmembers/default');

const POLICY = '/apis/networking.k8s.io/v1/namespaces/pay/networkpolicies/istio-mesh-basic';
const BINDING = '/apis/rbac.authorization.k8s.io/v1/namespaces/pay/rolebindings/istiod-basic-mesh';
const NAMESPACE = '/api/v1/namespaces/pay';

interface Written { readonly metadata: { readonly uid: string; readonly labels?: Readonly<Record<string, string>> }; readonly spec?: { readonly ingress?: readonly unknown[] }; readonly subjects?: readonly unknown[] }
const read = (path: string): Promise<Written> => fixture.client.call(path);
const write = (path: string, manager: string, body: object): Promise<unknown> =>
  fixture.client.call(`${path}?fieldManager=${manager}`, { method: 'PATCH', body, contentType: 'application/merge-patch+json' });

interface Events { readonly items: readonly { readonly reason: string; readonly message: string; readonly type: string; readonly involvedObject: { readonly name: string } }[] }
async function eventAbout(name: string, reason: string, namespace = 'pay'): Promise<{ readonly message: string; readonly type: string }> {
  return eventually(`event ${reason} about ${name}`, async () =>
    (await fixture.client.call<Events>(`/api/v1/namespaces/${namespace}/events`)).items.find((event) => event.reason === reason && event.involvedObject.name === name));
}

test('an edited policy is put right, and an Event names who edited which field', async () => {
  await write(POLICY, 'tenant-tool', { spec: { ingress: [{}] } });
  await eventually('it is as before', async () => JSON.stringify((await read(POLICY)).spec?.ingress).includes('member-of'));
  const { message, type } = await eventAbout('istio-mesh-basic', 'Repaired');
  assert.equal(type, 'Normal');
  assert.equal(message, 'spec.ingress was changed by "tenant-tool" and is put right');
});

test('so are a binding and the label of the namespace', async () => {
  await write(BINDING, 'rbac-tool', { subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'mallory' }] });
  await eventually('the subjects are back', async () => !JSON.stringify((await read(BINDING)).subjects).includes('mallory'));
  assert.match((await eventAbout('istiod-basic-mesh', 'Repaired')).message, /subjects was changed by "rbac-tool"/);
  await write(NAMESPACE, 'label-tool', { metadata: { labels: { 'maistra.io/member-of': 'elsewhere' } } });
  await eventually('the label is right', async () => (await read(NAMESPACE)).metadata.labels?.['maistra.io/member-of'] === 'mesh');
  assert.match((await eventAbout('pay', 'Repaired', 'default')).message, /metadata\.labels\.maistra\.io\/member-of was changed by "label-tool"/);
});

test('what is deleted comes back, and nobody is accused', async () => {
  const { metadata: { uid } } = await read(BINDING);
  await fixture.client.call(BINDING, { method: 'DELETE' });
  await eventually('a new one is there', async () => (await read(BINDING)).metadata.uid !== uid);
});

test('a writer that undoes every repair is given way to: FieldConflict names field and manager, and no more writes follow', async () => {
  let repairs = 0;
  await eventually('the member says FieldConflict', async () => {
    if (!JSON.stringify((await read(POLICY)).spec?.ingress).includes('10.0.0.0')) {
      repairs += 1;
      await write(POLICY, 'stubborn', { spec: { ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }] } });
    }
    return conditionOf(await member(), 'Reconciled')?.reason === 'FieldConflict';
  });
  assert.equal(repairs, 6, 'five repairs, and the sixth change stays');
  const condition = conditionOf(await member(), 'Ready');
  assert.equal(condition?.status, 'False');
  assert.match(condition?.message ?? '', /spec\.ingress of NetworkPolicy pay\/istio-mesh-basic is changed by "stubborn" as often as it is put right; stop that writer/);
  assert.equal((await eventAbout('istio-mesh-basic', 'FieldConflict')).type, 'Warning');
  const writes = await fixture.writesDuring(async () => {
    for (let i = 0; i < 5; i += 1) await write(POLICY, 'stubborn', { metadata: { annotations: { round: String(i) } } });
    await write(NAMESPACE, 'stubborn', { metadata: { annotations: { seen: 'yes' } } });
    await eventually('the operator has looked again', async () => conditionOf(await member(), 'Reconciled')?.reason === 'FieldConflict');
  });
  assert.deepEqual(Object.keys(writes).filter((key) => key.includes('networkpolicies')), []);
});

test('when the writer has stopped, a restarted operator puts the field right and says so', async () => {
  await fixture.operator().stop();
  await fixture.restart();
  await eventually('the member is ready again', async () => conditionOf(await member(), 'Ready')?.status === 'True');
  assert.match(JSON.stringify((await read(POLICY)).spec?.ingress), /member-of/);
});

test('what a mutating webhook changes in our own request is told at once, with the webhook, and the namespace stays in', async () => {
  const open = [{ op: 'add', path: '/spec/ingress/-', value: {} }];
  const server = await startWebhookServer((_path, { name }) => patched(name === 'istio-mesh-basic' ? open : []));
  try {
    await create(rewriting('opens-policies', server, { path: '/', group: 'networking.k8s.io', plural: 'networkpolicies', namespace: 'pay' }));
    await eventually('the member says FieldConflict', async () => {
      // Deleted until the API server has heard of the webhook: then ours comes back changed.
      const { spec } = await read(POLICY);
      if (spec?.ingress?.length === 1) await fixture.client.call(POLICY, { method: 'DELETE' });
      return conditionOf(await member(), 'Reconciled')?.reason === 'FieldConflict';
    });
    const condition = conditionOf(await member(), 'Ready');
    assert.match(condition?.message ?? '', /^spec\.ingress of NetworkPolicy pay\/istio-mesh-basic comes back from the API server with another value than was sent: mutating webhook "opens-policies\/rewrite\.example\.org" changes it; exempt the object there/);
    assert.equal((await eventAbout('istio-mesh-basic', 'FieldConflict')).type, 'Warning');
    assert.equal((await read(NAMESPACE)).metadata.labels?.['maistra.io/member-of'], 'mesh');
    const writes = await fixture.writesDuring(async () => {
      for (let round = 0; round < 5; round += 1) await write(NAMESPACE, 'somebody', { metadata: { annotations: { round: String(round) } } });
      await new Promise((resolve) => { setTimeout(resolve, 1500); });
    });
    assert.deepEqual(Object.keys(writes).filter((key) => key.includes('networkpolicies')), []);
    await fixture.client.call('/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/opens-policies', { method: 'DELETE' });
    await fixture.operator().stop();
    await fixture.restart();
    await eventually('the policy is right, and the member ready', async () => (await read(POLICY)).spec?.ingress?.length === 1 && conditionOf(await member(), 'Ready')?.status === 'True');
  } finally {
    await server.close();
  }
});
