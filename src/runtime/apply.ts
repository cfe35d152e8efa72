import { isJsonObject, sameJson, type JsonObject } from '../lib/json.ts';
import { isDeleting, type KubeObject } from '../k8s/object.ts';
import type { Step } from '../k8s/plan.ts';
import { AppliedMemory, payloadFingerprint } from './applied-memory.ts';
import type { Live, LiveObjects } from './live-objects.ts';
import { isApplied } from './managed-fields.ts';

/** The steps that the skip law is about. */
export type ApplyStep = Extract<Step, { do: 'apply' }>;
export type PatchStep = Extract<Step, { do: 'patch' }>;
export type RemoveStep = Extract<Step, { do: 'remove' }>;
export type MintStep = Extract<Step, { do: 'mint' }>;

/**
 * Says which steps need no request. The law: a skipped step, had it been sent, would have changed nothing.
 * - apply: this very payload is in place by memory (AppliedMemory), or, also right after a restart, by the object itself (isApplied).
 *   An object that no cache could hold is applied only when its payload differs from the last one.
 * - patch: each value of the patch is there already.
 * - remove: it is on its way out already.
 * - mint: the Secret exists.
 */
export class SkipLaw {
  readonly #live: LiveObjects;
  readonly #memory: AppliedMemory;
  readonly #manager: string;

  constructor(live: LiveObjects, manager: string) {
    this.#live = live;
    this.#manager = manager;
    this.#memory = new AppliedMemory(manager);
  }

  /** Out: the fingerprint to hand to `applied` after sending, and whether sending is needless. */
  judgeApply({ type, object }: ApplyStep): { readonly payload: string; readonly isNeedless: boolean; readonly live: Live | undefined } {
    const payload = payloadFingerprint(object);
    const live = this.#live.find({ type, ...object.metadata });
    return { payload, isNeedless: this.#isApplyNeedless({ do: 'apply', type, object }, payload, live), live };
  }

  #isApplyNeedless({ type, object }: ApplyStep, payload: string, live: Live | undefined): boolean {
    if (live === undefined) {
      return this.#live.covering(type, object).length === 0 && this.#memory.wasLast(type, payload, object.metadata);
    }
    // Several sources may hold it, each with a watch of its own: while one has seen a change that another has not, nothing is known for sure.
    if (!this.#live.isAgreed(type, object, live)) return false;
    if (this.#memory.isInPlace(type, payload, live.object)) return true;
    if (!live.isWhole || !isApplied(object, live.object, this.#manager)) return false;
    this.#memory.remember(type, payload, live.object);
    return true;
  }

  /** Would a cache show the object if it were there? */
  isCovered({ type, object }: ApplyStep): boolean {
    return this.#live.covering(type, object).length > 0;
  }

  /** The payload was sent; `answer` is what came back. */
  applied({ type }: ApplyStep, payload: string, answer: KubeObject): void {
    this.#memory.remember(type, payload, answer);
  }

  isPatchNeedless({ ref, patch }: PatchStep): boolean {
    const live = this.#live.find(ref);
    if (live === undefined || (ref.uid !== undefined && ref.uid !== live.object.metadata.uid)) return false;
    return live.isWhole && isPatched(live.object, patch);
  }

  isRemoveNeedless({ ref }: RemoveStep): boolean {
    this.#memory.forget(ref.type, ref);
    const live = this.#live.find(ref)?.object;
    return live !== undefined && isDeleting(live) && (ref.uid === undefined || ref.uid === live.metadata.uid);
  }

  isMintNeedless({ type, request }: MintStep): boolean {
    return this.#live.find({ type, ...request.object.metadata }) !== undefined;
  }
}

/** Would the merge patch (RFC 7386) leave the value as it is? */
export function isPatched(live: unknown, patch: JsonObject): boolean {
  return isJsonObject(live) && Object.entries(patch).every(([name, wanted]) => {
    if (wanted === undefined) return true;
    if (wanted === null) return live[name] === undefined || live[name] === null;
    return isJsonObject(wanted) ? isPatched(live[name], wanted) : sameJson(live[name], wanted);
  });
}
