import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { kubectlOf } from '../../../tools/demo/kubectl.ts';
import { eventually } from '../../support/eventually.ts';
import { conditionOf, startFixture, type OperatorFixture } from '../../support/operator-fixture.ts';

/* `mode: ClusterWide` on a real API server, with the operator's own account: what it may do is what admission and deploy/rbac.yaml let it. */

let fixture: OperatorFixture;
before(async () => {
  fixture = await startFixture('kubernetes');
  for (const [name, labels] of [['mesh', {}], ['wide', { 'istio-injection': 'enabled' }], ['narrow', {}]] as const) await create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
});
after(async () => { await fixture.stop(); });

type Roll = Parameters<typeof conditionOf>[0] & { readonly status?: { readonly configuredMembers?: readonly string[] } };

const create = (object: object): Promise<string> => kubectlOf(fixture.cluster, JSON.stringify(object))('create', '-f', '-');
const meshOf = async (name: string): Promise<string | undefined> =>
  (await fixture.client.call<{ readonly metadata: { readonly labels?: Readonly<Record<string, string>> } }>(`/api/v1/namespaces/${name}`)).metadata.labels?.['maistra.io/member-of'];

/** The members of a roll that is as it should be; undefined while it is not. */
async function configured(): Promise<readonly string[] | undefined> {
  const roll = await fixture.client.call<Roll>('/apis/maistra.io/v1/namespaces/mesh/servicemeshmemberrolls/default');
  return conditionOf(roll, 'Ready')?.reason === 'Configured' ? roll.status?.configuredMembers ?? [] : undefined;
}

const SMALL = { addons: { kiali: { enabled: false }, grafana: { enabled: false }, prometheus: { enabled: false } }, tracing: { type: 'None' }, gateways: { enabled: false } };

test('a namespace that is labelled is in, and one that gets the label joins', async () => {
  await create({ apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace: 'mesh' }, spec: { ...SMALL, mode: 'ClusterWide' } });
  await eventually('the labelled namespace is in', async () => (await configured())?.join() === 'wide', 90);
  assert.equal(await meshOf('narrow'), undefined);
  await fixture.kubectl('label', 'namespace', 'narrow', 'istio-injection=enabled');
  await eventually('the other too', async () => (await configured())?.join() === 'narrow,wide');
});

test('the roll is the user\'s from then on, also after a restart', async () => {
  await fixture.kubectl('patch', 'smmr', 'default', '-n', 'mesh', '--type=merge', '-p', '{"spec":{"memberSelectors":[],"members":["wide"]}}');
  await eventually('the user\'s word counts', async () => await meshOf('narrow') === undefined && (await configured())?.join() === 'wide');
  await fixture.operator().stop();
  await fixture.restart();
  await fixture.kubectl('annotate', 'smcp', 'basic', '-n', 'mesh', 'seen=yes');
  await fixture.kubectl('label', 'namespace', 'narrow', 'any=label');
  await eventually('nothing has changed', async () => (await configured())?.join() === 'wide');
  assert.equal(await meshOf('narrow'), undefined);
});

test('deleted, it is made anew; it goes with its control plane', async () => {
  await fixture.kubectl('delete', 'smmr', 'default', '-n', 'mesh');
  await eventually('all labelled namespaces are in', async () => (await configured())?.join() === 'narrow,wide');
  await fixture.kubectl('delete', 'smcp', 'basic', '-n', 'mesh', '--timeout=60s');
  await eventually('all are out, and the roll is gone', async () => await meshOf('wide') === undefined && await meshOf('narrow') === undefined && await fixture.kubectl('get', 'smmr', '-n', 'mesh', '-o', 'name') === '', 60);
});
