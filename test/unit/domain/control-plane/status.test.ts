import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEPLOYMENT } from '../../../../src/api/kinds.ts';
import type { ControlPlaneObserved } from '../../../../src/domain/control-plane/observed.ts';
import { viewOf } from '../../../../src/domain/control-plane/mesh-view.ts';
import { controlPlaneStatus } from '../../../../src/domain/control-plane/status.ts';
import { convertControlPlane } from '../../../../src/domain/conversion/control-plane.ts';
import { isJsonObject, valueAt, type JsonObject } from '../../../../src/lib/json.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { NOTHING_DONE, type Outcome } from '../../../../src/k8s/plan.ts';
import { CHARTS, controlPlane, inPlace, MESH, NAME, observed, SUPPORTED_DAY as NOW } from '../../../build/control-plane.ts';

const FAILED: Outcome = {
  written: 1, skipped: 0, complete: false,
  failures: [{ step: { do: 'apply', type: DEPLOYMENT, object: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'grafana', namespace: MESH } } }, status: 422, reason: 'Invalid', message: 'selector is immutable' }],
};

function statusOf(state: ControlPlaneObserved, outcome: Outcome = NOTHING_DONE, now = NOW): JsonObject {
  const [write, ...more] = controlPlaneStatus(state, viewOf(state, CHARTS), outcome, now);
  assert.equal(more.length, 0);
  assert.ok(write, 'there is a status to write');
  return write.status;
}

/** `Reconciled=False/PausingInstall` for each condition, by type. */
function shown(status: JsonObject): Readonly<Record<string, string>> {
  const conditions = Array.isArray(status['conditions']) ? status['conditions'].filter(isJsonObject) : [];
  return Object.fromEntries(conditions.map((condition) => [String(condition['type']), `${String(condition['status'])}/${String(condition['reason'])}`]));
}
function messageOf(status: JsonObject, type: string): string {
  const conditions = Array.isArray(status['conditions']) ? status['conditions'].filter(isJsonObject) : [];
  return String(conditions.find((condition) => condition['type'] === type)?.['message']);
}
/** An SMCP after its installation succeeded, with everything in place. */
function installed(spec: JsonObject = {}, generation = 1): { readonly smcp: KubeObject; readonly managed: readonly KubeObject[] } {
  const smcp = controlPlane(spec);
  const managed = inPlace(smcp);
  return { managed, smcp: { ...smcp, metadata: { ...smcp.metadata, generation }, status: statusOf(observed(smcp, { managed })) } };
}
const withPods = (managed: readonly KubeObject[], name: string, readyReplicas: number): KubeObject[] => {
  const conditions = [{ type: 'Available', status: readyReplicas > 0 ? 'True' : 'False' }];
  return managed.map((object) => (object.kind === 'Deployment' && object.metadata.name === name ? { ...object, status: { ...object['status'] as object, readyReplicas, conditions } } : object));
};

test('a new mesh: installing, paused for istiod, and the columns say so', () => {
  const status = statusOf(observed(controlPlane()));
  assert.deepEqual(shown(status), { Installed: 'False/ResourceCreated', Reconciled: 'False/ResourceCreated', Ready: 'False/ResourceCreated', Reconciling: 'True/ResourceCreated' });
  assert.equal(messageOf(status, 'Installed'), 'Installing mesh generation 0.1.0-1');
  assert.match(messageOf(status, 'Reconciled'), /^Installing mesh generation 0\.1\.0-1\. Paused until the following components become ready: \[istio-discovery\]\. istio-discovery: Deployment istiod-basic: 0 of 1 pods are ready$/);
  assert.deepEqual([valueAt(status, 'annotations', 'readyComponentCount'), status['chartVersion'], status['observedGeneration']], ['1/9', '1.31.1', 0]);
  const next = statusOf(observed(controlPlane({}, { status })));
  assert.deepEqual(shown(next), { Installed: 'False/ResourceCreated', Reconciled: 'False/PausingInstall', Ready: 'False/PausingInstall', Reconciling: 'True/PausingInstall' });
});

test('a mesh in place: 9/9, installed, reconciled and ready', () => {
  const { smcp } = installed();
  const status = smcp['status'] as JsonObject;
  assert.deepEqual(shown(status), { Installed: 'True/InstallSuccessful', Reconciled: 'True/InstallSuccessful', Ready: 'True/ComponentsReady' });
  assert.deepEqual([valueAt(status, 'annotations', 'readyComponentCount'), status['observedGeneration'], status['operatorVersion']], ['9/9', 1, '0.1.0']);
  assert.equal(messageOf(status, 'Reconciled'), 'Successfully installed version 0.1.0-1');
  assert.equal(valueAt(status, 'annotations', 'alwaysReadyComponents'), 'mesh-config,telemetry-common');
  assert.deepEqual(valueAt(status, 'readiness', 'components', 'unready'), []);
});

