import type { JsonObject } from '../lib/json.ts';
import type { KubeObject } from './object.ts';
import type { ObjectRef } from './ref.ts';
import type { ResourceType } from './resource.ts';

/** How a secret value is made by the minter (`src/pki`). */
export type MintRecipe =
  | { readonly recipe: 'random'; readonly bytes: number }
  | { readonly recipe: 'htpasswd'; readonly user: string; readonly passwordFrom: string };

/** Asks for randomness: a Secret that is created once with minted values and never overwritten. */
export interface MintRequest {
  readonly object: KubeObject;
  readonly values: Readonly<Record<string, MintRecipe>>;
}

/**
 * One write.
 * - `apply`: server-side apply of the whole object under the controller's field manager, forced. Creates when absent.
 *   `isExplicit`: the object states every field that the server would fill in, but for what `server-defaults.ts` knows. Where the cache knows of
 *   none it is then created plainly, at about half the server's cost.
 * - `patch`: JSON merge patch of an existing object; never creates. With `ref.uid`, refused for another incarnation.
 * - `remove`: delete; already gone counts as done. With `ref.uid`, only that incarnation.
 *   `among`: a label selector; everything of the kind that it selects in the namespace is to go, so that several may go with one request.
 * - `mint`: create the Secret unless it exists.
 */
export type Step =
  | { readonly do: 'apply'; readonly type: ResourceType; readonly object: KubeObject; readonly isExplicit?: true }
  | { readonly do: 'patch'; readonly ref: ObjectRef; readonly patch: JsonObject }
  | { readonly do: 'remove'; readonly ref: ObjectRef; readonly among?: string }
  | { readonly do: 'mint'; readonly type: ResourceType; readonly request: MintRequest };

/** Steps without order among them; the executor runs them at the same time. */
export type Stage = readonly Step[];

/** A mistake of the user: becomes a condition, never a retry. */
export interface Problem {
  /** Field path, for example `spec.version`. */
  readonly path: string;
  /** The value as given, cut to a readable length. */
  readonly value: string;
  /** What is wrong and the way out, one sentence or two. */
  readonly message: string;
  /** CamelCase reason for the condition. */
  readonly reason: string;
}

/** What a controller wants done in this pass. Plain data: print it, diff it, keep it as a golden file. */
export interface Plan {
  /** What to do with our finalizer on the primary object. `release` happens after all stages succeeded. */
  readonly finalizer: 'ensure' | 'release' | 'leave';
  /** The primary object that carries the finalizer; required unless `leave`. */
  readonly primary?: ObjectRef;
  /** Carried out in order; a failed step ends the pass after its stage. */
  readonly stages: readonly Stage[];
  /** Components that gate the next wave. */
  readonly waitingFor: readonly string[];
  readonly problems: readonly Problem[];
  /** Come back after this time even if nothing happens. */
  readonly recheckAfterMs?: number;
}

/** Nothing to do. */
export const EMPTY_PLAN: Plan = { finalizer: 'leave', stages: [], waitingFor: [], problems: [] };

/** Why a step failed, sorted by status code. */
export interface StepFailure {
  readonly step: Step;
  /** HTTP status, 0 when the server was not reached. */
  readonly status: number;
  /** `reason` of the Status object, or ''. */
  readonly reason: string;
  readonly message: string;
}

/** What came of a plan. */
export interface Outcome {
  /** Steps that sent a request and succeeded. */
  readonly written: number;
  /** Steps that needed no request. */
  readonly skipped: number;
  readonly failures: readonly StepFailure[];
  /** True when every step of every stage succeeded or was skipped. */
  readonly complete: boolean;
}

/** Outcome of an empty plan. */
export const NOTHING_DONE: Outcome = { written: 0, skipped: 0, failures: [], complete: true };

/** For news of something under way, such as counts that change with each pod: the last word is never held back. */
export const PROGRESS_HOLD_BACK_MS = 2_000;

/** A status that should be on an object. `object` is the cached one; it is written only if it differs. */
export interface StatusWrite {
  readonly type: ResourceType;
  readonly object: KubeObject;
  readonly status: JsonObject;
  /** For news of something under way: written at most this often per object; what is held back is looked at again by itself. */
  readonly holdBackMs?: number;
  /** `status` and `notes` are getters that take long: they are not asked while news is held back. */
  readonly isCostly?: true;
  /** Top-level fields of the status that are this controller's; all others stay as they are. */
  readonly only?: readonly string[];
  /** Top-level fields of the status that are another controller's. */
  readonly except?: readonly string[];
  /** Events of this change about other objects, sent when it is written. */
  readonly notes?: readonly ObjectNote[];
}

/** A Kubernetes Event to be. */
export interface ObjectNote {
  readonly about: KubeObject;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}
