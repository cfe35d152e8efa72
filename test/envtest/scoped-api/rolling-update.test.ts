import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { chooseSeed } from '../../support/chance.ts';
import { eventually } from '../../support/eventually.ts';
import type { ScopedApiProcess } from '../../../tools/cluster/scoped-api-process.ts';
import { Balancer } from './balancer.ts';
import { Gate } from './gate.ts';
import { World } from './history-world.ts';
import { startScopedFixture, type ScopedFixture } from './scoped-fixture.ts';

/*
 * The Deployment's rolling update (maxSurge 1, maxUnavailable 0) as its clients live it: two replicas behind one address; a third becomes ready and is sent to, an old one gets
 * SIGTERM, and its address goes from the Service a moment later. Meanwhile a random history goes on.
 */

const SEED = chooseSeed('TMESH_SCOPED_SEED');
const ROUNDS = Number(process.env['TMESH_SCOPED_UPDATES'] ?? 1);
const REPLICAS = 2;
/** Nodes hear of it that late. */
const ENDPOINT_DELAY_MS = 1000;
const WRITE_EVERY_MS = 20;

let fixture: ScopedFixture;
let world: World;
const balancer = new Balancer();
let replicas: ScopedApiProcess[] = [];

const portsOf = (some: readonly ScopedApiProcess[]): readonly number[] => some.map(({ port }) => port);

before(async () => {
  fixture = await startScopedFixture();
  for (let at = 0; at < REPLICAS; at += 1) replicas.push(await fixture.proxyProcess());
  balancer.endpoints = portsOf(replicas);
  world = new World({ name: 'w', seed: SEED, fixture, gate: new Gate(), address: { url: `https://127.0.0.1:${await balancer.listen()}`, ca: fixture.ca } });
  await world.start();
});
after(async () => {
  await world.stop();
  await Promise.all(replicas.map((replica) => replica.stop()));
  await balancer.close();
  await fixture.stop();
});

async function settled(what: string): Promise<void> {
  await eventually(`${what} (seed ${SEED}): the informers hold what is there`, async () => {
    const differences = await world.differences();
    if (differences.length > 0) throw new Error(differences.join('\n'));
    return true;
  }, 90);
}

/** One replica for another, as the Deployment's controller does it. Out: the exit code of the old one. */
async function replaceOldest(): Promise<number | null> {
  const [old, ...kept] = replicas;
  assert.ok(old !== undefined);
  replicas = [...kept, await fixture.proxyProcess()];
  balancer.endpoints = portsOf([old, ...replicas]);
  await sleep(ENDPOINT_DELAY_MS);
  const ended = old.stop();
  await sleep(ENDPOINT_DELAY_MS);
  assert.ok(!await old.isReady(), 'it says that it is leaving');
  balancer.endpoints = portsOf(replicas);
  return ended;
}

test('a rolling update under load loses no watch: the stores equal the truth, no client saw more than a watch that ended, and no connection was refused', async (t) => {
  await settled('before');
  const [errorsBefore, listsBefore] = [world.errors().length, world.informers.reduce((sum, { informer }) => sum + informer.lists, 0)];
  const history = new AbortController();
  let operations = 0;
  const writing = (async () => {
    while (!history.signal.aborted) {
      await world.step(operations += 1);
      await sleep(WRITE_EVERY_MS);
    }
  })();
  const codes: (number | null)[] = [];
  for (let at = 0; at < ROUNDS * REPLICAS; at += 1) codes.push(await replaceOldest());
  await sleep(2000);
  history.abort();
  await writing;
  await settled('after');
  const lists = world.informers.reduce((sum, { informer }) => sum + informer.lists, 0) - listsBefore;
  t.diagnostic(JSON.stringify({ seed: SEED, operations, ...world.counts, replaced: codes.length, connections: balancer.connections, lists }));
  assert.deepEqual(codes, codes.map(() => 0), 'each ended by itself');
  assert.deepEqual(world.errors().slice(errorsBefore), []);
  assert.equal(balancer.refused, 0);
  assert.ok(operations > 100);
});
