import { CONTROL_PLANE_REASONS, stallingReasons, type ControlPlaneConditionType, type ControlPlaneReason } from '../../api/condition-reasons.ts';
import type { ConditionInput, ConditionStatus } from '../../k8s/condition.ts';
import type { Outcome, Problem, StepFailure } from '../../k8s/plan.ts';
import { progressConditions } from '../../k8s/progress.ts';
import { describeRef } from '../../k8s/ref.ts';
import type { NodePluginObstacle } from '../cni/readiness.ts';
import type { ComponentReadiness } from './readiness.ts';

/** The state of a condition before its type is known. */
export interface Verdict {
  readonly status: ConditionStatus;
  readonly reason: ControlPlaneReason;
  readonly message: string;
}

/** What of the last pass decides over the words of this one. */
export interface History {
  /** Generation of the last success; 0 before the first. */
  readonly reconciledGeneration: number;
  /** `<operatorVersion>-<generation>` of the last success; '' before the first. */
  readonly reconciledVersion: string;
  /** The same of this pass. */
  readonly version: string;
  /** Generation of this pass. */
  readonly generation: number;
  /** Reconciled as the last pass left it, and the generation that it was about. */
  readonly before: (Verdict & { readonly observedGeneration?: number | undefined }) | undefined;
}

const LONGEST = 1000;
const SHOWN_FAILURES = 3;

function describeStep({ step }: StepFailure): string {
  if (step.do === 'patch' || step.do === 'remove') return `${step.do} ${describeRef(step.ref)}`;
  const { name, namespace } = (step.do === 'apply' ? step.object : step.request.object).metadata;
  return `${step.do} ${describeRef({ type: step.type, name, ...(namespace === undefined ? {} : { namespace }) })}`;
}

/** The first few failures: what was attempted, and what the server said. */
export function failureMessage({ failures }: Outcome): string {
  const shown = failures.slice(0, SHOWN_FAILURES).map((failure) => `${describeStep(failure)}: error: ${failure.message}`);
  const more = failures.length > SHOWN_FAILURES ? [`and ${failures.length - SHOWN_FAILURES} more`] : [];
  return [...shown, ...more].join('; ').slice(0, LONGEST);
}

/** All mistakes, each with field, value and remedy. */
export function problemMessage(problems: readonly Problem[]): string {
  return problems.map(({ message }) => message).join('; ').slice(0, LONGEST);
}

function obstacles(readiness: readonly ComponentReadiness[], names: readonly string[]): string {
  return readiness.filter(({ name, reason }) => names.includes(name) && reason !== '').map(({ name, reason }) => `${name}: ${reason}`).join('; ');
}

/** How a pass begins that has something new to carry out; undefined for one that goes on with what an earlier one began. */
function beginning({ before, generation, reconciledGeneration, reconciledVersion, version }: History): Pick<Verdict, 'reason' | 'message'> | undefined {
  if (before?.status === 'False' && before.observedGeneration === generation) return undefined;
  if (reconciledGeneration === 0) return { reason: 'ResourceCreated', message: `Installing mesh generation ${version}` };
  const reason = reconciledGeneration === generation ? 'OperatorUpdated' : 'SpecUpdated';
  return { reason, message: `Updating mesh from version ${reconciledVersion} to version ${version}` };
}

/**
 * Waiting for the readiness of components, with the reason of each. The first pass of a change says what began (ResourceCreated, SpecUpdated,
 * OperatorUpdated), those after it that it goes on (PausingInstall, PausingUpdate), as the old operator did.
 */
export function pausing(history: History, readiness: readonly ComponentReadiness[], waitingFor: readonly string[]): Verdict {
  const paused = `Paused until the following components become ready: [${waitingFor.join(' ')}]. ${obstacles(readiness, waitingFor)}`;
  const begun = beginning(history);
  const reason = begun?.reason ?? (history.reconciledGeneration === 0 ? 'PausingInstall' : 'PausingUpdate');
  return { status: 'False', reason, message: (begun === undefined ? paused : `${begun.message}. ${paused}`).slice(0, LONGEST) };
}

/** A path of the API server that does not exist: no Status object comes with that 404, so it has no reason. */
function isUnservedKind({ status, reason }: StepFailure): boolean {
  return status === 404 && reason === '';
}

/** Why the writes of a pass did not all succeed. */
function failureVerdict(outcome: Outcome): Verdict {
  const { failures } = outcome;
  const conflict = failures.find(({ reason }) => reason === 'FieldConflict');
  if (conflict !== undefined) return { status: 'False', reason: 'FieldConflict', message: conflict.message.slice(0, LONGEST) };
  return { status: 'False', reason: failures.some(isUnservedKind) ? 'DependencyMissingError' : 'ReconcileError', message: failureMessage(outcome) };
}

