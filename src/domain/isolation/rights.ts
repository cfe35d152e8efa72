import { objectsAt, textAt, textsAt } from '../../lib/json.ts';
import type { KubeObject } from '../../k8s/object.ts';

/** Objects of RBAC, of the whole cluster. */
export interface RightsObjects {
  readonly clusterRoles: readonly KubeObject[];
  readonly roles: readonly KubeObject[];
  readonly clusterRoleBindings: readonly KubeObject[];
  readonly roleBindings: readonly KubeObject[];
}

/** A service account. */
export interface Account {
  readonly namespace: string;
  readonly name: string;
}

/** Is the account one of the subjects, by name or by a group that it is in? Source: Kubernetes doc "Using RBAC Authorization", groups of service accounts. */
function names(binding: KubeObject, { namespace, name }: Account): boolean {
  const groups = new Set(['system:authenticated', 'system:serviceaccounts', `system:serviceaccounts:${namespace}`]);
  return objectsAt(binding, 'subjects').some((subject) => {
    switch (textAt(subject, 'kind')) {
      case 'ServiceAccount': return textAt(subject, 'namespace') === namespace && textAt(subject, 'name') === name;
      case 'User': return textAt(subject, 'name') === `system:serviceaccount:${namespace}:${name}`;
      case 'Group': return groups.has(textAt(subject, 'name'));
      default: return false;
    }
  });
}

function lets(role: KubeObject, group: string, resource: string): boolean {
  const has = (rule: unknown, field: string, wanted: string): boolean => textsAt(rule, field).some((item) => item === '*' || item === wanted);
  return objectsAt(role, 'rules').some((rule) =>
    has(rule, 'apiGroups', group) && has(rule, 'resources', resource) && (has(rule, 'verbs', 'list') || has(rule, 'verbs', 'get') || has(rule, 'verbs', 'watch')));
}

/** The binding that lets an account read a kind in a namespace, as `Kind namespace/name`; undefined when none does. Rules for single names count: they are read, too. */
export function readThrough(objects: RightsObjects, account: Account, { group, resource, namespace }: { readonly group: string; readonly resource: string; readonly namespace: string }): string | undefined {
  const roleOf = (binding: KubeObject): KubeObject | undefined => {
    const [kind, name] = [textAt(binding, 'roleRef', 'kind'), textAt(binding, 'roleRef', 'name')];
    return kind === 'Role'
      ? objects.roles.find(({ metadata }) => metadata.name === name && metadata.namespace === binding.metadata.namespace)
      : objects.clusterRoles.find(({ metadata }) => metadata.name === name);
  };
  const here = objects.roleBindings.filter(({ metadata }) => metadata.namespace === namespace);
  const found = [...objects.clusterRoleBindings, ...here].find((binding) => {
    if (!names(binding, account)) return false;
    const role = roleOf(binding);
    return role !== undefined && lets(role, group, resource);
  });
  return found === undefined ? undefined : `${found.kind} ${found.metadata.namespace === undefined ? '' : `${found.metadata.namespace}/`}${found.metadata.name}`;
}
