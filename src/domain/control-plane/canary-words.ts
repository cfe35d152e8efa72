import { shownNames } from '../member-roll/obstacles.ts';
import type { Canary } from './canary.ts';
import { canaryRevision, istiodName } from './values/input.ts';

/** Reason and message of condition `Canary`. In: how the canary stands, and the name of its mesh's SMCP. */
export function canaryWords({ served, version, namespaces, waiting, obstacle, pods, isAsked }: Canary, name: string): { readonly reason: 'CanaryStarting' | 'CanaryServing' | 'CanaryLeaving' | 'CanaryTakenOver'; readonly message: string } {
  const istiod = istiodName({ name: canaryRevision({ name }) });
  const running = `${pods} pods run its sidecars`;
  if (served === 'alias') return { reason: 'CanaryTakenOver', message: `${istiodName({ name })} answers as ${istiod} too: ${running}` };
  if (!isAsked && namespaces.length === 0) return { reason: 'CanaryLeaving', message: `${istiod} (Istio ${version.patch}) stays until no pod asks for it: ${running}` };
  if (obstacle !== '' && namespaces.length === 0) return { reason: 'CanaryStarting', message: `${istiod} (Istio ${version.patch}) is not ready: ${obstacle}; ${waiting.length === 0 ? 'no member is to move' : `${shownNames(waiting)} will move then`}` };
  const moved = namespaces.length === 0 ? 'no member has moved' : `new pods of ${shownNames(namespaces)} get sidecars of Istio ${version.patch}`;
  return { reason: 'CanaryServing', message: `${istiod} serves: ${moved}; ${running}${obstacle === '' ? '' : `; it is not ready now: ${obstacle}`}` };
}
