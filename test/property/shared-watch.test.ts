import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { RawAnswer, RawRequest, RawUpstream } from '../../src/runtime/raw-upstream.ts';
import { SCOPED_KINDS } from '../../src/api/istiod-calls.ts';
import type { ListQuery } from '../../src/scoped-api/list-query.ts';
import { SharedWatches } from '../../src/scoped-api/shared-watches.ts';
import type { Subscription } from '../../src/scoped-api/subscription.ts';

const services = SCOPED_KINDS.find(({ type }) => type.plural === 'services');
assert.ok(services !== undefined);
const kind = services;
const queryAt = (resourceVersion: string): ListQuery => ({ isWatch: true, resourceVersion, allowsBookmarks: true, wantsInitialEvents: false, isContinued: false });

const moment = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

/** An API server's memory of one kind: what happened, in order; watches of it are broken off whenever the test says so. */
class History {
  readonly revisions: number[] = [];
  readonly asked: string[] = [];
  #wake: (() => void)[] = [];
  #generation = 0;

  happen(revision: number): void {
    this.revisions.push(revision);
    this.#tell();
  }

  breakOff(): void {
    this.#generation += 1;
    this.#tell();
  }

  #tell(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  readonly upstream: RawUpstream = {
    send: ({ url, signal }: RawRequest): Promise<RawAnswer> => {
      const from = new URL(url, 'https://api').searchParams.get('resourceVersion') ?? '';
      this.asked.push(from);
      return Promise.resolve({ status: 200, contentType: 'application/json', retryAfter: undefined, body: this.#lines(Number(from), signal), dump: () => Promise.resolve() });
    },
    close: () => Promise.resolve(),
  };

  async *#lines(from: number, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    const generation = this.#generation;
    let at = from;
    const isOn = (): boolean => signal?.aborted !== true && this.#generation === generation;
    signal?.addEventListener('abort', () => { this.#tell(); });
    while (isOn()) {
      const next = this.revisions.find((revision) => revision > at);
      if (next === undefined) await new Promise<void>((resolve) => { this.#wake.push(resolve); });
      else {
        at = next;
        yield Buffer.from(`${JSON.stringify({ type: 'ADDED', object: { metadata: { name: `s${next}`, namespace: 'n', resourceVersion: String(next) } } })}\n`);
      }
    }
  }
}

/** Reads along and remembers. */
function reader(lines: Subscription): { readonly got: number[]; readonly done: Promise<void> } {
  const got: number[] = [];
  const done = (async () => {
    for await (const batch of lines) got.push(...batch.map(({ revision }) => Number(revision)));
  })();
  return { got, done };
}

type Act = { readonly do: 'event'; readonly gap: number } | { readonly do: 'break' } | { readonly do: 'join'; readonly back: number } | { readonly do: 'leave'; readonly which: number };

const acts: fc.Arbitrary<readonly Act[]> = fc.array(fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('event' as const), gap: fc.integer({ min: 1, max: 900 }) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'break' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('join' as const), back: fc.integer({ min: 0, max: 1000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), which: fc.nat(10) }) },
), { maxLength: 60, size: 'max' });

test('whoever begins at a resource version gets exactly what came after it, in order, whatever breaks and whoever else reads', async () => {
  await fc.assert(fc.asyncProperty(acts, async (script) => {
    const history = new History();
    const watches = new SharedWatches(history.upstream);
    const readers: { readonly begin: number; readonly lines: Subscription; readonly got: number[]; readonly done: Promise<void>; last: number }[] = [];
    let now = 100;
    for (const act of script) {
      if (act.do === 'event') history.happen(now += act.gap);
      else if (act.do === 'break') history.breakOff();
      else if (act.do === 'join') {
        const begin = Math.max(1, now - act.back);
        const lines = await watches.follow({ kind, query: queryAt(String(begin)) }, new AbortController().signal);
        readers.push({ begin, lines, ...reader(lines), last: Infinity });
      } else {
        const leaving = readers[act.which];
        if (leaving !== undefined && leaving.last === Infinity) {
          await moment();
          leaving.lines.end();
          await leaving.done;
          leaving.last = Math.max(leaving.begin, ...leaving.got);
        }
      }
      await moment();
    }
    const wanted = ({ begin, last }: { readonly begin: number; readonly last: number }): number[] => history.revisions.filter((revision) => revision > begin && revision <= last);
    for (let tries = 0; tries < 400 && readers.some((one) => one.got.length < wanted(one).length); tries += 1) await new Promise((resolve) => { setTimeout(resolve, 5); });
    for (const one of readers) assert.deepEqual(one.got, wanted(one));
    watches.close();
    await Promise.all(readers.map(({ done }) => done));
  }), { numRuns: 60 });
});

test('readers of one kind share a watch, and one whose beginning is older than what is kept has his own', async () => {
  const history = new History();
  const watches = new SharedWatches(history.upstream);
  const signal = new AbortController().signal;
  await watches.follow({ kind, query: queryAt('100') }, signal);
  await watches.follow({ kind, query: queryAt('100') }, signal);
  await watches.follow({ kind, query: queryAt('250') }, signal);
  assert.equal(watches.size, 1);
  await watches.follow({ kind, query: queryAt('99') }, signal);
  assert.equal(watches.size, 2);
  watches.close();
});

test('what the API server refuses is refused to the reader, in its words', async () => {
  const body = Buffer.from(JSON.stringify({ kind: 'Status', code: 403, reason: 'Forbidden', message: 'services is forbidden' }));
  const upstream: RawUpstream = {
    send: () => Promise.resolve({ status: 403, contentType: 'application/json', retryAfter: undefined, body: (async function* () { yield body; })(), dump: () => Promise.resolve() }),
    close: () => Promise.resolve(),
  };
  const watches = new SharedWatches(upstream);
  await assert.rejects(watches.follow({ kind, query: queryAt('100') }, new AbortController().signal), /services is forbidden/);
  assert.equal(watches.size, 0);
});
