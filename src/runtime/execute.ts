import type { KubeObject } from '../k8s/object.ts';
import type { MintRequest, Outcome, Plan, Stage, Step, StepFailure } from '../k8s/plan.ts';
import type { ResourceType } from '../k8s/resource.ts';
import { SkipLaw, type ApplyStep, type MintStep, type PatchStep, type RemoveStep } from './apply.ts';
import type { Consistency } from './consistency.ts';
import { askedWebhooks } from './asked-webhooks.ts';
import { asApiError, verdictOf, worseVerdict, type ErrorVerdict, type WriteVerb } from './error-verdict.ts';
import { FIELD_CONFLICT, FieldConflict, FieldConflicts, type OnRepair, type Writing } from './field-conflicts.ts';
import { finalizerStep } from './finalizer.ts';
import { mapLimited, type Limiter } from './limiter.ts';
import type { LiveObjects } from './live-objects.ts';
import type { Metrics } from './metrics.ts';
import type { Rest, RestRequest } from './rest.ts';
import { SharedRemovals } from './shared-removals.ts';
import { applyRequest, claimRequest, createRequest, fieldManagerOf, mintRequest, patchRequest } from './write-requests.ts';

/** Makes the object that a mint step asks for, values included. Throws only for a request that makes no sense. */
export type Minter = (request: MintRequest) => Promise<KubeObject>;

/** What writes go through; shared by all controllers of a process. */
export interface WriteContext {
  readonly rest: Rest;
  readonly live: LiveObjects;
  readonly consistency: Consistency;
  /** Requests of all passes together. */
  readonly limiter: Limiter;
  readonly metrics: Metrics;
}

/** One pass: who waits for the echo of its writes, and when to give up. */
export interface PassContext {
  readonly waiter: string;
  readonly signal: AbortSignal;
}

interface StageContext extends PassContext {
  readonly removals: SharedRemovals;
}

/** What came of a plan, for the loop. `unchanged` counts sent steps that the server found to change nothing. */
export interface Execution {
  readonly outcome: Outcome;
  readonly unchanged: number;
  readonly verdict: ErrorVerdict;
}

/** Options of an Executor. */
export interface ExecutorOptions {
  readonly controller: string;
  readonly minter: Minter;
  readonly finalizer: string;
  readonly onRepair?: OnRepair;
  readonly nowMs?: () => number;
}

type Done = 'changed' | 'unchanged' | 'skipped';
/** `isWritten`: it was carried out but for one field, and later stages need not wait for that. */
type StepResult = Done | { readonly failure: StepFailure; readonly verdict: ErrorVerdict; readonly isWritten?: boolean };

/** Requests of one pass at the same time. */
const STEPS_AT_ONCE = 16;

/** Carries out plans of one controller. */
export class Executor {
  readonly #context: WriteContext;
  readonly #minter: Minter;
  readonly #finalizer: string;
  readonly #controller: string;
  readonly #manager: string;
  readonly #skip: SkipLaw;
  readonly #conflicts: FieldConflicts;

