import type { MemberPods, SidecarsObserved } from '../../domain/sidecars/observed.ts';
import { updatesWorkloads } from '../../domain/sidecars/strategy.ts';
import { splitKey, type ObjectKey } from '../../k8s/key.ts';
import type { KubeObject } from '../../k8s/object.ts';
import type { Reader } from '../../runtime/controller.ts';
import { profilesIn } from '../profiles.ts';
import * as sources from '../sources.ts';

/** Kinds whose pods a change of the template makes anew. */
export const WORKLOAD_SOURCES = [sources.DEPLOYMENTS, sources.STATEFUL_SETS, sources.DAEMON_SETS] as const;

function memberOf(namespace: KubeObject, read: Reader, withWorkloads: boolean): MemberPods {
  const { name } = namespace.metadata;
  return {
    namespace, pods: read.list(sources.PODS, name),
    workloads: withWorkloads ? WORKLOAD_SOURCES.flatMap((source) => read.list(source, name)) : [],
    budgets: withWorkloads ? read.list(sources.BUDGETS, name) : [],
  };
}

/** Reads the pods of a mesh, and their workloads if it asks for restarts. In: key `namespace/name` of the SMCP. Out: undefined when it is gone. */
export function observeSidecars(key: ObjectKey, read: Reader, operatorNamespace: string): SidecarsObserved | undefined {
  const { name, namespace = '' } = splitKey(key);
  const controlPlane = read.get(sources.CONTROL_PLANES, name, namespace);
  if (controlPlane === undefined) return undefined;
  const isAsked = updatesWorkloads(controlPlane, profilesIn(read, operatorNamespace));
  const members = read.indexed(sources.NAMESPACES, sources.BY_MEMBER_OF, namespace).filter(({ metadata }) => metadata.name !== namespace);
  return {
    controlPlane, updatesWorkloads: isAsked,
    webhooks: read.indexed(sources.MANAGED_MUTATING_WEBHOOKS, sources.BY_OWNER, namespace),
    members: members.map((member) => memberOf(member, read, isAsked)),
  };
}
