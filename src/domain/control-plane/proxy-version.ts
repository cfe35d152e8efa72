import { LABEL_VERSION } from '../../api/names.ts';
import { valueAt } from '../../lib/json.ts';
import { labelOf, type KubeObject } from '../../k8s/object.ts';
import { chooseVersion, isNewer, type ChosenVersion } from '../versions.ts';
import type { ControlPlaneObserved } from './observed.ts';
import { deploymentObstacle } from './readiness.ts';
import { injectorName, istiodName } from './values/input.ts';

function managed(observed: ControlPlaneObserved, kind: string, name: string): KubeObject | undefined {
  return observed.managed.find((object) => object.kind === kind && object.metadata.name === name);
}

/** The version that is injected now, out of the injector's own values; undefined if there are none, or none that can be read. */
function injectedPatch(observed: ControlPlaneObserved): string | undefined {
  const text = valueAt(managed(observed, 'ConfigMap', injectorName(observed)), 'data', 'values');
  try {
    const tag = valueAt(JSON.parse(typeof text === 'string' ? text : 'null'), 'global', 'tag');
    return typeof tag === 'string' ? tag : undefined;
  } catch {
    return undefined;
  }
}

/** True once all pods of istiod are of the version, and ready. */
function isIstiodAt(observed: ControlPlaneObserved, patch: string): boolean {
  const istiod = managed(observed, 'Deployment', istiodName(observed));
  return istiod !== undefined && labelOf(istiod, LABEL_VERSION) === patch && deploymentObstacle(istiod, true) === '';
}

/**
 * The version of the sidecars that are injected at this moment. A proxy must not be newer than its istiod, so while a new istiod is on its way
 * the old one goes on injecting what it did. In: what is there, and the version that the mesh is to have.
 * On the way back the older version is injected at once. Law: it is the mesh's own version unless an older one is injected and the new istiod is not ready.
 */
export function proxyVersion(observed: ControlPlaneObserved, version: ChosenVersion): ChosenVersion {
  const before = injectedPatch(observed);
  if (before === undefined || before === version.patch || isNewer(before, version.patch) || isIstiodAt(observed, version.patch)) return version;
  const running = chooseVersion(before);
  return running.ok ? running.value : version;
}
