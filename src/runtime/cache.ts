import type { KubeObject } from '../k8s/object.ts';
import type { ResourceType } from '../k8s/resource.ts';
import type { Reader, Source } from './controller.ts';

/** Called after the store has changed. `before` is undefined for additions, `after` for deletions. */
export type ChangeListener = (before: KubeObject | undefined, after: KubeObject | undefined) => void;

/** All stores of the process and the reflectors that fill them. */
export interface Cache extends Reader {
  /** Adds a source; the same id twice is the same source. Must come before `start`. */
  add(source: Source): void;
  /** All sources of a kind (there may be several with different selectors). */
  sourcesOf(type: ResourceType): readonly Source[];
  onChange(source: Source, listener: ChangeListener): void;
  /** Called when a kind begins or ceases to be served; what the store holds is right before anything else runs. */
  onServed(listener: (source: Source) => void): void;
  /** Starts all reflectors; they run until the signal aborts and never give up before. */
  start(signal: AbortSignal): void;
  /** True once every source had its first complete list, or is known not to be served. Never false again. */
  hasSynced(): boolean;
  /** Resolves when `hasSynced`; rejects only when the signal aborts. */
  whenSynced(signal: AbortSignal): Promise<void>;
  /** Objects held, per source id. For metrics and tests. */
  sizes(): ReadonlyMap<string, number>;
}
