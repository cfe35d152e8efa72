import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { User } from '../../../tools/cluster/cluster.ts';
import { eventually } from '../../support/eventually.ts';
import { conditionOf, startFixture, type OperatorFixture } from '../../support/operator-fixture.ts';

/*
 * Tenants as they are on a real cluster: alice and bob have the role `admin` in their own projects, bob `view` in one of alice's, and nothing else.
 * What they may do with meshes comes from deploy/rbac.yaml and from admission alone.
 */

let fixture: OperatorFixture;
before(async () => {
  fixture = await startFixture('kubernetes');
  for (const name of ['mesh-a', 'mesh-b', 'pay', 'shop']) await fixture.kubectl('create', 'namespace', name);
  for (const [user, name] of [['alice', 'mesh-a'], ['alice', 'pay'], ['bob', 'shop']] as const) {
    await fixture.kubectl('create', 'rolebinding', `admin-${user}`, '-n', name, '--clusterrole=admin', `--user=${user}`);
  }
  await fixture.kubectl('create', 'rolebinding', 'view-bob', '-n', 'pay', '--clusterrole=view', '--user=bob');
  await eventually('the roles are added up', async () => (await fixture.cluster.kubectl(['auth', 'can-i', 'create', 'smcp', '-n', 'mesh-a'], { user: 'alice' })).code === 0);
});
after(async () => { await fixture?.stop(); });

