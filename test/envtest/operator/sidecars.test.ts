import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { objectsAt, textAt, valueAt } from '../../../src/lib/json.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { HOLD_ANNOTATION, NODE_NAME } from '../../../tools/cluster/node-stand-in.ts';
import { eventually } from '../../support/eventually.ts';
import { conditionOf, startFixture, type OperatorFixture } from '../../support/operator-fixture.ts';
import { patched, startWebhookServer, type WebhookServer } from '../../support/webhook-server.ts';

/*
 * Sidecars that a change of the mesh leaves behind, and their workloads restarted in order: with the operator's own rights, real controllers that roll pods out and
 * count budgets, and a webhook of the test in istiod's place, which gives each pod the mark that the mesh gives now.
 */

const SIDECAR = 'tmesh.maistra.io/sidecar';
const SMCP = '/apis/maistra.io/v2/namespaces/mesh/servicemeshcontrolplanes/basic';
const HOOK = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/istiod-basic-mesh';
const workloadPath = (plural: string, name: string): string => `/apis/apps/v1/namespaces/shop/${plural}/${name}`;

let fixture: OperatorFixture;
let injector: WebhookServer;
/** What the stand-in gives now. */
let given = '';
/** New pods of this app get a label by which the node holds them. */
let stuck = '';

async function apply(object: object): Promise<void> {
  const { code, stderr } = await fixture.cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) });
  assert.equal(code, 0, stderr);
}

type Conditions = Parameters<typeof conditionOf>[0];
const get = (path: string): Promise<KubeObject & Conditions> => fixture.client.call<KubeObject & Conditions>(path);
const sidecars = async (...path: readonly string[]): Promise<unknown> => valueAt(await get(SMCP), 'status', 'sidecars', ...path);
const hold = (labels: string): Promise<string> => fixture.kubectl('annotate', '--overwrite', 'node', NODE_NAME, `${HOLD_ANNOTATION}=${labels}`);
const release = (): Promise<string> => fixture.kubectl('annotate', 'node', NODE_NAME, `${HOLD_ANNOTATION}-`);

/** The mesh, with an Istio and the wish that workloads are updated. */
async function mesh(version: string, updateWorkloads: boolean): Promise<void> {
  const spec = {
    version, gateways: { enabled: false }, tracing: { type: 'None' }, addons: { prometheus: { enabled: false }, grafana: { enabled: false }, kiali: { enabled: false } }, updateStrategy: { updateWorkloads },
  };
  await apply({ apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace: 'mesh' }, spec });
  await eventually(`mesh of ${version}`, async () => {
    const smcp = await get(SMCP);
    return valueAt(smcp, 'status', 'observedGeneration') === smcp.metadata.generation && conditionOf(smcp, 'Ready')?.status === 'True';
  }, 120);
  // istiod would read this out of its configuration.
  given = await eventually(`injection of ${version}`, async () => textAt(await get(HOOK), 'metadata', 'annotations', SIDECAR));
}

function workload(kind: 'Deployment' | 'StatefulSet', name: string, more: object = {}): object {
  // Not with Istio's own label: the mesh's webhook would ask an istiod that does not run.
  const labels = { app: name, wants: 'sidecar' };
  const spec = { replicas: 2, selector: { matchLabels: { app: name } }, template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'app', image: 'app' }] } }, ...more };
  return { apiVersion: 'apps/v1', kind, metadata: { name, namespace: 'shop' }, spec };
}

before(async () => {
  [fixture, injector] = await Promise.all([startFixture('kubernetes'), startWebhookServer((_path, { object: { metadata: { labels, annotations } } }) => {
    const value = { ...annotations, 'sidecar.istio.io/status': '{}', [SIDECAR]: given };
    return patched([{ op: 'add', path: '/metadata/annotations', value }, ...(labels?.['app'] === stuck ? [{ op: 'add', path: '/metadata/labels/stuck', value: 'yes' }] : [])]);
  })]);
  for (const name of ['mesh', 'shop']) await fixture.kubectl('create', 'namespace', name);
  await fixture.kubectl('create', 'configmap', 'istio-ca-root-cert', '-n', 'mesh', '--from-literal=root-cert.pem=root');
  await apply({
    apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration', metadata: { name: 'stand-in' },
    webhooks: [{ name: 'stand-in.example.org', clientConfig: { url: injector.url, caBundle: injector.caBundle }, sideEffects: 'None', admissionReviewVersions: ['v1'], objectSelector: { matchLabels: { wants: 'sidecar' } },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }] }],
  });
  await mesh('v1.30', false);
  await apply({ apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMemberRoll', metadata: { name: 'default', namespace: 'mesh' }, spec: { members: ['shop'] } });
  await eventually('shop is in', async () => textAt(await get('/api/v1/namespaces/shop'), 'metadata', 'labels', 'maistra.io/member-of') === 'mesh');
  await eventually('account', async () => get('/api/v1/namespaces/shop/serviceaccounts/default'));
  for (const object of [workload('Deployment', 'api'), workload('Deployment', 'web', { progressDeadlineSeconds: 5 }), workload('StatefulSet', 'db', { serviceName: 'db' })]) await apply(object);
  await apply({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'api', namespace: 'shop' }, spec: { minAvailable: 2, selector: { matchLabels: { app: 'api' } } } });
});
after(async () => { await Promise.all([fixture?.stop(), injector?.close()]); });

