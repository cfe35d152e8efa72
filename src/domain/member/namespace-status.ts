import { NAMESPACE } from '../../api/kinds.ts';
import { NAMESPACE_CONDITION_PREFIX } from '../../api/names.ts';
import { nextConditions, type ConditionInput } from '../../k8s/condition.ts';
import { isDeleting, type KubeObject } from '../../k8s/object.ts';
import type { StatusWrite } from '../../k8s/plan.ts';
import { conditionsAt } from '../member-roll/reports.ts';

/**
 * What the member controller has to say where no ServiceMeshMember could: conditions of the namespace, `maistra.io/` before their type, which the
 * roll repeats in its memberStatuses. Conditions of others stay. In: what to say now. Out: nothing while there is nothing to say and nothing to take back,
 * and for a namespace that is being deleted, whose status tells what holds it up.
 */
export function namespaceStatus(namespace: KubeObject | undefined, reports: readonly ConditionInput[], now: Date): StatusWrite[] {
  if (namespace === undefined || isDeleting(namespace)) return [];
  const before = conditionsAt(namespace, 'status', 'conditions');
  const others = before.filter(({ type }) => !type.startsWith(NAMESPACE_CONDITION_PREFIX));
  if (reports.length === 0 && others.length === before.length) return [];
  const ours = nextConditions(before, reports.map((report) => ({ ...report, type: `${NAMESPACE_CONDITION_PREFIX}${report.type}` })), now);
  const conditions = [...others, ...ours].map((condition) => ({ ...condition }));
  return [{ type: NAMESPACE, object: namespace, status: { conditions }, only: ['conditions'] }];
}
