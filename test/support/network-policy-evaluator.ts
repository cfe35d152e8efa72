import { isJsonObject, valueAt } from '../../src/lib/json.ts';
import { matchesSelector, type LabelSelector } from '../../src/k8s/selector.ts';
import type { KubeObject } from '../../src/k8s/object.ts';

/*
 * Says whether a packet passes the NetworkPolicies of a cluster, by the rules of the Kubernetes documentation
 * ("Network Policies"): a pod is isolated in a direction as soon as one policy of that direction selects it; then what any
 * of these policies allows passes. A connection must pass the sender's egress and the receiver's ingress.
 */

type Labels = Readonly<Record<string, string>>;

/** A pod as policies see it. */
export interface NetPod {
  readonly namespace: string;
  readonly labels?: Labels;
  /** Its named ports. */
  readonly ports?: readonly { readonly name: string; readonly port: number; readonly protocol?: string }[];
  /** IPv4 address, needed only where an ipBlock is in play. */
  readonly ip?: string;
}

/** Something outside the cluster. */
export interface Outside {
  readonly ip: string;
}

export interface NetCluster {
  /** Labels of each namespace. */
  readonly namespaces: Readonly<Record<string, Labels>>;
  readonly policies: readonly KubeObject[];
}

/** One attempt to connect; the protocol is TCP unless said otherwise. */
export interface Connection {
  readonly from: NetPod | Outside;
  readonly to: NetPod | Outside;
  readonly port: number;
  readonly protocol?: string;
}

type Direction = 'Ingress' | 'Egress';

/** One side of a connection as a policy of namespace `home` looks at it. */
interface Question {
  readonly cluster: NetCluster;
  readonly home: string;
  readonly peer: NetPod | Outside;
  /** Whose named ports count: the receiver's. */
  readonly receiver: NetPod | Outside;
  readonly port: number;
  readonly protocol: string;
}

const isPod = (side: NetPod | Outside): side is NetPod => 'namespace' in side;
const listAt = (value: unknown, key: string): readonly unknown[] => { const list = valueAt(value, key); return Array.isArray(list) ? list : []; };

function isSelecting(value: unknown): value is LabelSelector {
  return isJsonObject(value);
}

function selects(selector: unknown, labels: Labels | undefined): boolean {
  return isSelecting(selector) && matchesSelector(selector, labels);
}

/** `policyTypes`, or its default: Ingress always, Egress if there are egress rules. */
function directionsOf(policy: KubeObject): readonly unknown[] {
  const given = listAt(policy['spec'], 'policyTypes');
  if (given.length > 0) return given;
  return valueAt(policy, 'spec', 'egress') === undefined ? ['Ingress'] : ['Ingress', 'Egress'];
}

function toNumber(ip: string): number {
  return ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** Is an IPv4 address in a CIDR range? */
export function isInRange(ip: string, cidr: string): boolean {
  const [base = '', bits = '32'] = cidr.split('/');
  const size = 2 ** (32 - Number(bits));
  return Math.floor(toNumber(ip) / size) === Math.floor(toNumber(base) / size);
}

function isInBlock(ip: string | undefined, block: unknown): boolean {
  const cidr = valueAt(block, 'cidr');
  if (ip === undefined || typeof cidr !== 'string' || !isInRange(ip, cidr)) return false;
  return !listAt(block, 'except').some((except) => typeof except === 'string' && isInRange(ip, except));
}

function matchesPeer(peer: unknown, question: Question): boolean {
  const block = valueAt(peer, 'ipBlock');
  if (block !== undefined) return isInBlock(question.peer.ip, block);
  if (!isPod(question.peer)) return false;
  const { namespace, labels } = question.peer;
  const namespaceSelector = valueAt(peer, 'namespaceSelector');
  const podSelector = valueAt(peer, 'podSelector');
  const isNamespace = namespaceSelector === undefined ? namespace === question.home : selects(namespaceSelector, question.cluster.namespaces[namespace]);
  return isNamespace && (podSelector === undefined || selects(podSelector, labels));
}

function matchesPort(port: unknown, question: Question): boolean {
  const protocol = valueAt(port, 'protocol') ?? 'TCP';
  if (protocol !== question.protocol) return false;
  const wanted = valueAt(port, 'port');
  const end = valueAt(port, 'endPort');
  if (wanted === undefined) return true;
  if (typeof wanted === 'number') return question.port >= wanted && question.port <= (typeof end === 'number' ? end : wanted);
  const named = isPod(question.receiver) ? question.receiver.ports ?? [] : [];
  return named.some((candidate) => candidate.name === wanted && candidate.port === question.port && (candidate.protocol ?? 'TCP') === protocol);
}

/** Empty or absent lists in a rule mean everything. */
function ruleAllows(rule: unknown, peersKey: 'from' | 'to', question: Question): boolean {
  const peers = listAt(rule, peersKey);
  const ports = listAt(rule, 'ports');
  return (peers.length === 0 || peers.some((peer) => matchesPeer(peer, question))) && (ports.length === 0 || ports.some((port) => matchesPort(port, question)));
}

function passes(side: NetPod | Outside, direction: Direction, question: Omit<Question, 'home'>): boolean {
  if (!isPod(side)) return true;
  const [rules, peers] = direction === 'Ingress' ? ['ingress', 'from'] as const : ['egress', 'to'] as const;
  const isolating = question.cluster.policies.filter((policy) => policy.metadata.namespace === side.namespace
    && directionsOf(policy).includes(direction) && selects(valueAt(policy, 'spec', 'podSelector') ?? {}, side.labels ?? {}));
  if (isolating.length === 0) return true;
  return isolating.some((policy) => listAt(policy['spec'], rules).some((rule) => ruleAllows(rule, peers, { ...question, home: side.namespace })));
}

/** Does the connection pass? In: the cluster's namespaces and policies, and who connects to whom on which port. */
export function isAllowed(cluster: NetCluster, connection: Connection): boolean {
  const { from, to, port, protocol = 'TCP' } = connection;
  return passes(from, 'Egress', { cluster, peer: to, receiver: to, port, protocol })
    && passes(to, 'Ingress', { cluster, peer: from, receiver: to, port, protocol });
}
