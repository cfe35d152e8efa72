import { MEMBER_ROLL } from '../../api/kinds.ts';
import { ANNOTATION_CREATED_BY, CREATED_BY_MEMBER_CONTROLLER, FIELD_MANAGER_PREFIX, MEMBER_NAME, ROLL_NAME } from '../../api/names.ts';
import { valueAt } from '../../lib/json.ts';
import { annotationOf, isDeleting, type KubeObject } from '../../k8s/object.ts';
import { EMPTY_PLAN, type Plan, type Problem, type Step } from '../../k8s/plan.ts';
import { refOf } from '../../k8s/ref.ts';
import { objectOf } from '../../k8s/resource.ts';
import { isClaimant, parseMember } from './claimants.ts';
import { clusterWideRoll } from './cluster-wide.ts';
import { releaseOldFinalizer } from './finalizer.ts';
import { meshesOf } from './meshes.ts';
import type { RollObserved } from './observed.ts';

/** Field managers whose entries do not make a roll the user's: ours, and the old operator's. */
function isOperatorManager(manager: string): boolean {
  return manager.startsWith(FIELD_MANAGER_PREFIX) || manager === 'istio-operator';
}

function pointingMembers(observed: RollObserved): KubeObject[] {
  return observed.members.filter((object) => isClaimant(object, MEMBER_NAME)
    && parseMember(object).controlPlane?.namespace === observed.meshNamespace && object.metadata.namespace !== observed.meshNamespace);
}

/** The roll that a ServiceMeshMember needs, empty as the old operator made it (spec/api-members.md 4, step 4). */
function createdRoll(namespace: string): KubeObject {
  return objectOf(MEMBER_ROLL, { name: ROLL_NAME, namespace, annotations: { [ANNOTATION_CREATED_BY]: CREATED_BY_MEMBER_CONTROLLER } }, { spec: {} });
}

/** A roll is made when a member asks for a control plane that is there, or when that is for the whole cluster; and its namespace stays. */
function creation(observed: RollObserved): Step[] {
  const { meshNamespace, controlPlanes, namespaces } = observed;
  const planes = controlPlanes.filter((plane) => plane.metadata.namespace === meshNamespace && !isDeleting(plane)).map((plane) => plane.metadata.name);
  const clusterWide = clusterWideRoll(meshesOf(controlPlanes).get(meshNamespace));
  const isAsked = pointingMembers(observed).some((member) => planes.includes(parseMember(member).controlPlane?.name ?? ''));
  const stays = namespaces.some((namespace) => namespace.metadata.name === meshNamespace && !isDeleting(namespace));
  const wanted = clusterWide ?? (isAsked ? createdRoll(meshNamespace) : undefined);
  return wanted !== undefined && stays ? [{ do: 'apply', type: MEMBER_ROLL, object: wanted }] : [];
}

function isEmptyList(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

/** Made by an operator, and nobody else has written to it since. */
function isOperatorsRoll(roll: KubeObject): boolean {
  const writers = (roll.metadata.managedFields ?? []).filter((entry) => entry.subresource === undefined || entry.subresource === '');
  return annotationOf(roll, ANNOTATION_CREATED_BY) === CREATED_BY_MEMBER_CONTROLLER && writers.every((entry) => isOperatorManager(entry.manager ?? ''));
}

/** A roll goes only when we made it, nobody wrote to it, it lists and selects nothing and no member is left (W12). */
function removal(observed: RollObserved, roll: KubeObject): Step[] {
  const isUnused = isEmptyList(valueAt(roll, 'spec', 'members')) && isEmptyList(valueAt(roll, 'spec', 'memberSelectors'));
  return isUnused && isOperatorsRoll(roll) && pointingMembers(observed).length === 0 ? [{ do: 'remove', ref: refOf(MEMBER_ROLL, roll) }] : [];
}

/** `*` beside names has no effect; admission refuses it, but the roll may be older than the webhook. */
function problemsOf(roll: KubeObject | undefined): Problem[] {
  const members = valueAt(roll, 'spec', 'members');
  if (!Array.isArray(members) || members.length < 2 || !members.includes('*')) return [];
  return [{ path: 'spec.members', value: '*', reason: 'InvalidMembers', message: '"*" counts only as the sole entry of spec.members; remove it, or remove the other names' }];
}

/**
 * What the roll's controller writes itself: the roll that a member or a mesh for the whole cluster needs, or its removal when it is no longer needed, and
 * old finalizers of rolls being deleted. Namespaces are the member controller's.
 */
export function planMemberRoll(observed: RollObserved): Plan {
  const { roll, misnamed } = observed;
  const released = [...misnamed, ...(roll === undefined ? [] : [roll])].flatMap((object) => releaseOldFinalizer(MEMBER_ROLL, object));
  const own = roll === undefined ? creation(observed) : isDeleting(roll) ? [] : removal(observed, roll);
  const steps = [...released, ...own];
  return { ...EMPTY_PLAN, stages: steps.length === 0 ? [] : [steps], problems: problemsOf(roll) };
}
