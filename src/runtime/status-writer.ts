import type { KubeObject } from '../k8s/object.ts';
import type { StatusWrite } from '../k8s/plan.ts';
import { statusAfter } from '../k8s/status-part.ts';
import { isJsonObject } from '../lib/json.ts';
import { refOf } from '../k8s/ref.ts';
import { eventsOf, DEFAULT_POLICY, type ConditionPolicy } from './condition-events.ts';
import { asApiError, verdictOf, type ErrorVerdict } from './error-verdict.ts';
import type { EventRecorder } from './events.ts';
import type { PassContext, WriteContext } from './execute.ts';
import { SYSTEM_TIME, type TimeSource } from './time-source.ts';
import { sameStatus } from './status-equality.ts';
import { fieldManagerOf, statusManagerOf, statusRequest } from './write-requests.ts';

/** Until the first news of something under way. */
const SETTLE_MS = 300;

/** What became of a status write. A failure has a verdict other than `done`. */
export interface StatusResult {
  readonly result: 'written' | 'skipped' | 'failed';
  readonly verdict: ErrorVerdict;
  /** HTTP status and message of a failure. */
  readonly failure?: { readonly status: number; readonly message: string };
  /** Held back: look again after this. */
  readonly afterMs?: number;
}

/**
 * Writes status through the subresource, only when it means something else than the cached one: a JSON patch that puts the new status whole.
 *
 * Why not server-side apply: a controller owns the whole status, and what it no longer says must go, also what an operator before us wrote.
 * Apply removes only fields that it applied itself.
 * Why not a merge patch: a uid in it is ignored at the status subresource of custom resources (seen on 1.34), so it could hit another incarnation;
 * a JSON patch can test the uid. Refused for that reason (422), the next pass reads afresh.
 * Why no resourceVersion: a controller is the only writer of its status, and does not plan on a cache that is behind its own last write.
 * A label that a user sets at the same moment is no reason to fail.
 */
export class StatusWriter {
  readonly #context: WriteContext;
  readonly #events: EventRecorder;
  readonly #manager: string;
  readonly #component: string;
  readonly #policy: ConditionPolicy;
  readonly #time: TimeSource;
  /** When objects that hold back progress were last written, by uid; forgotten with their last word. */
  readonly #lastMs = new Map<string, number>();

  constructor(context: WriteContext, options: { readonly controller: string; readonly events: EventRecorder; readonly policy?: ConditionPolicy; readonly time?: TimeSource }) {
    this.#context = context;
    this.#events = options.events;
    this.#manager = statusManagerOf(options.controller);
    this.#component = fieldManagerOf(options.controller);
    this.#policy = options.policy ?? DEFAULT_POLICY;
    this.#time = options.time ?? SYSTEM_TIME;
  }

  /** Writes one status if it differs, and records the events of the difference. Never rejects. */
  async write(write: StatusWrite, pass: PassContext): Promise<StatusResult> {
    const current = this.#freshest(write);
    const before = current['status'];
    const after = statusAfter(before, write);
    if (sameStatus(before ?? {}, after)) return { result: 'skipped', verdict: { next: 'done' } };
    const afterMs = this.#holdBack(write);
    if (afterMs > 0) return { result: 'skipped', verdict: { next: 'done' }, afterMs };
    try {
      const isShared = isJsonObject(before) && (write.only !== undefined || write.except !== undefined);
      const request = statusRequest(refOf(write.type, current), after, this.#manager, isShared ? before : undefined);
      const answer = await this.#context.limiter.run(() => {
        pass.signal.throwIfAborted();
        return this.#context.rest.call<KubeObject>({ ...request, signal: pass.signal });
      });
      if (answer.metadata.resourceVersion !== current.metadata.resourceVersion) this.#context.consistency.wrote(pass.waiter, write.type, answer);
      this.#context.metrics.statusWrites.inc({ kind: write.type.kind, result: 'written' });
    } catch (thrown) {
      return this.#failed(write, thrown);
    }
    for (const note of eventsOf(before, after, this.#policy)) this.#events.record(current, this.#component, note);
    for (const { about, ...note } of write.notes ?? []) this.#events.record(about, this.#component, note);
    return { result: 'written', verdict: { next: 'done' } };
  }

  /**
   * Milliseconds until this write may go out; 0 for now, and then it counts as sent. The first news waits a moment: what is put right
   * within that, such as a Deployment that somebody deleted, makes no news at all.
   */
  #holdBack({ object, holdBackMs }: StatusWrite): number {
    const uid = object.metadata.uid ?? '';
    if (holdBackMs === undefined) {
      this.#lastMs.delete(uid);
      return 0;
    }
    const nowMs = this.#time.monotonicMs();
    const last = this.#lastMs.get(uid) ?? nowMs - holdBackMs + Math.min(holdBackMs, SETTLE_MS);
    const waitMs = last + holdBackMs - nowMs;
    if (waitMs > 0) {
      this.#lastMs.set(uid, last);
      return waitMs;
    }
    this.#lastMs.set(uid, nowMs);
    return 0;
  }

  #failed(write: StatusWrite, thrown: unknown): StatusResult {
    const { status, message, retryAfterMs } = asApiError(thrown);
    const verdict = verdictOf('status', status, retryAfterMs);
    this.#context.metrics.statusWrites.inc({ kind: write.type.kind, result: verdict.next === 'done' ? 'gone' : 'failed' });
    return verdict.next === 'done' ? { result: 'skipped', verdict } : { result: 'failed', verdict, failure: { status, message } };
  }

  /** The cache may have moved on while the plan was carried out; the same incarnation only. */
  #freshest({ type, object }: StatusWrite): KubeObject {
    const live = this.#context.live.find({ type, ...object.metadata });
    return live?.isWhole === true && live.object.metadata.uid === object.metadata.uid ? live.object : object;
  }
}
