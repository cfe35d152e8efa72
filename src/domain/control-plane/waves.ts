import { ROLE_BINDING } from '../../api/kinds.ts';
import { isWorkload, type RenderedComponent, type WantedObject } from './render.ts';
import type { ComponentReadiness } from './readiness.ts';
import type { Stage, Step } from '../../k8s/plan.ts';

/** Which components go in now, and whom the rest waits for. */
export interface Waves {
  readonly components: readonly RenderedComponent[];
  /** Components of these waves that the rest waits for. */
  readonly waitingFor: readonly string[];
  /** True when nothing is held back. */
  readonly isAllIn: boolean;
}

/**
 * In: the components, and their readiness once this pass has written what is missing. A wave without workloads therefore holds nobody up.
 * Keeps everything up to and including the first wave that is not ready.
 * Law: a component is held back exactly if one of an earlier wave is a gate.
 */
export function wavesOf(components: readonly RenderedComponent[], readiness: readonly ComponentReadiness[]): Waves {
  const gates = new Set(readiness.filter(({ isGate }) => isGate).map(({ name }) => name));
  const last = Math.min(...components.filter(({ name }) => gates.has(name)).map(({ wave }) => wave));
  const going = components.filter(({ wave }) => wave <= last);
  return {
    components: going,
    waitingFor: going.filter(({ name }) => gates.has(name)).map(({ name }) => name),
    isAllIn: going.length === components.length,
  };
}

/** A wanted object as a step. */
export function stepOf({ type, object, mint }: WantedObject): Step {
  return mint === undefined ? { do: 'apply', type, object } : { do: 'mint', type, request: { object, values: mint } };
}

/** A binding is refused while its Role is not there, so it goes with the pods, after everything else. */
const isLate = (object: WantedObject): boolean => isWorkload(object) || object.type === ROLE_BINDING;

/** The stages of the waves: in each, what pods need comes before the pods. */
export function stagesOf(components: readonly RenderedComponent[]): Stage[] {
  const numbers = [...new Set(components.map(({ wave }) => wave))].toSorted((a, b) => a - b);
  return numbers.flatMap((number) => {
    const objects = components.filter(({ wave }) => wave === number).flatMap((component) => component.objects);
    return [objects.filter((object) => !isLate(object)), objects.filter(isLate)].map((stage) => stage.map(stepOf));
  }).filter((stage) => stage.length > 0);
}