test('the next pass writes the same status: no time, no order, no word changes', () => {
  const { smcp, managed } = installed();
  assert.deepEqual(statusOf(observed(smcp, { managed }), NOTHING_DONE, new Date('2026-07-01T00:00:00Z')), smcp['status']);
});

test('a pod that fails later makes the mesh unready, not unreconciled, and says which and why', () => {
  const { smcp, managed } = installed();
  const status = statusOf(observed(smcp, { managed: withPods(managed, 'kiali', 0) }));
  assert.deepEqual(shown(status), { Installed: 'True/InstallSuccessful', Reconciled: 'True/InstallSuccessful', Ready: 'False/ComponentsNotReady' });
  assert.match(messageOf(status, 'Ready'), /\[kiali\]\. kiali: Deployment kiali: 0 of 1 pods are ready/);
  assert.equal(valueAt(status, 'annotations', 'readyComponentCount'), '8/9');
});

test('also when it is istiod, which gates the waves of an installation', () => {
  const { smcp, managed } = installed();
  assert.equal(shown(statusOf(observed(smcp, { managed: withPods(managed, `istiod-${NAME}`, 0) })))['Reconciled'], 'True/InstallSuccessful');
});

test('an update names where it comes from and where it goes, and leaves Installed alone', () => {
  const { smcp, managed } = installed({}, 2);
  const status = statusOf(observed({ ...smcp, spec: { security: { dataPlane: { mtls: true } } } }, { managed }));
  assert.deepEqual(shown(status), { Installed: 'True/InstallSuccessful', Reconciled: 'True/UpdateSuccessful', Ready: 'True/ComponentsReady' });
  assert.equal(messageOf(status, 'Reconciled'), 'Successfully updated from version 0.1.0-1 to version 0.1.0-2');
  assert.equal(status['observedGeneration'], 2);
});

test('an update of a workload pauses until it is rolled out', () => {
  const { smcp, managed } = installed({ version: 'v1.30' }, 2);
  const status = statusOf(observed({ ...smcp, spec: { version: 'v1.31' } }, { managed }));
  assert.deepEqual(shown(status), { Installed: 'True/InstallSuccessful', Reconciled: 'False/SpecUpdated', Ready: 'False/SpecUpdated', Reconciling: 'True/SpecUpdated' });
  assert.match(messageOf(status, 'Reconciled'), /^Updating mesh from version 0\.1\.0-1 to version 0\.1\.0-2\. Paused until/);
  assert.equal(shown(statusOf(observed({ ...smcp, spec: { version: 'v1.31' }, status }, { managed })))['Reconciled'], 'False/PausingUpdate');
  assert.deepEqual([status['observedGeneration'], status['chartVersion']], [1, '1.31.1']);
});

test('another operator version goes over the mesh once and says so', () => {
  const { smcp, managed } = installed();
  const state = observed(smcp, { managed });
  const status = statusOf({ ...state, facts: { ...state.facts, operatorVersion: '0.2.0' } });
  assert.equal(messageOf(status, 'Reconciled'), 'Successfully updated from version 0.1.0-1 to version 0.2.0-1');
});

test('while that has to wait for pods, the first pass says OperatorUpdated, and those after it that it goes on', () => {
  const { smcp, managed } = installed();
  // What the older operator had rolled out is not what this one wants: its istiod runs another version.
  const older = managed.map((object) => (object.kind === 'Deployment' && object.metadata.name === `istiod-${NAME}` ? { ...object, metadata: { ...object.metadata, generation: 2 } } : object));
  const state = observed(smcp, { managed: older });
  const by = (found: ControlPlaneObserved): ControlPlaneObserved => ({ ...found, facts: { ...found.facts, operatorVersion: '0.2.0' } });
  const status = statusOf(by(state));
  assert.deepEqual(shown(status), { Installed: 'True/InstallSuccessful', Reconciled: 'False/OperatorUpdated', Ready: 'False/OperatorUpdated', Reconciling: 'True/OperatorUpdated' });
  assert.equal(shown(statusOf(by(observed({ ...smcp, status }, { managed: older }))))['Reconciled'], 'False/PausingUpdate');
});

const failedWith = (reason: string, status: number): Outcome => ({ ...FAILED, failures: FAILED.failures.map((failure) => ({ ...failure, reason, status })) });

