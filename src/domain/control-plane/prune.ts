import {
  CLUSTER_ROLE_BINDING, DEPLOYMENT, findKind, HPA, MUTATING_WEBHOOK, PDB, ROUTE, VALIDATING_WEBHOOK,
} from '../../api/kinds.ts';
import { LABEL_COMPONENT } from '../../api/names.ts';
import { labelOf, type KubeObject } from '../../k8s/object.ts';
import type { Stage, Step } from '../../k8s/plan.ts';
import { refOf } from '../../k8s/ref.ts';
import type { ResourceType } from '../../k8s/resource.ts';
import { waveOf } from './components.ts';
import { isOurs, type ControlPlaneObserved } from './observed.ts';

/** Names an object among the live ones. The version of its API does not matter. */
export function identityOf({ apiVersion, kind, metadata }: KubeObject): string {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  return `${group}/${kind}/${metadata.namespace ?? ''}/${metadata.name}`;
}

interface Doomed {
  readonly type: ResourceType;
  readonly object: KubeObject;
}

function doomed(objects: readonly KubeObject[], observed: ControlPlaneObserved): Doomed[] {
  return objects.filter((object) => isOurs(object, observed)).flatMap((object) => {
    const type = findKind(object.apiVersion, object.kind);
    return type === undefined ? [] : [{ type, object }];
  });
}

function removals(objects: readonly Doomed[]): Stage {
  return objects.map(({ type, object }): Step => ({ do: 'remove', ref: refOf(type, object) }));
}

const WEBHOOKS: readonly ResourceType[] = [MUTATING_WEBHOOK, VALIDATING_WEBHOOK];
/** What sends traffic to pods or changes their number goes before the pods. */
const FRONT: readonly ResourceType[] = [ROUTE, HPA, PDB];

/**
 * Removes objects in the reverse of the order they came in: webhooks first, so that nothing waits for an istiod that is going;
 * then wave by wave from the last, in each its Routes and autoscalers, its workloads, and what these needed; rights in the cluster last.
 */
export function removalStages(objects: readonly KubeObject[], observed: ControlPlaneObserved): Stage[] {
  const all = doomed(objects, observed);
  const isOf = (types: readonly ResourceType[]) => ({ type }: Doomed): boolean => types.includes(type);
  const rest = all.filter(({ type }) => !WEBHOOKS.includes(type) && type !== CLUSTER_ROLE_BINDING);
  const waves = [...new Set(rest.map(({ object }) => waveOf(labelOf(object, LABEL_COMPONENT))))].toSorted((a, b) => b - a);
  const stages = waves.flatMap((wave) => {
    const members = rest.filter(({ object }) => waveOf(labelOf(object, LABEL_COMPONENT)) === wave);
    const workloads = [DEPLOYMENT];
    return [
      members.filter(isOf(FRONT)), members.filter(isOf(workloads)),
      members.filter(({ type }) => !FRONT.includes(type) && !workloads.includes(type)),
    ];
  });
  return [all.filter(isOf(WEBHOOKS)), ...stages, all.filter(isOf([CLUSTER_ROLE_BINDING]))].filter((stage) => stage.length > 0).map(removals);
}

/** Removes what is ours, observed, and no longer wanted. Only sensible when every wave is in: a wave held back is wanted, too. */
export function pruneStages(observed: ControlPlaneObserved, wanted: readonly KubeObject[]): Stage[] {
  const identities = new Set(wanted.map(identityOf));
  return removalStages(observed.managed.filter((object) => !identities.has(identityOf(object))), observed);
}
