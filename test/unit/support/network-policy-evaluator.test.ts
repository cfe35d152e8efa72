import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { isAllowed, isInRange, type NetCluster, type NetPod } from '../../support/network-policy-evaluator.ts';

/* Cases made by hand from the examples of the Kubernetes documentation, "Network Policies". */

const web: NetPod = { namespace: 'shop', labels: { app: 'web' }, ports: [{ name: 'http', port: 8080 }, { name: 'dns', port: 53, protocol: 'UDP' }], ip: '10.0.0.1' };
const db: NetPod = { namespace: 'shop', labels: { app: 'db' }, ip: '10.0.0.2' };
const stranger: NetPod = { namespace: 'other', labels: { app: 'web' }, ip: '10.0.1.1' };
const namespaces = { shop: { team: 'a' }, other: { team: 'b' } };

function policy(spec: object, namespace = 'shop'): KubeObject {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'p', namespace }, spec };
}

const withPolicies = (...policies: readonly KubeObject[]): NetCluster => ({ namespaces, policies });
const all = { podSelector: {} };

test('a policy evaluation lets everything pass while no policy selects the pod', () => {
  assert.equal(isAllowed(withPolicies(), { from: stranger, to: web, port: 80 }), true);
  assert.equal(isAllowed(withPolicies(policy({ podSelector: { matchLabels: { app: 'db' } } })), { from: stranger, to: web, port: 80 }), true);
  assert.equal(isAllowed(withPolicies(policy(all, 'other')), { from: stranger, to: web, port: 80 }), true);
});

test('a policy evaluation denies all ingress to a selected pod without rules, and none of its egress', () => {
  const denied = withPolicies(policy({ ...all, policyTypes: ['Ingress'] }));
  assert.equal(isAllowed(denied, { from: db, to: web, port: 80 }), false);
  assert.equal(isAllowed(denied, { from: web, to: stranger, port: 80 }), true);
});

test('a policy evaluation takes an absent podSelector for all pods of the namespace', () => {
  assert.equal(isAllowed(withPolicies(policy({})), { from: db, to: web, port: 80 }), false);
});

test('a policy evaluation takes an empty rule for everything', () => {
  assert.equal(isAllowed(withPolicies(policy({ ...all, ingress: [{}] })), { from: stranger, to: web, port: 80 }), true);
});

test('a policy evaluation adds policies up: what one of them allows passes', () => {
  const two = withPolicies(policy(all), policy({ ...all, ingress: [{ from: [{ podSelector: { matchLabels: { app: 'db' } } }] }] }));
  assert.equal(isAllowed(two, { from: db, to: web, port: 80 }), true);
  assert.equal(isAllowed(two, { from: web, to: web, port: 80 }), false);
});

test('a policy evaluation looks for a lone podSelector in the namespace of the policy', () => {
  const same = withPolicies(policy({ ...all, ingress: [{ from: [{ podSelector: { matchLabels: { app: 'web' } } }] }] }));
  assert.equal(isAllowed(same, { from: web, to: db, port: 80 }), true);
  assert.equal(isAllowed(same, { from: stranger, to: db, port: 80 }), false);
});

test('a policy evaluation reads both selectors in one entry as "and", in two entries as "or"', () => {
  const both = { namespaceSelector: { matchLabels: { team: 'b' } }, podSelector: { matchLabels: { app: 'db' } } };
  const either = [{ namespaceSelector: both.namespaceSelector }, { podSelector: both.podSelector }];
  assert.equal(isAllowed(withPolicies(policy({ ...all, ingress: [{ from: [both] }] })), { from: stranger, to: web, port: 80 }), false);
  assert.equal(isAllowed(withPolicies(policy({ ...all, ingress: [{ from: either }] })), { from: stranger, to: web, port: 80 }), true);
  assert.equal(isAllowed(withPolicies(policy({ ...all, ingress: [{ from: either }] })), { from: db, to: web, port: 80 }), true);
});

test('a policy evaluation takes an empty namespaceSelector for every namespace, and an unlabelled one for no match', () => {
  const every = withPolicies(policy({ ...all, ingress: [{ from: [{ namespaceSelector: {} }] }] }));
  assert.equal(isAllowed(every, { from: stranger, to: web, port: 80 }), true);
  const labelled = withPolicies(policy({ ...all, ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: 'b' } } }] }] }));
  assert.equal(isAllowed(labelled, { from: { namespace: 'unknown' }, to: web, port: 80 }), false);
});

test('a policy evaluation compares ports by number, range, name and protocol; without a number the protocol decides', () => {
  const on = (...ports: readonly object[]): NetCluster => withPolicies(policy({ ...all, ingress: [{ ports }] }));
  assert.equal(isAllowed(on({ port: 80 }), { from: db, to: web, port: 80 }), true);
  assert.equal(isAllowed(on({ port: 80 }), { from: db, to: web, port: 81 }), false);
  assert.equal(isAllowed(on({ port: 80, endPort: 90 }), { from: db, to: web, port: 90 }), true);
  assert.equal(isAllowed(on({ port: 'http' }), { from: db, to: web, port: 8080 }), true);
  assert.equal(isAllowed(on({ port: 'http' }), { from: db, to: web, port: 80 }), false);
  assert.equal(isAllowed(on({ port: 'http' }), { from: web, to: db, port: 8080 }), false, 'the receiver has no port of that name');
  assert.equal(isAllowed(on({ port: 'dns', protocol: 'UDP' }), { from: db, to: web, port: 53, protocol: 'UDP' }), true);
  assert.equal(isAllowed(on({ port: 'dns' }), { from: db, to: web, port: 53 }), false, 'the port of that name is UDP');
  assert.equal(isAllowed(on({ protocol: 'UDP' }), { from: db, to: web, port: 53 }), false);
});

test('a policy evaluation handles ipBlock with exceptions, also for senders outside the cluster', () => {
  const blocked = withPolicies(policy({ ...all, ingress: [{ from: [{ ipBlock: { cidr: '192.0.2.0/24', except: ['192.0.2.128/25'] } }] }] }));
  assert.equal(isAllowed(blocked, { from: { ip: '192.0.2.1' }, to: web, port: 80 }), true);
  assert.equal(isAllowed(blocked, { from: { ip: '192.0.2.200' }, to: web, port: 80 }), false);
  assert.equal(isAllowed(blocked, { from: stranger, to: web, port: 80 }), false);
  assert.equal(isInRange('255.255.255.255', '0.0.0.0/0'), true);
});

test('a policy evaluation isolates egress when a policy has egress rules or says so, and then asks both ends', () => {
  const egress = withPolicies(policy({ podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Egress'], egress: [{ to: [{ podSelector: { matchLabels: { app: 'db' } } }] }] }));
  assert.equal(isAllowed(egress, { from: web, to: db, port: 5432 }), true);
  assert.equal(isAllowed(egress, { from: web, to: stranger, port: 80 }), false);
  assert.equal(isAllowed(egress, { from: web, to: { ip: '192.0.2.1' }, port: 443 }), false);
  assert.equal(isAllowed(egress, { from: stranger, to: web, port: 80 }), true, 'its ingress is not isolated');
  const byDefault = withPolicies(policy({ ...all, egress: [{}] }));
  assert.equal(isAllowed(byDefault, { from: web, to: stranger, port: 80 }), true);
  assert.equal(isAllowed(byDefault, { from: stranger, to: web, port: 80 }), false, 'Ingress is always in the default');
});