test('what no pass can mend by itself has a reason of its own, and is Stalled', () => {
  const { smcp, managed } = installed();
  const state = observed(smcp, { managed });
  assert.equal(shown(statusOf(state, failedWith('', 404)))['Stalled'], 'True/DependencyMissingError', 'a path that no server knows is a kind that is not served');
  assert.equal(shown(statusOf(state, failedWith('NotFound', 404)))['Reconciled'], 'False/ReconcileError', 'a missing object is not');
  assert.equal(shown(statusOf(state, failedWith('FieldConflict', 409)))['Stalled'], 'True/FieldConflict');
});

test('a refused request is in the condition: what was attempted, and what the server said', () => {
  const { smcp, managed } = installed();
  const status = statusOf(observed(smcp, { managed }), FAILED);
  assert.deepEqual(shown(status), { Installed: 'True/InstallSuccessful', Reconciled: 'False/ReconcileError', Ready: 'False/ReconcileError', Reconciling: 'True/ReconcileError' });
  assert.equal(messageOf(status, 'Reconciled'), `apply Deployment ${MESH}/grafana: error: selector is immutable`);
});

test('during installation the same is an InstallError, and what is missing counts as missing', () => {
  const status = statusOf(observed(controlPlane()), FAILED);
  assert.equal(shown(status)['Installed'], 'False/InstallError');
  assert.equal(valueAt(status, 'annotations', 'readyComponentCount'), '0/9');
});

test('after a failure success is said again', () => {
  const { smcp, managed } = installed();
  const failed = { ...smcp, status: statusOf(observed(smcp, { managed }), FAILED) };
  assert.equal(messageOf(statusOf(observed(failed, { managed })), 'Reconciled'), 'Successfully reconciled version 0.1.0-1 again');
});

test('a mistake of the user is a condition with field and remedy; what runs goes on telling what it is', () => {
  const { smcp, managed } = installed({}, 2);
  const status = statusOf(observed({ ...smcp, spec: { version: 'v9' } }, { managed }));
  assert.deepEqual(shown(status), { Installed: 'True/InstallSuccessful', Reconciled: 'False/UnsupportedVersion', Ready: 'False/UnsupportedVersion', Stalled: 'True/UnsupportedVersion' });
  assert.match(messageOf(status, 'Reconciled'), /spec\.version.*choose one of/);
  assert.deepEqual([status['chartVersion'], valueAt(status, 'annotations', 'readyComponentCount'), status['observedGeneration'], status['reconciledGeneration']], ['1.31.1', '9/9', 2, 1]);
});

test('a second SMCP says which one is first', () => {
  const first = controlPlane({}, { meta: { name: 'first', creationTimestamp: '2000-01-01T00:00:00Z' } });
  const status = statusOf(observed(controlPlane(), { siblings: [first] }));
  assert.equal(shown(status)['Reconciled'], 'False/ErrMultipleSMCPs');
  assert.match(messageOf(status, 'Reconciled'), /"first"/);
});

test('a mesh version of the old operator chooses nothing, and the condition says so, in every pass the same', () => {
  const { smcp, managed } = installed({ version: 'v2.5' });
  const message = messageOf(smcp['status'] as JsonObject, 'Reconciled');
  assert.match(message, /^Successfully installed version 0\.1\.0-1\. spec\.version: v2\.5 is a version of the old operator/);
  assert.equal(messageOf(statusOf(observed(smcp, { managed })), 'Reconciled'), message);
});

test('deletion: nothing to say once it is done, a DeletionError while it fails', () => {
  const { smcp, managed } = installed();
  const state = observed({ ...smcp, metadata: { ...smcp.metadata, deletionTimestamp: 'now' } }, { managed });
  assert.deepEqual(controlPlaneStatus(state, viewOf(state, CHARTS), NOTHING_DONE, NOW), []);
  assert.equal(shown(statusOf(state, failedWith('Conflict', 409)))['Ready'], 'False/Deleting', 'nobody need look at what passes');
  assert.deepEqual(shown(statusOf(state, FAILED)), { Installed: 'True/InstallSuccessful', Reconciled: 'False/DeletionError', Ready: 'False/DeletionError', Reconciling: 'True/DeletionError' });
});

test('an SMCP that is gone has no status', () => {
  const state = observed(undefined);
  assert.deepEqual(controlPlaneStatus(state, viewOf(state, CHARTS), NOTHING_DONE, NOW), []);
});

