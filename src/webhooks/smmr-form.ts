import { ROLL_NAME } from '../api/names.ts';
import type { Problem } from '../k8s/plan.ts';
import { valueAt } from '../lib/json.ts';
import type { AdmissionRequest } from './review.ts';

const NAMESPACE_NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const REASON = 'InvalidSpec';

const cut = (value: string): string => (value.length > 80 ? `${value.slice(0, 80)}…` : value);

function problem(path: string, value: string, message: string): Problem {
  return { path, value: cut(value), message, reason: REASON };
}

function nameProblems(name: string): Problem[] {
  if (name === ROLL_NAME) return [];
  return [problem('metadata.name', name, `a ServiceMeshMemberRoll must be named "${ROLL_NAME}", because a mesh has one roll; rename it`)];
}

function entryProblems(entry: unknown, index: number, all: readonly unknown[]): Problem[] {
  const path = `spec.members[${index}]`;
  if (typeof entry !== 'string') return [problem(path, JSON.stringify(entry), 'not a text; list names of namespaces')];
  if (entry === '*') return all.length === 1 ? [] : [problem(path, entry, '"*" means every namespace and must be the only entry; remove the others')];
  if (!NAMESPACE_NAME.test(entry)) return [problem(path, entry, 'not the name of a namespace (lower-case letters, digits and "-", at most 63); correct it')];
  return all.indexOf(entry) === index ? [] : [problem(path, entry, 'is listed twice; remove one')];
}

/** Mistakes in the form of a ServiceMeshMemberRoll: rules 1, 3 and 4 of spec/webhooks.md 4. */
export function problemsOfRoll(request: AdmissionRequest): Problem[] {
  const members = valueAt(request.object, 'spec', 'members');
  const selectors = valueAt(request.object, 'spec', 'memberSelectors');
  const listed: readonly unknown[] = Array.isArray(members) ? members : [];
  const hasBoth = listed.length > 0 && Array.isArray(selectors) && selectors.length > 0;
  const both = hasBoth ? [problem('spec.memberSelectors', '', 'cannot be used together with spec.members; keep one of the two')] : [];
  return [...nameProblems(request.name), ...both, ...listed.flatMap((entry, index) => entryProblems(entry, index, listed))];
}
