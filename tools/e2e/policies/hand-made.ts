import { NODE_ADDRESS } from '../../cluster/node/addresses.ts';
import { podAddress } from '../stage.ts';
import { isOpen, type Address } from './connection.ts';
import { CASE_CONNECTIONS, CASES_NAMESPACE, GUEST_NAMESPACE, HAND_MADE_CASES, type CaseConnection, type HandMadeCase } from './hand-made-cases.ts';
import { serviceAddress, type Ground } from './ground.ts';
import { OTHER_NODE } from './other-node.ts';
import { connectionsFrom, probePod } from './probes.ts';

const POLICIES = `/apis/networking.k8s.io/v1/namespaces/${CASES_NAMESPACE}/networkpolicies`;

/* Plays the cases made by hand: the enforcer's own examination. */

/** Namespaces and pods of the cases. */
export function handMadeObjects(): readonly object[] {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: CASES_NAMESPACE } },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: GUEST_NAMESPACE, labels: { team: 'guest' } } },
    ...['server', 'friend', 'other'].flatMap((name) => probePod({ namespace: CASES_NAMESPACE, name, labels: { role: name } })),
    // Called a friend as well, but at home elsewhere.
    ...probePod({ namespace: GUEST_NAMESPACE, name: 'visitor', labels: { role: 'friend' } }),
  ];
}

async function placesOf({ client }: Ground): Promise<ReadonlyMap<string, string>> {
  const inCases = ['server', 'friend', 'other'].map(async (name) => [name, await podAddress(client, CASES_NAMESPACE, `probe=${name}`)] as const);
  return new Map([
    ...await Promise.all(inCases),
    ['visitor', await podAddress(client, GUEST_NAMESPACE, 'probe=visitor')],
    ['service', await serviceAddress(client, CASES_NAMESPACE, 'server')],
    ['other node', OTHER_NODE], ['node', NODE_ADDRESS],
  ]);
}

async function isConnectionOpen(connection: CaseConnection, places: ReadonlyMap<string, string>): Promise<boolean> {
  const [from = '', to = ''] = connection.split(' → ');
  const [name = '', port] = to.split(':');
  const target: Address = { address: places.get(name) ?? '', port: Number(port) };
  const [word = ''] = await connectionsFrom(places.get(from) ?? '', [target]);
  return isOpen(word);
}

function policiesOf({ specs }: HandMadeCase): readonly object[] {
  return specs.map((spec, index) => ({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: `case-${index}`, namespace: CASES_NAMESPACE }, spec }));
}

async function playCase(handMade: HandMadeCase, ground: Ground, places: ReadonlyMap<string, string>): Promise<void> {
  const { client, enforcer, checks } = ground;
  await client.call(POLICIES, { method: 'DELETE' });
  for (const body of policiesOf(handMade)) await client.call(POLICIES, { method: 'POST', body });
  await enforcer.sync();
  await checks.holds(`by hand: ${handMade.name} (${handMade.closed.length} of ${CASE_CONNECTIONS.length} closed)`, async () => {
    const open = await Promise.all(CASE_CONNECTIONS.map(async (connection) => isConnectionOpen(connection, places)));
    const wrong = CASE_CONNECTIONS.filter((connection, index) => open[index] === handMade.closed.includes(connection));
    return { isGood: wrong.length === 0, seen: wrong.map((connection) => `${connection} is ${handMade.closed.includes(connection) ? 'open' : 'closed'}`).join('\n') };
  }, { times: 1 });
}

/** Applies each case and connects. The pods of handMadeObjects() must be ready. */
export async function playHandMade(ground: Ground): Promise<void> {
  const places = await placesOf(ground);
  for (const handMade of HAND_MADE_CASES) await playCase(handMade, ground, places);
  await ground.client.call(POLICIES, { method: 'DELETE' });
}
