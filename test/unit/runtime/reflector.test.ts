import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Source } from '../../../src/runtime/controller.ts';
import { DEFAULT_TUNING, Reflector } from '../../../src/runtime/reflector.ts';
import { ApiError } from '../../../src/runtime/rest.ts';
import { FakeTime, settle } from '../../support/fake-time.ts';
import { bookmark, event, listPage, refusal, RestTape, watchTape, type TapeAnswer } from '../../support/rest-tape.ts';

const PATH = '/apis/example.com/v1/things';
const THINGS: Source = { id: 'things', type: { group: 'example.com', version: 'v1', kind: 'Thing', plural: 'things', namespaced: true } };
const thing = (name: string, resourceVersion: string): object => ({ metadata: { name, namespace: 'n', uid: `uid-${name}`, resourceVersion } });
const added = (name: string, resourceVersion: string): object => event('ADDED', thing(name, resourceVersion));
const SILENCE = watchTape([], 'silence');
const RESET = new ApiError(0, '', 'ECONNRESET');

interface Run {
  readonly tape: RestTape;
  readonly time: FakeTime;
  readonly reflector: Reflector;
  /** One word per thing the observer saw. */
  readonly seen: string[];
  readonly stop: AbortController;
  readonly names: () => readonly string[];
}

/** Starts a reflector on a tape, without jitter, and lets it go as far as it gets without time passing. */
async function play(t: TestContext, ...answers: readonly TapeAnswer[]): Promise<Run> {
  const tape = new RestTape({ [PATH]: answers });
  const time = new FakeTime(() => 0);
  const seen: string[] = [];
  const observer = {
    onEnd: (_: Source, cause: string) => seen.push(cause),
    onListed: (_: Source, { objects, missed }: { objects: number; missed: number }) => seen.push(`listed ${objects}, missed ${missed}`),
    onServed: (_: Source, isServed: boolean) => seen.push(isServed ? 'served' : 'not served'),
  };
  const reflector = new Reflector(THINGS, { rest: tape, time, tuning: DEFAULT_TUNING, observer });
  const stop = new AbortController();
  const running = reflector.run(stop.signal);
  t.after(async () => {
    stop.abort();
    await running;
  });
  await settle();
  return { tape, time, reflector, seen, stop, names: () => reflector.store.list().map(({ metadata }) => metadata.name).toSorted() };
}

const watchedFrom = (tape: RestTape): unknown[] => tape.sent(PATH, true).map(({ query }) => query?.['resourceVersion']);
const listedFrom = (tape: RestTape): unknown[] => tape.sent(PATH, false).map(({ query }) => query?.['resourceVersion']);

test('it lists from 0, then watches from there with bookmarks for 300 s or longer', async (t) => {
  const { tape, reflector, names } = await play(t, listPage('10', [thing('a', '5')]), watchTape([added('b', '11')], 'silence'));
  assert.deepEqual(names(), ['a', 'b']);
  assert.equal(reflector.hasSynced, true);
  assert.deepEqual(listedFrom(tape), ['0']);
  const { watch, allowWatchBookmarks, timeoutSeconds, resourceVersion } = tape.sent(PATH, true)[0]?.query ?? {};
  assert.deepEqual([watch, allowWatchBookmarks, timeoutSeconds, resourceVersion], [true, true, 300, '10']);
});

test('events and bookmarks move the position; a watch that ends is taken up there, at once', async (t) => {
  const { tape, seen } = await play(t, listPage('10', []), watchTape([added('a', '11')]), watchTape([bookmark('20')]), SILENCE);
  assert.deepEqual(watchedFrom(tape), ['10', '11', '20']);
  assert.deepEqual(seen, ['listed 0, missed 0', 'end', 'end']);
});

test('a reset, a 500 or a line cut off cost no list: the watch goes on where it was', async (t) => {
  const cut = { chunks: [`${JSON.stringify(added('a', '11'))}\n{"type":"ADD`], last: 'end' } as const;
  const { tape, time, seen, names } = await play(t, listPage('10', []), cut, watchTape([added('b', '12')], RESET), refusal(500), SILENCE);
  await time.advance(5000);
  assert.deepEqual(watchedFrom(tape), ['10', '11', '12', '12']);
  assert.deepEqual(seen.slice(1), ['cut', 'broken', 'server-error']);
  assert.deepEqual(names(), ['a', 'b']);
});

for (const [how, expired] of [
  ['as an HTTP status', refusal(410, 'Expired')],
  ['as an ERROR event', watchTape([event('ERROR', { kind: 'Status', code: 410, reason: 'Expired' })])],
] as const) {
  test(`410 ${how} leads to a list not older than the position, which tells what was missed`, async (t) => {
    const { tape, time, seen, names } = await play(t, listPage('10', [thing('a', '5'), thing('b', '6')]), expired, listPage('30', [thing('a', '5'), thing('c', '29')]), SILENCE);
    await time.advance(1000);
    assert.deepEqual(listedFrom(tape), ['0', '10']);
    assert.deepEqual(watchedFrom(tape), ['10', '30']);
    assert.deepEqual(names(), ['a', 'c']);
    assert.deepEqual(seen, ['listed 2, missed 0', 'expired', 'listed 2, missed 2']);
  });
}

