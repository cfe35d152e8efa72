import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { chooseSeed, seededRandom } from '../../support/chance.ts';
import { Gate } from './gate.ts';
import { World } from './history-world.ts';
import { startScopedFixture, type ScopedFixture } from './scoped-fixture.ts';

/*
 * Random histories: objects come, change and go, namespaces join, leave and change meshes, connections break, clients change between two proxies,
 * proxies and the API server are restarted, etcd is compacted. Again and again, after batches of random size, all of a world is left to settle, and the stores of the
 * informers behind its proxies must equal the truth. Most of the time of one world is waiting, for client-go does so up to half a minute after restarts; so several
 * run side by side. `TMESH_SCOPED_OPERATIONS=10000` for a long run, `TMESH_SCOPED_WORLDS` for how many, `TMESH_SCOPED_SEED` to play the same again.
 */

const OPERATIONS = Number(process.env['TMESH_SCOPED_OPERATIONS'] ?? 400);
const WORLDS = Number(process.env['TMESH_SCOPED_WORLDS'] ?? (OPERATIONS < 2000 ? 1 : 6));
const SEED = chooseSeed('TMESH_SCOPED_SEED');
/** Mean size of the batches between two looks. */
const BATCH = 50;
/** After several restarts in a row client-go waits up to a minute before it asks again (Reflector, 30 s with jitter). */
const SETTLE_LIMIT_S = 120;

let fixture: ScopedFixture;
let worlds: readonly World[];

before(async () => {
  fixture = await startScopedFixture();
  const random = seededRandom(SEED);
  const gate = new Gate();
  worlds = Array.from({ length: WORLDS }, (_, at) => new World({ name: `w${at}`, seed: 1 + Math.floor(random() * 2 ** 31), fixture, gate }));
  for (const world of worlds) await world.start();
});
after(async () => {
  await Promise.all(worlds.map((world) => world.stop()));
  await fixture.stop();
});

/** Looks at first often, then rarely: a look costs as much as many operations. */
const FIRST_LOOK_MS = 20;
const LATER = 1.5;
const LONGEST_LOOK_MS = 1500;
/** By then all have caught up that do not wait after errors. */
const SOON_MS = 4000;

/** Until nothing differs. Out: milliseconds. @throws with what differs after the limit */
async function settled(world: World, what: string): Promise<number> {
  const since = performance.now();
  const past = (): number => performance.now() - since;
  let isPatient = false;
  for (let wait = FIRST_LOOK_MS; ; wait = Math.min(wait * LATER, LONGEST_LOOK_MS)) {
    const differences = await world.differences();
    if (differences.length === 0) return past();
    if (past() > SETTLE_LIMIT_S * 1000) throw new Error(`${what} (seed ${SEED}): the informers behind the proxies do not hold what is there after ${SETTLE_LIMIT_S} s\n${differences.join('\n')}`);
    if (past() > SOON_MS && !isPatient && differences.every((line) => line.includes('client-go:'))) {
      isPatient = true;
      await world.mayStartAnew();
    }
    await sleep(wait);
  }
}

const waits: number[] = [];

async function play(world: World, operations: number): Promise<void> {
  waits.push(await settled(world, 'start'));
  for (let done = 0; done < operations;) {
    const until = Math.min(operations, done + 1 + Math.floor(world.random() * 2 * BATCH));
    while (done < until) await world.step(done += 1);
    waits.push(await settled(world, `operation ${done}`));
  }
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

test(`${OPERATIONS} operations: the stores behind the proxies equal the truth`, async (t) => {
  const since = performance.now();
  await Promise.all(worlds.map((world, at) => play(world, Math.floor((OPERATIONS + at) / WORLDS))));
  const informers = worlds.flatMap((world) => world.informers.map(({ informer }) => informer));
  const names = [...new Set(worlds.flatMap(({ counts }) => Object.keys(counts)))].toSorted();
  const counts = Object.fromEntries(names.map((name) => [name, sum(worlds.map((world) => world.counts[name] ?? 0))]));
  const took = Object.fromEntries(names.map((name) => [name, Math.round(sum(worlds.map((world) => world.seconds[name] ?? 0)))]).filter(([, some]) => some !== 0));
  const [lists, resumes] = [sum(informers.map((informer) => informer.lists)), sum(informers.map((informer) => informer.resumes))];
  const seconds = (ms: number): number => Math.round(ms / 1000);
  t.diagnostic(JSON.stringify({
    seed: SEED, worlds: WORLDS, operations: OPERATIONS, ...counts, took, lists, resumes, looks: waits.length, slowestS: seconds(Math.max(...waits)), waitedS: seconds(sum(waits)), tookS: seconds(performance.now() - since),
  }));
  assert.ok(resumes > 0);
});

test('nothing of a namespace that was never in the mesh was ever shown', () => {
  for (const world of worlds) assert.deepEqual(world.leaks(), []);
});

test('a namespace that joins is in running watches within two seconds, without a new list, and out of them when it leaves', async (t) => {
  const [world] = worlds;
  assert.ok(world !== undefined);
  const [place = ''] = world.places;
  const [mesh = ''] = world.meshes;
  await world.move(place, undefined);
  await settled(world, 'before');
  await fixture.apply({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'late', namespace: place }, spec: { ports: [{ port: 80 }] } });
  const services = world.informers.find((one) => one.mesh === mesh && one.kind === 'services')?.informer;
  const lists = services?.lists;
  const since = performance.now();
  await world.move(place, mesh);
  const joined = await settled(world, 'joined');
  await world.move(place, undefined);
  const left = await settled(world, 'left');
  t.diagnostic(`joined ${Math.round(joined)} ms, left ${Math.round(left)} ms, in all ${Math.round(performance.now() - since)} ms`);
  assert.ok(joined < 2000 && left < 2000, `${joined} ms, ${left} ms`);
  assert.equal(services?.lists, lists);
});
