import { LABEL_MEMBER_OF } from '../../api/names.ts';
import { isJsonObject, valueAt } from '../../lib/json.ts';
import { keyOfObject } from '../../k8s/key.ts';
import { labelOf, type KubeObject } from '../../k8s/object.ts';
import { matchesLabels } from '../../k8s/selector.ts';
import type { Reader } from '../../runtime/controller.ts';
import * as sources from '../sources.ts';

type Labels = Readonly<Record<string, string>>;

/** The `spec.selector` of a Gateway or a Service; entries that are no text count as absent. */
export function labelsIn(object: KubeObject): Labels {
  const selector = valueAt(object, 'spec', 'selector');
  if (!isJsonObject(selector)) return {};
  return Object.fromEntries(Object.entries(selector).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** Namespaces of a mesh: its own and those that carry its label. */
export function namespacesOf(mesh: string, read: Reader): string[] {
  return [...new Set([mesh, ...read.indexed(sources.NAMESPACES, sources.BY_MEMBER_OF, mesh).map((namespace) => namespace.metadata.name)])];
}

/** The mesh a namespace is in: that of its label, or its own if it has a control plane. */
export function meshOf(namespace: string, read: Reader): string | undefined {
  if (read.list(sources.CONTROL_PLANES, namespace).length > 0) return namespace;
  const found = read.get(sources.NAMESPACES, namespace);
  return found === undefined ? undefined : labelOf(found, LABEL_MEMBER_OF);
}

/** Pods of the mesh that match a selector. Istio's own convention is a label `istio`, and for that there is an index. */
export function podsOf(selector: Labels, mesh: string, read: Reader): KubeObject[] {
  const { istio } = selector;
  const pods = istio === undefined
    ? namespacesOf(mesh, read).flatMap((namespace) => read.list(sources.PODS, namespace))
    : read.indexed(sources.PODS, sources.BY_ISTIO, istio).filter((pod) => meshOf(pod.metadata.namespace ?? '', read) === mesh);
  return pods.filter((pod) => matchesLabels(selector, pod.metadata.labels));
}

/** Services of the mesh that may stand before such pods: beside the pods found, and those whose selector says so without any. */
export function servicesOf(selector: Labels, pods: readonly KubeObject[], at: { readonly mesh: string; readonly read: Reader }): KubeObject[] {
  const { mesh, read } = at;
  const { istio } = selector;
  if (istio === undefined) return namespacesOf(mesh, read).flatMap((namespace) => read.list(sources.SERVICES, namespace));
  const byLabel = read.indexed(sources.SERVICES, sources.BY_ISTIO, istio).filter((service) => meshOf(service.metadata.namespace ?? '', read) === mesh);
  const beside = [...new Set(pods.map((pod) => pod.metadata.namespace ?? ''))].flatMap((namespace) => read.list(sources.SERVICES, namespace));
  return [...new Map([...byLabel, ...beside].map((service) => [keyOfObject(service), service])).values()];
}
