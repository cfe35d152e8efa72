import { findKind } from '../../api/kinds.ts';
import { LABEL_MEMBER_OF } from '../../api/names.ts';
import { sameJson } from '../../lib/json.ts';
import { labelOf, type KubeObject } from '../../k8s/object.ts';
import type { Problem, Step } from '../../k8s/plan.ts';
import { refOf } from '../../k8s/ref.ts';
import type { TypedObject } from '../control-plane/member-copies.ts';
import { foreignObject } from '../member-roll/obstacles.ts';
import { MEMBER_MANAGER, type MemberObserved } from './observed.ts';

/** What must happen so that a namespace has exactly the wanted copies. */
export interface CopyChanges {
  /** Copies that cannot be changed in place: a RoleBinding's roleRef is immutable. They are applied again afterwards. */
  readonly replace: readonly Step[];
  readonly apply: readonly Step[];
  readonly obsolete: readonly Step[];
  /** Objects of others that hold a wanted name. */
  readonly problems: readonly Problem[];
}

const identityOf = (object: KubeObject): string => `${object.kind}/${object.metadata.name}`;

function removeStep(object: KubeObject, among?: string): Step[] {
  const type = findKind(object.apiVersion, object.kind);
  return type === undefined ? [] : [{ do: 'remove', ref: refOf(type, object), ...(among === undefined ? {} : { among }) }];
}

/** Removal of every copy in the namespace, of whatever mesh: all that carries the label. */
export function removeCopies(copies: readonly KubeObject[]): Step[] {
  return copies.flatMap((copy) => removeStep(copy, LABEL_MEMBER_OF));
}

function foreignProblem(object: KubeObject): Problem {
  const { reason, message } = foreignObject(object);
  return { path: `${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`, value: object.metadata.name, reason, message };
}

/** Once written by us: a copy that lost its label is not somebody else's object. */
function isWrittenByUs(object: KubeObject): boolean {
  return (object.metadata.managedFields ?? []).some((entry) => entry.manager === MEMBER_MANAGER);
}

function mustReplace(live: KubeObject, wanted: KubeObject): boolean {
  return wanted['roleRef'] !== undefined && !sameJson(live['roleRef'], wanted['roleRef']);
}

/**
 * Compares the wanted copies with what is there. An object of a wanted name that neither carries the label nor was ever
 * written by us is somebody else's: it is reported, not taken. All other wanted copies are applied; the executor sends
 * nothing for those that are as wanted.
 */
export function copyChanges(observed: MemberObserved, wanted: readonly TypedObject[]): CopyChanges {
  const live = new Map(observed.copies.map((copy) => [identityOf(copy), copy]));
  const wantedNames = new Set(wanted.map((copy) => identityOf(copy.object)));
  const foreign = observed.strangers.filter((stranger) => wantedNames.has(identityOf(stranger)) && !isWrittenByUs(stranger));
  const foreignNames = new Set(foreign.map(identityOf));
  const ours = wanted.filter((copy) => !foreignNames.has(identityOf(copy.object)));
  return {
    replace: ours.flatMap(({ object }) => { const before = live.get(identityOf(object)); return before !== undefined && mustReplace(before, object) ? removeStep(before) : []; }),
    apply: ours.map(({ type, object }) => ({ do: 'apply', type, object, isExplicit: true })),
    obsolete: observed.copies.filter((copy) => !wantedNames.has(identityOf(copy))).flatMap((copy) => removeStep(copy)),
    problems: foreign.map(foreignProblem),
  };
}

/** True when the copies tell that the namespace is in `mesh` although its label says `label`: somebody changed the label. */
export function isRelabelled(copies: readonly KubeObject[], mesh: string, label: string): boolean {
  const owners = new Set(copies.map((copy) => labelOf(copy, LABEL_MEMBER_OF)));
  return owners.has(mesh) && !owners.has(label);
}
