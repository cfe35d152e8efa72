import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { rulesOf } from '../../../../../tools/e2e/policies/rules.ts';
import type { NetworkPolicyObject, PodObject } from '../../../../../tools/e2e/policies/policy-objects.ts';
import { isAllowed, type NetPod, type Outside } from '../../../../support/network-policy-evaluator.ts';
import { interpreterOf } from './rule-interpreter.ts';

/* The rules and the evaluator of policies were written apart from each other. Every connection of a small cluster is put to both. */

const NAMES = ['shop', 'bank'] as const;
const PORTS = [80, 81, 443, 8080];
const OUTSIDE: readonly Outside[] = [{ ip: '10.10.0.9' }, { ip: '10.0.0.77' }, { ip: '192.0.2.1' }];
const CIDRS = ['10.0.0.0/24', '10.0.0.0/30', '10.0.0.2/32', '10.0.0.4/31', '10.0.0.64/26', '10.0.0.0/8', '192.0.2.0/24', '0.0.0.0/0'];

const label = fc.constantFrom('x', 'y', 'z');
const labels = fc.record({ app: label, tier: label }, { requiredKeys: [] });
const selector = fc.oneof(
  fc.constant({}),
  labels.map((matchLabels) => ({ matchLabels })),
  fc.record({ key: fc.constantFrom('app', 'tier'), operator: fc.constantFrom('In', 'NotIn'), values: fc.array(label, { minLength: 1, maxLength: 2 }) }).map((term) => ({ matchExpressions: [term] })),
  fc.record({ key: fc.constantFrom('app', 'tier'), operator: fc.constantFrom('Exists', 'DoesNotExist') }).map((term) => ({ matchExpressions: [term] })),
);
const block = fc.record({ cidr: fc.constantFrom(...CIDRS), except: fc.array(fc.constantFrom(...CIDRS), { maxLength: 2 }) }, { requiredKeys: ['cidr'] });
const peer = fc.oneof(
  selector.map((podSelector) => ({ podSelector })), selector.map((namespaceSelector) => ({ namespaceSelector })),
  fc.record({ podSelector: selector, namespaceSelector: selector }), block.map((ipBlock) => ({ ipBlock })),
);
const protocol = fc.constantFrom('TCP', 'UDP');
const port = fc.oneof(
  fc.record({ protocol, port: fc.oneof(fc.constantFrom(...PORTS), fc.constantFrom('web', 'admin')) }, { requiredKeys: [] }),
  fc.constant({ port: 80, endPort: 443 }),
);
const peers = fc.array(peer, { maxLength: 2 });
const ports = fc.array(port, { maxLength: 2 });
const policy = fc.record({
  namespace: fc.constantFrom(...NAMES),
  spec: fc.record({
    podSelector: selector,
    policyTypes: fc.constantFrom(['Ingress'], ['Egress'], ['Ingress', 'Egress']),
    ingress: fc.array(fc.record({ from: peers, ports }, { requiredKeys: [] }), { maxLength: 2 }),
    egress: fc.array(fc.record({ to: peers, ports }, { requiredKeys: [] }), { maxLength: 2 }),
  }, { requiredKeys: [] }),
}).map(({ namespace, spec }): NetworkPolicyObject => ({ metadata: { name: 'p', namespace }, spec }));

const netPod = fc.record({
  namespace: fc.constantFrom(...NAMES), labels,
  ports: fc.array(fc.record({ name: fc.constantFrom('web', 'admin'), port: fc.constantFrom(...PORTS), protocol }), { maxLength: 2 }),
});

/** The pod as the API server has it. */
function podObject({ namespace, labels = {}, ports = [], ip = '' }: NetPod): PodObject {
  const containerPorts = ports.map(({ name, port, protocol = 'TCP' }) => ({ name, containerPort: port, protocol }));
  return { metadata: { name: ip, namespace, labels }, spec: { containers: [{ ports: containerPorts }] }, status: { phase: 'Running', podIP: ip } };
}

const addressOf = (side: NetPod | Outside): string => side.ip ?? '';

test('the rules let through exactly what the policies allow, for any policies, pods, namespaces and addresses', () => {
  const counts = { allowed: 0, refused: 0 };
  fc.assert(fc.property(fc.array(policy, { maxLength: 4 }), fc.array(netPod, { minLength: 1, maxLength: 4 }), fc.record({ shop: labels, bank: labels }), (policies, bare, namespaces) => {
    const pods: readonly NetPod[] = bare.map((pod, index) => ({ ...pod, ip: `10.0.0.${index + 1}` }));
    const text = rulesOf(policies, pods.map(podObject), NAMES.map((name) => ({ metadata: { name, labels: namespaces[name] } })));
    const cluster = { namespaces, policies: policies.map((made) => ({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', ...made })) };
    const sides = [...pods, ...OUTSIDE];
    const letsGoOn = interpreterOf(text);
    // A pod and itself is a case of its own: rules.test.ts.
    const pairs = sides.flatMap((from) => sides.filter((to) => to !== from).map((to) => ({ from, to })));
    const connections = pairs.flatMap((pair) => ['TCP', 'UDP'].flatMap((protocol) => PORTS.map((port) => ({ ...pair, protocol, port }))));
    for (const connection of connections) {
      const expected = isAllowed(cluster, connection);
      counts[expected ? 'allowed' : 'refused'] += 1;
      const { from, to, protocol, port } = connection;
      const got = letsGoOn({ source: addressOf(from), destination: addressOf(to), protocol, port });
      assert.equal(got, expected, `${addressOf(from)} → ${addressOf(to)} ${protocol} ${port}\n${text}`);
    }
  }), { numRuns: 300 });
  assert.ok(counts.allowed > 1000 && counts.refused > 1000, `both answers have to come up: ${JSON.stringify(counts)}`);
});
