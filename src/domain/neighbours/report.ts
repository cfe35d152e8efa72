import { CONTROL_PLANE } from '../../api/kinds.ts';
import { nextConditions, type ConditionInput } from '../../k8s/condition.ts';
import { isDeleting, type KubeObject } from '../../k8s/object.ts';
import type { StatusWrite } from '../../k8s/plan.ts';
import { conditionsAt } from '../member-roll/reports.ts';
import { namespaceStatus } from '../member/namespace-status.ts';
import { foreignOwnerMessage, foreignOwners, liveOperator, otherOperatorMessage, type OperatorSigns } from './other-operator.ts';

/** What the report is made of. */
export interface NeighboursObserved {
  readonly signs: OperatorSigns;
  /** False: the administrator said that ours takes over, whoever else runs. */
  readonly stepsBack: boolean;
  readonly controlPlanes: readonly KubeObject[];
  /** The operator's own. */
  readonly namespace?: KubeObject;
}

/** The other operator may write the same status; ours comes once, and again at the earliest after this time. */
const MANNERS_MS = 60_000;

/** Beside the conditions of whoever has the status now: they keep what they do not know. */
function onControlPlane(smcp: KubeObject, message: string, now: Date): StatusWrite[] {
  const before = conditionsAt(smcp, 'status', 'conditions');
  if (isDeleting(smcp) || before.some((condition) => condition.type === 'ForeignOperator' && condition.message === message)) return [];
  const ours = nextConditions(before, [{ type: 'ForeignOperator', status: 'True', reason: 'ForeignOperator', message, observedGeneration: smcp.metadata.generation ?? 0 }], now);
  const conditions = [...before.filter(({ type }) => type !== 'ForeignOperator'), ...ours].map((condition) => ({ ...condition }));
  return [{ type: CONTROL_PLANE, object: smcp, status: { conditions }, only: ['conditions'], holdBackMs: MANNERS_MS }];
}

/**
 * What is said of other operators: on the operator's own namespace, and, while ours gives way, on every ServiceMeshControlPlane.
 * Taken back on the namespace by itself; on control planes by their controller, which writes their status anew when it works again.
 */
export function neighbourReport({ signs, stepsBack, controlPlanes, namespace }: NeighboursObserved, now: Date): StatusWrite[] {
  const live = liveOperator(signs);
  const owners = foreignOwners(signs.definitions);
  const message = live !== undefined ? otherOperatorMessage(live) : owners.length > 0 ? foreignOwnerMessage(owners) : undefined;
  const reports: ConditionInput[] = message === undefined ? [] : [{ type: 'ForeignOperator', status: 'True', reason: live === undefined ? 'ForeignOwner' : 'ForeignOperator', message }];
  const planes = live === undefined || !stepsBack ? [] : controlPlanes.flatMap((smcp) => onControlPlane(smcp, otherOperatorMessage(live), now));
  return [...namespaceStatus(namespace, reports, now), ...planes];
}
