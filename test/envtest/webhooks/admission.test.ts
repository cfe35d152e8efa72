import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { MEMBER_ROLL, NAMESPACE, ROLE } from '../../../src/api/kinds.ts';
import { objectOf, resourcePath } from '../../../src/k8s/resource.ts';
import { loadAccess } from '../../../src/runtime/kube-config.ts';
import { createRest } from '../../../src/runtime/rest-client.ts';
import { ApiError } from '../../../src/runtime/rest.ts';
import type { Cluster } from '../../../tools/cluster/cluster.ts';
import { smcp, smm, smmr } from '../../unit/webhooks/admission-world.ts';
import { clusterWithCrds, run, send } from './cluster-commands.ts';
import { OPERATOR_NAMESPACE, serveWebhooks, type ServedWebhooks } from './served-webhooks.ts';
import { eventually } from '../../support/eventually.ts';

let cluster: Cluster;
let webhooks: ServedWebhooks;
before(async () => {
  cluster = await clusterWithCrds(OPERATOR_NAMESPACE, 'istio-a', 'istio-b', 'istio-c', 'pay', 'shop', 'free');
  webhooks = await serveWebhooks(cluster);
  await eventually('the webhooks are registered', webhooks.isPublished);
  for (const namespace of ['istio-a', 'istio-b']) assert.equal((await send(cluster, 'create', smcp(namespace))).code, 0);
  // Alice is admin of her own projects and may write rolls in istio-a; in meshes and other projects she is nobody.
  await run(cluster, 'create', 'clusterrole', 'project-admin', '--verb=*', '--resource=pods,servicemeshmembers.maistra.io');
  await run(cluster, 'create', 'role', 'roll-writer', '-n', 'istio-a', '--verb=*', '--resource=servicemeshmemberrolls.maistra.io');
  await run(cluster, 'create', 'rolebinding', 'alice', '-n', 'istio-a', '--role=roll-writer', '--user=alice');
  for (const namespace of ['pay', 'free']) await run(cluster, 'create', 'rolebinding', 'alice', '-n', namespace, '--clusterrole=project-admin', '--user=alice');
});
after(async () => {
  assert.deepEqual(webhooks?.failures, [], 'nothing went wrong inside');
  await webhooks?.stop();
  await cluster?.stop();
});

test('a project admin without the right to use a mesh cannot join it, and is told so in one sentence', async () => {
  const { code, text } = await send(cluster, 'create', smm('pay', 'istio-a'), 'alice');
  assert.equal(code, 1);
  assert.match(text, /user "alice" does not have permission to use ServiceMeshControlPlane istio-a\/basic/);
});

test('with the role mesh-user in the mesh she can, at once', async () => {
  const rules = [{ apiGroups: ['maistra.io'], resources: ['servicemeshcontrolplanes'], verbs: ['use'] }];
  assert.equal((await send(cluster, 'create', objectOf(ROLE, { name: 'mesh-user', namespace: 'istio-a' }, { rules }))).code, 0);
  await run(cluster, 'create', 'rolebinding', 'mesh-users', '-n', 'istio-a', '--role=mesh-user', '--group=tenant-a');
  await eventually('alice may join', async () => (await send(cluster, 'create', smm('pay', 'istio-a'), 'alice')).code === 0);
});

test('she can label her member after the right was taken from her', async () => {
  await run(cluster, 'delete', 'rolebinding', 'mesh-users', '-n', 'istio-a');
  const label = await cluster.kubectl(['label', 'smm', 'default', '-n', 'pay', 'a=b'], { user: 'alice' });
  assert.equal(label.code, 0, label.stderr);
});

test('a namespace in one mesh is refused to another, and the refusal names the object that has it', async () => {
  await eventually('the cache has the member', async () => (await send(cluster, 'create', smmr('istio-b', ['pay']))).text.includes('namespace "pay" already belongs to mesh istio-a (ServiceMeshMember pay/default)'));
});

test('alice cannot put a project of others into a roll, and is told which', async () => {
  const { code, text } = await send(cluster, 'create', smmr('istio-a', ['free', 'shop']), 'alice');
  assert.equal(code, 1);
  assert.match(text, /spec\.members: user "alice" does not have permission to update pods in "shop"/);
  assert.equal((await send(cluster, 'create', smmr('istio-a', ['free']), 'alice')).code, 0);
});

test('alice cannot open her roll to everybody', async () => {
  assert.match((await send(cluster, 'apply', smmr('istio-a', ['*']), 'alice')).text, /does not have permission to update pods in all namespaces/);
});

test('a second control plane in a namespace is refused', async () => {
  assert.match((await send(cluster, 'create', smcp('istio-a', 'second'))).text, /metadata\.name "second" cannot be a second ServiceMeshControlPlane in namespace istio-a: there is basic already/);
});

