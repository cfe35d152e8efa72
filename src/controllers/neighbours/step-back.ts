import { EMPTY_PLAN } from '../../k8s/plan.ts';
import type { ObjectKey } from '../../k8s/key.ts';
import type { Controller, Reader } from '../../runtime/controller.ts';
import { isOtherOperatorLive } from './observe.ts';
import { signWatches } from './watches.ts';

/** Every key that a controller could work on. */
function allKeys<Observed>({ watches }: Controller<Observed>, read: Reader): readonly ObjectKey[] {
  return [...new Set(watches.flatMap((watch) => read.list(watch.source).flatMap((object) => watch.toKeys(object, read))))];
}

/**
 * A controller that writes nothing, no status either, while another operator works on the same objects (wishes.md W33), and does all of its work when that
 * has ended. `instead`: what it plans meanwhile, where standing still would be in the other's way.
 */
export function steppingBack<Observed>(controller: Controller<Observed>, instead: Pick<Controller<Observed>, 'plan'> = { plan: () => EMPTY_PLAN }): Controller<Observed> {
  // Decided once for each pass, in observe, which alone sees the caches.
  const held = new WeakSet<object>();
  return {
    ...controller,
    watches: [...controller.watches, ...signWatches((read) => allKeys(controller, read))],
    observe(key, read) {
      const observed = controller.observe(key, read);
      if (typeof observed === 'object' && observed !== null && isOtherOperatorLive(read)) held.add(observed);
      return observed;
    },
    plan: (observed, now) => (isHeld(held, observed) ? instead : controller).plan(observed, now),
    status: (observed, plan, outcome, now) => (isHeld(held, observed) ? [] : controller.status(observed, plan, outcome, now)),
  };
}

function isHeld(held: WeakSet<object>, observed: unknown): boolean {
  return typeof observed === 'object' && observed !== null && held.has(observed);
}
