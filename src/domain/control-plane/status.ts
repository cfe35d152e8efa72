import { CONTROL_PLANE } from '../../api/kinds.ts';
import { CONTROL_PLANE_REASONS, stallingReasons, type ControlPlaneReason } from '../../api/condition-reasons.ts';
import { SHARED_STATUS_FIELDS } from '../../api/maistra-v2/control-plane-status.ts';
import { parseControlPlaneStatus } from '../../api/maistra-v2/control-plane.ts';
import { isJsonObject, textAt, valueAt, type JsonObject } from '../../lib/json.ts';
import { findCondition, nextConditions, type Condition, type ConditionInput } from '../../k8s/condition.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { PROGRESS_HOLD_BACK_MS, type Outcome, type StatusWrite } from '../../k8s/plan.ts';
import { valuesOfSpec } from '../conversion/control-plane.ts';
import { legacyVersionWarning, shownMinor, supportOf } from '../versions.ts';
import { conditionList, failureMessage, installedVerdict, pluginVerdicts, problemMessage, readyVerdict, reconciledVerdict, type History, type TypedVerdict, type Verdict } from './conditions.ts';
import { canaryWords } from './canary-words.ts';
import { meshGenerationOf, namesIn, type BuildableMesh, type MeshView } from './mesh-view.ts';
import type { ControlPlaneObserved } from './observed.ts';
import type { ComponentReadiness } from './readiness.ts';

/** What one status is made from. */
interface Pass {
  readonly smcp: KubeObject;
  readonly operatorVersion: string;
  readonly outcome: Outcome;
  readonly now: Date;
}

function oldConditions(status: unknown): readonly Condition[] {
  const list = valueAt(status, 'conditions');
  const isCondition = (value: unknown): value is Condition => isJsonObject(value) && typeof value['type'] === 'string' && typeof value['status'] === 'string';
  return Array.isArray(list) ? list.filter(isCondition) : [];
}

function isReason(reason: string): reason is ControlPlaneReason {
  return Object.hasOwn(CONTROL_PLANE_REASONS, reason);
}

function historyOf({ smcp, operatorVersion }: Pass): History {
  const status = parseControlPlaneStatus(smcp);
  const generation = status?.reconciledGeneration ?? status?.observedGeneration ?? 0;
  const before = findCondition(oldConditions(smcp['status']), 'Reconciled');
  return {
    reconciledGeneration: generation,
    reconciledVersion: generation === 0 ? '' : `${status?.operatorVersion ?? ''}-${generation}`,
    version: meshGenerationOf(smcp, operatorVersion),
    generation: smcp.metadata.generation ?? 0,
    before: before !== undefined && isReason(before.reason)
      ? { status: before.status, reason: before.reason, message: before.message, observedGeneration: before.observedGeneration } : undefined,
  };
}

function statusOf(smcp: KubeObject): JsonObject {
  return isJsonObject(smcp['status']) ? smcp['status'] : {};
}

function withConditions(fields: JsonObject, inputs: readonly ConditionInput[], { smcp, now }: Pass): JsonObject {
  const conditions: readonly JsonObject[] = nextConditions(oldConditions(smcp['status']), inputs, now).map((condition) => ({ ...condition }));
  return { ...fields, conditions };
}

function componentStatus({ name, state, reason }: ComponentReadiness, { smcp, now }: Pass): JsonObject {
  const list = valueAt(smcp, 'status', 'components');
  const old = (Array.isArray(list) ? list : []).find((component) => valueAt(component, 'resource') === name);
  const input: ConditionInput = state === 'ready'
    ? { type: 'Reconciled', status: 'True', reason: 'ReconcileSuccessful', message: '' }
    : { type: 'Reconciled', status: 'False', reason: 'ComponentsNotReady', message: reason };
  return { resource: name, conditions: nextConditions(oldConditions(old), [input], now).map((condition) => ({ ...condition })) };
}

function annotationsOf(readiness: readonly ComponentReadiness[]): JsonObject {
  return {
    readyComponentCount: `${namesIn(readiness, 'ready').length}/${readiness.length}`,
    alwaysReadyComponents: readiness.filter(({ hasWorkload }) => !hasWorkload).map(({ name }) => name).toSorted().join(','),
  };
}

