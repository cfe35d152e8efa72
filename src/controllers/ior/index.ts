import type { IorObserved } from '../../domain/ior/observed.ts';
import { planIor } from '../../domain/ior/plan.ts';
import type { Controller } from '../../runtime/controller.ts';
import { observeIor } from './observe.ts';
import { IOR_WATCHES } from './watches.ts';

/** IOR: makes OpenShift Routes for Istio Gateways. Key: the Gateway. It writes no status: that of a Gateway is istiod's. */
export function iorController(): Controller<IorObserved> {
  return { name: 'ior', watches: IOR_WATCHES, observe: observeIor, plan: (observed) => planIor(observed), status: () => [] };
}