test('pods with the present sidecar are current; after an upgrade they are outdated and named, and nobody restarts them', async () => {
  await eventually('six current pods', async () => await sidecars('current') === 6, 60);
  assert.deepEqual([await sidecars('given'), await sidecars('outdated'), await sidecars('restarts')], ['1.30.3', 0, undefined]);
  await mesh('v1.31', false);
  await eventually('six outdated pods', async () => await sidecars('outdated') === 6, 60);
  const said = await eventually('the namespace says it', async () => conditionOf(await get('/api/v1/namespaces/shop'), 'maistra.io/SidecarsOutdated'));
  assert.match(said.message, /^6 of 6 pods run another sidecar than the mesh gives now \(Istio 1\.31\.1\): api-\S+ \(1\.30\.3\), .*db-0 \(1\.30\.3\), .*; make them anew$/);
  const [entry] = objectsAt(await sidecars(), 'namespaces');
  assert.deepEqual([entry?.['namespace'], entry?.['outdated'], entry?.['missing']], ['shop', 6, 0]);
  for (const [plural, name] of [['deployments', 'api'], ['deployments', 'web'], ['statefulsets', 'db']] as const) {
    const { spec } = await get(workloadPath(plural, name));
    assert.equal(valueAt(spec, 'template', 'metadata', 'annotations'), undefined, name);
  }
});

const restartsSay = async (state: string): Promise<string | false> => await sidecars('restarts', 'state') === state && String(await sidecars('restarts', 'message'));
const restartedAt = async (plural: string, name: string): Promise<string> => textAt(await get(workloadPath(plural, name)), 'spec', 'template', 'metadata', 'annotations', 'kubectl.kubernetes.io/restartedAt');

test('asked for, they are restarted one by one; the one under a budget of nothing is left, and one that does not come back stops the others', async () => {
  stuck = 'web';
  await hold('stuck=yes');
  await mesh('v1.31', true);
  const stopped = await eventually('web does not come back', () => restartsSay('Stopped'), 90);
  assert.match(stopped, /^Deployment shop\/web was restarted and does not come back \(.*\); no other workload is restarted until it does$/);
  const condition = await eventually('the condition', async () => { const found = conditionOf(await get(SMCP), 'WorkloadsOutdated'); return found?.reason === 'WorkloadRestartFailed' ? found : undefined; });
  assert.equal(condition.message, stopped);
  assert.deepEqual([await restartedAt('deployments', 'api'), await restartedAt('statefulsets', 'db')], ['', '']);
  const [held] = objectsAt(await sidecars('restarts'), 'heldBack');
  assert.deepEqual([held?.['workload'], held?.['reason']], ['Deployment shop/api', 'PodDisruptionBudget api allows no disruption now, and a rollout may take 1']);
});

test('the operator is killed meanwhile: its successor goes on when the workload is back, down to the StatefulSet, for which it has a right in this member only', async () => {
  await fixture.operator().stop();
  await fixture.restart();
  stuck = '';
  await release();
  await eventually('db is restarted', async () => await restartedAt('statefulsets', 'db') !== '', 60);
  assert.equal(textAt(await get(workloadPath('deployments', 'web')), 'metadata', 'annotations', 'tmesh.maistra.io/restarting-since'), '', 'web is over');
  await eventually('only api is left', async () => await sidecars('outdated') === 2 && restartsSay('HeldBack'), 90);
  const events = (await fixture.client.call<{ readonly items: readonly { readonly reason: string; readonly involvedObject: { readonly name: string } }[] }>('/api/v1/namespaces/shop/events')).items;
  assert.deepEqual([...new Set(events.filter(({ reason }) => reason === 'RestartedForSidecar').map(({ involvedObject }) => involvedObject.name))].toSorted(), ['db', 'web']);
  const can = async (verb: string, what: string, namespace: string): Promise<boolean> =>
    (await fixture.cluster.kubectl(['auth', 'can-i', verb, what, '-n', namespace, '--as', 'system:serviceaccount:tenant-mesh-operator:tenant-mesh-operator'])).stdout.trim() === 'yes';
  assert.deepEqual([await can('patch', 'statefulsets.apps', 'shop'), await can('patch', 'statefulsets.apps', 'default')], [true, false]);
});

test('the budget goes, and the last one is restarted; the wish goes, and so does the right', async () => {
  await fixture.kubectl('delete', 'pdb', 'api', '-n', 'shop');
  await eventually('all are current', async () => await sidecars('current') === 6 && await sidecars('outdated') === 0 && restartsSay('Done') !== undefined, 90);
  await eventually('nothing to say', async () => conditionOf(await get(SMCP), 'WorkloadsOutdated') === undefined && conditionOf(await get('/api/v1/namespaces/shop'), 'maistra.io/SidecarsOutdated') === undefined);
  await mesh('v1.31', false);
  const { code } = await eventually('no binding', async () => { const found = await fixture.cluster.kubectl(['get', 'rolebinding', 'restarts-mesh', '-n', 'shop']); return found.code === 0 ? undefined : found; });
  assert.notEqual(code, 0);
});
