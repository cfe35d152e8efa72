import { LABEL_COMPONENT } from '../../api/names.ts';
import { isJsonObject, valueAt } from '../../lib/json.ts';
import { compareText } from '../../lib/sort.ts';
import { labelOf, type KubeObject } from '../../k8s/object.ts';
import { matchesLabels } from '../../k8s/selector.ts';
import { portFor, type RouteHost } from './hosts.ts';
import { servicePort } from './service-port.ts';

type Labels = Readonly<Record<string, string>>;

/** What a Gateway needs from the Service behind its Routes. */
export interface TargetWish {
  /** The Gateway's `spec.selector`. */
  readonly selector: Labels;
  /** Its hosts: each needs a port. */
  readonly hosts: readonly RouteHost[];
  /** Namespaces that are preferred: the mesh's own and the Gateway's. A stranger's pods must not catch traffic by labels. */
  readonly home: readonly string[];
}

function isTextMap(value: unknown): value is Labels {
  return isJsonObject(value) && Object.values(value).every((item) => typeof item === 'string');
}

/** A Service's selector; one without a selector (ExternalName, manual endpoints) finds no pods (OSSM-6615). */
export function selectorOf(service: KubeObject): Labels {
  const selector = valueAt(service, 'spec', 'selector');
  return isTextMap(selector) ? selector : {};
}

/** Does every pod of the Service match the Gateway's selector? Then it is a candidate before there are any pods. */
function coversSelector(service: KubeObject, gatewaySelector: Labels): boolean {
  return matchesLabels(gatewaySelector, selectorOf(service));
}

function hasPod(service: KubeObject, pods: readonly KubeObject[]): boolean {
  return pods.some((pod) => pod.metadata.namespace === service.metadata.namespace && matchesLabels(selectorOf(service), pod.metadata.labels));
}

function hasPorts(service: KubeObject, hosts: readonly RouteHost[]): boolean {
  return hosts.every((host) => servicePort(service, host) !== undefined);
}

/** Ports with the old operator's names: between two that serve, the one it would have taken. */
function hasOldPorts(service: KubeObject, hosts: readonly RouteHost[]): boolean {
  return hosts.every((host) => servicePort(service, host)?.name === portFor(host));
}

/** Is it an egress gateway's? Such never get Routes. */
export function isEgressService(service: KubeObject): boolean {
  return labelOf(service, 'istio') === 'egressgateway' || labelOf(service, LABEL_COMPONENT) === 'istio-egress';
}

function isIngress(service: KubeObject): boolean {
  return labelOf(service, 'istio') === 'ingressgateway' || labelOf(service, LABEL_COMPONENT) === 'istio-ingress';
}

/** Better ones sort first: a list of ranks and texts, compared one after the other. */
function rankOf(service: KubeObject, wish: TargetWish): readonly string[] {
  const { namespace = '', name, creationTimestamp = '' } = service.metadata;
  const rank = (isGood: boolean): string => (isGood ? '0' : '1');
  return [rank(hasPorts(service, wish.hosts)), rank(wish.home.includes(namespace)), rank(hasOldPorts(service, wish.hosts)), rank(isIngress(service)), creationTimestamp, name, namespace];
}

function compareRanks(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((part, i) => part !== b[i]);
  return at < 0 ? 0 : compareText(a[at] ?? '', b[at] ?? '');
}

/**
 * The Service that a Gateway's Routes point at: one whose pods match the Gateway's selector, or, before there are pods, one
 * whose own selector contains the Gateway's. Of several: has the needed ports, is at home, is an ingress, oldest, by name
 * (wishes.md W21, W22). Law: the order of services and pods does not matter.
 * In: services and pods of the mesh. Out: the Service, or undefined when there is none.
 */
export function chooseTarget(services: readonly KubeObject[], pods: readonly KubeObject[], wish: TargetWish): KubeObject | undefined {
  const gatewayPods = pods.filter((pod) => matchesLabels(wish.selector, pod.metadata.labels));
  const candidates = services.filter((service) => coversSelector(service, wish.selector) || hasPod(service, gatewayPods));
  return candidates
    .map((service) => ({ service, rank: rankOf(service, wish) }))
    .toSorted((a, b) => compareRanks(a.rank, b.rank))[0]?.service;
}
