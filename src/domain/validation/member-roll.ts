import { ALL_NAMESPACES, memberRollSpecSchema, parseMemberRoll, type MemberRollSpec } from '../../api/maistra-v1/member-roll.ts';
import { ROLL_NAME } from '../../api/names.ts';
import type { KubeObject } from '../../k8s/object.ts';
import type { Problem } from '../../k8s/plan.ts';
import { NO_FINDINGS, problem, problemsOnly, together, type Findings } from './findings.ts';
import { unknownFieldWarnings } from './unknown-fields.ts';

/** What validation of a roll needs to know beside the object. */
export interface MemberRollContext {
  readonly operatorNamespace?: string | undefined;
  /** Namespace → the mesh (its namespace) that another roll or member has put it into. */
  readonly claims?: ReadonlyMap<string, string> | undefined;
  /** Namespace of another roll that has `*`, if any. */
  readonly claimsAll?: string | undefined;
}

function placeProblems({ metadata }: KubeObject, { operatorNamespace }: MemberRollContext): Problem[] {
  const { name, namespace } = metadata;
  return [
    ...(name === ROLL_NAME ? [] : [problem('metadata.name', name, `must be ${ROLL_NAME}: there is one roll per mesh`, 'ErrInvalidName')]),
    ...(namespace === undefined || namespace !== operatorNamespace ? []
      : [problem('metadata.namespace', namespace, 'is the namespace of the operator; create the roll beside its ServiceMeshControlPlane')]),
  ];
}

function listProblems(members: readonly string[], { memberSelectors }: MemberRollSpec): Problem[] {
  const twice = members.findIndex((member, index) => members.indexOf(member) < index);
  return [
    ...(twice < 0 ? [] : [problem(`spec.members[${twice}]`, members[twice], 'is listed twice; remove one of them')]),
    ...(members.length > 1 && members.includes(ALL_NAMESPACES)
      ? [problem('spec.members', ALL_NAMESPACES, 'with * means every namespace, and * must stand alone; remove the other members or the *')] : []),
    ...(members.length > 0 && (memberSelectors?.length ?? 0) > 0
      ? [problem('spec.memberSelectors', memberSelectors, 'cannot be used together with members; to select one namespace by name use the label kubernetes.io/metadata.name')] : []),
  ];
}

function claimProblems(members: readonly string[], { claims, claimsAll }: MemberRollContext): Problem[] {
  const [first] = claims?.entries() ?? [];
  if (members.includes(ALL_NAMESPACES) && first !== undefined) {
    return [problem('spec.members', ALL_NAMESPACES, `cannot be every namespace: ${first[0]} is in the mesh of namespace ${first[1]}; name the members, or remove it there`)];
  }
  if (claimsAll !== undefined && members.length > 0) {
    return [problem('spec.members', members, `cannot be used: the roll in namespace ${claimsAll} has * and takes every namespace; change that roll first`)];
  }
  return members.flatMap((member, index) => {
    const mesh = claims?.get(member);
    return mesh === undefined ? [] : [problem(`spec.members[${index}]`, member, `is in the mesh of namespace ${mesh} already; a namespace can be in one mesh only, remove it there first`)];
  });
}

/**
 * Everything that can be said about a ServiceMeshMemberRoll without asking the cluster; shared by admission and reconciliation.
 * In: the object as it was sent, and what others claim. Out: problems with field, value and remedy; warnings.
 * An object that is being deleted has none. Source: spec/webhooks.md 4. The permissions of rule 7 are not checked here.
 */
export function validateMemberRoll(object: KubeObject, context: MemberRollContext = {}): Findings {
  if (object.metadata.deletionTimestamp !== undefined) return NO_FINDINGS;
  const place = problemsOnly(placeProblems(object, context));
  const parsed = parseMemberRoll(object);
  if (!parsed.ok) return together(place, problemsOnly(parsed.error));
  const { spec } = parsed.value;
  const members = spec.members ?? [];
  const namesItself = object.metadata.namespace !== undefined && members.includes(object.metadata.namespace);
  const warnings = [
    ...(namesItself ? [`spec.members: ${object.metadata.namespace} is the namespace of the control plane; it needs no entry and is left out`] : []),
    ...unknownFieldWarnings(memberRollSpecSchema, object['spec']),
  ];
  return together(place, { problems: [...listProblems(members, spec), ...claimProblems(members, context)], warnings });
}
