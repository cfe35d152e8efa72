import { ANNOTATION_CREATED_BY, CREATED_BY_ROLL_CONTROLLER } from '../../api/names.ts';
import { isJsonObject, valueAt } from '../../lib/json.ts';
import { memoized } from '../../lib/memo.ts';
import { annotationOf, isDeleting, type KubeObject } from '../../k8s/object.ts';
import type { LabelSelector, LabelSelectorRequirement } from '../../k8s/selector.ts';

/** A ServiceMeshMemberRoll, as far as membership goes. */
export interface Roll {
  readonly object: KubeObject;
  /** Its namespace is the mesh. */
  readonly namespace: string;
  /** Explicitly listed namespaces, without `*`. */
  readonly names: readonly string[];
  /** True when `*` is the only entry of `spec.members`; beside names it has no effect (spec/api-members.md 2). */
  readonly isWildcard: boolean;
  readonly selectors: readonly LabelSelector[];
}

/** A ServiceMeshMember, as far as membership goes. */
export interface Member {
  readonly object: KubeObject;
  /** The namespace that wants to join. */
  readonly namespace: string;
  /** Absent when the reference is unusable. */
  readonly controlPlane?: { readonly namespace: string; readonly name: string };
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function isTextEntry(entry: readonly [string, unknown]): entry is [string, string] {
  return typeof entry[1] === 'string';
}

function parseRequirement(value: unknown): LabelSelectorRequirement {
  const key = valueAt(value, 'key');
  const operator = valueAt(value, 'operator');
  return { key: typeof key === 'string' ? key : '', operator: typeof operator === 'string' ? operator : '', values: texts(valueAt(value, 'values')) };
}

function parseSelector(value: unknown): LabelSelector {
  const labels = valueAt(value, 'matchLabels');
  const expressions = valueAt(value, 'matchExpressions');
  return {
    matchLabels: isJsonObject(labels) ? Object.fromEntries(Object.entries(labels).filter(isTextEntry)) : {},
    matchExpressions: Array.isArray(expressions) ? expressions.map(parseRequirement) : [],
  };
}

/**
 * Reads a roll without its schema, once for each of its versions: every one of its thousand namespaces asks.
 * Whatever is malformed counts as absent; the CRD's schema and admission refuse it.
 */
export const parseRoll: (object: KubeObject) => Roll = memoized((object) => {
  const members = texts(valueAt(object, 'spec', 'members'));
  const selectors = valueAt(object, 'spec', 'memberSelectors');
  return {
    object,
    namespace: object.metadata.namespace ?? '',
    names: members.filter((name) => name !== '*'),
    isWildcard: members.length === 1 && members[0] === '*',
    selectors: Array.isArray(selectors) ? selectors.filter(isJsonObject).map(parseSelector) : [],
  };
});

/** True when namespaces can be in the roll without being listed. */
export function isOpenRoll(roll: Roll): boolean {
  return roll.isWildcard || roll.selectors.length > 0;
}

/** Reads a member, as `parseRoll` does; a reference without namespace or name counts as absent. */
export const parseMember: (object: KubeObject) => Member = memoized((object) => {
  const namespace = valueAt(object, 'spec', 'controlPlaneRef', 'namespace');
  const name = valueAt(object, 'spec', 'controlPlaneRef', 'name');
  const hasRef = typeof namespace === 'string' && typeof name === 'string' && namespace !== '' && name !== '';
  return { object, namespace: object.metadata.namespace ?? '', ...(hasRef ? { controlPlane: { namespace, name } } : {}) };
});

/**
 * True for an object that makes a claim: it has the one legal name, nobody asked for its deletion, and it is not a member
 * that the old operator derived from a roll, which would keep its namespace in when the roll lets it go.
 */
export function isClaimant(object: KubeObject, legalName: string): boolean {
  return object.metadata.name === legalName && !isDeleting(object) && annotationOf(object, ANNOTATION_CREATED_BY) !== CREATED_BY_ROLL_CONTROLLER;
}
