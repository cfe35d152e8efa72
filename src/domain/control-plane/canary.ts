import { DEPLOYMENT, MUTATING_WEBHOOK } from '../../api/kinds.ts';
import { LABEL_VERSION } from '../../api/names.ts';
import { valueAt } from '../../lib/json.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import { sortedUnique } from '../../lib/sort.ts';
import type { ControlPlaneSpec } from '../../api/maistra-v2/control-plane.ts';
import { labelOf, type KubeObject } from '../../k8s/object.ts';
import type { Problem } from '../../k8s/plan.ts';
import { canaryProblem, chooseCanaryVersion, chooseVersion, isNewer, type ChosenVersion } from '../versions.ts';
import type { ControlPlaneObserved } from './observed.ts';
import { deploymentObstacle } from './readiness.ts';
import { canaryRevision, istiodName } from './values/input.ts';

/*
 * A newer Istio beside the mesh's own: a second istiod of revision `<name>-canary`, and the members that get its sidecars (docs/adr/0045).
 * Proxies find their istiod by its name, so the name outlives the istiod: once the mesh's own is as new, it answers under both.
 */

/** How the canary of a mesh stands in this pass. */
export interface Canary {
  /** `own`: it has an istiod of its own; `alias`: the mesh's istiod answers under its name, until no pod asks for it any more. */
  readonly served: 'own' | 'alias';
  /** Of its istiod, and of the sidecars that it gives. */
  readonly version: ChosenVersion;
  /** Members whose new pods get its sidecars. */
  readonly namespaces: readonly string[];
  /** Members that are to get them once its istiod is ready. */
  readonly waiting: readonly string[];
  /** Why its istiod is not ready; '' when it is. */
  readonly obstacle: string;
  /** Pods that run its sidecars. */
  readonly pods: number;
  /** The spec asks for it; otherwise it is there for the sake of its pods. */
  readonly isAsked: boolean;
}

function managed(observed: ControlPlaneObserved, kind: string, name: string): KubeObject | undefined {
  return observed.managed.find((object) => object.kind === kind && object.metadata.name === name);
}

/** The version that the spec asks for, if it is newer than the mesh's: with that, or an older one, there is nothing to try. */
function askedVersion(spec: ControlPlaneSpec, mesh: ChosenVersion): Result<ChosenVersion | undefined, Problem> {
  const asked = spec.updateStrategy?.canary?.version;
  if (asked === undefined || asked === '') return ok(undefined);
  const chosen = chooseCanaryVersion(asked);
  if (!chosen.ok) return chosen;
  if (!isNewer(chosen.value.patch, mesh.patch)) return ok(undefined);
  const skipped = canaryProblem(chosen.value, mesh);
  return skipped === undefined ? chosen : err(skipped);
}

const namedIn = (spec: ControlPlaneSpec, { members }: ControlPlaneObserved): readonly string[] =>
  sortedUnique(spec.updateStrategy?.canary?.namespaces ?? []).filter((name) => members.includes(name));

/** Why its istiod does not serve yet at a version; '' when it does. */
function istiodObstacle(istiod: KubeObject | undefined, patch: string): string {
  if (istiod === undefined) return 'its istiod is not there yet';
  return labelOf(istiod, LABEL_VERSION) === patch ? deploymentObstacle(istiod, true) : 'its istiod is being changed';
}

/** Members move once its istiod is ready, and stay when it is not for a moment: a webhook that comes and goes would send pods to and fro. */
function moved(observed: ControlPlaneObserved, asked: ChosenVersion, spec: ControlPlaneSpec): Canary {
  const revision = canaryRevision(observed);
  const obstacle = istiodObstacle(managed(observed, DEPLOYMENT.kind, istiodName({ name: revision })), asked.patch);
  const hasMoved = managed(observed, MUTATING_WEBHOOK.kind, `${istiodName({ name: revision })}-${observed.namespace}`) !== undefined;
  const named = namedIn(spec, observed);
  const isOpen = obstacle === '' || hasMoved;
  return { served: 'own', version: asked, namespaces: isOpen ? named : [], waiting: isOpen ? [] : named, obstacle, pods: observed.canaryPods?.count ?? 0, isAsked: true };
}

/** A proxy must not be newer than its istiod: the mesh's own takes over when all its pods are as new as the newest of them. */
function canTakeOver(observed: ControlPlaneObserved, mesh: ChosenVersion, newest: string): boolean {
  return !isNewer(newest, mesh.patch) && istiodObstacle(managed(observed, DEPLOYMENT.kind, istiodName(observed)), mesh.patch) === '';
}

/** The version that an istiod of its own has, or its pods need. */
function runningVersion(istiod: KubeObject | undefined, newest: string): Result<ChosenVersion, Problem> {
  const label = istiod === undefined ? undefined : labelOf(istiod, LABEL_VERSION);
  return chooseVersion(label ?? newest);
}

/** Nobody asks for it any more, or the mesh has caught up; pods with its sidecars still need an istiod of its name. */
function leaving(observed: ControlPlaneObserved, mesh: ChosenVersion, spec: ControlPlaneSpec): Canary | undefined {
  const { count, newest } = observed.canaryPods ?? { count: 0, newest: '' };
  const istiod = managed(observed, DEPLOYMENT.kind, istiodName({ name: canaryRevision(observed) }));
  const isTakenOver = canTakeOver(observed, mesh, newest);
  // Members on the list go on making pods of it until the mesh's own istiod is as new.
  const isPromoted = istiod !== undefined && spec.updateStrategy?.canary !== undefined && !isTakenOver;
  if (count === 0 && !isPromoted) return undefined;
  const base = { waiting: [], pods: count, isAsked: false };
  const running = runningVersion(istiod, newest);
  if (isTakenOver || !running.ok) return { ...base, served: 'alias', version: mesh, namespaces: [], obstacle: '' };
  const namespaces = isNewer(running.value.patch, mesh.patch) ? [] : namedIn(spec, observed);
  return { ...base, served: 'own', version: running.value, namespaces, obstacle: istiodObstacle(istiod, running.value.patch) };
}

/** The canary of a mesh; undefined when there is none. In: what is there, the spec with profiles, the version of the mesh. A mistake of the user is a problem. */
export function canaryOf(observed: ControlPlaneObserved, spec: ControlPlaneSpec, mesh: ChosenVersion): Result<Canary | undefined, Problem> {
  const asked = askedVersion(spec, mesh);
  if (!asked.ok) return asked;
  return ok(asked.value === undefined ? leaving(observed, mesh, spec) : moved(observed, asked.value, spec));
}

/**
 * The host names that the mesh's own istiod has a certificate for beside its own. While the canary asks for it, and afterwards as long as this istiod is of the same version: a
 * name that goes would restart it for nothing.
 */
export function aliasHosts(observed: ControlPlaneObserved, mesh: ChosenVersion, canary: Canary | undefined): readonly string[] {
  const host = `${istiodName({ name: canaryRevision(observed) })}.${observed.namespace}.svc`;
  const istiod = managed(observed, DEPLOYMENT.kind, istiodName(observed));
  const hasAlready = istiod !== undefined && labelOf(istiod, LABEL_VERSION) === mesh.patch && JSON.stringify(valueAt(istiod, 'spec', 'template', 'spec', 'containers')).includes(host);
  const isNeeded = canary !== undefined && !isNewer(canary.version.patch, mesh.patch);
  return isNeeded || hasAlready ? [host] : [];
}
