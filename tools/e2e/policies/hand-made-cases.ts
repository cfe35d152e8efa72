import type { NetworkPolicyObject } from './policy-objects.ts';

/*
 * Policies made by hand from the Kubernetes documentation, each with the connections that it closes; all others stay open. They check the
 * enforcer itself. `server` and its friends are in one namespace, `visitor` in another with the label `team: guest`.
 */

export const CASES_NAMESPACE = 'packets-cases';
export const GUEST_NAMESPACE = 'packets-guest';

/** From where the cases look, and where to; `service` leads to port 8080 of `server`. */
export const CASE_CONNECTIONS = [
  'friend → server:8080', 'friend → server:8081', 'friend → service:80', 'other → server:8080', 'visitor → server:8080', 'visitor → service:80',
  'other node → server:8080', 'node → server:8080', 'server → friend:8080', 'server → visitor:8080', 'server → other node:8080',
] as const;

export type CaseConnection = (typeof CASE_CONNECTIONS)[number];

/** What is applied, and what it closes. */
export interface HandMadeCase {
  readonly name: string;
  readonly specs: readonly NetworkPolicyObject['spec'][];
  readonly closed: readonly CaseConnection[];
}

const server = { matchLabels: { probe: 'server' } };
const friend = { matchLabels: { role: 'friend' } };
const guests = { matchLabels: { team: 'guest' } };
const OTHER_MACHINES = '10.10.0.0/24';

const startingWith = (...words: readonly string[]): readonly CaseConnection[] => CASE_CONNECTIONS.filter((connection) => words.some((word) => connection.startsWith(word)));
const FROM_SERVER = startingWith('server →');
const FROM_FRIEND = startingWith('friend →');
const FROM_GUEST = startingWith('visitor →');
const FROM_OUTSIDE = startingWith('other node →');
/** Nothing closes the way from the node itself: its kubelet has to ask how pods are. */
const TO_SERVER = [...FROM_FRIEND, ...startingWith('other →'), ...FROM_GUEST, ...FROM_OUTSIDE];

export const HAND_MADE_CASES: readonly HandMadeCase[] = [
  { name: 'no policy', specs: [], closed: [] },
  { name: 'deny all ingress of one pod', specs: [{ podSelector: server }], closed: TO_SERVER },
  { name: 'deny everything in the namespace', specs: [{ podSelector: {}, policyTypes: ['Ingress', 'Egress'] }], closed: [...TO_SERVER, ...FROM_SERVER] },
  { name: 'an empty rule allows all', specs: [{ podSelector: server, ingress: [{}] }], closed: [] },
  {
    name: 'allow by label: of this namespace only', specs: [{ podSelector: server, ingress: [{ from: [{ podSelector: friend }] }] }],
    closed: TO_SERVER.filter((connection) => !FROM_FRIEND.includes(connection)),
  },
  {
    name: 'allow by namespace', specs: [{ podSelector: server, ingress: [{ from: [{ namespaceSelector: guests }] }] }],
    closed: TO_SERVER.filter((connection) => !FROM_GUEST.includes(connection)),
  },
  {
    name: 'namespace and label in one entry: both', closed: TO_SERVER,
    specs: [{ podSelector: server, ingress: [{ from: [{ namespaceSelector: guests, podSelector: { matchLabels: { role: 'other' } } }] }] }],
  },
  {
    name: 'policies add up', closed: [...startingWith('other →'), ...FROM_OUTSIDE],
    specs: [{ podSelector: server, ingress: [{ from: [{ podSelector: friend }] }] }, { podSelector: server, ingress: [{ from: [{ namespaceSelector: guests }] }] }],
  },
  { name: 'a port by number', specs: [{ podSelector: server, ingress: [{ ports: [{ port: 8080 }] }] }], closed: ['friend → server:8081'] },
  { name: 'a port by name', specs: [{ podSelector: server, ingress: [{ ports: [{ port: 'web', protocol: 'TCP' }] }] }], closed: ['friend → server:8081'] },
  {
    name: 'a range of ports', specs: [{ podSelector: server, ingress: [{ ports: [{ port: 8081, endPort: 9000 }] }] }],
    closed: TO_SERVER.filter((connection) => connection !== 'friend → server:8081'),
  },
  { name: 'another protocol', specs: [{ podSelector: server, ingress: [{ ports: [{ port: 8080, protocol: 'UDP' }] }] }], closed: TO_SERVER },
  {
    name: 'a block of addresses', specs: [{ podSelector: server, ingress: [{ from: [{ ipBlock: { cidr: OTHER_MACHINES } }] }] }],
    closed: TO_SERVER.filter((connection) => !FROM_OUTSIDE.includes(connection)),
  },
  {
    name: 'a block of addresses with an exception', closed: FROM_OUTSIDE,
    specs: [{ podSelector: server, ingress: [{ from: [{ ipBlock: { cidr: '0.0.0.0/0', except: [OTHER_MACHINES] } }] }] }],
  },
  { name: 'deny all egress: answers still get out', specs: [{ podSelector: server, policyTypes: ['Egress'] }], closed: FROM_SERVER },
  {
    name: 'egress to a named port, also through the Service', closed: ['friend → server:8081'],
    specs: [{ podSelector: friend, policyTypes: ['Egress'], egress: [{ to: [{ podSelector: server }], ports: [{ port: 'web' }] }] }],
  },
  {
    name: 'egress to a block of addresses', closed: ['server → friend:8080', 'server → visitor:8080'],
    specs: [{ podSelector: server, policyTypes: ['Egress'], egress: [{ to: [{ ipBlock: { cidr: OTHER_MACHINES } }] }] }],
  },
  {
    name: 'egress rules without policyTypes isolate both ways', closed: [...FROM_FRIEND, 'server → friend:8080'],
    specs: [{ podSelector: friend, egress: [{ to: [{ podSelector: { matchLabels: { role: 'other' } } }] }] }],
  },
];
