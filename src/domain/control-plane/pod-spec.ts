import type { Json, JsonObject } from '../../lib/json.ts';
import type { ComponentRuntime } from './values/runtime.ts';

type Pod = NonNullable<ComponentRuntime['pod']>;
type AntiAffinityTerm = NonNullable<NonNullable<NonNullable<NonNullable<Pod['affinity']>['podAntiAffinity']>['requiredDuringScheduling']>[number]>;

function podAffinityTerm({ key, operator, values, topologyKey }: AntiAffinityTerm): JsonObject {
  const expression = { key: key ?? '', operator: operator ?? 'In', ...(values === undefined ? {} : { values: [...values] }) };
  return { labelSelector: { matchExpressions: [expression] }, topologyKey: topologyKey ?? 'kubernetes.io/hostname' };
}

/** Kubernetes' form of the API's short anti-affinity. Source: spec/api-smcp.md 3, "Pod affinity special". */
function affinityOf(pod: Pod): JsonObject | undefined {
  const { podAntiAffinity, ...native } = pod.affinity ?? {};
  const { requiredDuringScheduling: _short, preferredDuringScheduling: _shortPreferred, ...nativeAnti } = podAntiAffinity ?? {};
  const required = (podAntiAffinity?.requiredDuringScheduling ?? []).map(podAffinityTerm);
  const preferred = (podAntiAffinity?.preferredDuringScheduling ?? []).map((term) => ({ weight: 100, podAffinityTerm: podAffinityTerm(term) }));
  const anti: JsonObject = {
    // A Kubernetes affinity as the deprecated settings of Kiali have it.
    ...nativeAnti as JsonObject,
    ...(required.length === 0 ? {} : { requiredDuringSchedulingIgnoredDuringExecution: required }),
    ...(preferred.length === 0 ? {} : { preferredDuringSchedulingIgnoredDuringExecution: preferred }),
  };
  // Parsed corev1.Affinity parts: plain JSON.
  const affinity = { ...native as JsonObject, ...(Object.keys(anti).length === 0 ? {} : { podAntiAffinity: anti }) };
  return Object.keys(affinity).length === 0 ? undefined : affinity;
}

/** What images are pulled with, each once: as a list with keys the API server takes no name twice. */
export function pullSecretsOf({ container }: Pick<ComponentRuntime, 'container'>): readonly { readonly name: string }[] {
  return [...new Set((container?.imagePullSecrets ?? []).flatMap(({ name }) => (name === undefined ? [] : [name])))].map((name) => ({ name }));
}

/** Where pods run, in Kubernetes' words: the part of a pod's spec that `runtime` decides over. */
export function podSpec(runtime: ComponentRuntime): JsonObject {
  const pod = runtime.pod ?? {};
  const affinity = affinityOf(pod);
  const secrets = pullSecretsOf(runtime);
  return {
    ...(pod.nodeSelector === undefined ? {} : { nodeSelector: { ...pod.nodeSelector } }),
    // Parsed tolerations: plain JSON.
    ...(pod.tolerations === undefined ? {} : { tolerations: [...pod.tolerations] as readonly Json[] }),
    ...(pod.priorityClassName === undefined ? {} : { priorityClassName: pod.priorityClassName }),
    ...(affinity === undefined ? {} : { affinity }),
    ...(secrets.length === 0 ? {} : { imagePullSecrets: secrets }),
  };
}