const SMALL = { addons: { kiali: { enabled: false }, grafana: { enabled: false }, prometheus: { enabled: false } }, tracing: { type: 'None' }, gateways: { enabled: false } };
const plane = (namespace: string): object => ({ apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace }, spec: SMALL });
const roll = (namespace: string, spec: object): object => ({ apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMemberRoll', metadata: { name: 'default', namespace }, spec });
const member = (namespace: string, mesh: string, metadata: object = {}): object =>
  ({ apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMember', metadata: { name: 'default', namespace, ...metadata }, spec: { controlPlaneRef: { namespace: mesh, name: 'basic' } } });

async function as(user: User, verb: 'create' | 'replace' | 'apply', object: object): Promise<{ readonly code: number; readonly text: string }> {
  const { code, stdout, stderr } = await fixture.cluster.kubectl([verb, '-f', '-'], { user, input: JSON.stringify(object) });
  return { code, text: stdout + stderr };
}

async function refused(user: User, verb: 'create' | 'replace' | 'apply', object: object, why: RegExp): Promise<void> {
  const { code, text } = await as(user, verb, object);
  assert.equal(code, 1, text);
  assert.match(text, why);
}

async function letIn(user: User, verb: 'create' | 'replace' | 'apply', object: object): Promise<void> {
  const { code, text } = await as(user, verb, object);
  assert.equal(code, 0, text);
}

const ready = (path: string, type = 'Ready'): Promise<boolean> =>
  eventually(`${path} ${type}`, async () => conditionOf(await fixture.client.call(path), type)?.status === 'True', 60);

test('a project admin makes a mesh in his own project, and in no other', async () => {
  await letIn('alice', 'create', plane('mesh-a'));
  await refused('bob', 'create', plane('mesh-b'), /cannot create resource "servicemeshcontrolplanes"/);
  await letIn('admin', 'create', plane('mesh-b'));
  await ready('/apis/maistra.io/v2/namespaces/mesh-a/servicemeshcontrolplanes/basic');
});

test('nobody joins a mesh that he may not use; its admin hands that out with the role mesh-user that came with the mesh', async () => {
  await refused('bob', 'create', member('shop', 'mesh-a'), /user "bob" does not have permission to use ServiceMeshControlPlane mesh-a\/basic/);
  const grant = await fixture.cluster.kubectl(['create', 'rolebinding', 'mesh-users-bob', '-n', 'mesh-a', '--role=mesh-user', '--user=bob'], { user: 'alice' });
  assert.equal(grant.code, 0, grant.stderr);
  await eventually('bob is let in', async () => (await as('bob', 'create', member('shop', 'mesh-a'))).code === 0);
  await ready('/apis/maistra.io/v1/namespaces/shop/servicemeshmembers/default');
});

test('a right to one mesh is no right to another, not by changing the reference either', async () => {
  await refused('bob', 'apply', member('shop', 'mesh-b'), /controlPlaneRef.*cannot be changed/);
  assert.equal((await fixture.cluster.kubectl(['delete', 'smm', 'default', '-n', 'shop'], { user: 'bob' })).code, 0);
  await refused('bob', 'create', member('shop', 'mesh-b'), /does not have permission to use ServiceMeshControlPlane mesh-b\/basic/);
  await letIn('bob', 'create', member('shop', 'mesh-a'));
});

test('labels and finalizers of a member are changed without the right to use the mesh', async () => {
  await fixture.kubectl('patch', 'smm', 'default', '-n', 'shop', '--type=merge', '-p', '{"metadata":{"finalizers":["example.org/hold"]}}');
  await fixture.kubectl('delete', 'rolebinding', 'mesh-users-bob', '-n', 'mesh-a');
  await eventually('bob may use it no more', async () => (await fixture.cluster.kubectl(['auth', 'can-i', 'use', 'smcp/basic', '-n', 'mesh-a'], { user: 'bob' })).code === 1);
  for (const patch of ['{"metadata":{"labels":{"a":"b"}}}', '{"metadata":{"finalizers":null}}']) {
    const { code, stderr } = await fixture.cluster.kubectl(['patch', 'smm', 'default', '-n', 'shop', '--type=merge', '-p', patch], { user: 'bob' });
    assert.equal(code, 0, stderr);
  }
});

test('viewing a project shows its member, and changes nothing', async () => {
  assert.equal((await fixture.cluster.kubectl(['get', 'smm', '-n', 'pay'], { user: 'bob' })).code, 0);
  assert.equal((await fixture.cluster.kubectl(['get', 'smm', '-n', 'mesh-b'], { user: 'bob' })).code, 1);
  await refused('bob', 'create', member('pay', 'mesh-a'), /cannot create resource "servicemeshmembers"/);
});

test('a roll takes the projects of its author; those of others, everybody and selectors are refused, at creation and by every later change', async () => {
  const others = /user "alice" does not have permission to update pods in "shop"/;
  const everybody = /user "alice" does not have permission to update pods in all namespaces/;
  // The member in shop made an empty roll: every one of these is a change of it.
  await eventually('the roll is there', async () => (await fixture.cluster.kubectl(['get', 'smmr', 'default', '-n', 'mesh-a'])).code === 0);
  await letIn('alice', 'apply', roll('mesh-a', { members: ['pay'] }));
  await refused('alice', 'apply', roll('mesh-a', { members: ['pay', 'shop'] }), others);
  await refused('alice', 'apply', roll('mesh-a', { members: ['*'] }), everybody);
  await refused('alice', 'apply', roll('mesh-a', { members: [], memberSelectors: [{ matchLabels: { team: 'x' } }] }), everybody);
  await ready('/apis/maistra.io/v1/namespaces/mesh-a/servicemeshmemberrolls/default');
});

test('what an administrator put into a roll, its author may keep and take out, but not put back', async () => {
  await letIn('admin', 'apply', roll('mesh-a', { members: ['pay', 'shop'] }));
  await letIn('alice', 'apply', roll('mesh-a', { members: ['shop'] }));
  await letIn('alice', 'apply', roll('mesh-a', { members: [] }));
  await refused('alice', 'apply', roll('mesh-a', { members: ['shop'] }), /does not have permission to update pods in "shop"/);
});

test('selectors that an administrator wrote cannot be widened by another', async () => {
  await letIn('admin', 'apply', roll('mesh-a', { memberSelectors: [{ matchLabels: { team: 'x' } }] }));
  await refused('alice', 'apply', roll('mesh-a', { memberSelectors: [{}] }), /does not have permission to update pods in all namespaces/);
});

test('nobody but the operator writes a status or the label of a namespace', async () => {
  for (const [resource, name, namespace] of [['servicemeshmemberrolls', 'default', 'mesh-a'], ['servicemeshcontrolplanes', 'basic', 'mesh-a']] as const) {
    const { code, stderr } = await fixture.cluster.kubectl(['patch', resource, name, '-n', namespace, '--subresource=status', '--type=merge', '-p', '{"status":{"conditions":[]}}'], { user: 'alice' });
    assert.equal(code, 1);
    assert.match(stderr, /cannot (get|patch) resource "[a-z]+\/status"/);
  }
  assert.equal((await fixture.cluster.kubectl(['label', 'namespace', 'pay', 'maistra.io/member-of=mesh-b', '--overwrite'], { user: 'alice' })).code, 1);
});
