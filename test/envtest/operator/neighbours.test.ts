import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { kubectlOf } from '../../../tools/demo/kubectl.ts';
import { eventually } from '../../support/eventually.ts';
import { conditionOf, startFixture, type OperatorFixture } from '../../support/operator-fixture.ts';

/* Other operators on the cluster, found at start and while ours runs: that of OpenShift Service Mesh 2, and Sail's Istio objects. */

let fixture: OperatorFixture;
before(async () => {
  fixture = await startFixture('kubernetes', { kubelet: false });
  for (const name of ['mesh-a', 'pay', 'buy', 'old-operator', 'other-system']) await fixture.kubectl('create', 'namespace', name);
  await create({ apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace: 'mesh-a' }, spec: SMALL });
  await create({ apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMemberRoll', metadata: { name: 'default', namespace: 'mesh-a' }, spec: { members: ['pay'] } });
  await eventually('pay is in', async () => await isMember('pay'), 60);
});
after(async () => { await fixture?.stop(); });

type Conditions = Parameters<typeof conditionOf>[0];
const SMALL = { addons: { kiali: { enabled: false }, grafana: { enabled: false }, prometheus: { enabled: false } }, tracing: { type: 'None' }, gateways: { enabled: false } };
const create = (object: object): Promise<string> => kubectlOf(fixture.cluster, JSON.stringify(object))('create', '-f', '-');
const read = (path: string): Promise<Conditions> => fixture.client.call(path);
const SMCP = '/apis/maistra.io/v2/namespaces/mesh-a/servicemeshcontrolplanes/basic';
const ROLL = '/apis/maistra.io/v1/namespaces/mesh-a/servicemeshmemberrolls/default';
const POLICY = '/apis/networking.k8s.io/v1/namespaces/pay/networkpolicies/istio-mesh-basic';
const setMembers = (members: readonly string[]): Promise<string> => fixture.kubectl('patch', 'smmr', 'default', '-n', 'mesh-a', '--type=merge', '-p', JSON.stringify({ spec: { members } }));
async function isMember(name: string): Promise<boolean> {
  const { metadata } = await fixture.client.call<{ readonly metadata: { readonly labels?: Readonly<Record<string, string>> } }>(`/api/v1/namespaces/${name}`);
  return metadata.labels?.['maistra.io/member-of'] === 'mesh-a';
}
const foreign = async (): Promise<ReturnType<typeof conditionOf>> => conditionOf(await read(SMCP), 'ForeignOperator');
const exists = async (path: string): Promise<boolean> => fixture.client.call(path).then(() => true, () => false);
const OWN_HOOK = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/tenant-mesh-operator';

const OLD_HOOK = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration', metadata: { name: 'old-operator.servicemesh-resources.maistra.io' }, webhooks: [] };
const OLD_OPERATOR = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'istio-operator', namespace: 'old-operator' },
  spec: { replicas: 1, selector: { matchLabels: { name: 'istio-operator' } }, template: { metadata: { labels: { name: 'istio-operator' } }, spec: { containers: [{ name: 'istio-operator', image: 'istio-operator' }] } } } };

/** Nothing is repaired, joined or taken out meanwhile. */
async function nothingIsDone(): Promise<void> {
  const writes = await fixture.writesDuring(async () => {
    await setMembers(['pay', 'buy']);
    await fixture.client.call(POLICY, { method: 'PATCH', body: { spec: { ingress: [] } }, contentType: 'application/merge-patch+json' });
    await new Promise((resolve) => { setTimeout(resolve, 1500); });
  });
  assert.deepEqual(writes, {});
  assert.equal(await isMember('buy'), false);
}

async function everythingIsDone(): Promise<void> {
  await eventually('buy joins', () => isMember('buy'));
  await eventually('the policy is put right', async () => JSON.stringify(await read(POLICY)).includes('member-of'));
  await eventually('the control plane does not name another operator any more', async () => await foreign() === undefined);
  await eventually('the webhooks are registered', () => exists(OWN_HOOK));
  assert.equal(conditionOf(await read('/api/v1/namespaces/tenant-mesh-operator'), 'maistra.io/ForeignOperator'), undefined);
}

