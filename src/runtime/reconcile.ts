import { nextConditions } from '../k8s/condition.ts';
import { splitKey, type ObjectKey } from '../k8s/key.ts';
import { EMPTY_PLAN, NOTHING_DONE, type Plan, type StatusWrite } from '../k8s/plan.ts';
import { describeRef } from '../k8s/ref.ts';
import { messageOf } from '../lib/result.ts';
import { isJsonObject, type JsonObject } from '../lib/json.ts';
import type { Cache } from './cache.ts';
import { conditionsOf, INTERNAL_ERROR, type ConditionPolicy } from './condition-events.ts';
import type { Controller } from './controller.ts';
import { worseVerdict, type ErrorVerdict } from './error-verdict.ts';
import type { EventRecorder } from './events.ts';
import { Executor, type Execution, type Minter, type PassContext, type WriteContext } from './execute.ts';
import type { LogFields, Logger } from './logger.ts';
import type { Claim, Queue } from './queue.ts';
import { StatusWriter, type StatusResult } from './status-writer.ts';
import type { TimeSource } from './time-source.ts';

/** Everything a loop needs besides its controller. */
export interface LoopContext extends WriteContext {
  readonly cache: Cache;
  readonly time: TimeSource;
  readonly logger: Logger;
  readonly events: EventRecorder;
  readonly minter: Minter;
  /** The finalizer that plans ensure and release. */
  readonly finalizer: string;
  readonly conditionPolicy?: ConditionPolicy;
  /** Longest pass; then its calls are aborted and the key backs off. Default 60 s. */
  readonly deadlineMs?: number;
}

/** How a pass ended. `wait`: not even begun, because a cache is behind our own last write. */
export type Verdict = 'forget' | 'gone' | 'again' | 'backoff' | 'recheck' | 'wait' | 'bug';

const DEADLINE_MS = 60_000;
const CAUSES_LOGGED = 3;
const LONGEST_REASON = 500;
const NO_EXECUTION: Execution = { outcome: NOTHING_DONE, unchanged: 0, verdict: { next: 'done' } };

/** The waiter that names a key of a controller; see Consistency. */
export function waiterOf(controller: string, key: ObjectKey): string {
  return `${controller} ${key}`;
}

/** The loop around a controller, written once: observe → plan → execute → status → verdict → one log line. */
export class Reconciler<Observed> {
  readonly #controller: Controller<Observed>;
  readonly #context: LoopContext;
  readonly #queue: Queue;
  readonly #executor: Executor;
  readonly #statusWriter: StatusWriter;

