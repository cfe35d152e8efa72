import { deepMerge } from '../../../lib/merge.ts';
import { isJsonObject, type JsonObject } from '../../../lib/json.ts';
import type { Spec } from './input.ts';

type Runtime = NonNullable<Spec['runtime']>;

/** Deployment, pod and container of one component (`spec.runtime.components`). */
export type ComponentRuntime = NonNullable<Runtime['components']>[string];

const asJson = (value: unknown): JsonObject => (isJsonObject(value) ? value : {});

/** What `runtime.defaults` says about every component, in the shape of a component's own settings. */
function defaultsOf(spec: Spec): JsonObject {
  const { pod, container } = spec.runtime?.defaults ?? {};
  return { pod: asJson(pod), container: asJson(container) };
}

/**
 * The runtime settings of a component: those found under its names (the first name wins), over `runtime.defaults`.
 * In: names as in spec/api-smcp.md 3.1, the most specific first; settings of its own over them; deprecated ones below them. Registry and tag of the defaults are left to the images.
 */
export function componentRuntime(spec: Spec, names: readonly string[], own?: ComponentRuntime, below: JsonObject = {}): ComponentRuntime {
  const named = names.toReversed().reduce<JsonObject>((settings, name) => deepMerge(settings, asJson(spec.runtime?.components?.[name])), below);
  return deepMerge(defaultsOf(spec), deepMerge(named, asJson(own)));
}

/** A HorizontalPodAutoscaler to make, or none. */
export interface Autoscale {
  readonly min: number;
  readonly max: number;
  readonly cpu: number;
}

/** The autoscaler of a component; only when asked for. */
export function autoscaleOf(runtime: ComponentRuntime): Autoscale | undefined {
  const scaling = runtime.deployment?.autoScaling;
  if (scaling?.enabled !== true) return undefined;
  const min = Math.max(scaling.minReplicas ?? 1, 1);
  return { min, max: Math.max(scaling.maxReplicas ?? 5, min), cpu: scaling.targetCPUUtilizationPercentage ?? 80 };
}

/** Number of pods; undefined when an autoscaler sets it. */
export function replicasOf(runtime: ComponentRuntime): number | undefined {
  return autoscaleOf(runtime) === undefined ? runtime.deployment?.replicas ?? 1 : undefined;
}

/** Limit of a PodDisruptionBudget (`runtime.defaults.deployment.podDisruption`); only where more than one pod runs, or a drain would never end. */
export function disruptionOf(spec: Spec, runtime: ComponentRuntime): JsonObject | undefined {
  const wanted = spec.runtime?.defaults?.deployment?.podDisruption;
  const pods = autoscaleOf(runtime)?.min ?? replicasOf(runtime) ?? 1;
  if (wanted?.enabled !== true || pods < 2) return undefined;
  return wanted.maxUnavailable === undefined ? { minAvailable: wanted.minAvailable ?? 1 } : { maxUnavailable: wanted.maxUnavailable };
}