/** Success: of the first install, or of an update, which says from where to where. An unchanged success keeps its words. */
export function success(history: History): Verdict {
  const { before, reconciledVersion, version } = history;
  if (before?.status === 'True' && reconciledVersion === version) return { status: before.status, reason: before.reason, message: before.message };
  if (history.reconciledGeneration === 0) return { status: 'True', reason: 'InstallSuccessful', message: `Successfully installed version ${version}` };
  if (reconciledVersion === version) return { status: 'True', reason: 'UpdateSuccessful', message: `Successfully reconciled version ${version} again` };
  return { status: 'True', reason: 'UpdateSuccessful', message: `Successfully updated from version ${reconciledVersion} to version ${version}` };
}

/** True once the spec of this generation was carried out by this operator: from then on unready pods are no unfinished update. */
export function isSettled({ before, reconciledVersion, version }: History): boolean {
  return before?.status === 'True' && reconciledVersion === version;
}

/**
 * Reconciled of a mesh that can be built.
 * True: everything is written, and was ready at least once for this generation.
 * False: ReconcileError (a request failed), DependencyMissingError (a kind is not served), FieldConflict (somebody else writes the same);
 * a wave is not ready: ResourceCreated, SpecUpdated or OperatorUpdated in the first pass of a change, PausingInstall or PausingUpdate afterwards.
 */
export function reconciledVerdict(history: History, outcome: Outcome, waiting: { readonly readiness: readonly ComponentReadiness[]; readonly waitingFor: readonly string[] }): Verdict {
  if (!outcome.complete) return failureVerdict(outcome);
  if (waiting.waitingFor.length > 0 && !isSettled(history)) return pausing(history, waiting.readiness, waiting.waitingFor);
  return success(history);
}

/**
 * Installed. True/InstallSuccessful: since the first complete success, for ever.
 * False/ResourceCreated: the first installation is under way. False with Reconciled's reason: it failed.
 */
export function installedVerdict(history: History, reconciled: Verdict): Verdict {
  const isInstalled = history.reconciledGeneration > 0 || reconciled.status === 'True';
  if (isInstalled) return { status: 'True', reason: 'InstallSuccessful', message: 'Installation is complete' };
  const isUnderWay = reconciled.reason === 'PausingInstall' || reconciled.reason === 'ResourceCreated';
  return isUnderWay
    ? { status: 'False', reason: 'ResourceCreated', message: `Installing mesh generation ${history.version}` }
    : { status: 'False', reason: 'InstallError', message: reconciled.message };
}

/** NodePluginNotReady, there only while it is true: the node plug-in that the mesh goes by is missing, or not ready on every node. */
export function pluginVerdicts(obstacle: NodePluginObstacle | undefined): TypedVerdict[] {
  return obstacle === undefined ? [] : [{ type: 'NodePluginNotReady', status: 'True', reason: obstacle.reason, message: obstacle.message }];
}

/**
 * Ready. True/ComponentsReady: reconciled, and every component is available.
 * False/ComponentsNotReady: reconciled, but some are not; lists them. False/NodePluginMissing, NodePluginNotReady: they are, but no node has a
 * node plug-in that the mesh wants. Else it says what Reconciled says (spec/api-smcp.md 4.1).
 */
export function readyVerdict(reconciled: Verdict, readiness: readonly ComponentReadiness[], plugin?: NodePluginObstacle): Verdict {
  if (reconciled.status !== 'True') return reconciled;
  const names = readiness.filter(({ state }) => state !== 'ready').map(({ name }) => name);
  if (names.length === 0 && plugin?.isEverywhere === true) return { status: 'False', reason: plugin.reason, message: plugin.message };
  if (names.length === 0) return { status: 'True', reason: 'ComponentsReady', message: 'All component deployments are Available' };
  return { status: 'False', reason: 'ComponentsNotReady', message: `Some components are not ready: [${names.join(' ')}]. ${obstacles(readiness, names)}`.slice(0, LONGEST) };
}

const STALLING = stallingReasons(CONTROL_PLANE_REASONS);

/** A condition of a mesh before its generation is known. */
export interface TypedVerdict extends Verdict { readonly type: ControlPlaneConditionType }

/** Conditions in their fixed order, each with the generation that it is about. `more` are those that are there only while they are true. */
export function conditionList(verdicts: { readonly installed: Verdict; readonly reconciled: Verdict; readonly ready: Verdict; readonly more: readonly TypedVerdict[] }, generation: number): ConditionInput[] {
  const { installed, reconciled, ready, more } = verdicts;
  const main: ConditionInput = { type: 'Reconciled', ...reconciled };
  const list: readonly ConditionInput[] = [{ type: 'Installed', ...installed }, main, { type: 'Ready', ...ready }, ...progressConditions(main, STALLING), ...more];
  return list.map((condition) => ({ ...condition, observedGeneration: generation }));
}
