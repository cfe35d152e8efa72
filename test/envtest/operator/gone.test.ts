import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { desiredWebhookConfiguration } from '../../../src/domain/webhook-config/webhook-configuration.ts';
import { eventually } from '../../support/eventually.ts';
import { conditionOf, root, startFixture, type OperatorFixture } from '../../support/operator-fixture.ts';

/* The operator is killed and does not come back: what of the cluster is held up, and what is not. docs/install.md says what is tested here. */

const LITTLE = { gateways: { enabled: false }, tracing: { type: 'None' }, addons: { prometheus: { enabled: false }, grafana: { enabled: false }, kiali: { enabled: false } } };

let fixture: OperatorFixture;
before(async () => {
  fixture = await startFixture('kubernetes');
  for (const namespace of ['mesh', 'shop', 'stranger']) await fixture.kubectl('create', 'namespace', namespace);
  await apply({ apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace: 'mesh' }, spec: LITTLE });
  await apply({ apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMember', metadata: { name: 'default', namespace: 'shop' }, spec: { controlPlaneRef: { namespace: 'mesh', name: 'basic' } } });
  const member = '/apis/maistra.io/v1/namespaces/shop/servicemeshmembers/default';
  await eventually('member joined', async () => conditionOf(await fixture.client.call<Parameters<typeof conditionOf>[0]>(member), 'Ready')?.status === 'True');
  fixture.operator().child.kill('SIGKILL');
  await eventually('the operator is dead', () => fixture.operator().child.signalCode !== null);
});
after(async () => { await fixture.stop(); });

async function apply(object: object): Promise<string> {
  const { code, stderr } = await fixture.cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) });
  if (code !== 0) throw new Error(stderr);
  return stderr;
}

test('what is not ours is written as ever', async () => {
  await fixture.kubectl('create', 'configmap', 'free', '-n', 'stranger');
  await fixture.kubectl('create', 'deployment', 'free', '--image=plain', '--replicas=0', '-n', 'stranger');
  await fixture.kubectl('label', 'namespace', 'stranger', 'free=yes');
  await fixture.kubectl('delete', 'namespace', 'stranger', '--timeout=30s');
});

test('our kinds are read as v2, and refused as v1: there is nobody who converts', async () => {
  assert.equal(await fixture.kubectl('get', 'smcp', '-n', 'mesh', '-o', 'jsonpath={.items[*].metadata.name}'), 'basic');
  // A list may still come from the server's cache; a single object is read from storage.
  await assert.rejects(fixture.client.call('/apis/maistra.io/v1/namespaces/mesh/servicemeshcontrolplanes/basic'), /conversion webhook .*failed/);
});

test('writes to our kinds are refused: who may use a mesh is asked at admission', async () => {
  await assert.rejects(apply({ apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMember', metadata: { name: 'default', namespace: 'mesh' }, spec: { controlPlaneRef: { namespace: 'mesh', name: 'basic' } } }), /failed calling webhook "smm\.validation\.maistra\.io"/);
});

test('the namespace of a member goes', async () => { await fixture.kubectl('delete', 'namespace', 'shop', '--timeout=30s'); });

test('a control plane in deletion waits, and goes when its finalizer is given up by hand', async () => {
  await fixture.kubectl('delete', 'namespace', 'mesh', '--wait=false');
  await eventually('the control plane is in deletion', async () => await fixture.kubectl('get', 'smcp', 'basic', '-n', 'mesh', '-o', 'jsonpath={.metadata.deletionTimestamp}') !== '');
  await fixture.kubectl('patch', 'smcp', 'basic', '-n', 'mesh', '--type=merge', '-p', '{"metadata":{"finalizers":[]}}');
  await fixture.kubectl('wait', '--for=delete', 'namespace/mesh', '--timeout=30s');
});

test('without the webhook configuration, which goes with the YAML file, nothing is refused any more', async () => {
  await fixture.kubectl('delete', 'validatingwebhookconfiguration', 'tenant-mesh-operator');
  await fixture.kubectl('create', 'namespace', 'later');
  await apply({ apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace: 'later' }, spec: LITTLE });
  await fixture.kubectl('delete', 'namespace', 'later', '--timeout=30s');
});

test('the YAML file is installed over and over, and never takes away the certificate that the operator added to its webhooks', async () => {
  const install = (): Promise<string> => fixture.kubectl('apply', '--server-side', '--validate=strict', '-f', join(root, 'deploy', 'install.yaml'));
  const bundles = async (): Promise<string> => fixture.kubectl('get', 'validatingwebhookconfiguration', 'tenant-mesh-operator', '-o', 'jsonpath={.webhooks[*].clientConfig.caBundle}');
  await install();
  assert.equal(await bundles(), '');
  const target = { service: { namespace: 'tenant-mesh-operator', name: 'tenant-mesh-operator-webhooks', port: 443 } };
  const certificate = readFileSync(fixture.cluster.caFile, 'utf8');
  const { code, stderr } = await fixture.cluster.kubectl(['apply', '--server-side', '--force-conflicts', '--field-manager=webhook-config', '-f', '-'], { input: JSON.stringify(desiredWebhookConfiguration(target, certificate)) });
  assert.equal(code, 0, stderr);
  await install();
  assert.deepEqual((await bundles()).split(' '), [1, 2, 3].map(() => Buffer.from(certificate).toString('base64')));
});
