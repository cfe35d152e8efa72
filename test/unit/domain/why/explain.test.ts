import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findKind } from '../../../../src/api/kinds.ts';
import { OfflineCluster } from '../../../../src/cli/offline-cluster.ts';
import { observeMember } from '../../../../src/controllers/member/observe.ts';
import { observeMemberRoll } from '../../../../src/controllers/member-roll/observe.ts';
import { memberRollStatus } from '../../../../src/domain/member-roll/status.ts';
import { explain } from '../../../../src/domain/why/explain.ts';
import { LINKS } from '../../../../src/domain/why/link.ts';
import type { WhyObserved } from '../../../../src/domain/why/observed.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { valueAt } from '../../../../src/lib/json.ts';
import { deleting, namespace, NOW, pod, service, smcp, smm, smmr, withMeta } from '../../../build/mesh-objects.ts';
import { injected, injector, mark } from '../sidecars/sidecar-objects.ts';

const READY = { status: { conditions: [{ type: 'Ready', status: 'True', reason: 'ComponentsReady', message: '', lastTransitionTime: '2030-01-01T00:00:00Z' }] } };
const MESH = { ...smcp('mesh-a'), ...READY };
const MEMBER_OF = { 'maistra.io/member-of': 'mesh-a' };

function clusterOf(objects: readonly KubeObject[]): OfflineCluster {
  const cluster = new OfflineCluster([]);
  for (const object of objects) {
    const type = findKind(object.apiVersion, object.kind);
    assert.ok(type);
    cluster.put(type, object);
  }
  return cluster;
}

function observed(objects: readonly KubeObject[], more: Partial<WhyObserved> = {}): WhyObserved {
  const own = objects.find((object) => object.kind === 'Namespace' && object.metadata.name === 'pay');
  const member = observeMember('pay', clusterOf(objects))
    ?? { name: 'pay', namingRolls: [], openRolls: [], members: [], controlPlanes: [], copies: [], strangers: [], ...(own === undefined ? {} : { namespace: own }) };
  return {
    member, controlPlanes: objects.filter((object) => object.kind === 'ServiceMeshControlPlane'), user: 'bob', rights: [], mutatingWebhooks: [],
    pods: [], services: [], routes: [], ingresses: [], unread: new Map(), ...more,
  };
}

/** What the roll of mesh-a says about namespace pay. */
function rollSays(objects: readonly KubeObject[]): string {
  const world = observeMemberRoll('mesh-a', clusterOf(objects));
  assert.ok(world);
  const status = memberRollStatus(world, NOW).find((write) => write.object.metadata.name === 'default')?.status;
  const entries = valueAt(status, 'memberStatuses');
  const entry: unknown = Array.isArray(entries) ? entries.find((found) => valueAt(found, 'namespace') === 'pay') : undefined;
  const conditions = valueAt(entry, 'conditions');
  return String(valueAt(Array.isArray(conditions) ? conditions[0] : undefined, 'message'));
}

const WORLDS: Readonly<Record<string, readonly KubeObject[]>> = {
  'the namespace is missing': [namespace('mesh-a'), MESH, smmr('mesh-a', ['pay'])],
  'the namespace is going': [namespace('mesh-a'), MESH, smmr('mesh-a', ['pay']), deleting(namespace('pay'))],
  'another mesh has it': [namespace('mesh-a'), namespace('pay'), MESH, smcp('mesh-b'), withMeta(smmr('mesh-b', ['pay']), { creationTimestamp: '2029-01-01T00:00:00Z' }), smmr('mesh-a', ['pay'])],
  'the member has a wrong reference': [namespace('mesh-a'), namespace('pay'), MESH, smmr('mesh-a'), smm('pay', 'mesh-a', 'other')],
};

for (const [what, objects] of Object.entries(WORLDS)) {
  test(`${what}: the roll and \`why\` say the same words`, () => {
    const link = explain(observed(objects)).links.find((found) => found.state === 'broken');
    assert.ok(link?.message.startsWith(rollSays(objects)), `${link?.message} / ${rollSays(objects)}`);
  });
}

