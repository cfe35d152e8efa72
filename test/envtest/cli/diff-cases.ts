import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { kubectlOf } from '../../../tools/demo/kubectl.ts';
import { eventually } from '../../support/eventually.ts';
import { controlPlaneReady, SMCP_PATH } from '../../support/operator-fixture.ts';
import type { WalkStage } from './walk-stage.ts';
import { tmesh, type Ended } from '../../support/tmesh-command.ts';

/* `tmesh diff` on a real API server: it is held against what the operator then really does. */

const PLANTED = 'planted-password-4711';

/** In: the walk's mesh with its members. The last case leaves it without an operator. */
export function diffCases(stage: () => WalkStage): void {
const diff = (...parameters: readonly string[]): Promise<Ended> => tmesh(['diff', ...parameters], { KUBECONFIG: stage().fixture.cluster.kubeconfig });
const create = (object: object): Promise<string> => kubectlOf(stage().fixture.cluster, JSON.stringify(object))('apply', '-f', '-');

async function file(...objects: readonly object[]): Promise<string> {
  const path = join(stage().folder, 'given.json');
  await writeFile(path, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  return path;
}

interface Smcp { readonly metadata: { readonly name: string; readonly namespace: string }; readonly spec: Readonly<Record<string, unknown>> }

/** The walk's control plane with more in its spec, as a user's file would have it. */
async function edited(spec: Readonly<Record<string, unknown>>): Promise<object> {
  const live = await stage().fixture.client.call<Smcp>(SMCP_PATH);
  return { apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: live.metadata.name, namespace: live.metadata.namespace }, spec: { ...live.spec, ...spec } };
}

const KINDS = 'deployments,services,configmaps,networkpolicies,roles,rolebindings,serviceaccounts,secrets,routes.route.openshift.io,peerauthentications.security.istio.io,telemetries.telemetry.istio.io';

/** What is written down of every object that the operator could touch: name → content, without its status. */
async function contents(): Promise<ReadonlyMap<string, string>> {
  const { items } = JSON.parse(await stage().fixture.kubectl('get', `${KINDS},validatingwebhookconfigurations,mutatingwebhookconfigurations,clusterroles`, '-A', '-o', 'json')) as { items: readonly { kind: string; metadata: Record<string, unknown>; status?: unknown }[] };
  return new Map(items.map((item) => {
    const { kind, metadata: { name, namespace } } = item;
    const metadata = { ...item.metadata, resourceVersion: '', managedFields: [], generation: 0 };
    return [`${kind} ${namespace === undefined ? '' : `${String(namespace)}/`}${String(name)}`, JSON.stringify({ ...item, status: {}, metadata })];
  }));
}

const objectsIn = (text: string): readonly string[] => [...new Set([...text.matchAll(/^(?:---|\+\+\+) (\w+ \S+)\t/gm)].map((match) => match[1] ?? '').filter((name) => name !== ''))].toSorted();

/** Changes that come in bursts, such as the list of members in Prometheus' configuration, are carried out some seconds later. */
async function quiet(): Promise<void> {
  await eventually('nothing would change', async () => {
    const { code, stdout, stderr } = await diff();
    if (code !== 0 || stdout + stderr !== '') throw new Error(stdout + stderr);
    return true;
  }, 30);
}

test('nothing would change, and no value of a Secret is told: empty, exit 0', async () => {
  await quiet();
  const before = await contents();
  await stage().fixture.kubectl('patch', 'secret', 'htpasswd', '-n', 'istio-system', '--type=merge', '-p', JSON.stringify({ stringData: { rawPassword: PLANTED } }));
  assert.deepEqual(await diff('istio-system/basic-install'), { code: 0, stdout: '', stderr: '' }, 'a password that somebody set is his');
  await stage().fixture.kubectl('delete', 'secret', 'htpasswd', '-n', 'istio-system', '--wait');
  const after = await contents();
  assert.deepEqual([...before].filter(([name, content]) => !name.includes('htpasswd') && after.get(name) !== content), []);
});

test('an edit: the objects of the diff are those that the operator then changes, and no others', async () => {
  const path = await file(await edited({ security: { dataPlane: { mtls: true } }, proxy: { logging: { level: 'debug' } }, gateways: { egress: { enabled: false } } }));
  const before = await contents();
  const { code, stdout, stderr } = await diff('-f', path);
  assert.deepEqual([code, stderr], [1, '']);
  assert.deepEqual([...await contents()].filter(([name, content]) => before.get(name) !== content), [], 'a dry run writes nothing');
  assert.match(stdout, /^# istio-discovery\n/m);
  assert.match(stdout, /^# istio-egress\n(?:.*\n)*--- Deployment istio-system\/istio-egressgateway\tnow\n\+\+\+ \/dev\/null\tafter\n/m);
  assert.match(stdout, /^ {2}mtls:\n-? *|^\+ {4}mode: STRICT$/m);
  await stage().fixture.kubectl('replace', '-f', path);
  await controlPlaneReady(stage().fixture.client);
  await quiet();
  const settled = await contents();
  const changed = [...new Set([...before.keys(), ...settled.keys()])].filter((name) => before.get(name) !== settled.get(name));
  assert.deepEqual(objectsIn(stdout), changed.toSorted(), stdout);
});

test('a member: what would be put into the namespace, in a group of its own', async () => {
  await stage().fixture.kubectl('create', 'namespace', 'shop');
  const { code, stdout } = await diff('-f', await file({ apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMember', metadata: { name: 'default', namespace: 'shop' }, spec: { controlPlaneRef: { namespace: 'istio-system', name: 'basic-install' } } }));
  assert.equal(code, 1);
  assert.match(stdout, /^# member shop\n/m);
  assert.match(stdout, /\+\+\+ Namespace shop\tafter\n@@ .*@@\n(?: .*\n)*\+ {4}maistra\.io\/member-of: istio-system\n/);
  assert.ok(objectsIn(stdout).includes('NetworkPolicy shop/istio-mesh-basic-install'), stdout);
  assert.ok(objectsIn(stdout).every((name) => name.includes('shop') || name.includes('istio-system')), objectsIn(stdout).join());
});

test('a new mesh in a namespace that is not there yet is all plus; a Secret to be made shows no value', async () => {
  const { code, stdout } = await diff('-f', await file({ apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'new', namespace: 'mesh-new' }, spec: {} }));
  assert.equal(code, 1);
  assert.ok(objectsIn(stdout).includes('Deployment mesh-new/istiod-new') && objectsIn(stdout).includes('Secret mesh-new/htpasswd'), objectsIn(stdout).join());
  assert.doesNotMatch(stdout, /^-(?!--)/m);
  assert.doesNotMatch(stdout.slice(stdout.indexOf('+++ Secret')).split('--- ')[0] ?? '', /rawPassword|^\+(?:data|stringData):/m);
});

test('what would be refused, what cannot be read and what does not exist end with 2 and one sentence', async () => {
  const refused = await diff('-f', await file(await edited({ version: 'v9.9' })));
  assert.deepEqual([refused.code, refused.stdout], [2, '']);
  assert.match(refused.stderr, /ServiceMeshControlPlane istio-system\/basic-install would be refused: .*v9\.9/);
  const stranger = await tmesh(['diff'], { KUBECONFIG: stage().fixture.cluster.kubeconfigFor('alice') });
  assert.equal(stranger.code, 2);
  assert.match(stranger.stderr, /forbidden.*; diff reads all that the operator reads, so ask somebody who may\n$/);
  assert.match((await diff('istio-system/none')).stderr, /does not exist/);
  assert.equal((await diff('istio-system')).code, 2);
});

test('while another writer holds a field, the diff says what the operator will put right', async () => {
  await stage().fixture.operator().stop();
  await stage().fixture.kubectl('label', 'networkpolicy', 'istio-mesh-basic-install', '-n', 'microsvc-sample', 'maistra.io/member-of=elsewhere', '--overwrite');
  await create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio-basic-install', namespace: 'istio-system' }, data: { mesh: 'wrong' } });
  const { code, stdout } = await diff('istio-system/basic-install');
  assert.equal(code, 1);
  assert.match(stdout, /^-maistra|^- {2}mesh: wrong$/m);
});
}
