import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tables from '../../../src/api/condition-reasons.ts';
import { DEPLOYMENT } from '../../../src/api/kinds.ts';
import { viewOf } from '../../../src/domain/control-plane/mesh-view.ts';
import { controlPlaneStatus } from '../../../src/domain/control-plane/status.ts';
import { memberRollStatus } from '../../../src/domain/member-roll/status.ts';
import { planMember } from '../../../src/domain/member/plan.ts';
import { memberStatuses } from '../../../src/domain/member/status.ts';
import type { ControlPlaneObserved } from '../../../src/domain/control-plane/observed.ts';
import { neighbourReport } from '../../../src/domain/neighbours/report.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { NOTHING_DONE, type Outcome, type StatusWrite } from '../../../src/k8s/plan.ts';
import { isJsonObject, valueAt, type Json, type JsonObject } from '../../../src/lib/json.ts';
import { INTERNAL_ERROR } from '../../../src/runtime/condition-events.ts';
import { CHARTS, controlPlane, inPlace, MESH, nodePlugin, observed, SUPPORTED_DAY } from '../../build/control-plane.ts';
import { deleting, namespace, NOW, pod, service, smcp, smm, smmr, withMeta } from '../../build/mesh-objects.ts';
import { copiesOf, observed as observedMember } from './member/observed-objects.ts';
import { injected, injector, mark } from './sidecars/sidecar-objects.ts';

/*
 * docs/conditions.md lists types and reasons. Here the planners are brought to say each of them, and nothing else: a row that nothing says, and
 * a word that no row explains, fail alike.
 */

interface Said { readonly types: ReadonlySet<string>; readonly reasons: ReadonlySet<string> }

function said(lists: readonly (Json | undefined)[]): Said {
  const conditions = lists.flatMap((list) => (Array.isArray(list) ? list.filter(isJsonObject) : []));
  return { types: new Set(conditions.map(({ type }) => String(type))), reasons: new Set(conditions.map(({ reason }) => String(reason))) };
}

/** InternalError is what the loop around the planners says (test/unit/runtime/reconcile.test.ts). */
function compare(found: Said, types: object, reasons: object): void {
  assert.deepEqual([...found.types, INTERNAL_ERROR].toSorted(), Object.keys(types).toSorted());
  assert.deepEqual([...found.reasons, INTERNAL_ERROR].toSorted(), Object.keys(reasons).toSorted());
}

const failing = (status: number, reason: string): Outcome => ({
  written: 0, skipped: 0, complete: false,
  failures: [{ step: { do: 'apply', type: DEPLOYMENT, object: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'x', namespace: MESH } } }, status, reason, message: 'no' }],
});

function statusOf(state: ControlPlaneObserved, outcome: Outcome = NOTHING_DONE, now = SUPPORTED_DAY): JsonObject {
  return controlPlaneStatus(state, viewOf(state, CHARTS), outcome, now)[0]?.status ?? {};
}

const OTHER_OPERATOR = {
  deployments: [{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'istio-operator', namespace: 'openshift-operators' }, spec: {} }],
  webhookConfigurations: [{ apiVersion: 'v1', kind: 'ValidatingWebhookConfiguration', metadata: { name: 'openshift-operators.servicemesh-resources.maistra.io' } }], definitions: [],
};

/** A canary that starts, serves, leaves, and is taken over. */
function canaryStatuses(): readonly JsonObject[] {
  const wish = { updateStrategy: { canary: { version: 'v1.31', namespaces: ['far'] } } };
  const of = (spec: JsonObject, managed: readonly KubeObject[], canaryPods?: ControlPlaneObserved['canaryPods']): JsonObject =>
    statusOf(observed(controlPlane(spec), { managed, members: ['far'], ...(canaryPods === undefined ? {} : { canaryPods }) }));
  const old = inPlace(controlPlane({ version: 'v1.30' }), { members: ['far'] });
  const beside = inPlace(controlPlane({ version: 'v1.30', ...wish }), { members: ['far'], managed: old });
  const pods = { count: 1, newest: '1.31.1' };
  return [
    of({ version: 'v1.30', ...wish }, old), of({ version: 'v1.30', ...wish }, beside), of({ version: 'v1.30' }, beside, pods),
    of({ version: 'v1.31' }, inPlace(controlPlane({ version: 'v1.31' })), pods),
  ];
}

