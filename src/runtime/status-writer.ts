import type { KubeObject } from '../k8s/object.ts';
import type { StatusWrite } from '../k8s/plan.ts';
import { statusAfter } from '../k8s/status-part.ts';
import { isJsonObject, type JsonObject } from '../lib/json.ts';
import { refOf } from '../k8s/ref.ts';
import { eventsOf, DEFAULT_POLICY, type ConditionPolicy } from './condition-events.ts';
import { asApiError, verdictOf, type ErrorVerdict } from './error-verdict.ts';
import type { EventRecorder } from './events.ts';
import type { PassContext, WriteContext } from './execute.ts';
import { NewsHold } from './news-hold.ts';
import { SYSTEM_TIME, type TimeSource } from './time-source.ts';
import { sameStatus } from './status-equality.ts';
import { fieldManagerOf, statusManagerOf, statusRequest } from './write-requests.ts';

/** What became of a status write. A failure has a verdict other than `done`. */
export interface StatusResult {
  readonly result: 'written' | 'skipped' | 'failed';
  readonly verdict: ErrorVerdict;
  /** HTTP status and message of a failure. */
  readonly failure?: { readonly status: number; readonly message: string };
  /** Held back: look again after this. */
  readonly afterMs?: number;
}

const UNWRITTEN: StatusResult = { result: 'skipped', verdict: { next: 'done' } };

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
  readonly #hold: NewsHold;

  constructor(context: WriteContext, options: { readonly controller: string; readonly events: EventRecorder; readonly policy?: ConditionPolicy; readonly time?: TimeSource }) {
    this.#context = context;
    this.#events = options.events;
    this.#manager = statusManagerOf(options.controller);
    this.#component = fieldManagerOf(options.controller);
    this.#policy = options.policy ?? DEFAULT_POLICY;
    const time = options.time ?? SYSTEM_TIME;
    this.#hold = new NewsHold(() => time.monotonicMs());
  }

  /** Writes one status if it differs, and records the events of the difference. Never rejects. */
  async write(write: StatusWrite, pass: PassContext): Promise<StatusResult> {
    // While it would not go out anyway, what is costly to make is not made.
    const costlyWaitMs = write.isCostly === true ? this.#hold.waitMs(write) : 0;
    if (costlyWaitMs > 0) return { ...UNWRITTEN, afterMs: costlyWaitMs };
    const current = this.#freshest(write);
    const before = current['status'];
    const after = statusAfter(before, write);
    if (sameStatus(before ?? {}, after)) {
      if (write.isCostly === true) this.#hold.forget(write);
      return UNWRITTEN;
    }
    const afterMs = this.#hold.waitMs(write);
    if (afterMs > 0) return { ...UNWRITTEN, afterMs };
    this.#hold.sent(write);
    return this.#send(write, { current, after }, pass);
  }

  async #send(write: StatusWrite, { current, after }: { readonly current: KubeObject; readonly after: JsonObject }, pass: PassContext): Promise<StatusResult> {
    const before = current['status'];
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
