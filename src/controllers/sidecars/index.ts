import type { SidecarsObserved } from '../../domain/sidecars/observed.ts';
import { sidecarStatus } from '../../domain/sidecars/status.ts';
import { EMPTY_PLAN } from '../../k8s/plan.ts';
import type { Controller } from '../../runtime/controller.ts';
import { observeSidecars } from './observe.ts';
import { SIDECAR_WATCHES } from './watches.ts';

/** A look goes over all pods of a mesh. */
const MIN_INTERVAL_MS = 1000;

/** Counts the sidecars of each mesh and says so in the status of its SMCP. Key: the SMCP. */
export function sidecarsController(): Controller<SidecarsObserved> {
  return {
    name: 'sidecars', watches: SIDECAR_WATCHES, minIntervalMs: MIN_INTERVAL_MS,
    observe: observeSidecars, plan: () => EMPTY_PLAN, status: (observed) => sidecarStatus(observed),
  };
}
