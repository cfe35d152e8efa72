import { isJsonObject, valueAt } from '../../lib/json.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { matchesSelector } from '../../k8s/selector.ts';

/** Does a PodDisruptionBudget speak for the pod? Without a selector for none, with an empty one for all (Kubernetes API reference, policy/v1). */
function isOver(budget: KubeObject, pod: KubeObject): boolean {
  const selector = valueAt(budget, 'spec', 'selector');
  return isJsonObject(selector) && matchesSelector(selector, pod.metadata.labels);
}

/** Pods that may go now. A status of an older generation allows nothing. */
function allowed(budget: KubeObject): number {
  const [observed, found] = [valueAt(budget, 'status', 'observedGeneration'), valueAt(budget, 'status', 'disruptionsAllowed')];
  const isCurrent = typeof observed === 'number' && observed >= (budget.metadata.generation ?? 0);
  return isCurrent && typeof found === 'number' ? found : 0;
}

/**
 * Why budgets keep a workload from being restarted; '' when they do not. A rollout is no eviction, so the API server does not ask them: we do.
 * In: all its pods; how many may be gone at once; the budgets of its namespace.
 */
export function budgetObstacle(pods: readonly KubeObject[], needed: number, budgets: readonly KubeObject[]): string {
  const tight = budgets.find((budget) => pods.some((pod) => isOver(budget, pod)) && allowed(budget) < needed);
  if (tight === undefined) return '';
  const allows = allowed(tight) === 0 ? 'allows no disruption now' : `allows ${allowed(tight)} pods to be gone now`;
  return `PodDisruptionBudget ${tight.metadata.name} ${allows}, and a rollout may take ${needed}`;
}