function controlPlaneStatuses(): readonly JsonObject[] {
  const fresh = controlPlane({ version: 'v1.29' });
  const managed = inPlace(fresh);
  const first = statusOf(observed(fresh));
  const done = statusOf(observed(fresh, { managed }));
  const at = (spec: JsonObject, generation = 1): KubeObject => ({ ...fresh, metadata: { ...fresh.metadata, generation }, spec, status: done });
  const update = observed(at({ version: 'v1.30' }, 2), { managed });
  const begun = statusOf(update);
  const changed = managed.map((object) => (object.kind === 'Deployment' ? { ...object, metadata: { ...object.metadata, annotations: {} } } : object));
  const elder = controlPlane({}, { meta: { name: 'first', creationTimestamp: '2000-01-01T00:00:00Z' } });
  const unready = managed.map((object) => (object.metadata.name === 'grafana' ? { ...object, status: {} } : object));
  const leaving = observed(deleting(at({})), { managed });
  const newOperator = observed(at({ version: 'v1.29' }), { managed: changed });
  return [
    first, done, begun, statusOf(observed({ ...fresh, status: first })), statusOf(observed({ ...at({ version: 'v1.30' }, 2), status: begun }, { managed })),
    statusOf(observed(at({ version: 'v1.29', general: { logging: { logAsJSON: true } } }, 2), { managed: inPlace(at({ version: 'v1.29', general: { logging: { logAsJSON: true } } }, 2)) })),
    statusOf({ ...newOperator, facts: { ...newOperator.facts, operatorVersion: '0.2.0' } }),
    statusOf(observed(fresh), failing(403, 'Forbidden')), statusOf(update, failing(404, '')), statusOf(update, failing(409, 'FieldConflict')),
    statusOf(observed(at({ version: 'v9' }), { managed })), statusOf(observed(at({ version: 'v1.31' }), { managed })), statusOf(observed(at({ mode: 'Both' }), { managed })),
    statusOf(observed(fresh, { siblings: [elder] })), statusOf(observed(at({ version: 'v1.29' }), { managed: unready })),
    statusOf(leaving, failing(409, 'Conflict')), statusOf(leaving, failing(403, 'Forbidden')),
    statusOf(observed(at({ version: 'v1.29' }), { managed }), NOTHING_DONE, new Date('2026-09-20')), statusOf(observed(at({ version: 'v1.29' }), { managed }), NOTHING_DONE, new Date('2026-12-01')),
    ...[[], [nodePlugin('operators', 1, 2)]].map((daemonSets) => statusOf(observed(at({ version: 'v1.29', proxy: { networking: { initialization: { type: 'CNI' } } } }), { managed, nodePlugin: { daemonSets } }))),
    ...['Restarting', 'Stopped', 'HeldBack'].map((state) => statusOf(observed({ ...fresh, status: { sidecars: { restarts: { state, message: 'm' } } } }, { managed }))),
    ...canaryStatuses(),
    neighbourReport({ signs: OTHER_OPERATOR, stepsBack: true, controlPlanes: [fresh] }, SUPPORTED_DAY).find(({ object }) => object.kind === fresh.kind)?.status ?? {},
  ];
}

test('a control plane says every documented type and reason, and no other', () => {
  const statuses = controlPlaneStatuses();
  const components = statuses.flatMap((status) => (Array.isArray(status['components']) ? status['components'].map((component) => valueAt(component, 'conditions') as Json) : []));
  compare(said([...statuses.map((status) => status['conditions']), ...components]), tables.CONTROL_PLANE_CONDITIONS, tables.CONTROL_PLANE_REASONS);
});

const otherMesh = (selectors?: readonly Json[]): KubeObject => ({
  apiVersion: 'sailoperator.io/v1', kind: 'Istio', metadata: { name: 'other' },
  spec: { namespace: 'far', ...(selectors === undefined ? {} : { values: { meshConfig: { discoverySelectors: selectors } } }) },
});
const A = smcp('mesh-a');
const member = smm('pay', 'mesh-a');
const pay = namespace('pay');
const inside = namespace('pay', { 'maistra.io/member-of': 'mesh-a', tenant: 'x' });

