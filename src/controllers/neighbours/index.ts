import { neighbourReport, type NeighboursObserved } from '../../domain/neighbours/report.ts';
import { EMPTY_PLAN } from '../../k8s/plan.ts';
import type { Controller } from '../../runtime/controller.ts';
import { changesIn } from '../relevance.ts';
import * as sources from '../sources.ts';
import { signsOf } from './observe.ts';
import { signWatches } from './watches.ts';

/** There is one key: the cluster. */
const CLUSTER = 'cluster';

/** Tells of other operators for the same objects. In: the operator's own namespace, and whether ours gives way to them. */
export function neighboursController(facts: { readonly operatorNamespace: string; readonly stepsBack: boolean }): Controller<NeighboursObserved> {
  return {
    name: 'neighbours', workers: 1,
    watches: [
      ...signWatches(() => [CLUSTER]),
      { source: sources.CONTROL_PLANES, isRelevant: changesIn(() => ''), toKeys: () => [CLUSTER] },
      { source: sources.NAMESPACES, isRelevant: changesIn(() => ''), toKeys: ({ metadata }) => (metadata.name === facts.operatorNamespace ? [CLUSTER] : []) },
    ],
    observe(_key, read) {
      const namespace = read.get(sources.NAMESPACES, facts.operatorNamespace);
      return { signs: signsOf(read), stepsBack: facts.stepsBack, controlPlanes: read.list(sources.CONTROL_PLANES), ...(namespace === undefined ? {} : { namespace }) };
    },
    plan: () => EMPTY_PLAN,
    status: (observed, _plan, _outcome, now) => neighbourReport(observed, now),
  };
}
