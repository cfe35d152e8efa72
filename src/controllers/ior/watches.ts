import { keyOfObject, type ObjectKey } from '../../k8s/key.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { matchesLabels } from '../../k8s/selector.ts';
import type { Reader, Watch } from '../../runtime/controller.ts';
import { changesIn, intent, marks } from '../relevance.ts';
import * as sources from '../sources.ts';
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
  return [...keysOf(gateways), ...read.list(sources.ROUTES, mesh).flatMap(sources.gatewayOfRoute)];
}

const content = (object: KubeObject): unknown => [marks(object), object['spec']];
const comesOrGoes = (before: KubeObject | undefined, after: KubeObject | undefined): boolean => before === undefined || after === undefined;

/** What wakes IOR; its keys are Gateways. A Route says itself whose it is, so one whose Gateway is gone is found too. */
export const IOR_WATCHES: readonly Watch[] = [
  { source: sources.GATEWAYS, isRelevant: changesIn(content), toKeys: (gateway) => [keyOfObject(gateway)] },
  { source: sources.ROUTES, isRelevant: changesIn(content), toKeys: sources.gatewayOfRoute },
  { source: sources.SERVICES, isRelevant: changesIn(content), toKeys: serviceToKeys },
  { source: sources.PODS, isRelevant: changesIn((pod) => pod.metadata.labels ?? {}), toKeys: podToKeys },
  { source: sources.NAMESPACES, isRelevant: changesIn(marks), toKeys: namespaceToKeys },
  { source: sources.CONTROL_PLANES, isRelevant: changesIn(intent), toKeys: controlPlaneToKeys },
  // The last copy goes when a namespace has left: until then a missing label may be a mistake.
  { source: sources.MEMBER_ROLE_BINDINGS, isRelevant: comesOrGoes, toKeys: (copy, read) => keysOf(read.list(sources.GATEWAYS, copy.metadata.namespace)) },
];
