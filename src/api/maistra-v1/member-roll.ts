import * as z from 'zod';
import { ok, type Result } from '../../lib/result.ts';
import type { KubeObject } from '../../k8s/object.ts';
import type { Problem } from '../../k8s/plan.ts';
import { conditions } from '../kubernetes/condition.ts';
import { labelSelectors } from '../kubernetes/label-selector.ts';
import { celRules, integer, list, looseObject, text, textMap, type Immutable } from '../schema/fields.ts';
import { parseSpec, parseStatus } from '../schema/parse.ts';

/** What `spec.members` may hold: the name of a namespace, or `*` (spec/webhooks.md 4). */
export const MEMBER_NAME_PATTERN = /^(\*|[a-z0-9]([-a-z0-9]*[a-z0-9])?)$/;
/** The member that stands for every namespace. */
export const ALL_NAMESPACES = '*';

const MOST_MEMBERS = 20_000;

const memberName = z.string().min(1).max(63).regex(MEMBER_NAME_PATTERN, 'must be the name of a namespace (lower-case letters, digits and dashes), or *')
  .meta({ description: 'Name of a namespace, or * for every namespace that is not a system namespace.' });

const members = z.array(memberName).max(MOST_MEMBERS).nullish().meta({
  description: 'Namespaces that are in the mesh. Each namespace can be in one mesh only.',
  'x-kubernetes-list-type': 'set',
  ...celRules({ rule: "self.size() <= 1 || !self.exists(member, member == '*')", message: '* means every namespace and must stand alone; remove the other members or the *' }),
});

/** `spec` of a ServiceMeshMemberRoll (spec/api-members.md 2). */
export const memberRollSpecSchema = looseObject({
  members,
  memberSelectors: labelSelectors('Label selectors; a namespace that any of them matches is in the mesh.'),
}).meta({
  description: 'Which namespaces are in the mesh of this namespace.',
  ...celRules({
    rule: '!has(self.members) || self.members.size() == 0 || !has(self.memberSelectors) || self.memberSelectors.size() == 0',
    message: 'use members or memberSelectors, not both; to select one namespace by name use the label kubernetes.io/metadata.name',
  }),
});

const memberStatus = looseObject({
  namespace: z.string().meta({ description: 'The namespace.' }),
  conditions: conditions('Reconciled: whether the namespace is set up.'),
}).meta({ description: 'State of one member.' });

/** `status` of a ServiceMeshMemberRoll (spec/api-members.md 3). istiod and scripts read configuredMembers. */
export const memberRollStatusSchema = looseObject({
  annotations: textMap('configuredMemberCount: configured/known; ingressPeer: label selector of the namespaces that exposed pods are open to.'),
  observedGeneration: integer('Generation of the roll that this status is about.'),
  meshGeneration: integer('Generation of the control plane that the members were set up for.'),
  meshReconciledVersion: text('Operator version and generation of that control plane.'),
  members: z.array(z.string()).nullish().meta({ description: 'All namespaces that are, or should be, in the mesh.', 'x-kubernetes-list-type': 'atomic' }),
  configuredMembers: z.array(z.string()).nullish().meta({ description: 'Namespaces that are set up.', 'x-kubernetes-list-type': 'atomic' }),
  pendingMembers: z.array(z.string()).nullish().meta({ description: 'Namespaces that are not set up yet.', 'x-kubernetes-list-type': 'atomic' }),
  terminatingMembers: z.array(z.string()).nullish().meta({ description: 'Namespaces that are leaving.', 'x-kubernetes-list-type': 'atomic' }),
  memberStatuses: list('State of each member.', memberStatus),
  conditions: conditions('Ready.'),
});

/** The parsed spec. */
export type MemberRollSpec = Immutable<z.infer<typeof memberRollSpecSchema>>;
/** The parsed status. */
export type MemberRollStatus = Immutable<z.infer<typeof memberRollStatusSchema>>;

/** A ServiceMeshMemberRoll whose spec was checked. */
export interface MemberRoll extends KubeObject {
  readonly spec: MemberRollSpec;
  readonly status?: MemberRollStatus | undefined;
}

/**
 * Parses a ServiceMeshMemberRoll at the border. In: an object as the API server gave it.
 * Out: the same with a typed spec, or every field that is wrong. A status we cannot read counts as none.
 */
export function parseMemberRoll(object: KubeObject): Result<MemberRoll, Problem[]> {
  const spec = parseSpec(memberRollSpecSchema, object);
  return spec.ok ? ok({ ...object, spec: spec.value, status: parseMemberRollStatus(object) }) : spec;
}

/** The status of a roll; undefined when there is none or it cannot be read. */
export function parseMemberRollStatus(object: KubeObject): MemberRollStatus | undefined {
  return parseStatus(memberRollStatusSchema, object);
}
