import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CASE_CONNECTIONS, CASES_NAMESPACE, GUEST_NAMESPACE, HAND_MADE_CASES, type CaseConnection } from '../../../../../tools/e2e/policies/hand-made-cases.ts';
import { isAllowed, type NetCluster, type NetPod, type Outside } from '../../../../support/network-policy-evaluator.ts';

/* What is written by hand for the node is put to the evaluator as well, so that the two cannot differ in what a policy means. */

function pod(namespace: string, name: string, ip: string, role = name): NetPod {
  return { namespace, labels: { probe: name, role }, ip, ports: [{ name: 'web', port: 8080 }] };
}

const SIDES: Readonly<Record<string, NetPod | Outside>> = {
  server: pod(CASES_NAMESPACE, 'server', '10.244.0.1'), friend: pod(CASES_NAMESPACE, 'friend', '10.244.0.2'), other: pod(CASES_NAMESPACE, 'other', '10.244.0.3'),
  visitor: pod(GUEST_NAMESPACE, 'visitor', '10.244.0.4', 'friend'), 'other node': { ip: '10.10.0.9' },
};

/** A Service leads to the port `web` of `server`. */
function isOpen(cluster: NetCluster, connection: CaseConnection): boolean {
  const [source = '', target = ''] = connection.replace('service:80', 'server:8080').split(' → ');
  const [name = '', port] = target.split(':');
  const [from, to] = [SIDES[source], SIDES[name]];
  assert.ok(from !== undefined && to !== undefined, connection);
  return isAllowed(cluster, { from, to, port: Number(port) });
}

for (const { name, specs, closed } of HAND_MADE_CASES) {
  test(`by hand as by the evaluator: ${name}`, () => {
    const policies = specs.map((spec) => ({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'p', namespace: CASES_NAMESPACE }, spec }));
    const cluster = { namespaces: { [CASES_NAMESPACE]: {}, [GUEST_NAMESPACE]: { team: 'guest' } }, policies };
    // The node itself is above all policies, which the evaluator knows nothing of.
    const asked = CASE_CONNECTIONS.filter((connection) => !connection.startsWith('node →'));
    assert.deepEqual(asked.filter((connection) => !isOpen(cluster, connection)), asked.filter((connection) => closed.includes(connection)));
  });
}
