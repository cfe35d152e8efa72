import { valueAt } from '../../lib/json.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { normalizeControlPlane } from '../conversion/control-plane.ts';
import { appliedSpecOf, type ProfileLibrary } from '../control-plane/profiles.ts';
import { chooseVersion, type ChosenVersion } from '../versions.ts';
import { wantsCni, type CniPlatform } from './choice.ts';

function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = valueAt(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

/** The version of a mesh that wants the plug-in; undefined for one that does not. A version that we cannot install counts as "none chosen". */
function versionFor(smcp: KubeObject, platform: CniPlatform, profiles?: ProfileLibrary): ChosenVersion | undefined {
  const controlPlane = normalizeControlPlane(smcp);
  const spec = appliedSpecOf(controlPlane, profiles);
  if (!wantsCni(valueAt(spec, 'proxy', 'networking', 'initialization', 'type'), platform)) return undefined;
  const chosen = chooseVersion(textAt(spec, 'version'), textAt(controlPlane, 'status', 'chartVersion'));
  const fallback = chosen.ok ? chosen : chooseVersion(undefined);
  return fallback.ok ? fallback.value : undefined;
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  const at = [0, 1, 2].find((i) => left?.[i] !== right?.[i]) ?? 0;
  return (left?.[at] ?? 0) - (right?.[at] ?? 0);
}

/**
 * The version of the one plug-in that serves all meshes: the lowest of theirs, because a plug-in works with control planes of its own minor and
 * of the next (spec/istio-upstream.md 6). Undefined when no mesh wants it. A mesh that is being deleted counts until it is gone.
 */
export function cniVersion(controlPlanes: readonly KubeObject[], platform: CniPlatform, profiles?: ProfileLibrary): ChosenVersion | undefined {
  return controlPlanes.flatMap((smcp) => versionFor(smcp, platform, profiles) ?? []).toSorted((a, b) => compareVersions(a.patch, b.patch))[0];
}
