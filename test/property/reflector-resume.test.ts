import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { keyOfObject } from '../../src/k8s/key.ts';
import type { KubeObject } from '../../src/k8s/object.ts';
import type { Source } from '../../src/runtime/controller.ts';
import { DEFAULT_TUNING, Reflector } from '../../src/runtime/reflector.ts';
import { ApiError } from '../../src/runtime/rest.ts';
import { FakeTime } from '../support/fake-time.ts';
import { bookmark, event, listPage, refusal, RestTape, watchTape, type TapeAnswer } from '../support/rest-tape.ts';

/*
 * A history of objects, written once, is recorded on a tape as lists and broken watches.
 * However it was broken, the store must end as the history ends.
 */

const PATH = '/api/v1/namespaces';
const SOURCE: Source = { id: 'namespaces', type: { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false } };

type State = ReadonlyMap<string, object>;
interface Step { readonly event: object; readonly state: State; readonly version: string }

const object = (name: string, version: number, born: number): object => ({ metadata: { name, uid: `${name}-${born}`, resourceVersion: String(version) } });

/** Turns names and wishes into events: what is not there is added, what is there is changed or deleted. */
function write(turns: readonly (readonly [string, boolean])[]): Step[] {
  let state = new Map<string, object>();
  const born = new Map<string, number>();
  return turns.map(([name, wantsDeletion], n) => {
    const version = 101 + n;
    const isThere = state.has(name);
    if (!isThere) born.set(name, version);
    const next = object(name, version, born.get(name) ?? version);
    state = new Map(state);
    if (isThere && wantsDeletion) state.delete(name);
    else state.set(name, next);
    const type = isThere ? (wantsDeletion ? 'DELETED' : 'MODIFIED') : 'ADDED';
    return { event: event(type, next), state, version: String(version) };
  });
}

/** How a watch of so many events ends. A loss of the position skips events that only the next list shows. */
const ends = fc.record({ events: fc.nat(6), how: fc.constantFrom('end', 'reset', 'cut', 'garbage', '500', 'bookmark', '410', '410 event'), skipped: fc.nat(4) });
type End = typeof ends extends fc.Arbitrary<infer T> ? T : never;

/** Records the history; also which positions must be asked for. */
function record(history: readonly Step[], plan: readonly End[]): { tape: RestTape; positions: string[] } {
  const answers: TapeAnswer[] = [listPage('100', [])];
  const positions: string[] = [];
  let at = 0;
  const position = (): string => history[at - 1]?.version ?? '100';
  for (const { events, how, skipped } of plan) {
    positions.push(position());
    const shown = history.slice(at, at + events);
    at += shown.length;
    answers.push(...broken(shown.map((step) => step.event), how, position(), history[at]?.event));
    if (how !== '410' && how !== '410 event') continue;
    at = Math.min(history.length, at + skipped);
    answers.push(listPage(position(), [...(history[at - 1]?.state.values() ?? [])]));
  }
  positions.push(position());
  answers.push(watchTape(history.slice(at).map((step) => step.event), 'silence'));
  return { tape: new RestTape({ [PATH]: answers }), positions };
}

function broken(events: readonly object[], how: End['how'], position: string, next: object = bookmark('1')): readonly TapeAnswer[] {
  const lines = events.map((line) => `${JSON.stringify(line)}\n`);
  const expired = event('ERROR', { kind: 'Status', code: 410, reason: 'Expired' });
  const text = JSON.stringify(next);
  switch (how) {
    case 'end': return [watchTape(events)];
    case 'reset': return [watchTape(events, new ApiError(0, '', 'ECONNRESET'))];
    case 'cut': return [{ chunks: [...lines, text.slice(0, text.length / 2)], last: 'end' }];
    case 'garbage': return [{ chunks: [...lines, '}{\n'], last: 'end' }];
    case 'bookmark': return [watchTape([...events, bookmark(position)])];
    case '410 event': return [watchTape([...events, expired])];
    default: return events.length === 0 ? [refusal(Number(how))] : [watchTape(events, new ApiError(Number(how), '', how))];
  }
}

const histories = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.boolean()), { maxLength: 40 }).map(write);

test('however its watches break, it asks for exactly what it has not seen, and ends where the history ends', async () => {
  await fc.assert(fc.asyncProperty(histories, fc.array(ends, { maxLength: 12 }), async (history, plan) => {
    const { tape, positions } = record(history, plan);
    const time = new FakeTime(() => 0);
    const reflector = new Reflector(SOURCE, { rest: tape, time, tuning: { ...DEFAULT_TUNING, fruitlessLimit: Infinity }, observer: {} });
    const retold = new Map<string, KubeObject>();
    reflector.store.onChange((before, after) => {
      assert.equal(retold.get(keyOfObject(after ?? before ?? assert.fail('a change of nothing'))), before);
      if (after !== undefined) retold.set(keyOfObject(after), after);
      else if (before !== undefined) retold.delete(keyOfObject(before));
    });
    const stop = new AbortController();
    const running = reflector.run(stop.signal);
    for (let n = 0; n < 200 && tape.left(PATH) > 0; n += 1) await time.advance(30_000);
    await time.advance(0);
    stop.abort();
    await running;

    const last = [...(history.at(-1)?.state.values() ?? [])].map((value) => JSON.stringify({ ...value, apiVersion: 'v1', kind: 'Namespace' })).toSorted();
    assert.deepEqual(reflector.store.list().map((value) => JSON.stringify(value)).toSorted(), last);
    assert.deepEqual([...retold.values()].map((value) => JSON.stringify(value)).toSorted(), last);
    assert.deepEqual(tape.sent(PATH, true).map(({ query }) => query?.['resourceVersion']), positions);
  }), { numRuns: 60 });
});