test('nothing of a mesh is created beside the operator', async () => {
  for (const object of [smcp(OPERATOR_NAMESPACE), smmr(OPERATOR_NAMESPACE, []), smm(OPERATOR_NAMESPACE, 'istio-a')]) {
    assert.match((await send(cluster, 'create', object)).text, /metadata\.namespace "tenant-mesh-operator" is the namespace of the operator/, object.kind);
  }
});

test('what refers to a control plane that is not there goes in with a warning', async () => {
  const { code, text } = await send(cluster, 'create', smm('shop', 'istio-z'));
  assert.equal(code, 0, text);
  assert.match(text, /Warning: spec\.controlPlaneRef "istio-z\/basic": there is no such ServiceMeshControlPlane/);
});

test('an unknown field goes in with a warning, a wrong version stays out with the choices', async () => {
  const unknown = await send(cluster, 'apply', smcp('istio-b', 'basic', { proxi: {} }));
  assert.equal(unknown.code, 0, unknown.text);
  assert.match(unknown.text, /Warning: spec\.proxi is not a known field \(did you mean proxy\?\)/);
  assert.match((await send(cluster, 'apply', smcp('istio-b', 'basic', { version: 'v9.9' }))).text, /spec\.version: this operator has no Istio "v9\.9"; choose one of .*v1\.31/);
});

test('a tenant cannot turn her mesh into one of the whole cluster, neither when she makes it nor later, nor in the words of v1', async () => {
  await run(cluster, 'create', 'role', 'mesh-owner', '-n', 'istio-c', '--verb=*', '--resource=servicemeshcontrolplanes.maistra.io');
  await run(cluster, 'create', 'rolebinding', 'alice', '-n', 'istio-c', '--role=mesh-owner', '--user=alice');
  const wide = smcp('istio-c', 'basic', { mode: 'ClusterWide' });
  const wideV1 = { ...smcp('istio-c', 'basic', { istio: { global: { clusterWide: true } } }), apiVersion: 'maistra.io/v1' };
  const refusal = /user "alice" does not have permission to create ServiceMeshControlPlanes in all namespaces/;
  for (const object of [wide, wideV1]) assert.match((await send(cluster, 'create', object, 'alice')).text, refusal);
  assert.equal((await send(cluster, 'create', smcp('istio-c'), 'alice')).code, 0);
  for (const object of [wide, wideV1]) assert.match((await send(cluster, 'apply', object, 'alice')).text, refusal);
  const patch = await cluster.kubectl(['patch', 'smcp', 'basic', '-n', 'istio-c', '--type=merge', '--patch={"spec":{"mode":"ClusterWide"}}'], { user: 'alice' });
  assert.match(patch.stderr, refusal);
  const byAdmin = await send(cluster, 'apply', wide);
  assert.equal(byAdmin.code, 0, byAdmin.text);
  const edit = await cluster.kubectl(['patch', 'smcp', 'basic', '-n', 'istio-c', '--type=merge', '--patch={"spec":{"tracing":{"type":"None"}}}'], { user: 'alice' });
  assert.equal(edit.code, 0, edit.stderr);
});

test('a list of 300 new namespaces is checked one by one within the time of one request', async (t) => {
  const names = Array.from({ length: 300 }, (_, index) => `many-${index}`);
  await Promise.all(names.map((name) => webhooks.rest.call({ method: 'POST', path: resourcePath(NAMESPACE), body: objectOf(NAMESPACE, { name }) })));
  const alice = createRest(loadAccess({ kubeconfig: cluster.kubeconfigFor('alice') }), { userAgent: 'alice' });
  const start = performance.now();
  const patch = { spec: { members: ['free', ...names] } };
  const refusal = alice.call({ method: 'PATCH', path: resourcePath(MEMBER_ROLL, { namespace: 'istio-a', name: 'default' }), contentType: 'application/merge-patch+json', body: patch });
  await assert.rejects(refusal, (error: unknown) => {
    assert.ok(error instanceof ApiError);
    assert.equal(error.status, 403);
    assert.match(error.message, /does not have permission to update pods in "many-0", .*"many-9" and 290 more/);
    return true;
  });
  t.diagnostic(`300 namespaces checked in ${Math.round(performance.now() - start)} ms`);
  await alice.close();
});

test('an operator that is gone does not keep a deletion waiting', async () => {
  const object = { ...smm('free', 'istio-a'), metadata: { name: 'default', namespace: 'free', finalizers: ['example.com/held'] } };
  await run(cluster, 'delete', 'smmr', 'default', '-n', 'istio-a');
  await eventually('the member is in', async () => (await send(cluster, 'create', object)).code === 0);
  await webhooks.server.close();
  const label = await cluster.kubectl(['label', 'smm', 'default', '-n', 'free', 'a=b']);
  assert.equal(label.code, 1, 'other changes wait for the operator');
  await run(cluster, 'delete', 'smm', 'default', '-n', 'free', '--wait=false');
  await run(cluster, 'patch', 'smm', 'default', '-n', 'free', '--type=merge', '--patch={"metadata":{"finalizers":null}}');
  assert.notEqual((await cluster.kubectl(['get', 'smm', 'default', '-n', 'free'])).code, 0);
});