/** `appliedValues`: the applied spec in the words of v1. Its template and version are the columns of `oc get smcp.v1.maistra.io`. */
function appliedValuesOf({ appliedSpec, version }: BuildableMesh): JsonObject {
  const profiles = Array.isArray(appliedSpec['profiles']) ? appliedSpec['profiles'] : [];
  return { ...valuesOfSpec(appliedSpec), template: profiles.at(-1) ?? 'default', version: shownMinor(version.patch) };
}

/** An old mesh version in the spec chooses nothing; whoever reads the condition shall know. */
function withVersionNote(verdict: Verdict, mesh: BuildableMesh): Verdict {
  const note = legacyVersionWarning(typeof mesh.appliedSpec['version'] === 'string' ? mesh.appliedSpec['version'] : undefined);
  return note === undefined || verdict.message.endsWith(note) ? verdict : { ...verdict, message: `${verdict.message}. ${note}` };
}

const STALLING = stallingReasons(CONTROL_PLANE_REASONS);

/**
 * `reconciledGeneration`: that of the last success, with the operator that did it. `observedGeneration`: the one on which the last word is said,
 * by success or because somebody must act; kstatus waits for it, and while it lags behind the change is under way (docs/adr/0031).
 */
function generationsOf({ status, reason }: Verdict, { generation, reconciledGeneration }: History, { smcp, operatorVersion }: Pass): JsonObject {
  if (status === 'True') return { observedGeneration: generation, reconciledGeneration: generation, operatorVersion };
  const before = statusOf(smcp);
  const observedGeneration = STALLING.has(reason) ? generation : before['observedGeneration'] ?? 0;
  return { observedGeneration, reconciledGeneration, operatorVersion: before['operatorVersion'] ?? '' };
}

const SUPPORT_REASONS = { ended: 'MinorOutOfSupport', ending: 'MinorNearEndOfSupport' } as const;

const RESTART_REASONS: Readonly<Record<string, ControlPlaneReason>> = { Restarting: 'WorkloadRestarting', Stopped: 'WorkloadRestartFailed', HeldBack: 'WorkloadsHeldBack' };

/** What the sidecars controller says of restarts, as a condition; nothing when there is nothing to do, or while it waits for this controller. */
function restartVerdicts(smcp: KubeObject): TypedVerdict[] {
  const restarts = valueAt(smcp, 'status', 'sidecars', 'restarts');
  const reason = RESTART_REASONS[textAt(restarts, 'state')];
  return reason === undefined ? [] : [{ type: 'WorkloadsOutdated', status: 'True', reason, message: textAt(restarts, 'message') }];
}

/** How the canary stands. */
function canaryVerdicts({ canary }: BuildableMesh, { smcp }: Pass): TypedVerdict[] {
  if (canary === undefined) return [];
  const { reason, message } = canaryWords(canary, smcp.metadata.name);
  return [{ type: 'Canary', status: 'True', reason, message }];
}

/** What is to be said about the age of the Istio that runs; nothing while its minor is supported. */
function supportVerdicts(running: string, now: Date): TypedVerdict[] {
  const support = supportOf(running, now);
  return support.state === 'supported' ? [] : [{ type: 'EndOfSupport', status: 'True', reason: SUPPORT_REASONS[support.state], message: support.message }];
}

