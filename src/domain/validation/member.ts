import { memberSpecSchema, parseMember, type MemberSpec } from '../../api/maistra-v1/member.ts';
import { MEMBER_NAME } from '../../api/names.ts';
import type { KubeObject } from '../../k8s/object.ts';
import type { Problem } from '../../k8s/plan.ts';
import { NO_FINDINGS, problem, problemsOnly, together, type Findings } from './findings.ts';
import { unknownFieldWarnings } from './unknown-fields.ts';

/** What validation of a member needs to know beside the object. */
export interface MemberContext {
  readonly operatorNamespace?: string | undefined;
  /** The object as it was before an update. */
  readonly before?: KubeObject | undefined;
}

function placeProblems({ metadata }: KubeObject, { operatorNamespace }: MemberContext): Problem[] {
  const { name, namespace } = metadata;
  return [
    ...(name === MEMBER_NAME ? [] : [problem('metadata.name', name, `must be ${MEMBER_NAME}: a namespace is in one mesh only`, 'InvalidName')]),
    ...(namespace === undefined || namespace !== operatorNamespace ? []
      : [problem('metadata.namespace', namespace, 'is the namespace of the operator, which cannot be in a mesh')]),
  ];
}

function shown({ controlPlaneRef }: MemberSpec): string {
  return `${controlPlaneRef.namespace}/${controlPlaneRef.name}`;
}

function changeProblems(spec: MemberSpec, before: KubeObject | undefined): Problem[] {
  const old = before === undefined ? undefined : parseMember(before);
  if (old === undefined || !old.ok || shown(old.value.spec) === shown(spec)) return [];
  return [problem('spec.controlPlaneRef', shown(spec), `cannot be changed; it was ${shown(old.value.spec)}. Delete the ServiceMeshMember and create a new one`)];
}

/**
 * Everything that can be said about a ServiceMeshMember without asking the cluster; shared by admission and reconciliation.
 * In: the object as it was sent, and what it was before. Out: problems with field, value and remedy; warnings.
 * An object that is being deleted has none. Source: spec/webhooks.md 5. The right to `use` the control plane is not checked here.
 */
export function validateMember(object: KubeObject, context: MemberContext = {}): Findings {
  if (object.metadata.deletionTimestamp !== undefined) return NO_FINDINGS;
  const place = problemsOnly(placeProblems(object, context));
  const parsed = parseMember(object);
  if (!parsed.ok) return together(place, problemsOnly(parsed.error));
  const { spec } = parsed.value;
  const pointsHome = spec.controlPlaneRef.namespace === object.metadata.namespace;
  const warnings = [
    ...(pointsHome ? ['spec.controlPlaneRef.namespace: this is the namespace of the control plane itself; it is in the mesh anyway'] : []),
    ...unknownFieldWarnings(memberSpecSchema, object['spec']),
  ];
  return together(place, { problems: changeProblems(spec, context.before), warnings });
}
