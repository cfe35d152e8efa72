import { say } from '../screen.ts';
import { podsOf } from '../stage.ts';
import type { Ground } from './ground.ts';
import { mismatches, sentence, tableOf, type Grid, type Mismatch } from './grid.ts';
import { MATRIX, MATRIX_AFTER_LEAVING, SOURCES, type Row } from './matrix.ts';
import { measure } from './measure.ts';
import { memberRoll } from '../istio-objects.ts';
import { MESH_A, SHOP_A } from './meshes.ts';
import type { NetworkPolicyObject } from './policy-objects.ts';

const POLICIES = '/apis/networking.k8s.io/v1/namespaces';

async function isAsWritten({ client, enforcer, checks }: Ground, what: string, rows: readonly Row[]): Promise<void> {
  let last: Grid = [];
  await checks.holds(`${what}: ${rows.length * SOURCES.length} connections as written`, async () => {
    await enforcer.sync();
    last = await measure(client, rows);
    const wrong = mismatches(rows, last);
    return { isGood: wrong.length === 0, seen: wrong.map(sentence).join('\n') };
  }, { limitMs: 30_000 });
  for (const line of tableOf(rows, last)) say(`    ${line}`);
}

/** The API server opens a connection of its own, as it does to call a webhook. */
async function apiServerReachesWebhooks({ client, checks }: Ground): Promise<void> {
  await checks.holds('the API server itself reaches the webhook port of istiod', async () => {
    const [pod] = await podsOf(client, MESH_A, 'app=istiod');
    const seen = await client.call<string>(`/api/v1/namespaces/${MESH_A}/pods/${pod?.metadata.name}:15017/proxy/`);
    return { isGood: seen === 'ok\n', seen };
  });
}

async function policiesOf({ client }: Ground, namespace: string): Promise<readonly NetworkPolicyObject[]> {
  return (await client.call<{ readonly items: readonly NetworkPolicyObject[] }>(`${POLICIES}/${namespace}/networkpolicies`)).items;
}

/**
 * The matrix can fail: with any one policy of a mesh passed over, at least one cell is no longer as written. So none of them is there in
 * vain, and none could be missing unnoticed.
 */
async function eachPolicyCounts(ground: Ground): Promise<void> {
  const { client, enforcer, checks } = ground;
  for (const { metadata: { namespace, name } } of [...await policiesOf(ground, MESH_A), ...await policiesOf(ground, SHOP_A)]) {
    await enforcer.leaveOut((policy) => policy.metadata.namespace === namespace && policy.metadata.name === name);
    let flipped: readonly Mismatch[] = [];
    await checks.holds(`without ${name} of ${namespace} the matrix fails`, async () => {
      flipped = mismatches(MATRIX, await measure(client, MATRIX));
      return { isGood: flipped.length > 0, seen: 'every cell is as written' };
    }, { times: 1 });
    say(`            ${flipped.length} cells flip: ${flipped.slice(0, 2).map(({ source, row, isOpen }) => `${source} → ${row.title} ${isOpen ? 'opens' : 'closes'}`).join(', ')}`);
  }
  await enforcer.leaveOut(() => false);
}

async function leave(ground: Ground): Promise<void> {
  await ground.feed([memberRoll(MESH_A, [])], 'apply');
  await ground.checks.holds(`${SHOP_A} has left: no NetworkPolicy of the mesh`, async () => {
    const seen = (await policiesOf(ground, SHOP_A)).map(({ metadata }) => metadata.name).join(', ');
    return { isGood: seen === '', seen };
  }, { times: 1 });
}

/** Measures the meshes of meshObjects(), which must be ready. */
export async function playMatrix(ground: Ground): Promise<void> {
  await isAsWritten(ground, 'two meshes', MATRIX);
  await apiServerReachesWebhooks(ground);
  await eachPolicyCounts(ground);
  await leave(ground);
  await isAsWritten(ground, 'after member a has left', MATRIX_AFTER_LEAVING);
}