test('each link is told once, in order, and those after a broken foundation say what they depend on', () => {
  const { links, isInOrder } = explain(observed([namespace('pay'), MESH]));
  assert.deepEqual(links.map((link) => link.link), LINKS);
  assert.equal(isInOrder, false);
  assert.deepEqual(links.map((link) => link.state), ['holds', 'broken', ...Array.from({ length: 8 }, () => 'untold')]);
  assert.match(links[2]?.message ?? '', /depends on: claimed/);
});

test('a control plane that may not be read is unknown, and not called missing', () => {
  const { links } = explain(observed([namespace('pay', MEMBER_OF), smm('pay', 'mesh-a')], { unread: new Map([['ServiceMeshControlPlane', 'may not be read']]) }));
  assert.equal(links.find((link) => link.link === 'control plane')?.state, 'unknown');
});

test('an Ingress, and a Route by its second backend, are doors like a Route', () => {
  const route = { apiVersion: 'route.openshift.io/v1', kind: 'Route', metadata: { name: 'r', namespace: 'pay' }, spec: { to: { name: 'none' }, alternateBackends: [{ name: 'web' }] } };
  const ingress = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'i', namespace: 'pay' }, spec: { rules: [{ http: { paths: [{ backend: { service: { name: 'web' } } }] } }] } };
  const doors = { services: [service('pay', 'web', { app: 'web' })], routes: [route], ingresses: [ingress], pods: [pod('pay', 'web-1', { app: 'web' }), pod('pay', 'web-2', { app: 'web', 'maistra.io/expose-route': 'true' })] };
  const link = explain(observed([namespace('mesh-a'), namespace('pay', MEMBER_OF), MESH, smm('pay', 'mesh-a')], doors)).links.find((found) => found.link === 'routes');
  assert.equal(link?.reason, 'ExternalAccessBlocked');
  assert.match(link?.message ?? '', /behind Ingress i, Route r: web-1;/);
});

test('pods with another sidecar than the mesh gives now are a note, with the command that makes them anew', () => {
  const sidecar = { spec: { containers: [{ name: 'istio-proxy' }] } };
  const old = withMeta({ ...injected('pay', 'web-7c9-x', mark('1.30.3'), { 'pod-template-hash': '7c9' }), ...sidecar }, { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-7c9', uid: 'u', controller: true }] });
  const objects = [namespace('mesh-a'), namespace('pay', MEMBER_OF), MESH, smm('pay', 'mesh-a')];
  const linkOf = (pods: readonly KubeObject[]): unknown => {
    const { state, reason, message, command } = explain(observed(objects, { mutatingWebhooks: [injector()], pods })).links.find((found) => found.link === 'pods') ?? {};
    return [state, reason, message, command];
  };
  assert.deepEqual(linkOf([old]), ['note', 'SidecarsOutdated', '1 of 1 pods run another sidecar than the mesh gives now (Istio 1.31.1): web-7c9-x (1.30.3); make them anew', 'kubectl rollout restart deployment/web -n pay']);
  assert.equal((linkOf([{ ...injected('pay', 'web', mark()), ...sidecar }]) as readonly unknown[])[0], 'holds');
});

test('a name that a shell could take for more stays one word of the command', () => {
  const { links } = explain(observed([namespace('pay'), MESH], { user: "o'brien@example.org", rights: [{ namespace: 'mesh-a', name: 'basic', isAllowed: false }] }));
  assert.match(links[1]?.command ?? '', /--user='o'\\''brien@example\.org'$/);
});

test('a webhook that is missing is the operator\'s fault only when istiod has published its root certificate', () => {
  const world = [namespace('mesh-a'), namespace('pay', MEMBER_OF), MESH, smmr('mesh-a', ['pay'])];
  const webhook = (more: Partial<WhyObserved>): { readonly reason?: string; readonly message: string } | undefined => explain(observed(world, more)).links.find((link) => link.link === 'webhook');
  const root: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio-ca-root-cert', namespace: 'mesh-a' } };
  assert.match(webhook({})?.message ?? '', /waits for ConfigMap mesh-a\/istio-ca-root-cert: istiod-basic has not published its root certificate yet; look at its log/);
  assert.match(webhook({ meshRoot: root })?.message ?? '', /is missing; the operator has not put that right/);
  assert.match(webhook({ unread: new Map([['ConfigMap', 'may not be read']]) })?.message ?? '', /the operator has not put that right/);
});
