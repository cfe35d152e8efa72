import type { ConditionInput } from '../../k8s/condition.ts';
import { contested, podsNotInjected, sidecarsOutdated } from '../member-roll/obstacles.ts';
import { memberCopyOptions } from '../control-plane/member-copies.ts';
import { otherMeshFor, servedByOther } from '../neighbours/other-mesh.ts';
import { censusOf, outdatedNames, type Census } from '../sidecars/census.ts';
import type { Decision } from './decision.ts';
import { accessBlocked, blockedDoors } from './exposure.ts';
import type { MemberObserved } from './observed.ts';

function warning(type: string, { reason, message }: { readonly reason: string; readonly message: string }): ConditionInput {
  return { type, status: 'True', reason, message };
}

/** Told from the moment the namespace belongs into a mesh, also before it is in: what joining cuts off should be no surprise (wishes.md W16). */
function blocked({ doors, copyFacts }: MemberObserved, { belonging }: Decision): ConditionInput[] {
  if (doors === undefined || belonging.is !== 'member' || !memberCopyOptions(belonging.controlPlane, copyFacts).manageNetworkPolicy) return [];
  const closed = blockedDoors(doors);
  return closed.length === 0 ? [] : [warning('ExternalAccessBlocked', { reason: 'ExternalAccessBlocked', message: accessBlocked(closed) })];
}

/** The member's pods by their sidecars; undefined before the namespace is in, when no pod could have a sidecar of the mesh. */
export function memberCensus({ pods = [], webhooks = [], namespace }: MemberObserved, { belonging, memberOf }: Decision): Census | undefined {
  if (belonging.is !== 'member' || memberOf !== belonging.mesh) return undefined;
  const controlPlane = { namespace: belonging.mesh, name: belonging.controlPlane.metadata.name };
  return censusOf(pods, { webhooks, controlPlane, namespaceLabels: namespace?.metadata.labels });
}

function sidecars(observed: MemberObserved, decision: Decision): ConditionInput[] {
  const { missing = [], outdated = [], now } = memberCensus(observed, decision) ?? {};
  const total = observed.pods?.length ?? 0;
  return [
    ...(missing.length === 0 ? [] : [warning('PodsNotInjected', podsNotInjected(missing.map((pod) => pod.metadata.name), total))]),
    ...(now === undefined || outdated.length === 0 ? [] : [warning('SidecarsOutdated', sidecarsOutdated(outdatedNames(outdated), total, now.version))]),
  ];
}

/** A namespace that is in stays in: throwing it out would cut its traffic off. One that is outside stays outside, and says so as its verdict. */
function shared({ name, namespace, otherMeshes = [] }: MemberObserved, { belonging, memberOf }: Decision): ConditionInput[] {
  const other = namespace === undefined || belonging.is !== 'member' || memberOf !== belonging.mesh ? undefined : otherMeshFor(namespace, otherMeshes);
  return other === undefined ? [] : [warning('ServedByOtherMesh', servedByOther(name, other))];
}

/** What its owner should know of a namespace in a mesh, beside whether it is set up. Each condition is there only while it is true. */
export function warningsOf(observed: MemberObserved, decision: Decision): ConditionInput[] {
  return [...blocked(observed, decision), ...sidecars(observed, decision), ...shared(observed, decision)];
}

/** For the mesh that has the namespace: who else wants it (wishes.md W3). */
export function contestedWarning(name: string, { winner, rivals }: Pick<Decision, 'winner' | 'rivals'>): ConditionInput[] {
  return winner === undefined || rivals.length === 0 ? [] : [warning('Contested', contested(name, winner, rivals))];
}
