import { CONTROL_PLANE } from '../../api/kinds.ts';
import { CNI_DAEMON_SET, LABEL_MEMBER_OF } from '../../api/names.ts';
import { labelOf, type KubeObject } from '../../k8s/object.ts';
import { objectsAt, valueAt } from '../../lib/json.ts';
import { sortedUnique } from '../../lib/sort.ts';
import { wantsCni } from '../cni/choice.ts';
import { isIorEnabled } from '../ior/management.ts';
import type { DoctorFacts } from './facts.ts';
import { error, warning, type Finding } from './finding.ts';
import { servicesOfWebhooks } from './webhook-services.ts';

/* What the cluster gives to meshes: policies that are enforced, pods that may redirect traffic, routers. */

/** DaemonSets of network plug-ins that enforce NetworkPolicies, by the names of their own manifests. */
const ENFORCING = /^(?:calico-node|canal|cilium|ovnkube-node|ovs-node|sdn|antrea-agent|kube-router|weave-net|romana-agent|kube-ovn-cni|network-node-manager|aws-network-policy-agent|azure-npm|netd|anetd)(?:-|$)/;

/** NetworkPolicies are objects whether or not anybody enforces them. */
export function policyEnforcement({ daemonSets }: DoctorFacts): readonly Finding[] {
  if (daemonSets.some(({ metadata: { name } }) => ENFORCING.test(name))) return [];
  return [warning('NetworkPolicies', 'no network plug-in is found that is known to enforce NetworkPolicies: without one, meshes are not kept apart and expose-route has no effect', 'kubectl get daemonsets -A')];
}

const PSA = 'pod-security.kubernetes.io/enforce';

const usesCni = (plane: KubeObject, isOpenShift: boolean): boolean => wantsCni(valueAt(plane, 'spec', 'proxy', 'networking', 'initialization', 'type'), { servesRoutes: isOpenShift });

function planeOf(namespace: KubeObject, { controlPlanes }: DoctorFacts): KubeObject | undefined {
  const mesh = labelOf(namespace, LABEL_MEMBER_OF);
  return controlPlanes.find(({ metadata }) => metadata.namespace === mesh);
}

/** istio-init asks for NET_ADMIN, which baseline and restricted refuse (Kubernetes doc "Pod Security Standards"). */
export function podSecurity(facts: DoctorFacts): readonly Finding[] {
  return facts.namespaces.flatMap((namespace) => {
    const level = labelOf(namespace, PSA);
    const plane = planeOf(namespace, facts);
    if (plane === undefined || plane.metadata.namespace === namespace.metadata.name || (level !== 'restricted' && level !== 'baseline') || usesCni(plane, facts.isOpenShift)) return [];
    const { namespace: mesh = '', name } = plane.metadata;
    return [error(`Namespace ${namespace.metadata.name}`, `Pod Security level ${level} refuses pods with a sidecar, whose init container redirects traffic; use the node plug-in for the mesh, which needs no such container`,
      `kubectl patch servicemeshcontrolplane ${name} -n ${mesh} --type=merge -p '{"spec":{"proxy":{"networking":{"initialization":{"type":"CNI"}}}}}'`)];
  });
}

/** The node plug-in's own pods are privileged. */
export function operatorPodSecurity({ namespaces, controlPlanes, isOpenShift, operatorNamespace, daemonSets }: DoctorFacts): readonly Finding[] {
  const own = namespaces.find(({ metadata }) => metadata.name === operatorNamespace);
  const level = own === undefined ? undefined : labelOf(own, PSA);
  const isForeign = daemonSets.some(({ metadata }) => metadata.name === CNI_DAEMON_SET && metadata.namespace !== operatorNamespace);
  if (level === undefined || level === 'privileged' || isForeign || !controlPlanes.some((plane) => usesCni(plane, isOpenShift))) return [];
  return [error(`Namespace ${operatorNamespace}`, `Pod Security level ${level} refuses the node plug-in, which meshes ask for: no pod with a sidecar can start`, `kubectl label namespace ${operatorNamespace} ${PSA}=privileged --overwrite`)];
}

