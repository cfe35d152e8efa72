import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../cluster/api-client.ts';
import { writeBare, type BareWrite } from './bare-writer.ts';
import { joiningPlot } from './plot.ts';
import { watchFor } from './sightings.ts';
import { MESH, cpuDuring, createNamespaces, option, printCounts, requestsDuring, residentMegabytes, say, sayCpu, settled, type Item, type ListOf, type Part, type Stage } from './stage.ts';

const COPIES = ['/apis/rbac.authorization.k8s.io/v1/namespaces/NS/rolebindings', '/apis/networking.k8s.io/v1/namespaces/NS/networkpolicies'];
const MEMBER_OF = 'maistra.io/member-of';

export function rollCollection(mesh = MESH): string {
  return `/apis/maistra.io/v1/namespaces/${mesh}/servicemeshmemberrolls`;
}

/** What the operator keeps in a member, with the collections it is in. */
async function copiesIn(client: ApiClient, namespace: string): Promise<{ readonly path: string; readonly item: Item }[]> {
  return (await Promise.all(COPIES.map(async (path) => {
    const { items } = await client.call<ListOf>(`${path.replace('NS', namespace)}?labelSelector=${encodeURIComponent(MEMBER_OF)}`);
    return items.map((item) => ({ path, item }));
  }))).flat();
}

/** Copies of a configured member, as bare writes for other namespaces. */
export async function bareWrites(client: ApiClient, from: string, targets: readonly string[]): Promise<BareWrite[]> {
  const copies = await copiesIn(client, from);
  return targets.flatMap((target) => [
    ...copies.map(({ path, item }): BareWrite => {
      const { metadata, ...rest } = item;
      return { method: 'POST', path: path.replace('NS', target), body: { ...rest, metadata: { name: metadata.name, labels: { ...metadata.labels, [MEMBER_OF]: undefined, 'app.kubernetes.io/managed-by': 'bare-writer-istio-yardstick' }, annotations: metadata.annotations } } };
    }),
    { method: 'PATCH', path: `/api/v1/namespaces/${target}`, body: { metadata: { labels: { 'maistra.io/part-of': 'bare-yardstick' } } } },
  ]);
}

/** The same undone. */
export async function bareRemovals(client: ApiClient, from: string, targets: readonly string[]): Promise<BareWrite[]> {
  const copies = await copiesIn(client, from);
  return targets.flatMap((target) => [
    { method: 'PATCH', path: `/api/v1/namespaces/${target}`, body: { metadata: { labels: { 'maistra.io/part-of': null } } } },
    ...copies.map(({ path, item }): BareWrite => ({ method: 'DELETE', path: `${path.replace('NS', target)}/${item.metadata.name}` })),
  ]);
}

interface RollStatus { readonly observedGeneration?: number; readonly configuredMembers?: readonly string[]; readonly conditions?: readonly { readonly type: string; readonly status: string }[] }

/** True for a roll that is Ready with that many configured members. */
export function isConfigured(roll: Item, members: number): boolean {
  const { metadata, status } = roll as Item & { readonly metadata: { readonly generation: number }; readonly status?: RollStatus };
  const isReady = status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true;
  return isReady && status.observedGeneration === metadata.generation && status.configuredMembers?.length === members;
}

/** Writes the roll's list. Out: seconds until all of them are configured. */
export async function setMembers(client: ApiClient, members: readonly string[], mesh = MESH): Promise<number> {
  const configured = await watchFor(client, rollCollection(mesh), ({ object }) => isConfigured(object, members.length));
  const started = performance.now();
  await client.call(`${rollCollection(mesh)}/default`, { method: 'PATCH', contentType: 'application/merge-patch+json', body: { spec: { members } } });
  return (await configured() - started) / 1000;
}

export async function createRoll(client: ApiClient, mesh = MESH): Promise<void> {
  await client.call(rollCollection(mesh), { method: 'POST', body: { apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMemberRoll', metadata: { name: 'default' }, spec: { members: [] } } });
}

async function join(stage: Stage, count: number): Promise<void> {
  const { client, operator } = stage;
  const names = Array.from({ length: count }, (_, i) => `member-${count}-${i}`);
  const bare = Array.from({ length: count }, (_, i) => `bare-${count}-${i}`);
  await createNamespaces(client, [...names, ...bare]);
  await settled(client);
  const members = [...stage.members, ...names];
  const { result: joined, counts, all, writes } = await requestsDuring(stage, () => cpuDuring(stage, () => setMembers(client, members)));
  const resident = await residentMegabytes(operator.child.pid);
  const minimal = await bareWrites(client, names[0] ?? '', bare);
  const yardstick = await cpuDuring(stage, () => writeBare(client, minimal));
  stage.members = members;
  stage.bare = [...stage.bare, ...bare];
  stage.joined.push({ members: count, seconds: joined.result, bareSeconds: yardstick.result });
  say(`${String(count).padStart(5)} members: ${joined.result.toFixed(2)} s, bare writer ${yardstick.result.toFixed(2)} s, ratio ${(joined.result / yardstick.result).toFixed(2)}; ${(writes / count).toFixed(2)} writes per member, ${all} requests, RSS ${resident.toFixed(0)} MB, and ${(await residentMegabytes(operator.child.pid)).toFixed(0)} MB with what the bare writer wrote`);
  sayCpu(joined, yardstick);
  if (process.argv.includes('--counts')) printCounts(counts);
}

async function plot({ joined }: Stage): Promise<void> {
  const file = option('plot', '');
  if (file !== '') await writeFile(file, joiningPlot(joined));
}

/** N namespaces join one roll, beside a bare writer that sends the same minimal writes; then rest, and a change that concerns no mesh. */
export const MEMBERS: Part = {
  name: 'members',
  run: async (stage) => {
    await createRoll(stage.client);
    for (const count of option('members', '10,100,500').split(',').map(Number)) await join(stage, count);
    await plot(stage);
    const seconds = Number(option('rest', '60'));
    await sleep(2000);
    const rest = await requestsDuring(stage, () => sleep(seconds * 1000), 0);
    say(`${seconds} s at rest with ${stage.members.length} members: ${rest.writes} writes, ${rest.all} requests (lease renewals apart); RSS ${(await residentMegabytes(stage.operator.child.pid)).toFixed(0)} MB`);
    const stranger = await requestsDuring(stage, () => createNamespaces(stage.client, ['stranger'], { team: 'other' }));
    say(`a namespace that concerns no mesh: ${stranger.writes} writes`);
  },
};
