import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../cluster/api-client.ts';
import { writeBare, type BareWrite } from './bare-writer.ts';
import { MESH, cpuDuring, createNamespaces, option, requestsDuring, residentMegabytes, say, settled, type ListOf, type Part, type Stage } from './stage.ts';

export const ROLL_PATH = `/apis/maistra.io/v1/namespaces/${MESH}/servicemeshmemberrolls/default`;

/** Copies of a configured member, as bare writes for other namespaces. */
async function bareWrites(client: ApiClient, from: string, targets: readonly string[]): Promise<BareWrite[]> {
  const query = `?labelSelector=${encodeURIComponent('maistra.io/member-of')}`;
  const paths = ['/apis/rbac.authorization.k8s.io/v1/namespaces/NS/rolebindings', '/apis/networking.k8s.io/v1/namespaces/NS/networkpolicies'];
  const copies = (await Promise.all(paths.map(async (path) => {
    const { items } = await client.call<ListOf>(path.replace('NS', from) + query);
    return items.map((item) => ({ path, item }));
  }))).flat();
  return targets.flatMap((target) => [
    ...copies.map(({ path, item }): BareWrite => {
      const { metadata, ...rest } = item;
      return { method: 'POST', path: path.replace('NS', target), body: { ...rest, metadata: { name: metadata.name, labels: { ...metadata.labels, 'maistra.io/member-of': undefined, 'app.kubernetes.io/managed-by': 'bare-writer-istio-yardstick' }, annotations: metadata.annotations } } };
    }),
    { method: 'PATCH', path: `/api/v1/namespaces/${target}`, body: { metadata: { labels: { 'maistra.io/part-of': 'bare-yardstick' } } } },
  ]);
}

interface Roll { readonly metadata: { readonly generation: number }; readonly status?: { readonly observedGeneration?: number; readonly configuredMembers?: readonly string[]; readonly conditions?: readonly { readonly type: string; readonly status: string }[] } }

/** Watches the roll, instead of asking again and again, until it has that many configured members and is Ready. */
export async function rollConfigured(client: ApiClient, members: number, path = ROLL_PATH): Promise<void> {
  const collection = path.slice(0, path.lastIndexOf('/'));
  for await (const line of client.lines(`${collection}?watch=true&timeoutSeconds=300`, AbortSignal.timeout(300_000))) {
    const { object } = line as { readonly object: Roll };
    const isReady = object.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true;
    if (isReady && object.status?.observedGeneration === object.metadata.generation && object.status.configuredMembers?.length === members) return;
  }
  throw new Error(`${members} members: not configured after 300 s`);
}

/** Writes the roll's list. Out: seconds until all of them are configured. */
export async function setMembers(client: ApiClient, members: readonly string[], path = ROLL_PATH): Promise<number> {
  const configured = rollConfigured(client, members.length, path);
  const started = performance.now();
  await client.call(path, { method: 'PATCH', contentType: 'application/merge-patch+json', body: { spec: { members } } });
  await configured;
  return (performance.now() - started) / 1000;
}

async function join(stage: Stage, count: number, already: readonly string[]): Promise<readonly string[]> {
  const { client, operator } = stage;
  const names = Array.from({ length: count }, (_, i) => `member-${count}-${i}`);
  const bare = Array.from({ length: count }, (_, i) => `bare-${count}-${i}`);
  await createNamespaces(client, [...names, ...bare]);
  await settled(client);
  const members = [...already, ...names];
  const { result: joined, all, writes } = await requestsDuring(stage, () => cpuDuring(stage, () => setMembers(client, members)));
  const minimal = await bareWrites(client, names[0] ?? '', bare);
  const yardstick = await cpuDuring(stage, () => writeBare(client, minimal));
  const ratio = joined.result / yardstick.result;
  say(`${String(count).padStart(5)} members: ${joined.result.toFixed(2)} s, bare writer ${yardstick.result.toFixed(2)} s, ratio ${ratio.toFixed(2)}; ${(writes / count).toFixed(2)} writes per member, ${all} requests, RSS ${(await residentMegabytes(operator.child.pid)).toFixed(0)} MB`);
  say(`        CPU: operator ${joined.operator.toFixed(2)} s, API server ${joined.server.toFixed(2)} s; API server for the bare writer ${yardstick.server.toFixed(2)} s`);
  return members;
}

/** N namespaces join one roll, beside a bare writer that sends the same minimal writes; then rest. */
export const MEMBERS: Part = {
  name: 'members',
  run: async (stage) => {
    await stage.client.call(ROLL_PATH.slice(0, ROLL_PATH.lastIndexOf('/')), { method: 'POST', body: { apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMemberRoll', metadata: { name: 'default' }, spec: { members: [] } } });
    let members: readonly string[] = [];
    for (const count of option('members', '10,100,500').split(',').map(Number)) members = await join(stage, count, members);
    const seconds = Number(option('rest', '60'));
    await sleep(2000);
    const { all, writes } = await requestsDuring(stage, () => sleep(seconds * 1000), 0);
    say(`${seconds} s at rest with ${members.length} members: ${writes} writes, ${all} requests (lease renewals apart); RSS ${(await residentMegabytes(stage.operator.child.pid)).toFixed(0)} MB`);
  },
};
