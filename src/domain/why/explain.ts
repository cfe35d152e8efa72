import { LINKS, type Link, type LinkName, type Verdict } from './link.ts';
import { claim, existence, label, permission, plane, policies, viewOf, type WhyView } from './membership.ts';
import type { WhyObserved } from './observed.ts';
import { pods, rootCertificate, routes, webhook } from './traffic.ts';

/** Why a namespace is, or is not, in its mesh. */
export interface Explanation {
  readonly namespace: string;
  /** Namespace of the mesh that it belongs to; absent when it belongs to none. */
  readonly mesh?: string;
  /** True when no link is broken. */
  readonly isInOrder: boolean;
  readonly links: readonly Link[];
}

const JUDGES: Readonly<Record<LinkName, (view: WhyView) => Verdict>> = {
  exists: existence, claimed: claim, permitted: permission, 'control plane': plane, label, webhook,
  'root certificate': rootCertificate, policies, pods, routes,
};

/** Links that say nothing once a link before them is broken. The later ones are each a fault of their own. */
const FOUNDATION: ReadonlySet<LinkName> = new Set(['exists', 'claimed', 'permitted', 'control plane', 'label']);

/**
 * Walks the chain from the namespace to its traffic. In: everything read at one moment. Out: one verdict for each link, each with
 * what mends it. Decides by the functions that the operator itself decides by (wishes.md I1), so it cannot say something else.
 */
export function explain(observed: WhyObserved): Explanation {
  const view = viewOf(observed);
  const links: Link[] = [];
  let broke: LinkName | undefined;
  for (const link of LINKS) {
    const verdict: Verdict = broke === undefined ? JUDGES[link](view) : { state: 'untold', message: `depends on: ${broke}` };
    links.push({ link, ...verdict });
    if (verdict.state === 'broken' && FOUNDATION.has(link)) broke = link;
  }
  const mesh = view.mesh ?? (view.decision.belonging.is === 'control-plane' ? view.name : undefined);
  return { namespace: view.name, ...(mesh === undefined ? {} : { mesh }), isInOrder: links.every((link) => link.state !== 'broken'), links };
}
