import { deepMerge } from '../../lib/merge.ts';
import { isJsonObject, valueAt, type Json, type JsonObject } from '../../lib/json.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { podSpec } from './pod-spec.ts';
import { replicasOf, type ComponentRuntime } from './values/runtime.ts';
import { mergeEnv, plainEnv, type EnvironmentVariable } from './values/environment.ts';

function environmentOf(container: JsonObject): readonly EnvironmentVariable[] {
  return Array.isArray(container['env']) ? container['env'] : [];
}

/** Pull policy, resources and environment of the user over those of the template; resources are taken as a whole, so that no foreign limit stays. */
function withContainer(container: JsonObject, runtime: ComponentRuntime): JsonObject {
  const { imagePullPolicy, resources, env } = runtime.container ?? {};
  return {
    ...container,
    ...(imagePullPolicy === undefined ? {} : { imagePullPolicy }),
    ...(resources === undefined ? {} : { resources }),
    ...(env === undefined ? {} : { env: mergeEnv(environmentOf(container), plainEnv(env)) as unknown as readonly Json[] }),
  };
}

function strategyOf(runtime: ComponentRuntime): JsonObject | undefined {
  const strategy = runtime.deployment?.strategy;
  if (strategy?.type === undefined && strategy?.rollingUpdate === undefined) return undefined;
  // Parsed strategy: plain JSON.
  return strategy.type === 'Recreate' ? { type: 'Recreate' } : { type: 'RollingUpdate', ...strategy as JsonObject };
}

/**
 * Lays the user's runtime settings over a rendered Deployment: replicas and strategy, where its pods run, and its first container.
 * With an autoscaler no number of replicas is written: it is the autoscaler's field. Labels that the selector needs stay as they are.
 */
export function withRuntime(deployment: KubeObject, runtime: ComponentRuntime): KubeObject {
  const spec = isJsonObject(deployment['spec']) ? deployment['spec'] : {};
  const containers = valueAt(spec, 'template', 'spec', 'containers');
  const [first, ...others] = (Array.isArray(containers) ? containers : []).filter(isJsonObject);
  const template = isJsonObject(spec['template']) ? spec['template'] : {};
  const { labels, annotations } = runtime.pod?.metadata ?? {};
  const placed = deepMerge(deepMerge({ metadata: { labels: { ...labels }, annotations: { ...annotations } } }, template), {
    spec: { ...podSpec(runtime), containers: [...(first === undefined ? [] : [withContainer(first, runtime)]), ...others] },
  });
  const replicas = replicasOf(runtime);
  const strategy = strategyOf(runtime);
  return { ...deployment, spec: { ...spec, ...(replicas === undefined ? {} : { replicas }), ...(strategy === undefined ? {} : { strategy }), template: placed } };
}