function rollStatuses(objects: readonly KubeObject[], otherMeshes: readonly KubeObject[] = []): readonly StatusWrite[] {
  const ofKind = (kind: string): KubeObject[] => objects.filter((object) => object.kind === kind);
  const rolls = ofKind('ServiceMeshMemberRoll').filter((roll) => roll.metadata.namespace === 'mesh-a');
  const roll = rolls.find(({ metadata }) => metadata.name === 'default');
  return memberRollStatus({
    meshNamespace: 'mesh-a', operatorNamespace: 'operators', misnamed: rolls.filter((object) => object !== roll), namespaces: ofKind('Namespace'), otherMeshes,
    rolls: ofKind('ServiceMeshMemberRoll'), members: ofKind('ServiceMeshMember'), controlPlanes: ofKind('ServiceMeshControlPlane'), ...(roll === undefined ? {} : { roll }),
  }, NOW);
}

const ROLL = smmr('mesh-a', ['pay']);
const ROLLS: readonly (readonly StatusWrite[])[] = [
  rollStatuses([A, ROLL, inside]), rollStatuses([A, ROLL]), rollStatuses([ROLL, pay]), rollStatuses([A, smcp('mesh-a', 'second'), ROLL, pay]),
  rollStatuses([A, smmr('mesh-a', [], {}, { name: 'mine' })]), rollStatuses([A, ROLL, pay]), rollStatuses([A, smcp('pay'), ROLL, pay]),
  rollStatuses([A, ROLL, namespace('pay', {}, { annotations: { 'tmesh.maistra.io/leaving': 'mesh-b' } })]), rollStatuses([A, smmr('mesh-a'), inside]),
  rollStatuses([A, smmr('mesh-a'), smm('pay', 'mesh-a', 'wrong'), pay]), rollStatuses([A, ROLL, inside], [otherMesh()]),
];

test('a roll says every documented type and reason, and no other', () => {
  compare(said(ROLLS.flat().map(({ status }) => status['conditions'])), tables.MEMBER_ROLL_CONDITIONS, tables.MEMBER_ROLL_REASONS);
  const entries = ROLLS.flat().flatMap(({ status }) => (Array.isArray(status['memberStatuses']) ? status['memberStatuses'] : []));
  const { reasons } = said(entries.map((entry) => valueAt(entry, 'conditions') as Json));
  assert.deepEqual([...reasons].toSorted(), Object.keys(tables.MEMBER_STATUS_REASONS).toSorted());
});

function memberConditions(objects: readonly KubeObject[], more: object = {}, outcome: Outcome = NOTHING_DONE): Json | undefined {
  const seen = { ...observedMember(...objects), ...more };
  return memberStatuses(seen, planMember(seen), outcome, NOW)[0]?.status['conditions'];
}

const INJECTOR: KubeObject = {
  apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration', metadata: { name: 'istiod-basic-mesh-a' }, webhooks: [{ namespaceSelector: {}, matchConditions: [{ name: 'asks-for-a-sidecar' }] }],
};
const DOORS = {
  ingresses: [], services: [service('pay', 'web', { app: 'web' })], pods: [pod('pay', 'web-1', { app: 'web' })],
  routes: [{ apiVersion: 'route.openshift.io/v1', kind: 'Route', metadata: { name: 'web', namespace: 'pay' }, spec: { to: { name: 'web' } } }],
};

test('a member says every documented type and reason, and no other', () => {
  const lists = [
    memberConditions([A, member, pay]), memberConditions([A, smm('pay', 'mesh-a', 'basic', { name: 'mine' }), pay]), memberConditions([member, pay]),
    memberConditions([A, member, deleting(pay)]), memberConditions([A, member, pay], { doors: DOORS }), memberConditions([A, member, pay], {}, failing(409, 'FieldConflict')),
    memberConditions([A, member, inside, ...copiesOf(A), INJECTOR, pod('pay', 'old', { 'sidecar.istio.io/inject': 'true' })]),
    memberConditions([A, member, inside, ...copiesOf(A), injector(), injected('pay', 'old', mark('1.30.3'))]),
    memberConditions([A, withMeta(member, { creationTimestamp: '2029-01-01T00:00:00Z' }), pay, smmr('mesh-b', ['pay']), smcp('mesh-b')]),
    memberConditions([A, member, inside], { otherMeshes: [otherMesh([{ matchLabels: { tenant: 'x' } }])] }),
  ];
  compare(said(lists), tables.MEMBER_CONDITIONS, tables.MEMBER_REASONS);
});