test('each component has its condition, in the order users know, and keeps its time while nothing changes', () => {
  const { smcp, managed } = installed();
  const components = valueAt(smcp, 'status', 'components') as readonly JsonObject[];
  assert.deepEqual(components.map(({ resource }) => resource), ['istio-discovery', 'mesh-config', 'telemetry-common', 'prometheus', 'tracing', 'istio-ingress', 'istio-egress', 'grafana', 'kiali']);
  const later = statusOf(observed(smcp, { managed: withPods(managed, 'grafana', 0) }), NOTHING_DONE, new Date('2026-07-01T00:00:00Z'));
  const times = (later['components'] as readonly JsonObject[]).map((component) => (component['conditions'] as readonly JsonObject[])[0]?.['lastTransitionTime']);
  assert.deepEqual(times.filter((time) => time === '2026-07-01T00:00:00Z').length, 1);
});

test('the columns of both versions of the API can be printed', () => {
  const { smcp } = installed({ profiles: ['base', 'small'] });
  assert.deepEqual(valueAt(smcp, 'status', 'appliedSpec', 'profiles'), ['base', 'small']);
  const v1 = convertControlPlane(smcp, 'maistra.io/v1');
  assert.ok(v1.ok);
  const applied = valueAt(v1.value, 'status', 'lastAppliedConfiguration');
  assert.deepEqual([valueAt(applied, 'template'), valueAt(applied, 'version')], ['small', 'v1.31']);
  assert.equal(valueAt(v1.value, 'status', 'reconciledVersion'), '0.1.0-1');
});

test('each condition names the generation that it is about, and kstatus finds the last word on it', () => {
  const { smcp, managed } = installed({}, 2);
  const refused = statusOf(observed({ ...smcp, spec: { version: 'v9' } }, { managed }));
  const generations = (refused['conditions'] as readonly JsonObject[]).map((condition) => condition['observedGeneration']);
  assert.deepEqual([...new Set([...generations, refused['observedGeneration']])], [2]);
  // Set right again, the update is one of the mesh that still runs, not of the one that was refused.
  const status = statusOf(observed({ ...smcp, metadata: { ...smcp.metadata, generation: 3 }, status: refused }, { managed }));
  assert.equal(messageOf(status, 'Reconciled'), 'Successfully updated from version 0.1.0-1 to version 0.1.0-3');
});

test('at the end of a minor the mesh says so, ahead and after, and names the way out', () => {
  const { smcp, managed } = installed({ version: 'v1.29' });
  const at = (day: string): JsonObject => statusOf(observed(smcp, { managed }), NOTHING_DONE, new Date(day));
  assert.equal(shown(at('2026-08-01'))['EndOfSupport'], undefined);
  assert.equal(shown(at('2026-09-15'))['EndOfSupport'], 'True/MinorNearEndOfSupport');
  assert.equal(shown(at('2026-10-01'))['EndOfSupport'], 'True/MinorOutOfSupport');
  assert.match(messageOf(at('2027-10-01'), 'EndOfSupport'), /1\.29 since 2026-10-01.*set spec\.version to v1\.30/);
  assert.equal(shown(at('2026-10-01'))['Ready'], 'True/ComponentsReady');
});

test('a minor is not skipped: the condition says which one comes first', () => {
  const { smcp, managed } = installed({ version: 'v1.29' }, 2);
  const status = statusOf(observed({ ...smcp, spec: { version: 'v1.31' } }, { managed }));
  assert.equal(shown(status)['Stalled'], 'True/UnsupportedUpgrade');
  assert.match(messageOf(status, 'Reconciled'), /runs Istio 1\.29\.6, and 1\.31\.1 is 2 minors away; set v1\.30 first/);
});

test('where restarts of workloads stand is a condition, and none while nothing is to be restarted', () => {
  const { smcp, managed } = installed();
  const at = (state: string): JsonObject => statusOf(observed({ ...smcp, status: { ...smcp['status'] as JsonObject, sidecars: { restarts: { state, message: 'Deployment pay/web' } } } }, { managed }));
  assert.equal(shown(at('Restarting'))['WorkloadsOutdated'], 'True/WorkloadRestarting');
  assert.equal(shown(at('Stopped'))['WorkloadsOutdated'], 'True/WorkloadRestartFailed');
  assert.equal(shown(at('HeldBack'))['WorkloadsOutdated'], 'True/WorkloadsHeldBack');
  assert.equal(messageOf(at('HeldBack'), 'WorkloadsOutdated'), 'Deployment pay/web');
  assert.equal(shown(at('Waiting'))['WorkloadsOutdated'], undefined);
});

test('a status that somebody has spoilt is written anew', () => {
  const smcp = controlPlane();
  const managed = inPlace(smcp);
  for (const status of [{ conditions: 'x' }, { conditions: [null, 3] }, { components: {}, observedGeneration: 'one' }]) {
    assert.equal(shown(statusOf(observed({ ...smcp, status }, { managed })))['Ready'], 'True/ComponentsReady');
  }
});
