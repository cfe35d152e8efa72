import type { ProfileLibrary } from '../control-plane/profiles.ts';
import { CNI_NAME, LABEL_APP_NAME } from '../../api/names.ts';
import { isJsonObject } from '../../lib/json.ts';
import { labelOf, type KubeObject } from '../../k8s/object.ts';
import { isOfPart } from '../cluster-part/plan.ts';
import type { OperatorFacts } from '../control-plane/facts.ts';
import type { CniPlatform } from './choice.ts';

/** Name of the controller; part of its field manager. */
export const CNI_CONTROLLER = 'cni';

/** Everything that decides over the node plug-in. */
export interface CniObserved {
  /** Profiles of this installation; absent: those that come with the operator. */
  readonly profiles?: ProfileLibrary;
  /** All control planes of the cluster. */
  readonly controlPlanes: readonly KubeObject[];
  /** Objects labelled as parts of the node plug-in. */
  readonly labelled: readonly KubeObject[];
  /** DaemonSets of the plug-in's name, whoever made them. */
  readonly daemonSets: readonly KubeObject[];
  /** ClusterRoleBinding of the name that upstream's chart gives it. */
  readonly otherBinding?: KubeObject;
  readonly facts: Pick<OperatorFacts, 'operatorNamespace' | 'images' | 'cni'> & CniPlatform;
}

/** True for what this controller wrote. */
export function isOurs(object: KubeObject): boolean {
  return isOfPart(object, { component: CNI_NAME, controller: CNI_CONTROLLER });
}

function subjectNamespaces(binding: KubeObject): string[] {
  const subjects = Array.isArray(binding['subjects']) ? binding['subjects'].filter(isJsonObject) : [];
  return subjects.flatMap(({ namespace }) => (typeof namespace === 'string' ? [namespace] : []));
}

/**
 * The namespace of a node plug-in that somebody else installed (Sail, Helm, istioctl); undefined if there is none. It counts only if the
 * cluster-scoped binding of upstream's chart leads to it: a tenant, who can make a DaemonSet of any name, must not switch ours off.
 */
export function foreignInstallation({ daemonSets, otherBinding }: Pick<CniObserved, 'daemonSets' | 'otherBinding'>): string | undefined {
  if (otherBinding === undefined || labelOf(otherBinding, LABEL_APP_NAME) !== CNI_NAME) return undefined;
  const namespaces = subjectNamespaces(otherBinding);
  const found = daemonSets.find((daemonSet) => !isOurs(daemonSet) && namespaces.includes(daemonSet.metadata.namespace ?? ''));
  return found?.metadata.namespace;
}