/** The node plug-in runs on every node, or pods there start without redirection or not at all. */
export function nodePlugin({ controlPlanes, daemonSets, isOpenShift, operatorNamespace }: DoctorFacts): readonly Finding[] {
  const asking = controlPlanes.filter((plane) => usesCni(plane, isOpenShift));
  const [first] = asking;
  if (first === undefined) return [];
  const name = `${first.metadata.namespace ?? ''}/${first.metadata.name}`;
  const plugin = daemonSets.find(({ metadata }) => metadata.name === CNI_DAEMON_SET);
  if (plugin === undefined) return [error(`DaemonSet ${operatorNamespace}/${CNI_DAEMON_SET}`, `mesh ${name} asks for the node plug-in, which is not there: the operator has not installed it`, `kubectl logs deployment/tenant-mesh-operator -n ${operatorNamespace}`)];
  const [ready, wanted] = [valueAt(plugin, 'status', 'numberReady'), valueAt(plugin, 'status', 'desiredNumberScheduled')];
  const { namespace = '' } = plugin.metadata;
  if (typeof wanted !== 'number' || wanted === 0 || ready === wanted) return [];
  return [error(`DaemonSet ${namespace}/${CNI_DAEMON_SET}`, `it is ready on ${Number(ready ?? 0)} of ${wanted} nodes; on the others pods with a sidecar do not start`, `kubectl rollout status daemonset/${CNI_DAEMON_SET} -n ${namespace}`)];
}

function hostsOf(gateway: KubeObject): readonly string[] {
  return objectsAt(gateway, 'spec', 'servers').flatMap(({ hosts }) =>
    (Array.isArray(hosts) ? hosts : []).filter((host): host is string => typeof host === 'string').map((host) => host.split('/').at(-1) ?? ''));
}

/** Hosts like `*.example.com` need a router that takes wildcards (wishes.md W27). */
export function wildcardRoutes(facts: DoctorFacts): readonly Finding[] {
  const { gateways, ingressControllers, isOpenShift } = facts;
  const isAllowed = ingressControllers.some((controller) => valueAt(controller, 'spec', 'routeAdmission', 'wildcardPolicy') === 'WildcardsAllowed');
  if (!isOpenShift || isAllowed || ingressControllers.length === 0) return [];
  return gateways.flatMap((gateway) => {
    const { namespace = '', name } = gateway.metadata;
    const home = facts.namespaces.find((found) => found.metadata.name === namespace);
    const hosts = sortedUnique(hostsOf(gateway).filter((host) => host.startsWith('*.')));
    if (hosts.length === 0 || home === undefined || !isIorEnabled(planeOf(home, facts))) return [];
    return [warning(`Gateway ${namespace}/${name}`, `no IngressController takes wildcard Routes, which ${hosts.join(', ')} would become: requests for them do not arrive`,
      "kubectl patch ingresscontroller default -n openshift-ingress-operator --type=merge -p '{\"spec\":{\"routeAdmission\":{\"wildcardPolicy\":\"WildcardsAllowed\"}}}'")];
  });
}

/** Of several control planes in a namespace only the oldest is carried out. */
export function severalControlPlanes({ controlPlanes }: DoctorFacts): readonly Finding[] {
  const byNamespace = Map.groupBy(controlPlanes.filter(({ metadata }) => metadata.deletionTimestamp === undefined), ({ metadata }) => metadata.namespace ?? '');
  return [...byNamespace].filter(([, planes]) => planes.length > 1).map(([namespace, planes]) => {
    const names = planes.map(({ metadata }) => metadata.name).toSorted();
    return error(`Namespace ${namespace}`, `there are ${names.length} control planes, ${names.join(', ')}: only the oldest counts, and members change nothing until one is left`, `kubectl get ${CONTROL_PLANE.plural} -n ${namespace} --sort-by=.metadata.creationTimestamp`);
  });
}

/** Webhooks whose Service is gone hold up every object that they select, in all namespaces they select (maistra/istio-operator#1198). */
export function deadWebhooks({ validatingWebhooks, mutatingWebhooks, webhookServices, namespaces }: DoctorFacts): readonly Finding[] {
  const isMeshes = ({ metadata: { name } }: KubeObject): boolean => /istio|maistra/.test(name);
  const isThere = (name: string): boolean => namespaces.some(({ metadata }) => metadata.name === name);
  return [...validatingWebhooks, ...mutatingWebhooks].filter(isMeshes).flatMap((configuration) => {
    const services = servicesOfWebhooks(configuration);
    const [first] = services;
    if (first === undefined || services.some((name) => webhookServices.get(name) !== false)) return [];
    const { kind, metadata: { name, uid } } = configuration;
    const type = { group: 'admissionregistration.k8s.io', version: 'v1', kind, plural: `${kind.toLowerCase()}s`, namespaced: false };
    const isLeft = !isThere(first.split('/')[0] ?? '');
    const message = `it leads to Service ${first}, which is not there${isLeft ? ', nor is its namespace' : ''}: what it guards cannot be written; it was left behind by a mesh that is gone`;
    // A Service alone may come back: its mesh may be about to be installed. A namespace that is gone takes its mesh along.
    return [error(`${kind} ${name}`, message, `kubectl delete ${kind.toLowerCase()} ${name}`, isLeft ? [{ do: 'remove', ref: { type, name, ...(uid === undefined ? {} : { uid }) } }] : undefined)];
  });
}
