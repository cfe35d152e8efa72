import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { objectsAt, textAt } from '../../../src/lib/json.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { eventually } from '../../support/eventually.ts';
import { conditionOf, startFixture, type OperatorFixture } from '../../support/operator-fixture.ts';

/* A newer Istio beside the mesh's own on a real API server: its istiod comes, a member moves, the mesh follows, and what is left is the canary's name, until its last pod is gone. */

const SMCP = '/apis/maistra.io/v2/namespaces/mesh/servicemeshcontrolplanes/basic';
const HOOK = (revision: string): string => `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/istiod-${revision}-mesh`;
const SIDECAR = 'tmesh.maistra.io/sidecar';

let fixture: OperatorFixture;
type Conditions = Parameters<typeof conditionOf>[0];
const get = (path: string): Promise<KubeObject & Conditions> => fixture.client.call<KubeObject & Conditions>(path);
const canary = async (): Promise<string | undefined> => conditionOf(await get(SMCP), 'Canary')?.reason;

async function apply(object: object): Promise<void> {
  const { code, stderr } = await fixture.cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) });
  assert.equal(code, 0, stderr);
}

async function mesh(version: string, updateStrategy: object): Promise<void> {
  const spec = { version, updateStrategy, gateways: { enabled: false }, tracing: { type: 'None' }, addons: { prometheus: { enabled: false }, grafana: { enabled: false }, kiali: { enabled: false } } };
  await apply({ apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace: 'mesh' }, spec });
  await eventually('mesh ready', async () => {
    const smcp = await get(SMCP);
    return conditionOf(smcp, 'Ready')?.status === 'True' && Number(textAt(smcp, 'status', 'observedGeneration')) === smcp.metadata.generation;
  }, 120);
}

/** Members that a webhook names, by operator. */
async function named(revision: string): Promise<string> {
  const [entry] = objectsAt(await get(HOOK(revision)), 'webhooks');
  return objectsAt(entry, 'namespaceSelector', 'matchExpressions').filter(({ key }) => key === 'kubernetes.io/metadata.name').map(({ operator, values }) => `${String(operator)} ${String(values)}`).join();
}

before(async () => {
  fixture = await startFixture('kubernetes');
  for (const name of ['mesh', 'shop', 'pay']) await fixture.kubectl('create', 'namespace', name);
  await fixture.kubectl('create', 'configmap', 'istio-ca-root-cert', '-n', 'mesh', '--from-literal=root-cert.pem=root');
  await mesh('v1.30', {});
  await apply({ apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMemberRoll', metadata: { name: 'default', namespace: 'mesh' }, spec: { members: ['shop', 'pay'] } });
  for (const name of ['shop', 'pay']) await eventually(`${name} is in`, async () => textAt(await get(`/api/v1/namespaces/${name}`), 'metadata', 'labels', 'maistra.io/member-of') === 'mesh');
});
after(async () => { await fixture?.stop(); });

test('its istiod runs beside the old one under the same account, and the member on the list moves to it', async () => {
  const old = await get('/apis/apps/v1/namespaces/mesh/deployments/istiod-basic');
  await mesh('v1.30', { canary: { version: 'v1.31', namespaces: ['shop'] } });
  await eventually('it serves', async () => await canary() === 'CanaryServing');
  const istiod = await get('/apis/apps/v1/namespaces/mesh/deployments/istiod-basic-canary');
  const container = objectsAt(istiod, 'spec', 'template', 'spec', 'containers')[0];
  assert.deepEqual([textAt(container, 'image').split(':').at(-1), textAt(istiod, 'spec', 'template', 'spec', 'serviceAccountName')], ['1.31.1', 'istiod-basic']);
  assert.deepEqual([await named('basic'), await named('basic-canary')], ['NotIn shop', 'In shop']);
  assert.match(textAt(await get(HOOK('basic-canary')), 'metadata', 'annotations', SIDECAR), /^mesh\/basic-canary 1\.31\.1 /);
  assert.equal((await get('/apis/apps/v1/namespaces/mesh/deployments/istiod-basic')).metadata.generation, old.metadata.generation, 'the old istiod was not touched');
});

test('an unknown version is refused at once, and v1 clients keep the field', async () => {
  const { code, stderr } = await fixture.cluster.kubectl(['patch', 'smcp', 'basic', '-n', 'mesh', '--type=merge', '-p', '{"spec":{"updateStrategy":{"canary":{"version":"v9.9"}}}}']);
  assert.notEqual(code, 0);
  assert.match(stderr, /spec\.updateStrategy\.canary\.version: this operator has no Istio/);
  const v1 = '/apis/maistra.io/v1/namespaces/mesh/servicemeshcontrolplanes/basic';
  await fixture.client.call(v1, { method: 'PATCH', body: { metadata: { annotations: { seen: 'by-v1' } } }, contentType: 'application/merge-patch+json' });
  assert.equal(textAt(await get(SMCP), 'spec', 'updateStrategy', 'canary', 'version'), 'v1.31');
});

test('the mesh follows: its own istiod answers under the name that pods still ask for, and the name goes with the last of them', async () => {
  const given = textAt(await get(HOOK('basic-canary')), 'metadata', 'annotations', SIDECAR);
  await apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'shop', annotations: { 'sidecar.istio.io/status': '{}', [SIDECAR]: given } }, spec: { containers: [{ name: 'app', image: 'app' }] } });
  await mesh('v1.31', { canary: { version: 'v1.31', namespaces: ['shop'] } });
  await eventually('taken over', async () => await canary() === 'CanaryTakenOver', 60);
  assert.equal(textAt(await get('/api/v1/namespaces/mesh/services/istiod-basic-canary'), 'spec', 'selector', 'istio.io/rev'), 'basic');
  const gone = async (...what: readonly string[]): Promise<boolean> => (await fixture.cluster.kubectl(['get', ...what])).code !== 0;
  await eventually('its istiod is gone', () => gone('deployment', 'istiod-basic-canary', '-n', 'mesh'));
  assert.deepEqual([await named('basic'), await gone('mutatingwebhookconfiguration', 'istiod-basic-canary-mesh')], ['', true]);
  const generation = (await get('/apis/apps/v1/namespaces/mesh/deployments/istiod-basic')).metadata.generation;
  await fixture.kubectl('delete', 'pod', 'web', '-n', 'shop', '--grace-period=0', '--force');
  await eventually('the name is gone', () => gone('service', 'istiod-basic-canary', '-n', 'mesh'), 60);
  await eventually('nothing to say', async () => await canary() === undefined);
  assert.equal((await get('/apis/apps/v1/namespaces/mesh/deployments/istiod-basic')).metadata.generation, generation, 'and no istiod restarted for that');
});
