import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { kubectlOf } from '../../../tools/demo/kubectl.ts';
import { eventually } from '../../support/eventually.ts';
import { conditionOf, startFixture, type OperatorFixture } from '../../support/operator-fixture.ts';

/* Profiles of the installation: ConfigMaps beside the operator, which may come late, change and go. */

let fixture: OperatorFixture;
before(async () => {
  fixture = await startFixture('kubernetes');
  for (const name of ['mesh', 'other', 'pay']) await fixture.kubectl('create', 'namespace', name);
  const bare = { addons: { kiali: { enabled: false }, grafana: { enabled: false }, prometheus: { enabled: false } }, tracing: { type: 'None' }, gateways: { enabled: false } };
  await create({ apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace: 'other' }, spec: bare });
  await create({ apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMember', metadata: { name: 'default', namespace: 'pay' }, spec: { controlPlaneRef: { namespace: 'mesh', name: 'basic' } } });
  await eventually('the other mesh has its istiod', () => fixture.client.call(DEPLOYMENT('other')), 60);
});
after(async () => { await fixture?.stop(); });

const create = (object: object): Promise<string> => kubectlOf(fixture.cluster, JSON.stringify(object))('apply', '-f', '-');
const DEPLOYMENT = (namespace: string): string => `/apis/apps/v1/namespaces/${namespace}/deployments/istiod-basic`;
const POLICY = '/apis/networking.k8s.io/v1/namespaces/pay/networkpolicies/istio-mesh-basic';

interface Plane { readonly status?: { readonly appliedSpec?: { readonly profiles?: readonly string[] }; readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason: string; readonly message: string }[] } }
const plane = (): Promise<Plane> => fixture.client.call('/apis/maistra.io/v2/namespaces/mesh/servicemeshcontrolplanes/basic');

interface Deployment { readonly spec: { readonly replicas?: number; readonly template: { readonly spec: { readonly containers: readonly { readonly env: readonly { readonly name: string; readonly value?: string }[] }[] } } } }
async function levelOf(): Promise<string | undefined> {
  const deployment = await fixture.client.call<Deployment>(DEPLOYMENT('mesh'));
  return deployment.spec.template.spec.containers[0]?.env.find(({ name }) => name === 'LEVEL')?.value;
}

function profile(level: string, manageNetworkPolicy: boolean): string {
  const gone = 'kiali: {enabled: false}, grafana: {enabled: false}, prometheus: {enabled: false}';
  return `apiVersion: maistra.io/v2\nkind: ServiceMeshControlPlane\nspec: {addons: {${gone}}, gateways: {enabled: false}, security: {manageNetworkPolicy: ${manageNetworkPolicy}}, runtime: {components: {pilot: {container: {env: {LEVEL: "${level}"}}}}}}\n`;
}

const configMap = (data: Readonly<Record<string, string>>, namespace = 'tenant-mesh-operator', name = 'smcp-templates', labels = {}): object =>
  ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, labels }, data });

test('a profile that is not there goes in with a warning, and the condition lists those that are', async () => {
  const smcp = { apiVersion: 'maistra.io/v1', kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace: 'mesh' }, spec: { profiles: ['default', 'house'], istio: { tracing: { enabled: false } } } };
  const { code, stderr } = await fixture.cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(smcp) });
  assert.equal(code, 0, stderr);
  const said = await eventually('the condition', async () => conditionOf(await plane(), 'Reconciled'));
  assert.equal(said.status, 'False');
  assert.match(said.message, /profile "house" is not known; known are base, default, maistra, servicemesh, small/);
});

test('a ConfigMap elsewhere is nobody\'s profile; beside the operator it is, at once', async () => {
  await create(configMap({ house: profile('elsewhere', true) }, 'mesh'));
  await create(configMap({ house: profile('first', true) }));
  await eventually('istiod is as the profile says', async () => await levelOf() === 'first');
  await eventually('the policies of a member are there', () => fixture.client.call(POLICY));
  await eventually('the status names the profiles', async () => (await plane()).status?.appliedSpec?.profiles?.join() === 'default,house');
  await eventually('all is well', async () => conditionOf(await plane(), 'Ready')?.status === 'True', 60);
});

test('a changed profile is rolled out, to members too, and a mesh that does not use it is not touched', async () => {
  const version = async (): Promise<unknown> => (await fixture.client.call<{ metadata: { resourceVersion: string } }>(DEPLOYMENT('other'))).metadata.resourceVersion;
  const before = await version();
  await create(configMap({ house: profile('second', false) }));
  await eventually('istiod follows', async () => await levelOf() === 'second');
  await eventually('the policies are gone', async () => (await fixture.cluster.kubectl(['get', 'networkpolicy', 'istio-mesh-basic', '-n', 'pay'])).code !== 0);
  assert.equal(await version(), before);
});

test('a broken profile stops nothing that runs, and is told where it is used', async () => {
  await create(configMap({ house: 'a: [' }));
  await eventually('the condition', async () => /profile "house" in ConfigMap tenant-mesh-operator\/smcp-templates is not YAML/.test(conditionOf(await plane(), 'Reconciled')?.message ?? ''));
  assert.equal(await levelOf(), 'second');
});

test('profiles in ConfigMaps with the label count as well', async () => {
  await create(configMap({}));
  await create(configMap({ house: profile('labelled', false) }, 'tenant-mesh-operator', 'ours', { 'tmesh.maistra.io/profiles': 'true' }));
  await eventually('istiod follows', async () => await levelOf() === 'labelled');
  await eventually('and all is well', async () => conditionOf(await plane(), 'Reconciled')?.status === 'True');
});
