import { DAEMON_SET } from '../../api/kinds.ts';
import { CNI_NAME } from '../../api/names.ts';
import type { KubeObject } from '../../k8s/object.ts';
import type { Plan } from '../../k8s/plan.ts';
import { planPart } from '../cluster-part/plan.ts';
import { renderFolder, type Charts } from '../control-plane/charts.ts';
import { CNI_CONTROLLER, foreignInstallation, type CniObserved } from './observed.ts';
import { cniValues } from './values.ts';
import { cniVersion } from './version.ts';

/** Everything the plug-in consists of; nothing when no mesh wants it, or when somebody else has installed one: two would fight over each node. */
function wantedObjects(observed: CniObserved, charts: Charts): readonly KubeObject[] {
  const version = cniVersion(observed.controlPlanes, observed.facts, observed.profiles);
  if (version === undefined || foreignInstallation(observed) !== undefined) return [];
  return renderFolder(charts, version.minor, 'istio-cni', { cni: cniValues(observed, version) });
}

/**
 * Keeps the one node plug-in that all meshes share: there while a mesh wants it, gone with the last one.
 * The agents come last and go first: they clean up their node when they end. Source: spec/istio-upstream.md 6, spec/controlplane-install.md 4.
 */
export function planCni(observed: CniObserved, charts: Charts): Plan {
  return planPart({ component: CNI_NAME, controller: CNI_CONTROLLER, workload: DAEMON_SET }, wantedObjects(observed, charts), observed.labelled);
}
