import type { Stage } from '../k8s/plan.ts';
import type { RemoveStep } from './apply.ts';
import type { RestRequest } from './rest.ts';
import { removeAllRequest, removeRequest } from './write-requests.ts';

/** Steps of one group go with one request. */
function groupOf({ ref: { type, namespace }, among }: RemoveStep): string | undefined {
  return among === undefined || namespace === undefined ? undefined : `${type.plural}.${type.group} ${namespace} ${among}`;
}

/**
 * Removals of one stage. Those of one kind and namespace that name the same selector (`among`) go with one request for all that it selects;
 * a single one goes by its name, pinned to its uid.
 */
export class SharedRemovals {
  readonly #sizes = new Map<string, number>();
  readonly #sent = new Map<string, Promise<unknown>>();

  constructor(stage: Stage) {
    for (const step of stage) {
      const group = step.do === 'remove' ? groupOf(step) : undefined;
      if (group !== undefined) this.#sizes.set(group, (this.#sizes.get(group) ?? 0) + 1);
    }
  }

  /** Resolves when the step's object was deleted; rejects for all steps of a group alike. */
  async carryOut(step: RemoveStep, send: (request: RestRequest) => Promise<unknown>): Promise<void> {
    const { ref: { type, namespace }, among } = step;
    const group = groupOf(step);
    if (group === undefined || among === undefined || namespace === undefined || this.#sizes.get(group) === 1) {
      await send(removeRequest(step.ref));
      return;
    }
    const sent = this.#sent.get(group) ?? send(removeAllRequest(type, namespace, among));
    this.#sent.set(group, sent);
    await sent;
  }
}
