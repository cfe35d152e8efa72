import { DEPLOYMENT } from '../../api/kinds.ts';
import { LABEL_COMPONENT, LABEL_VERSION } from '../../api/names.ts';
import { labelOf, type KubeObject } from '../../k8s/object.ts';
import { chooseVersion, isNewer, type ChosenVersion } from '../versions.ts';
import { LAST_WAVE, waveOf } from './components.ts';
import type { ControlPlaneObserved } from './observed.ts';
import { deploymentObstacle } from './readiness.ts';
import { istiodName } from './values/input.ts';

const GATEWAYS: readonly (string | undefined)[] = ['istio-ingress', 'istio-egress'];

/** Istio versions that parts of the mesh are made for: istiod, gateways and what goes in with them. A move may have left some behind. */
export function runningVersions({ managed }: ControlPlaneObserved): readonly string[] {
  const parts = managed.filter((object) => object.kind === DEPLOYMENT.kind && waveOf(labelOf(object, LABEL_COMPONENT)) < LAST_WAVE);
  return parts.map((part) => labelOf(part, LABEL_VERSION)).filter((version) => version !== undefined);
}

function isBehind(gateway: KubeObject, patch: string): boolean {
  return isNewer(labelOf(gateway, LABEL_VERSION) ?? '', patch) || deploymentObstacle(gateway, true) !== '';
}

/**
 * The version of istiod at this moment. A proxy must not be newer than its istiod, so on the way back istiod is the last to go: it stays until
 * no gateway has a pod of the newer version. On the way up it is the first, and proxyVersion holds the others back.
 * In: what is there, and the version that the mesh is to have. Law: it is the mesh's own version unless a newer istiod runs and a gateway is behind.
 */
export function istiodVersion(observed: ControlPlaneObserved, version: ChosenVersion): ChosenVersion {
  const istiod = observed.managed.find(({ kind, metadata }) => kind === DEPLOYMENT.kind && metadata.name === istiodName(observed));
  const before = istiod === undefined ? '' : labelOf(istiod, LABEL_VERSION) ?? '';
  if (!isNewer(before, version.patch)) return version;
  const gateways = observed.managed.filter((object) => object.kind === DEPLOYMENT.kind && GATEWAYS.includes(labelOf(object, LABEL_COMPONENT)));
  const running = chooseVersion(before);
  return running.ok && gateways.some((gateway) => isBehind(gateway, version.patch)) ? running.value : version;
}
