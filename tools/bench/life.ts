import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { kubectlOf } from '../demo/kubectl.ts';
import { writeBare } from './bare-writer.ts';
import { bareRemovals, bareWrites, createRoll, rollCollection, setMembers } from './members.ts';
import { readCounts, totals } from './request-counts.ts';
import { cpuDuring, createNamespaces, MESH, option, printCounts, requestsDuring, residentMegabytes, say, sayCpu, settled, until, type ListOf, type Part, type Stage } from './stage.ts';

const SAMPLE = join(import.meta.dirname, '..', '..', 'test', 'samples', '01-istio-installation.yaml');
const LABELLED = (mesh: string): string => `/api/v1/namespaces?labelSelector=${encodeURIComponent(`maistra.io/member-of=${mesh}`)}`;

/** The operator starts again beside all that it has built. */
export const RESTART: Part = {
  name: 'restart',
  run: async (stage) => {
    const started = performance.now();
    await stage.operator.stop();
    const stopped = performance.now();
    await stage.restartOperator();
    const ready = performance.now();
    await sleep(5000);
    const counts = new Map([...await readCounts(stage.operator.metricsUrl)].filter(([key]) => !key.endsWith(' leases')));
    say(`restart with ${stage.members.length} members: ended after ${((stopped - started) / 1000).toFixed(2)} s, ready after ${((ready - stopped) / 1000).toFixed(2)} s, ${totals(counts).writes} writes, RSS ${(await residentMegabytes(stage.operator.child.pid)).toFixed(0)} MB`);
    if (process.argv.includes('--counts')) printCounts(new Map([...counts].filter(([key]) => !key.startsWith('GET '))));
  },
};

/** The roll is deleted with all its members in it, beside a bare deleter. */
export const REMOVAL: Part = {
  name: 'removal',
  run: async (stage) => {
    const { client, members, bare } = stage;
    const removals = await bareRemovals(client, members[0] ?? '', bare);
    const { result: left, writes } = await requestsDuring(stage, () => cpuDuring(stage, async () => {
      await client.call(`${rollCollection()}/default`, { method: 'DELETE' });
      return until('no member is left', 300, async () => (await client.call<ListOf>(LABELLED(MESH))).items.length <= 1);
    }));
    const yardstick = await cpuDuring(stage, () => writeBare(client, removals));
    stage.members = [];
    stage.bare = [];
    say(`the roll of ${members.length} removed: ${left.result.toFixed(2)} s, bare deleter ${yardstick.result.toFixed(2)} s, ratio ${(left.result / yardstick.result).toFixed(2)}; ${(writes / members.length).toFixed(2)} writes per member`);
    sayCpu(left, yardstick);
  },
};

async function installMesh(stage: Stage, mesh: string): Promise<void> {
  await kubectlOf(stage.cluster)('create', 'namespace', mesh);
  await kubectlOf(stage.cluster)('create', '-n', mesh, '-f', SAMPLE);
  await createRoll(stage.client, mesh);
}

/** Several meshes whose rolls are filled at the same time. */
export const MESHES: Part = {
  name: 'meshes',
  run: async (stage) => {
    const { client, operator } = stage;
    const [count = 5, each = 200] = option('meshes', '5x200').split('x').map(Number);
    const meshes = Array.from({ length: count }, (_, i) => `mesh-${i}`);
    for (const mesh of meshes) await installMesh(stage, mesh);
    const membersOf = (mesh: string): string[] => Array.from({ length: each }, (_, i) => `${mesh}-member-${i}`);
    const bare = Array.from({ length: count * each }, (_, i) => `bare-meshes-${i}`);
    await createNamespaces(client, [...meshes.flatMap(membersOf), ...bare]);
    await settled(client);
    const { result: joined, writes } = await requestsDuring(stage, () => cpuDuring(stage, async () => {
      const started = performance.now();
      await Promise.all(meshes.map((mesh) => setMembers(client, membersOf(mesh), mesh)));
      return (performance.now() - started) / 1000;
    }));
    const minimal = await bareWrites(client, membersOf('mesh-0')[0] ?? '', bare);
    const yardstick = await cpuDuring(stage, () => writeBare(client, minimal));
    const [seconds, bareSeconds] = [joined.result, yardstick.result];
    say(`${count} meshes × ${each} members: ${seconds.toFixed(2)} s, bare writer ${bareSeconds.toFixed(2)} s, ratio ${(seconds / bareSeconds).toFixed(2)}; ${(writes / (count * each)).toFixed(2)} writes per member, RSS ${(await residentMegabytes(operator.child.pid)).toFixed(0)} MB`);
    sayCpu(joined, yardstick);
  },
};
