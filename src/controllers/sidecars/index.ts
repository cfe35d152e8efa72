import type { OperatorFacts } from '../../domain/control-plane/facts.ts';
import type { SidecarsObserved } from '../../domain/sidecars/observed.ts';
import { planRestarts } from '../../domain/sidecars/plan.ts';
import { restartsOf, type Restarts } from '../../domain/sidecars/restarts.ts';
import { sidecarStatus } from '../../domain/sidecars/status.ts';
import type { Controller } from '../../runtime/controller.ts';
import { observeSidecars } from './observe.ts';
import { SIDECAR_WATCHES } from './watches.ts';

/** A look goes over all pods of a mesh. */
const MIN_INTERVAL_MS = 1000;

/**
 * Counts the sidecars of each mesh, restarts workloads where the mesh asks for it, and says so in the status of the SMCP. Key: the SMCP; so a mesh has one pass at a time, and
 * one restart.
 */
export function sidecarsController({ operatorNamespace }: Pick<OperatorFacts, 'operatorNamespace'>): Controller<SidecarsObserved> {
  // Plan and status of one pass speak about one look; forgotten with the pass.
  const looks = new WeakMap<SidecarsObserved, Restarts>();
  const look = (observed: SidecarsObserved, now: Date): Restarts => {
    const known = looks.get(observed) ?? restartsOf(observed, now);
    looks.set(observed, known);
    return known;
  };
  return {
    name: 'sidecars', watches: SIDECAR_WATCHES, minIntervalMs: MIN_INTERVAL_MS,
    observe: (key, read) => observeSidecars(key, read, operatorNamespace),
    plan: (observed, now) => planRestarts(look(observed, now), now),
    status: (observed, _plan, outcome, now) => sidecarStatus(observed, look(observed, now), outcome),
  };
}
