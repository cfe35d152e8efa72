import * as z from 'zod';
import { ok, type Result } from '../../lib/result.ts';
import type { KubeObject } from '../../k8s/object.ts';
import type { Problem } from '../../k8s/plan.ts';
import { conditions } from '../kubernetes/condition.ts';
import { celRules, integer, looseObject, section, text, textMap, type Immutable } from '../schema/fields.ts';
import { parseSpec, parseStatus } from '../schema/parse.ts';
import { sidecarCounts } from '../schema/sidecars.ts';

const controlPlaneRef = looseObject({
  name: z.string().min(1).max(253).meta({ description: 'Name of the ServiceMeshControlPlane.' }),
  namespace: z.string().min(1).max(63).meta({ description: 'Namespace of the ServiceMeshControlPlane.' }),
}).meta({
  description: 'The control plane this namespace belongs to. You need the verb use on it.',
  ...celRules({ rule: 'self.name == oldSelf.name && self.__namespace__ == oldSelf.__namespace__', message: 'the control plane of a member cannot be changed; delete the ServiceMeshMember and create a new one' }),
});

/** `spec` of a ServiceMeshMember (spec/api-members.md 2). */
export const memberSpecSchema = looseObject({ controlPlaneRef }).meta({ description: 'Which mesh this namespace belongs to.' });

/** `status` of a ServiceMeshMember (spec/api-members.md 3). */
export const memberStatusSchema = looseObject({
  annotations: textMap('controlPlaneRef: namespace/name.'),
  observedGeneration: integer('Generation of the member that this status is about.'),
  meshGeneration: integer('Generation of the control plane that the namespace was set up for.'),
  meshReconciledVersion: text('Operator version and generation of that control plane.'),
  sidecars: section('Pods by their sidecars; absent before the namespace is in the mesh.', sidecarCounts),
  conditions: conditions('Reconciled and Ready.'),
});

/** The parsed spec. */
export type MemberSpec = Immutable<z.infer<typeof memberSpecSchema>>;
/** The parsed status. */
export type MemberStatus = Immutable<z.infer<typeof memberStatusSchema>>;

/** A ServiceMeshMember whose spec was checked. */
export interface Member extends KubeObject {
  readonly spec: MemberSpec;
  readonly status?: MemberStatus | undefined;
}

/**
 * Parses a ServiceMeshMember at the border. In: an object as the API server gave it.
 * Out: the same with a typed spec, or every field that is wrong. A status we cannot read counts as none.
 */
export function parseMember(object: KubeObject): Result<Member, Problem[]> {
  const spec = parseSpec(memberSpecSchema, object);
  return spec.ok ? ok({ ...object, spec: spec.value, status: parseMemberStatus(object) }) : spec;
}

/** The status of a member; undefined when there is none or it cannot be read. */
export function parseMemberStatus(object: KubeObject): MemberStatus | undefined {
  return parseStatus(memberStatusSchema, object);
}