  constructor(controller: Controller<Observed>, context: LoopContext, queue: Queue) {
    const { minter, finalizer, events, conditionPolicy: policy } = context;
    this.#controller = controller;
    this.#context = context;
    this.#queue = queue;
    this.#executor = new Executor(context, {
      controller: controller.name, minter, finalizer, nowMs: () => context.time.monotonicMs(),
      onRepair: (object, note) => { events.record(object, controller.name, note); },
    });
    this.#statusWriter = new StatusWriter(context, { time: context.time, controller: controller.name, events, ...(policy === undefined ? {} : { policy }) });
  }

  /**
   * One pass over one key; schedules the key's next one. Rejects only when the machinery itself is broken: a throw of the controller is a verdict.
   */
  async pass(claim: Claim, signal: AbortSignal): Promise<Verdict> {
    const { time, metrics } = this.#context;
    const startedMs = time.monotonicMs();
    const deadline = new AbortController();
    const abort = (): void => deadline.abort();
    const cancel = time.after(this.#context.deadlineMs ?? DEADLINE_MS, abort);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    try {
      const { verdict, fields } = await this.#judged(claim.key, { waiter: waiterOf(this.#controller.name, claim.key), signal: deadline.signal });
      const ms = Math.round(time.monotonicMs() - startedMs);
      this.#log(claim, verdict, { ...fields, ms });
      metrics.reconcile.inc({ controller: this.#controller.name, result: verdict });
      metrics.reconcileSeconds.observe({ controller: this.#controller.name }, ms / 1000);
      return verdict;
    } finally {
      cancel();
      signal.removeEventListener('abort', abort);
    }
  }

  async #judged(key: ObjectKey, pass: PassContext): Promise<{ readonly verdict: Verdict; readonly fields: LogFields }> {
    const waitMs = this.#context.consistency.waitMs(pass.waiter);
    if (waitMs > 0) {
      // Woken by the cache before that; the timer is for an echo that never comes.
      this.#queue.addAfter(key, waitMs, 'the cache did not catch up');
      return { verdict: 'wait', fields: {} };
    }
    try {
      return await this.#worked(key, pass);
    } catch (error) {
      const reported = await this.#reportBug(key, error, pass);
      const afterMs = this.#queue.backoff(key, 0, 'after a bug');
      return { verdict: 'bug', fields: { err: error, reported, afterMs: Math.round(afterMs) } };
    }
  }

  async #worked(key: ObjectKey, pass: PassContext): Promise<{ readonly verdict: Verdict; readonly fields: LogFields }> {
    const { cache, time } = this.#context;
    const observed = this.#controller.observe(key, cache);
    if (observed === undefined) {
      this.#queue.forget(key);
      return { verdict: 'gone', fields: {} };
    }
    const now = time.wallDate();
    const plan = this.#controller.plan(observed, now);
    const execution = plan === EMPTY_PLAN ? NO_EXECUTION : await this.#executor.run(plan, pass);
    const writes = this.#controller.status(observed, plan, execution.outcome, now);
    const statuses = await Promise.all(writes.map((write) => this.#statusWriter.write(write, pass)));
    const worst = statuses.reduce<ErrorVerdict>((verdict, status) => worseVerdict(verdict, status.verdict), execution.verdict);
    const { verdict, afterMs } = this.#schedule(key, worst, Math.min(plan.recheckAfterMs ?? Infinity, ...statuses.map((status) => status.afterMs ?? Infinity)));
    return { verdict, fields: { ...countsOf(plan, execution, statuses), ...(afterMs === undefined ? {} : { afterMs: Math.round(afterMs) }) } };
  }

  #schedule(key: ObjectKey, worst: ErrorVerdict, plannedMs: number): { readonly verdict: Verdict; readonly afterMs?: number } {
    if (worst.next === 'backoff') return { verdict: 'backoff', afterMs: this.#queue.backoff(key, worst.atLeastMs, 'after a failure') };
    this.#queue.forget(key);
    const afterMs = Math.min(worst.next === 'recheck' ? worst.afterMs : Infinity, plannedMs);
    if (afterMs === Infinity) return { verdict: 'forget' };
    this.#queue.addAfter(key, afterMs, worst.next === 'recheck' ? 'looking again after a refusal' : 'as planned');
    return { verdict: worst.next === 'recheck' ? 'recheck' : 'again', afterMs };
  }

  /** Says on the primary object that we failed it. Out: whether that is known there now. */
  async #reportBug(key: ObjectKey, error: unknown, pass: PassContext): Promise<boolean> {
    const { primary } = this.#controller;
    const { name, namespace } = splitKey(key);
    const object = primary === undefined ? undefined : this.#context.cache.get(primary, name, namespace);
    if (primary === undefined || object === undefined) return false;
    const message = `The operator failed on this object, please report it: ${messageOf(error)}`.slice(0, LONGEST_REASON);
    const before = conditionsOf(object['status']);
    const wanted = [...before.filter(({ type }) => type !== INTERNAL_ERROR), { type: INTERNAL_ERROR, status: 'True' as const, reason: INTERNAL_ERROR, message }];
    const conditions: readonly JsonObject[] = nextConditions(before, wanted, this.#context.time.wallDate()).map((condition) => ({ ...condition }));
    const status = isJsonObject(object['status']) ? object['status'] : {};
    const write: StatusWrite = { type: primary.type, object, status: { ...status, conditions } };
    return (await this.#statusWriter.write(write, pass)).result !== 'failed';
  }

  #log({ key, causes, waitedMs }: Claim, verdict: Verdict, fields: LogFields): void {
    const { logger } = this.#context;
    const line = {
      controller: this.#controller.name, ...splitKey(key), verdict, wake: causes.slice(-CAUSES_LOGGED), wakes: causes.length,
      ...fields, waitedMs: Math.round(waitedMs),
    };
    if (verdict === 'bug') logger.error(line, 'reconciled');
    else if (verdict === 'backoff' || verdict === 'recheck') logger.warn(line, 'reconciled');
    else if (verdict === 'wait') logger.debug(line, 'reconciled');
    else logger.info(line, 'reconciled');
  }
}

function countsOf(plan: Plan, { outcome, unchanged }: Execution, statuses: readonly StatusResult[]): LogFields {
  const firstFailure = outcome.failures[0];
  const statusFailure = statuses.find(({ failure }) => failure !== undefined)?.failure;
  return {
    written: outcome.written - unchanged, unchanged, skipped: outcome.skipped, failures: outcome.failures.length,
    statuses: statuses.filter(({ result }) => result === 'written').length,
    ...(plan.waitingFor.length === 0 ? {} : { waitingFor: plan.waitingFor }),
    ...(plan.problems.length === 0 ? {} : { problems: plan.problems.length }),
    ...(firstFailure === undefined ? {} : { failure: describeFailure(firstFailure) }),
    ...(statusFailure === undefined ? {} : { statusFailure: `${statusFailure.status} ${statusFailure.message}`.slice(0, LONGEST_REASON) }),
  };
}

function describeFailure({ step, status, reason, message }: Execution['outcome']['failures'][number]): string {
  const ref = step.do === 'patch' || step.do === 'remove' ? step.ref
    : { type: step.type, ...(step.do === 'apply' ? step.object : step.request.object).metadata };
  return `${step.do} ${describeRef(ref)}: ${status} ${reason} ${message}`.slice(0, LONGEST_REASON);
}
