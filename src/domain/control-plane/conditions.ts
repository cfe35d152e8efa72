import type { ControlPlaneReason } from '../../api/condition-reasons.ts';
import type { ConditionInput, ConditionStatus } from '../../k8s/condition.ts';
import type { Outcome, Problem, StepFailure } from '../../k8s/plan.ts';
import { describeRef } from '../../k8s/ref.ts';
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
  /** Reconciled as the last pass left it. */
  readonly before: Verdict | undefined;
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

/** Waiting for the readiness of components, with the reason of each. */
export function pausing(history: History, readiness: readonly ComponentReadiness[], waitingFor: readonly string[]): Verdict {
  const reason = history.reconciledGeneration === 0 ? 'PausingInstall' : 'PausingUpdate';
  const message = `Paused until the following components become ready: [${waitingFor.join(' ')}]. ${obstacles(readiness, waitingFor)}`;
  return { status: 'False', reason, message: message.slice(0, LONGEST) };
}

/** Success: of the first install, or of an update, which says from where to where. An unchanged success keeps its words. */
export function success(history: History): Verdict {
  const { before, reconciledVersion, version } = history;
  if (before?.status === 'True' && reconciledVersion === version) return before;
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
 * False: ReconcileError (a request failed), PausingInstall or PausingUpdate (a wave is not ready).
 */
export function reconciledVerdict(history: History, outcome: Outcome, waiting: { readonly readiness: readonly ComponentReadiness[]; readonly waitingFor: readonly string[] }): Verdict {
  if (!outcome.complete) return { status: 'False', reason: 'ReconcileError', message: failureMessage(outcome) };
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
  const isUnderWay = reconciled.reason === 'PausingInstall';
  return isUnderWay
    ? { status: 'False', reason: 'ResourceCreated', message: `Installing mesh generation ${history.version}` }
    : { status: 'False', reason: 'InstallError', message: reconciled.message };
}

/**
 * Ready. True/ComponentsReady: reconciled, and every component is available.
 * False/ComponentsNotReady: reconciled, but some are not; lists them. Else it says what Reconciled says (spec/api-smcp.md 4.1).
 */
export function readyVerdict(reconciled: Verdict, readiness: readonly ComponentReadiness[]): Verdict {
  if (reconciled.status !== 'True') return reconciled;
  const names = readiness.filter(({ state }) => state !== 'ready').map(({ name }) => name);
  if (names.length === 0) return { status: 'True', reason: 'ComponentsReady', message: 'All component deployments are Available' };
  return { status: 'False', reason: 'ComponentsNotReady', message: `Some components are not ready: [${names.join(' ')}]. ${obstacles(readiness, names)}`.slice(0, LONGEST) };
}

/** The three conditions in their fixed order. */
export function conditionList(installed: Verdict, reconciled: Verdict, ready: Verdict): ConditionInput[] {
  return [{ type: 'Installed', ...installed }, { type: 'Reconciled', ...reconciled }, { type: 'Ready', ...ready }];
}