test('410 on a continue starts the list over, from the newest', async (t) => {
  const { tape, time, reflector, names } = await play(t, listPage('10', [thing('gone', '1')], 'more'), refusal(410), listPage('20', [thing('a', '15')]), SILENCE);
  assert.equal(reflector.hasSynced, false);
  assert.deepEqual(names(), [], 'half a list is never seen');
  await time.advance(1000);
  assert.deepEqual(listedFrom(tape), ['0', undefined, undefined]);
  assert.equal(tape.sent(PATH, false)[2]?.query?.['continue'], undefined);
  assert.deepEqual(names(), ['a']);
});

test('a server that has not come as far as we were (504, it lost data) is asked for its newest', async (t) => {
  const { tape, time } = await play(t, listPage('10', []), refusal(410), refusal(504, 'Timeout'), listPage('3', []), SILENCE);
  await time.advance(5000);
  assert.deepEqual(listedFrom(tape), ['0', '10', undefined]);
  assert.deepEqual(watchedFrom(tape), ['10', '3']);
});

test('429 waits as long as the server asks', async (t) => {
  const { tape, time } = await play(t, refusal(429, 'TooManyRequests', 7000), listPage('10', []), SILENCE);
  await time.advance(6999);
  assert.equal(tape.requests.length, 1);
  await time.advance(1);
  assert.equal(tape.requests.length, 3);
});

test('an unreachable server is tried for ever, ever slower, up to 30 s', async (t) => {
  const { tape, time, seen } = await play(t, ...Array.from({ length: 12 }, () => refusal(0)), listPage('10', []), SILENCE);
  await time.advance(800 + 1600 + 3200 + 6400 + 12_800 + 25_600 + 6 * 30_000);
  assert.equal(seen.filter((cause) => cause === 'unreachable').length, 12);
  assert.equal(tape.left(PATH), 0);
});

test('a watch without a byte for 100 s is dead and is taken up again', async (t) => {
  const { tape, time, seen } = await play(t, listPage('10', []), watchTape([bookmark('15')], 'silence'), SILENCE);
  await time.advance(99_999);
  assert.equal(tape.requests.length, 2);
  await time.advance(1000);
  assert.deepEqual(watchedFrom(tape), ['10', '15']);
  assert.equal(seen.at(-1), 'idle');
});

test('a watch that has ended leaves nothing behind that waits', async (t) => {
  const { time } = await play(t, listPage('10', []), watchTape([bookmark('11')]), watchTape([bookmark('12')]), SILENCE);
  assert.equal(time.pending, 1, 'only the guard of the open watch');
});

test('a server that closes fresh watches without a word is asked for a list in the end', async (t) => {
  const silentEnds = Array.from({ length: 5 }, () => watchTape([]));
  const { tape, time } = await play(t, listPage('10', []), ...silentEnds, listPage('20', [thing('a', '15')]), SILENCE);
  await time.advance(60_000);
  assert.deepEqual(listedFrom(tape), ['0', '10']);
  assert.equal(watchedFrom(tape).at(-1), '20');
});

test('a deletion, and a new incarnation, are told as such', async (t) => {
  const reborn = event('ADDED', { metadata: { name: 'a', namespace: 'n', uid: 'second', resourceVersion: '13' } });
  const { reflector, names } = await play(t, listPage('10', [thing('a', '5')]), watchTape([event('DELETED', thing('a', '12')), reborn], 'silence'));
  assert.deepEqual(names(), ['a']);
  assert.equal(reflector.store.get('a', 'n')?.metadata.uid, 'second');
});

test('a kind that is not served is an empty store, in sync, looked for now and then', async (t) => {
  const { tape, time, reflector, seen } = await play(t, refusal(404), refusal(404), listPage('10', [thing('a', '5')]), SILENCE);
  assert.deepEqual([reflector.hasSynced, reflector.isServed], [true, false]);
  assert.deepEqual(seen, ['not served']);
  await time.advance(1000);
  assert.equal(tape.requests.length, 2);
  await time.advance(2000);
  assert.deepEqual([reflector.isServed, reflector.store.size], [true, 1]);
  assert.deepEqual(seen, ['not served', 'served', 'listed 1, missed 0']);
});

test('told that its kind has appeared, it looks at once', async (t) => {
  const { tape, time, reflector } = await play(t, ...Array.from({ length: 8 }, () => refusal(404)), listPage('10', []), SILENCE);
  await time.advance(100_000);
  assert.equal(reflector.isServed, false);
  assert.ok(tape.left(PATH) > 0);
  for (let left = tape.left(PATH); left > 1; left -= 1) {
    reflector.poke();
    await settle();
  }
  assert.equal(reflector.isServed, true);
});

test('after a poke it looks often again, not as seldom as before', async (t) => {
  const { tape, time, reflector } = await play(t, ...Array.from({ length: 20 }, () => refusal(404)));
  await time.advance(200_000);
  reflector.poke();
  await settle();
  const sent = tape.requests.length;
  await time.advance(1000);
  assert.equal(tape.requests.length, sent + 1);
});

