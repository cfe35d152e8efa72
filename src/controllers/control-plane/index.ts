import type { Charts } from '../../domain/control-plane/charts.ts';
import type { OperatorFacts } from '../../domain/control-plane/facts.ts';
import { viewOf, type MeshView } from '../../domain/control-plane/mesh-view.ts';
import { CONTROL_PLANE_CONTROLLER, type ControlPlaneObserved } from '../../domain/control-plane/observed.ts';
import { planControlPlane } from '../../domain/control-plane/plan.ts';
import { controlPlaneStatus } from '../../domain/control-plane/status.ts';
import type { Controller } from '../../runtime/controller.ts';
import { CONTROL_PLANES } from '../sources.ts';
import { observeControlPlane } from './observe.ts';
import { CONTROL_PLANE_WATCHES } from './watches.ts';

/** Pods of a wave become ready within a moment of each other; one pass sees them all. */
const MIN_INTERVAL_MS = 200;

/** What the controller is given at start. */
export interface ControlPlaneOptions {
  readonly facts: OperatorFacts;
  /** The charts, compiled by `compileCharts`. */
  readonly charts: Charts;
}

/** Builds meshes from ServiceMeshControlPlanes. Key: `namespace/name` of the SMCP. */
export function controlPlaneController({ facts, charts }: ControlPlaneOptions): Controller<ControlPlaneObserved> {
  // Plan and status of one pass speak about one look at the mesh; forgotten with the pass.
  const views = new WeakMap<ControlPlaneObserved, MeshView>();
  const view = (observed: ControlPlaneObserved): MeshView => {
    const known = views.get(observed) ?? viewOf(observed, charts);
    views.set(observed, known);
    return known;
  };
  return {
    name: CONTROL_PLANE_CONTROLLER,
    watches: CONTROL_PLANE_WATCHES,
    primary: CONTROL_PLANES,
    minIntervalMs: MIN_INTERVAL_MS,
    observe: (key, read) => observeControlPlane(key, read, facts),
    plan: (observed, now) => planControlPlane(observed, view(observed), now),
    status: (observed, _plan, outcome, now) => controlPlaneStatus(observed, view(observed), outcome, now),
  };
}
