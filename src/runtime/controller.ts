import type { KubeObject } from '../k8s/object.ts';
import type { ObjectKey } from '../k8s/key.ts';
import type { Outcome, Plan, StatusWrite } from '../k8s/plan.ts';
import type { ResourceType } from '../k8s/resource.ts';

/**
 * One list+watch, shared by all controllers that name the same source (same kind, selectors and form).
 * `slim` cuts an object before it is cached; `metadataOnly` asks the server for PartialObjectMetadata.
 */
export interface Source {
  /** Unique, for example `namespaces`; it is the cache's name in logs and metrics. */
  readonly id: string;
  readonly type: ResourceType;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly metadataOnly?: boolean;
  /** Must be pure. Keep metadata.uid, resourceVersion, namespace and name. */
  readonly slim?: (object: KubeObject) => KubeObject;
  /** Index name → values an object is found under. */
  readonly indexes?: Readonly<Record<string, (object: KubeObject) => readonly string[]>>;
}

/** Read access to the caches: synchronous, so that one `observe` sees one consistent moment. */
export interface Reader {
  get(source: Source, name: string, namespace?: string): KubeObject | undefined;
  /** All objects, or those of one namespace, in no particular order. */
  list(source: Source, namespace?: string): readonly KubeObject[];
  indexed(source: Source, index: string, value: string): readonly KubeObject[];
  /** False while the kind is not served (its CRD is absent); its lists are empty then. */
  isServed(source: Source): boolean;
}

/** One row of a controller's watch table. */
export interface Watch {
  readonly source: Source;
  /** Which changes matter; left out: all. `before` is undefined for additions, `after` for deletions. */
  readonly isRelevant?: (before: KubeObject | undefined, after: KubeObject | undefined) => boolean;
  /** Keys to wake. Called with the old and with the new object. */
  readonly toKeys: (object: KubeObject, read: Reader) => readonly ObjectKey[];
  /** Keys of an update, where both objects together say it better than each alone; else `toKeys` is asked for both. */
  readonly changeToKeys?: (before: KubeObject, after: KubeObject, read: Reader) => readonly ObjectKey[];
  /** Wakes after this time, for all that changed meanwhile: for changes that come in bursts and are not urgent. Default 0. */
  readonly delayMs?: number;
  /** Wakes when no such change has come for this time, or after ten times as long: for changes that come by the hundred and are costly to follow. */
  readonly quietMs?: number;
}

/** A reconciler in four parts; the loop around them is written once, in reconcile.ts. */
export interface Controller<Observed> {
  /** kebab-case; also its field manager, as `tmesh-<name>`. */
  readonly name: string;
  readonly watches: readonly Watch[];
  /** Where the object with the key's own name is. A bug (a throw in observe, plan or status) is reported on its status as condition InternalError. */
  readonly primary?: Source;
  /** Keys worked on at the same time; default 8. */
  readonly workers?: number;
  /** A key woken again is held back until this long after its last pass; collapses bursts. Default 0. */
  readonly minIntervalMs?: number;
  /** Cache only, no `await`. Undefined: the thing is gone and nothing of ours is left. */
  observe(key: ObjectKey, read: Reader): Observed | undefined;
  /** Pure. Never throws for input a user can write. */
  plan(observed: Observed, now: Date): Plan;
  /** Pure. Every status this pass wants written. */
  status(observed: Observed, plan: Plan, outcome: Outcome, now: Date): readonly StatusWrite[];
}
