import { ingressPeer, INGRESS_LABEL } from '../domain/control-plane/ingress-peer.ts';
import type { ExposeRoutePeer } from '../domain/control-plane/network-policies.ts';
import type { ObjectKey } from '../k8s/key.ts';
import { annotationsAndSpec, changesIn } from './relevance.ts';
import { labelOf, type KubeObject } from '../k8s/object.ts';
import type { Reader, Watch } from '../runtime/controller.ts';
import * as sources from './sources.ts';

/** From where exposed pods may be reached now. In: what the administrator said, if anything. */
export function exposeRoutePeer(read: Reader, configured: ExposeRoutePeer | undefined): ExposeRoutePeer {
  return ingressPeer({
    ...(configured === undefined ? {} : { configured }),
    servesRoutes: read.isServed(sources.ROUTES),
    isLabelled: read.indexed(sources.NAMESPACES, sources.BY_POLICY_GROUP, INGRESS_LABEL.value).length > 0,
    ingressClasses: read.list(sources.INGRESS_CLASSES),
  });
}

const group = (namespace: KubeObject | undefined): string | undefined => (namespace === undefined ? undefined : labelOf(namespace, INGRESS_LABEL.key));

/** Rows for what decides over it. In: the keys of all whose policies name it. */
export function ingressPeerWatches(toKeys: (read: Reader) => readonly ObjectKey[]): readonly Watch[] {
  return [
    { source: sources.INGRESS_CLASSES, isRelevant: changesIn(annotationsAndSpec), toKeys: (_class, read) => toKeys(read) },
    // Namespaces come by the thousand; only this label of theirs counts here.
    { source: sources.NAMESPACES, isRelevant: (before, after) => group(before) !== group(after), toKeys: (namespace, read) => (group(namespace) === undefined ? [] : toKeys(read)) },
  ];
}
