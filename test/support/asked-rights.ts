import { sortedUnique } from '../../src/lib/sort.ts';
import type { AuditedRequest } from '../../tools/cluster/audit.ts';

/* What roles grant against what their holder asked the API server for, by its own record. A right is written as `patch deployments.apps`. */

interface Rule { readonly apiGroups: readonly string[]; readonly resources: readonly string[]; readonly verbs: readonly string[] }

/** Every right that the rules grant, sorted. */
export const grantedBy = (rules: readonly Rule[]): readonly string[] =>
  sortedUnique(rules.flatMap(({ apiGroups, resources, verbs }) => apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}.${group}`)))));

/** A server-side apply that made the object needed the right to create it as well. */
export const neededBy = ({ use, code }: AuditedRequest): readonly string[] => (code === 201 && use.startsWith('patch ') ? [use, use.replace(/^patch/, 'create')] : [use]);

/** What was refused for want of a right, with the object. */
export const refusedOf = (requests: readonly AuditedRequest[]): readonly string[] =>
  sortedUnique(requests.filter(({ code }) => code === 403).map(({ use, namespace, name }) => `${use} ${namespace}/${name}`));
