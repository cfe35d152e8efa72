import { DAEMON_SET, findKind } from '../../api/kinds.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { EMPTY_PLAN, type Plan, type Stage, type Step } from '../../k8s/plan.ts';
import { refOf } from '../../k8s/ref.ts';
import type { ResourceType } from '../../k8s/resource.ts';
import { renderFolder, type Charts } from '../control-plane/charts.ts';
import { identityOf } from '../control-plane/prune.ts';
import { foreignInstallation, isOurs, type CniObserved } from './observed.ts';
import { cniValues } from './values.ts';
import { cniVersion } from './version.ts';

function typed(object: KubeObject): { readonly type: ResourceType; readonly object: KubeObject } {
  const type = findKind(object.apiVersion, object.kind);
  if (type === undefined) throw new Error(`the charts make ${object.apiVersion} ${object.kind}, which is not in api/kinds.ts`);
  return { type, object };
}

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
  const wanted = wantedObjects(observed, charts).map(typed);
  const identities = new Set(wanted.map(({ object }) => identityOf(object)));
  const apply = (isAgent: boolean): Stage => wanted.filter(({ type }) => (type === DAEMON_SET) === isAgent).map(({ type, object }): Step => ({ do: 'apply', type, object }));
  const obsolete = observed.labelled.filter((object) => isOurs(object) && !identities.has(identityOf(object))).map(typed);
  const remove = (isAgent: boolean): Stage => obsolete.filter(({ type }) => (type === DAEMON_SET) === isAgent).map(({ type, object }): Step => ({ do: 'remove', ref: refOf(type, object) }));
  return { ...EMPTY_PLAN, stages: [apply(false), apply(true), remove(true), remove(false)].filter((stage) => stage.length > 0) };
}