test('poked while it looks and finds nothing, it looks once more', async (t) => {
  const { tape, time, reflector } = await play(t, refusal(404), refusal(404), refusal(404), listPage('10', []), SILENCE);
  const sent = tape.requests.length;
  reflector.poke();
  reflector.poke();
  await settle();
  assert.ok(tape.requests.length > sent);
  await time.advance(10_000);
  assert.equal(reflector.isServed, true);
});

test('a kind that disappears is dropped with deletions, but one 404 alone is not believed', async (t) => {
  const { time, reflector, seen, names } = await play(t, listPage('10', [thing('a', '5')]), watchTape([bookmark('11')]), refusal(404), refusal(404), refusal(404));
  const gone: string[] = [];
  reflector.store.onChange((before, after) => gone.push(`${before?.metadata.name} ${after === undefined}`));
  assert.deepEqual(names(), ['a']);
  await time.advance(800);
  assert.deepEqual([reflector.isServed, names()], [true, ['a']]);
  await time.advance(10_000);
  assert.deepEqual([reflector.isServed, reflector.hasSynced, names()], [false, true, []]);
  assert.deepEqual(gone, ['a true']);
  assert.equal(seen.at(-1), 'not served');
});

test('a 404 that was somebody else\'s leaves everything in place', async (t) => {
  const { time, reflector, names, seen } = await play(t, listPage('10', [thing('a', '5')]), refusal(404), refusal(404), listPage('12', [thing('a', '5')]), SILENCE);
  await time.advance(10_000);
  assert.deepEqual([reflector.isServed, names()], [true, ['a']]);
  assert.ok(!seen.includes('not served'));
});

test('poked while it watches, it opens the watch anew', async (t) => {
  const { tape, time, reflector, seen } = await play(t, listPage('10', []), watchTape([bookmark('11')], 'silence'), SILENCE);
  reflector.poke();
  await time.advance(0);
  assert.deepEqual(watchedFrom(tape), ['10', '11']);
  assert.equal(seen.at(-1), 'poked');
});

test('a poke skips one pause, not the back-off for good', async (t) => {
  const { tape, time, reflector } = await play(t, listPage('10', []), SILENCE, refusal(500), refusal(500), refusal(500), SILENCE);
  reflector.poke();
  await time.advance(0);
  assert.ok(tape.left(PATH) >= 2, 'the server is not hammered');
  await time.advance(60_000);
  assert.equal(tape.left(PATH), 0);
});

test('refused for lack of rights it goes on trying and is not in sync', async (t) => {
  const { time, reflector, seen } = await play(t, refusal(403, 'Forbidden'), refusal(403, 'Forbidden'), listPage('10', []), SILENCE);
  assert.equal(reflector.hasSynced, false);
  await time.advance(5000);
  assert.equal(reflector.hasSynced, true);
  assert.deepEqual(seen.slice(0, 2), ['unauthorized', 'unauthorized']);
});

test('no answer, however odd, ends it', async (t) => {
  const odd: readonly TapeAnswer[] = [{ json: null }, { json: [] }, { fail: new TypeError('a mistake of ours') }, SILENCE, listPage('10', []), { json: {} },
    { chunks: [Uint8Array.of(0xff, 0x0a)], last: 'end' }, { chunks: ['[]\n'], last: 'end' }, watchTape([added('a', '11')], 'silence')];
  const { time, names, seen } = await play(t, ...odd);
  await time.advance(600_000);
  assert.deepEqual(names(), ['a']);
  assert.ok(seen.includes('internal') && seen.includes('malformed'));
});

test('an observer that throws disturbs nothing', async (t) => {
  const bad = (): never => {
    throw new Error('mistake');
  };
  const tape = new RestTape({ [PATH]: [listPage('10', [thing('a', '5')]), watchTape([]), SILENCE] });
  const reflector = new Reflector(THINGS, { rest: tape, time: new FakeTime(), tuning: DEFAULT_TUNING, observer: { onEnd: bad, onListed: bad, onServed: bad, onFault: bad } });
  reflector.store.onChange(bad);
  const stop = new AbortController();
  const running = reflector.run(stop.signal);
  t.after(() => stop.abort());
  await settle();
  assert.equal(reflector.store.size, 1);
  stop.abort();
  await running;
});

test('it ends with the signal: while it lists, watches or waits', async (t) => {
  for (const answers of [[], [listPage('10', []), SILENCE], [refusal(500)]]) {
    const { reflector, stop, time } = await play(t, ...answers);
    stop.abort();
    await settle();
    assert.equal(time.pending, 0, 'no timer is left');
    await reflector.run(stop.signal);
  }
});

test('it knows when the server was last heard', async (t) => {
  const { reflector, time } = await play(t, listPage('10', []), watchTape([bookmark('11')], 'silence'));
  assert.equal(reflector.lastSeen, 0);
  await time.advance(50_000);
  assert.equal(reflector.lastSeen, 0);
});
