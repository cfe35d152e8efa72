import { matchesSelector } from '../../../src/k8s/selector.ts';
import { EVERYWHERE, isWithin, subtract } from './ipv4-ranges.ts';
import { addressedPods, directionsOf, type AddressedPod, type Direction, type Labels, type NamespaceObject, type NetworkPolicyObject, type PodObject, type PolicyPeer, type PolicyPort, type PolicyRule } from './policy-objects.ts';

/*
 * NetworkPolicies as rules of iptables. Source: Kubernetes doc "Network Policies". A pod that a policy of a direction selects has a chain
 * for that direction; what one of its lines matches goes back, the rest is refused. A new connection runs through its sender's chain and
 * then through its receiver's.
 */

/** All our chains begin with this. */
export const CHAIN_PREFIX = 'TMESH-';
/** The chain that FORWARD leads to. */
export const MAIN_CHAIN = `${CHAIN_PREFIX}POLICIES`;

/** A refusal that a client can tell from a port where nobody listens. */
const REFUSE = '-j REJECT --reject-with icmp-admin-prohibited';
const LET_GO_ON = '-j RETURN';

interface Situation {
  readonly policies: readonly NetworkPolicyObject[];
  readonly pods: readonly AddressedPod[];
  readonly namespaces: ReadonlyMap<string, Labels>;
}

/** A pod as one direction sees it. */
interface Guarded {
  readonly pod: AddressedPod;
  readonly direction: Direction;
  readonly situation: Situation;
}

interface Chain {
  readonly name: string;
  readonly lines: readonly string[];
}

function matchesPodPeer({ namespaceSelector, podSelector }: PolicyPeer, home: string, pod: AddressedPod, namespaces: Situation['namespaces']): boolean {
  const isNamespace = namespaceSelector === undefined ? pod.namespace === home : matchesSelector(namespaceSelector, namespaces.get(pod.namespace));
  return isNamespace && (podSelector === undefined || matchesSelector(podSelector, pod.labels));
}

function rangesOfPeer(peer: PolicyPeer, home: string, { pods, namespaces }: Situation): readonly string[] {
  if (peer.ipBlock !== undefined) return subtract(peer.ipBlock.cidr, peer.ipBlock.except);
  return pods.filter((pod) => matchesPodPeer(peer, home, pod, namespaces)).map(({ address }) => `${address}/32`);
}

/** The other side's addresses. No peers mean everywhere; peers that match nothing mean nowhere. */
function rangesOf(peers: readonly PolicyPeer[] | undefined, home: string, situation: Situation): readonly string[] {
  if (peers === undefined || peers.length === 0) return [EVERYWHERE];
  return peers.flatMap((peer) => rangesOfPeer(peer, home, situation));
}

function portMatch(protocol: string, first?: number, last = first): string {
  const numbers = first === undefined ? '' : ` --dport ${first === last ? first : `${first}:${last}`}`;
  return `-p ${protocol.toLowerCase()}${numbers}`;
}

function numbersOf({ ports }: AddressedPod, name: string, protocol: string): readonly number[] {
  return ports.filter((port) => port.name === name && port.protocol === protocol).map(({ number }) => number);
}

/** A name means the receiver's port: our own for ingress; for egress each receiver has its own number. */
function linesOfNamedPort(name: string, protocol: string, ranges: readonly string[], { pod, direction, situation: { pods } }: Guarded): readonly string[] {
  if (direction === 'Ingress') return numbersOf(pod, name, protocol).flatMap((number) => ranges.map((range) => `-s ${range} ${portMatch(protocol, number)}`));
  const receivers = pods.filter(({ address }) => ranges.some((range) => isWithin(address, range)));
  return receivers.flatMap((receiver) => numbersOf(receiver, name, protocol).map((number) => `-d ${receiver.address}/32 ${portMatch(protocol, number)}`));
}

function linesOfPort({ protocol = 'TCP', port, endPort }: PolicyPort, ranges: readonly string[], guarded: Guarded): readonly string[] {
  if (typeof port === 'string') return linesOfNamedPort(port, protocol, ranges, guarded);
  return ranges.map((range) => `${guarded.direction === 'Ingress' ? '-s' : '-d'} ${range} ${portMatch(protocol, port, endPort)}`);
}

function linesOfRule({ from, to, ports = [] }: PolicyRule, guarded: Guarded): readonly string[] {
  const isIngress = guarded.direction === 'Ingress';
  const ranges = rangesOf(isIngress ? from : to, guarded.pod.namespace, guarded.situation);
  if (ports.length === 0) return ranges.map((range) => `${isIngress ? '-s' : '-d'} ${range}`);
  return ports.flatMap((port) => linesOfPort(port, ranges, guarded));
}

function chainOf(guarded: Guarded): Chain | undefined {
  const { pod, direction, situation } = guarded;
  const isIngress = direction === 'Ingress';
  const isolating = situation.policies.filter((policy) => policy.metadata.namespace === pod.namespace
    && directionsOf(policy).includes(direction) && matchesSelector(policy.spec.podSelector ?? {}, pod.labels));
  if (isolating.length === 0) return undefined;
  const allowed = isolating.flatMap(({ spec }) => (isIngress ? spec.ingress : spec.egress) ?? []).flatMap((rule) => linesOfRule(rule, guarded));
  // "A Pod cannot block access to itself": through its own Service it meets itself here.
  const itself = `${isIngress ? '-s' : '-d'} ${pod.address}/32`;
  return { name: `${CHAIN_PREFIX}${isIngress ? 'IN' : 'OUT'}-${pod.address}`, lines: [...[...new Set([itself, ...allowed])].map((line) => `${line} ${LET_GO_ON}`), REFUSE] };
}

function chainsOf(direction: Direction, situation: Situation): readonly (Chain & { readonly entry: string })[] {
  return situation.pods.flatMap((pod) => {
    const chain = chainOf({ pod, direction, situation });
    return chain === undefined ? [] : [{ ...chain, entry: `${direction === 'Ingress' ? '-d' : '-s'} ${pod.address}/32 -j ${chain.name}` }];
  });
}

/**
 * What iptables-restore is to be fed with for a cluster's policies: the main chain and one for each pod and direction that is guarded.
 * Packets of connections that were let in once go on. What the node itself sends never comes by here, so that probes reach every pod.
 * In: objects as the API server gives them. The text depends on nothing else; same objects, same text.
 */
export function rulesOf(policies: readonly NetworkPolicyObject[], pods: readonly PodObject[], namespaces: readonly NamespaceObject[]): string {
  const situation: Situation = {
    policies, pods: addressedPods(pods), namespaces: new Map(namespaces.map(({ metadata }) => [metadata.name, metadata.labels ?? {}])),
  };
  const guards = [...chainsOf('Egress', situation), ...chainsOf('Ingress', situation)];
  const main: Chain = { name: MAIN_CHAIN, lines: [`-m conntrack --ctstate RELATED,ESTABLISHED ${LET_GO_ON}`, ...guards.map(({ entry }) => entry)] };
  const chains = [main, ...guards];
  return ['*filter', ...chains.map(({ name }) => `:${name} - [0:0]`), ...chains.flatMap(({ name, lines }) => lines.map((line) => `-A ${name} ${line}`)), 'COMMIT', ''].join('\n');
}
