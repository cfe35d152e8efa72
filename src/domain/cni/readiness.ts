import { CNI_DAEMON_SET } from '../../api/names.ts';
import type { ControlPlaneReason } from '../../api/condition-reasons.ts';
import { valueAt } from '../../lib/json.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { foreignInstallation, type CniObserved } from './observed.ts';

/** What of the node plug-in tells a mesh whether its pods can start. */
export type NodePluginObserved = Pick<CniObserved, 'daemonSets' | 'otherBinding'>;

/** Why pods that ask for a sidecar do not start. */
export interface NodePluginObstacle {
  readonly reason: ControlPlaneReason & ('NodePluginMissing' | 'NodePluginNotReady');
  readonly message: string;
  /** On no node at all, so that the mesh itself is not ready. */
  readonly isEverywhere: boolean;
}

function countAt(daemonSet: KubeObject, field: string): number {
  const value = valueAt(daemonSet, 'status', field);
  return typeof value === 'number' ? value : 0;
}

function notReady(daemonSet: KubeObject, [ready, wanted]: readonly [number, number]): NodePluginObstacle {
  const { namespace = '', name } = daemonSet.metadata;
  const isEverywhere = ready === 0;
  const count = wanted === 0 ? 'runs on no node' : `is ready on ${ready} of ${wanted} nodes`;
  const where = isEverywhere ? 'pods that ask for a sidecar do not start' : 'on the others pods that ask for a sidecar do not start';
  return { reason: 'NodePluginNotReady', isEverywhere, message: `The node plug-in, DaemonSet ${namespace}/${name}, ${count}; ${where}. See: kubectl get pods -n ${namespace} -l k8s-app=${CNI_DAEMON_SET} -o wide` };
}

/**
 * What of the node plug-in, ours or the one that somebody else installed, keeps a mesh's pods from starting; undefined for nothing.
 * In: what is there of it, and where ours belongs. A mesh that does not want the plug-in must not ask.
 */
export function nodePluginObstacle(observed: NodePluginObserved, operatorNamespace: string): NodePluginObstacle | undefined {
  const namespace = foreignInstallation(observed) ?? operatorNamespace;
  const daemonSet = observed.daemonSets.find(({ metadata }) => metadata.namespace === namespace);
  if (daemonSet === undefined) {
    return { reason: 'NodePluginMissing', isEverywhere: true, message: `The node plug-in, DaemonSet ${namespace}/${CNI_DAEMON_SET}, is not there; without it pods that ask for a sidecar do not start` };
  }
  const [ready, wanted] = [countAt(daemonSet, 'numberReady'), countAt(daemonSet, 'desiredNumberScheduled')];
  return wanted > 0 && ready >= wanted ? undefined : notReady(daemonSet, [ready, wanted]);
}