test('a Deployment of that name in a tenant\'s namespace switches nothing off', async () => {
  await create({ ...OLD_OPERATOR, metadata: { name: 'istio-operator', namespace: 'pay' } });
  await setMembers(['pay', 'buy']);
  await eventually('buy joins', () => isMember('buy'));
  await fixture.kubectl('delete', 'deployment', 'istio-operator', '-n', 'pay');
  await setMembers(['pay']);
  await eventually('buy leaves', async () => !(await isMember('buy')));
});

test('the operator of OpenShift Service Mesh 2 appears while ours runs: the condition names it, our webhooks go, nothing is written', async () => {
  await create(OLD_HOOK);
  await create(OLD_OPERATOR);
  const condition = await eventually('ForeignOperator', foreign);
  assert.match(condition.message, /^Deployment old-operator\/istio-operator of OpenShift Service Mesh 2 runs and works on the same objects; .*kubectl scale deployment istio-operator -n old-operator --replicas=0/);
  assert.ok(conditionOf(await read(SMCP), 'Reconciled'), 'the conditions that were there stay');
  await eventually('our namespace says it too', async () => conditionOf(await read('/api/v1/namespaces/tenant-mesh-operator'), 'maistra.io/ForeignOperator'));
  await eventually('our registration is gone', async () => !(await exists(OWN_HOOK)));
  await nothingIsDone();
});

test('at a restart it is found at start: ready, and still nothing is written; scaled to nothing, ours does all its work', async () => {
  await fixture.operator().stop();
  await fixture.restart();
  await nothingIsDone();
  await fixture.kubectl('scale', 'deployment', 'istio-operator', '-n', 'old-operator', '--replicas=0');
  await everythingIsDone();
});

const ISTIO_CRD = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'istios.sailoperator.io' }, spec: {
  group: 'sailoperator.io', scope: 'Cluster', names: { kind: 'Istio', plural: 'istios', singular: 'istio', listKind: 'IstioList' },
  versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }] } };
const istio = (discoverySelectors: readonly object[]): object =>
  ({ apiVersion: 'sailoperator.io/v1', kind: 'Istio', metadata: { name: 'other' }, spec: { version: 'v1.30', namespace: 'other-system', values: { meshConfig: { discoverySelectors } } } });

test('an Istio of the Sail operator, whose kind comes while ours runs: a namespace that it selects stays outside, one that is in is told', async () => {
  await setMembers(['pay']);
  await eventually('buy leaves', async () => !(await isMember('buy')));
  await fixture.kubectl('label', 'namespace', 'pay', 'buy', 'tenant=x');
  await create(ISTIO_CRD);
  await eventually('the kind is served', () => create(istio([{ matchLabels: { tenant: 'x' } }])).then(() => true, () => false));
  await eventually('pay is told', async () => JSON.stringify(await read(ROLL)).includes('namespace \\"pay\\" is served by Istio/other'));
  await setMembers(['pay', 'buy']);
  await eventually('buy is told', async () => JSON.stringify(await read(ROLL)).includes('namespace \\"buy\\" is served by Istio/other (namespace other-system) as well'));
  assert.deepEqual([await isMember('pay'), await isMember('buy')], [true, false]);
  await fixture.kubectl('patch', 'istio', 'other', '--type=merge', '-p', JSON.stringify({ spec: { values: { meshConfig: { discoverySelectors: [{ matchLabels: { tenant: 'y' } }] } } } }));
  await eventually('buy joins', () => isMember('buy'));
  await fixture.kubectl('patch', 'istio', 'other', '--type=merge', '-p', JSON.stringify({ spec: { values: { meshConfig: { discoverySelectors: null } } } }));
  await eventually('the roll says that it serves everything', async () => conditionOf(await read(ROLL), 'ServedByOtherMesh')?.reason === 'ServesAllNamespaces');
  assert.equal(conditionOf(await read(ROLL), 'Ready')?.status, 'True');
});
