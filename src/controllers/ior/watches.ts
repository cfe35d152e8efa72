import { ANNOTATION_IOR_COPY, ANNOTATION_IOR_TARGET, ANNOTATION_ORIGINAL_HOST } from '../../api/names.ts';
import { admissionOf } from '../../domain/ior/admission.ts';
import { plainHost } from '../../domain/ior/hosts.ts';
import { keyOfObject, splitKey, type ObjectKey } from '../../k8s/key.ts';
import { annotationOf, type KubeObject } from '../../k8s/object.ts';
import { valueAt } from '../../lib/json.ts';
import { matchesLabels } from '../../k8s/selector.ts';
import type { Reader, Watch } from '../../runtime/controller.ts';
import { changesIn, intent, marks } from '../relevance.ts';
import * as sources from '../sources.ts';
import { rivalsOf } from './observe.ts';
import { labelsIn, namespacesOf } from './mesh-services.ts';

const keysOf = (objects: readonly KubeObject[]): ObjectKey[] => objects.map(keyOfObject);

/** Gateways whose selector matches a pod's labels. */
function podToKeys(pod: KubeObject, read: Reader): readonly ObjectKey[] {
  const labels = pod.metadata.labels ?? {};
  const { istio } = labels;
  const named = istio === undefined ? [] : read.indexed(sources.GATEWAYS, sources.BY_ISTIO, istio);
  const others = read.indexed(sources.GATEWAYS, sources.BY_ISTIO, sources.NO_ISTIO_LABEL);
  return keysOf([...named, ...others].filter((gateway) => matchesLabels(labelsIn(gateway), labels)));
}

/** Gateways that a Service may serve: by its own selector, or through the pods behind it. */
function serviceToKeys(service: KubeObject, read: Reader): readonly ObjectKey[] {
  const selector = labelsIn(service);
  const pods = read.list(sources.PODS, service.metadata.namespace).filter((pod) => matchesLabels(selector, pod.metadata.labels));
  return [...podToKeys({ ...service, metadata: { ...service.metadata, labels: selector } }, read), ...pods.flatMap((pod) => podToKeys(pod, read))];
}

/** A namespace that joins or leaves brings its Gateways, and the Services that Gateways of the mesh look for. */
function namespaceToKeys(namespace: KubeObject, read: Reader): readonly ObjectKey[] {
  const { name } = namespace.metadata;
  return [...keysOf(read.list(sources.GATEWAYS, name)), ...read.list(sources.SERVICES, name).flatMap((service) => serviceToKeys(service, read))];
}

function controlPlaneToKeys(controlPlane: KubeObject, read: Reader): readonly ObjectKey[] {
  const mesh = controlPlane.metadata.namespace ?? '';
  const gateways = namespacesOf(mesh, read).flatMap((namespace) => read.list(sources.GATEWAYS, namespace));
  return [...keysOf(gateways), ...[sources.ROUTES, sources.INGRESSES].flatMap((source) => read.list(source, mesh).flatMap(sources.gatewayOfRoute))];
}

const content = (object: KubeObject): unknown => [marks(object), object['spec']];
const settings = (controlPlane: KubeObject): unknown => [intent(controlPlane), annotationOf(controlPlane, ANNOTATION_IOR_TARGET), annotationOf(controlPlane, ANNOTATION_IOR_COPY)];
const wildcards = (router: KubeObject): unknown => valueAt(router, 'spec', 'routeAdmission');
const admission = (route: KubeObject): unknown => admissionOf(route).status;
const comesOrGoes = (before: KubeObject | undefined, after: KubeObject | undefined): boolean => before === undefined || after === undefined;

/** Gateways and those that want a host of theirs: what one no longer holds, another may have. */
function withRivals(keys: readonly ObjectKey[], read: Reader): readonly ObjectKey[] {
  const rivals = keys.flatMap((key) => {
    const { namespace, name } = splitKey(key);
    const gateway = read.get(sources.GATEWAYS, name, namespace);
    return gateway === undefined ? [] : rivalsOf(gateway, read);
  });
  return [...new Set([...keys, ...rivals])];
}

/** The Gateways of a Route's host: when the holder's Route goes with its Gateway, others are waiting. */
function routeToKeys(route: KubeObject, read: Reader): readonly ObjectKey[] {
  const own = sources.gatewayOfRoute(route);
  const host = plainHost(annotationOf(route, ANNOTATION_ORIGINAL_HOST) ?? '');
  return own.length === 0 || host === '' ? own : [...own, ...keysOf(read.indexed(sources.GATEWAYS, sources.BY_HOST, host))];
}

/** A Route that a router begins or ceases to admit matters where several Gateways want its host, and to nobody else. */
function contendersToKeys(route: KubeObject, read: Reader): readonly ObjectKey[] {
  const keys = new Set(routeToKeys(route, read));
  return keys.size > 1 ? [...keys] : [];
}

/** What wakes IOR, without the rivals of those that are named. A Route says itself whose it is, so one whose Gateway is gone is found too. */
const WATCHES: readonly Watch[] = [
  { source: sources.GATEWAYS, isRelevant: changesIn(content), toKeys: (gateway, read) => [keyOfObject(gateway), ...rivalsOf(gateway, read)] },
  { source: sources.ROUTES, isRelevant: changesIn(content), toKeys: routeToKeys },
  { source: sources.ROUTES, isRelevant: changesIn(admission), toKeys: contendersToKeys },
  { source: sources.INGRESSES, isRelevant: changesIn(content), toKeys: routeToKeys },
  { source: sources.SERVICES, isRelevant: changesIn(content), toKeys: serviceToKeys },
  { source: sources.PODS, isRelevant: changesIn((pod) => pod.metadata.labels ?? {}), toKeys: podToKeys },
  { source: sources.NAMESPACES, isRelevant: changesIn(marks), toKeys: namespaceToKeys },
  { source: sources.CONTROL_PLANES, isRelevant: changesIn(settings), toKeys: controlPlaneToKeys },
  { source: sources.INGRESS_CONTROLLERS, isRelevant: changesIn(wildcards), toKeys: (_router, read) => keysOf(read.list(sources.GATEWAYS)) },
  // The last copy goes when a namespace has left: until then a missing label may be a mistake.
  { source: sources.MEMBER_ROLE_BINDINGS, isRelevant: comesOrGoes, toKeys: (copy, read) => keysOf(read.list(sources.GATEWAYS, copy.metadata.namespace)) },
];

/** What wakes IOR; its keys are Gateways. */
export const IOR_WATCHES: readonly Watch[] = WATCHES.map((watch) => ({ ...watch, toKeys: (object, read) => withRivals(watch.toKeys(object, read), read) }));