function buildableStatus(mesh: BuildableMesh, pass: Pass): JsonObject {
  const { waves, version } = mesh;
  const readiness = pass.outcome.complete ? mesh.readiness : mesh.observedReadiness;
  const history = historyOf(pass);
  const plain = reconciledVerdict(history, pass.outcome, { readiness, waitingFor: waves.waitingFor });
  const reconciled = withVersionNote(plain, mesh);
  const fields: JsonObject = {
    ...generationsOf(plain, history, pass),
    annotations: annotationsOf(readiness),
    chartVersion: version.patch,
    components: readiness.map((component) => componentStatus(component, pass)),
    readiness: { components: { ready: namesIn(readiness, 'ready'), unready: namesIn(readiness, 'unready'), pending: namesIn(readiness, 'pending') } },
    appliedSpec: mesh.appliedSpec,
    appliedValues: appliedValuesOf(mesh),
  };
  const verdicts = {
    installed: installedVerdict(history, plain), reconciled, ready: readyVerdict(reconciled, readiness, mesh.nodePlugin),
    more: [...supportVerdicts(version.patch, pass.now), ...pluginVerdicts(mesh.nodePlugin), ...canaryVerdicts(mesh, pass), ...restartVerdicts(pass.smcp)],
  };
  return withConditions(fields, conditionList(verdicts, history.generation), pass);
}

/** Only the conditions change; what runs, runs on, and the rest of the status goes on telling what it is. */
function stoppedStatus(verdict: Verdict, pass: Pass): JsonObject {
  const history = historyOf(pass);
  const running = statusOf(pass.smcp)['chartVersion'];
  const more = typeof running === 'string' ? supportVerdicts(running, pass.now) : [];
  const fields = { ...statusOf(pass.smcp), ...generationsOf(verdict, history, pass) };
  return withConditions(fields, conditionList({ installed: installedVerdict(history, verdict), reconciled: verdict, ready: verdict, more }, history.generation), pass);
}

/** Not reached, a conflict, too many requests: a removal goes on after these, and nobody need look. */
const PASSING: ReadonlySet<number> = new Set([0, 409, 429]);

function deletionVerdict(outcome: Outcome): Verdict {
  const isRefused = outcome.failures.some(({ status }) => !PASSING.has(status));
  return isRefused
    ? { status: 'False', reason: 'DeletionError', message: failureMessage(outcome) }
    : { status: 'False', reason: 'Deleting', message: `Deleting service mesh. ${failureMessage(outcome)}` };
}

function refusal(view: Extract<MeshView, { state: 'refused' }>): Verdict {
  const [first] = view.problems;
  return { status: 'False', reason: first !== undefined && isReason(first.reason) ? first.reason : 'ValidationError', message: problemMessage(view.problems) };
}

function nextStatus(view: Exclude<MeshView, { state: 'gone' }>, pass: Pass): JsonObject | undefined {
  switch (view.state) {
    case 'buildable': return buildableStatus(view, pass);
    case 'refused': return stoppedStatus(refusal(view), pass);
    case 'second': return stoppedStatus({
      status: 'False', reason: 'ErrMultipleSMCPs', message: `the namespace already has the ServiceMeshControlPlane "${view.first}", which is older; delete one of the two`,
    }, pass);
    // After a complete removal the finalizer is gone, and with it usually the object.
    default: return pass.outcome.complete ? undefined : stoppedStatus(deletionVerdict(pass.outcome), pass);
  }
}

/** What comes and goes by itself: pods that start, of an installation or in the place of others. */
const UNDER_WAY: ReadonlySet<string | undefined> = new Set(['PausingInstall', 'PausingUpdate', 'ComponentsNotReady', 'NodePluginMissing', 'NodePluginNotReady']);

function isProgress(status: JsonObject): boolean {
  return UNDER_WAY.has(findCondition(oldConditions(status), 'Ready')?.reason);
}

/**
 * The status of an SMCP after a pass. Source: spec/api-smcp.md 4.
 * In: what was observed, how the mesh stands, what came of the plan. Out: the one status to write; none when the SMCP is gone.
 */
export function controlPlaneStatus(observed: ControlPlaneObserved, view: MeshView, outcome: Outcome, now: Date): readonly StatusWrite[] {
  if (view.state === 'gone' || observed.smcp === undefined) return [];
  const pass = { smcp: view.smcp, operatorVersion: observed.facts.operatorVersion, outcome, now };
  const status = nextStatus(view, pass);
  return status === undefined ? [] : [{ type: CONTROL_PLANE, object: observed.smcp, status, except: SHARED_STATUS_FIELDS, ...(isProgress(status) ? { holdBackMs: PROGRESS_HOLD_BACK_MS } : {}) }];
}