  constructor(context: WriteContext, options: ExecutorOptions) {
    this.#context = context;
    this.#minter = options.minter;
    this.#finalizer = options.finalizer;
    this.#controller = options.controller;
    this.#manager = fieldManagerOf(options.controller);
    this.#skip = new SkipLaw(context.live, this.#manager);
    this.#conflicts = new FieldConflicts({
      manager: this.#manager, metrics: context.metrics, onRepair: options.onRepair ?? (() => undefined), nowMs: options.nowMs ?? (() => performance.now()),
      findWebhooks: (type, object) => askedWebhooks(context, type, object),
    });
  }

  /**
   * Finalizer `ensure`, then the stages in order, then finalizer `release`. A failed step ends the plan after its stage, but not one whose object
   * is there and only differs in a field that a webhook changes. Never rejects.
   */
  async run(plan: Plan, pass: PassContext): Promise<Execution> {
    const results: StepResult[] = [];
    const carryOut = async (stage: Stage, verb?: WriteVerb): Promise<boolean> => {
      const removals = new SharedRemovals(stage);
      results.push(...await mapLimited(stage, STEPS_AT_ONCE, (step) => this.#runStep(step, verb ?? step.do, { ...pass, removals })));
      return results.every((result) => typeof result === 'string' || result.isWritten === true);
    };
    const finalizer = (): Stage => {
      const step = finalizerStep(plan, this.#finalizer, this.#context.live);
      return step === undefined ? [] : [step];
    };
    let isFine = plan.finalizer === 'ensure' ? await carryOut(finalizer(), 'finalizer') : true;
    for (const stage of plan.stages) isFine = isFine && await carryOut(stage);
    if (isFine && plan.finalizer === 'release') await carryOut(finalizer(), 'finalizer');
    // A field that is left alone is looked at again when its time is up: then this says so.
    this.#context.metrics.driftFuseOpen.set({ controller: this.#controller }, this.#conflicts.openCount());
    return summaryOf(results);
  }

  async #runStep(step: Step, verb: WriteVerb, pass: StageContext): Promise<StepResult> {
    try {
      const result = await this.#send(step, pass);
      if (result === 'skipped') this.#context.metrics.applySkipped.inc();
      else this.#context.metrics.apply.inc({ kind: kindOf(step), result });
      return result;
    } catch (thrown) {
      if (thrown instanceof FieldConflict) return conflictOf(step, thrown);
      const { status, reason, message, retryAfterMs } = asApiError(thrown);
      const verdict = verdictOf(verb, status, retryAfterMs);
      this.#context.metrics.apply.inc({ kind: kindOf(step), result: verdict.next === 'done' ? 'unchanged' : 'failed' });
      return verdict.next === 'done' ? 'unchanged' : { failure: { step, status, reason, message }, verdict };
    }
  }

  #send(step: Step, pass: StageContext): Promise<Done> {
    switch (step.do) {
      case 'apply': return this.#apply(step, pass);
      case 'patch': return this.#patch(step, pass);
      case 'remove': return this.#remove(step, pass);
      default: return this.#mint(step, pass);
    }
  }

  async #apply(step: ApplyStep, pass: PassContext): Promise<Done> {
    const { payload, isNeedless, live } = this.#skip.judgeApply(step);
    if (isNeedless) return 'skipped';
    const { type, object, isExplicit = false } = step;
    const writing: Writing = { type, payload, isPatch: false, wanted: object, isExplicit };
    const drift = this.#conflicts.judge(writing, live?.object);
    const answer = await this.#createOrApply(step, live?.object, pass);
    const done = this.#noted(type, answer, live?.object, pass);
    await this.#conflicts.verify(writing, answer);
    this.#skip.applied(step, payload, answer);
    this.#conflicts.tellRepair(type, answer, drift);
    return done;
  }

  /** What is created plainly is owned by an "Update" entry, which no apply can take fields away from: it becomes an "Apply" entry before the first. */
  async #createOrApply(step: ApplyStep, live: KubeObject | undefined, pass: PassContext): Promise<KubeObject> {
    const { type, object, isExplicit = false } = step;
    if (isExplicit && live === undefined && this.#skip.isCovered(step)) {
      const created = await this.#created(step, pass);
      if (created !== undefined) return created;
    }
    const claim = isExplicit && live !== undefined ? claimRequest(type, live, this.#manager) : undefined;
    if (claim !== undefined) await this.#call<unknown>(claim, pass);
    return await this.#call<KubeObject>(applyRequest(type, object, this.#manager), pass);
  }

  /** Undefined: there is one already, which the cache has not shown yet. */
  async #created({ type, object }: ApplyStep, pass: PassContext): Promise<KubeObject | undefined> {
    try {
      return await this.#call<KubeObject>(createRequest(type, object, this.#manager), pass);
    } catch (thrown) {
      if (asApiError(thrown).status === 409) return undefined;
      throw thrown;
    }
  }

  async #patch(step: PatchStep, pass: PassContext): Promise<Done> {
    if (this.#skip.isPatchNeedless(step)) return 'skipped';
    const { ref: { type }, patch } = step;
    const writing: Writing = { type, payload: JSON.stringify(patch), isPatch: true, wanted: patch };
    const live = this.#context.live.find(step.ref)?.object;
    const drift = this.#conflicts.judge(writing, live);
    const answer = await this.#call<KubeObject>(patchRequest(step.ref, patch, this.#manager), pass);
    const done = this.#noted(type, answer, live, pass);
    await this.#conflicts.verify(writing, answer);
    this.#conflicts.tellRepair(type, answer, drift);
    return done;
  }

  async #remove(step: RemoveStep, pass: StageContext): Promise<Done> {
    if (this.#skip.isRemoveNeedless(step)) return 'skipped';
    await pass.removals.carryOut(step, (request) => this.#call<unknown>(request, pass));
    this.#context.consistency.removed(pass.waiter, step.ref);
    return 'changed';
  }

  async #mint(step: MintStep, pass: PassContext): Promise<Done> {
    if (this.#skip.isMintNeedless(step)) return 'skipped';
    const object = await this.#minter(step.request);
    const answer = await this.#call<KubeObject>(mintRequest(step.type, object, this.#manager), pass);
    return this.#noted(step.type, answer, undefined, pass);
  }

  #noted(type: ResourceType, answer: KubeObject, before: KubeObject | undefined, pass: PassContext): Done {
    if (before !== undefined && before.metadata.resourceVersion === answer.metadata.resourceVersion) return 'unchanged';
    this.#context.consistency.wrote(pass.waiter, type, answer);
    return 'changed';
  }

  #call<T>(request: RestRequest, { signal }: PassContext): Promise<T> {
    return this.#context.limiter.run(() => {
      signal.throwIfAborted();
      return this.#context.rest.call<T>({ ...request, signal });
    });
  }
}

function conflictOf(step: Step, { message, afterMs, isWritten }: FieldConflict): StepResult {
  return { failure: { step, status: 409, reason: FIELD_CONFLICT, message }, verdict: { next: 'recheck', afterMs }, isWritten };
}

function kindOf(step: Step): string {
  return 'ref' in step ? step.ref.type.kind : step.type.kind;
}

function summaryOf(results: readonly StepResult[]): Execution {
  const failed = results.filter((result) => typeof result !== 'string');
  const count = (word: StepResult): number => results.filter((result) => result === word).length;
  const unchanged = count('unchanged');
  return {
    outcome: {
      written: count('changed') + unchanged, skipped: count('skipped'),
      failures: failed.map(({ failure }) => failure), complete: failed.length === 0,
    },
    unchanged,
    verdict: failed.reduce<ErrorVerdict>((worst, { verdict }) => worseVerdict(worst, verdict), { next: 'done' }),
  };
}
