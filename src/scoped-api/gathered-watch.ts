import { setTimeout as sleep } from 'node:timers/promises';
import type { RawAnswer } from '../runtime/raw-upstream.ts';
import { errorEvent, positionKey, watchSeconds, whenOver, type ScopedCall, type ScopedParts } from './call.ts';
import { answerExpired, BETWEEN } from './filtered-watch.ts';
import { askNamespace, isClosed, readNamespace } from './gathered-list.ts';
import { LineSplitter } from './line-splitter.ts';
import { addedEvent, deletedEvent, nameOf, parsedBytes, revisionOf } from './object-bytes.ts';
import type { Gathered, Position } from './positions.ts';
import { expired } from './refusal.ts';
import { Serial } from './serial.ts';
import { watchUrl } from './upstream-query.ts';

/** Until a namespace opens to the caller: quickly at first, for the RoleBinding of a member that has just joined, then rarely. */
const KNOCK_MS = [200, 300, 500, 1000, 2000, 5000, 15_000, 60_000];
/** One that was closed when its client listed is likely to stay so: it begins with 2 s. With hundreds of members that is most of the requests there are. */
const LATER_KNOCK = 4;
const REOPEN_MS = 500;

/**
 * One watch over the mesh made of one per namespace, each with the caller's own token and from where that namespace is.
 * Events of different namespaces come in any order; that is why a client may resume only from a position that is kept here.
 */
class GatheredWatch {
  readonly #call: ScopedCall;
  readonly #parts: ScopedParts;
  readonly #key: string;
  readonly #position: Position;
  readonly #gathered: Map<string, Gathered>;
  readonly #serial = new Serial();
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  /** Namespaces somebody is at, each with the way to break its watch off. */
  readonly #attended = new Map<string, AbortController>();

  constructor(call: ScopedCall, parts: ScopedParts, position: Position) {
    this.#call = call;
    this.#parts = parts;
    this.#key = positionKey(call);
    this.#position = position;
    this.#gathered = position.gathered ?? new Map<string, Gathered>();
    this.#signal = AbortSignal.any([call.out.signal, this.#stop.signal]);
  }

  async run(): Promise<void> {
    const { out, query, caller } = this.#call;
    out.beginWatch();
    const closePosition = this.#parts.positions.open(this.#key, this.#position);
    const unlisten = this.#parts.views.onChange(caller.home, () => { this.#attend(); });
    const callOff = whenOver(query, this.#parts, () => { this.#stop.abort(); });
    this.#attend(LATER_KNOCK);
    await new Promise<void>((resolve) => {
      if (this.#signal.aborted) resolve();
      this.#signal.addEventListener('abort', () => { resolve(); }, { once: true });
    });
    callOff();
    unlisten();
    closePosition();
    if (!out.signal.aborted) await this.#serial.run(() => out.end());
  }

  /** Sees to every namespace of the mesh, and to those that have left it. */
  #attend(firstKnock = 0): void {
    if (this.#signal.aborted) return;
    const wanted = this.#parts.views.of(this.#call.caller.home)?.namespaces ?? new Set<string>();
    this.#position.view = wanted;
    for (const name of this.#gathered.keys()) if (!wanted.has(name)) this.#leave(name);
    for (const name of wanted) {
      if (this.#attended.has(name)) continue;
      this.#attended.set(name, new AbortController());
      // Whatever goes wrong here is mended by listing anew.
      this.#live(name, firstKnock).catch(() => this.#expire()).finally(() => {
        this.#attended.delete(name);
        // It may have come back while it was being left.
        if (this.#isWanted(name)) this.#attend();
      });
    }
  }

  #leave(name: string): void {
    this.#attended.get(name)?.abort();
    this.#serial.run(() => this.#takeOut(name)).catch(() => this.#expire());
  }

  /** Takes out of the client's store what it holds of a namespace that left. Nobody may be asked for it any more, so its names have to do. */
  async #takeOut(name: string): Promise<void> {
    const gone = this.#gathered.get(name);
    if (gone === undefined || this.#position.view.has(name)) return;
    this.#gathered.delete(name);
    if (gone.names.size === 0) return;
    this.#position.revision = BETWEEN;
    this.#parts.positions.keepOnly(this.#key, this.#position);
    for (const object of gone.names) {
      const item = Buffer.from(JSON.stringify({ metadata: { name: object, namespace: name } }));
      await this.#call.out.write(deletedEvent(this.#call.kind, item, gone.revision));
    }
    await this.#call.out.flush();
  }

  #isWanted(name: string): boolean {
    return !this.#signal.aborted && this.#position.view.has(name);
  }

  async #live(name: string, firstKnock: number): Promise<void> {
    for (let knocks = firstKnock; this.#isWanted(name);) {
      if (this.#gathered.has(name)) {
        await this.#follow(name);
        knocks = 0;
      } else if (!await this.#serial.run(() => this.#show(name))) {
        await sleep(KNOCK_MS[Math.min(knocks, KNOCK_MS.length - 1)] ?? 0, undefined, { signal: this.#signal }).catch(() => undefined);
        knocks += 1;
      }
    }
  }

  /** A namespace that has opened: its objects, as of now. False while it is closed. */
  async #show(name: string): Promise<boolean> {
    if (!this.#isWanted(name)) return false;
    const first = askNamespace({ ...this.#call, query: { ...this.#call.query, resourceVersion: '' } }, this.#parts, { namespace: name, next: '' });
    const answer = await first;
    if (isClosed(answer)) {
      await answer.dump();
      return false;
    }
    const before = this.#position.revision;
    const names = new Set<string>();
    this.#position.revision = BETWEEN;
    this.#parts.positions.keepOnly(this.#key, this.#position);
    const revision = await readNamespace(this.#call, this.#parts, {
      namespace: name, first,
      use: async (item) => {
        names.add(nameOf(parsedBytes(item)));
        await this.#call.out.write(addedEvent(this.#call.kind, item));
      },
    });
    if (revision !== undefined) this.#gathered.set(name, { revision, names });
    // Resource versions of the objects shown are older than what the client has: it stands somewhere again with the next event.
    if (names.size === 0) this.#position.revision = before;
    // It left while it was being shown.
    if (!this.#isWanted(name)) await this.#takeOut(name);
    await this.#call.out.flush();
    return revision !== undefined;
  }

  async #follow(name: string): Promise<void> {
    const broken = new AbortController();
    this.#attended.set(name, broken);
    const signal = AbortSignal.any([this.#signal, broken.signal]);
    const answer = await this.#open(name, signal).catch(() => undefined);
    if (answer?.status === 200) await this.#pass(name, answer, signal).catch((error: unknown) => { if (error instanceof Lapsed) throw error; });
    else if (answer !== undefined) {
      await answer.dump();
      if (answer.status < 500 && answer.status !== 429) throw new Lapsed();
    }
    await sleep(answer?.status === 200 ? 0 : REOPEN_MS, undefined, { signal }).catch(() => undefined);
  }

  #open(name: string, signal: AbortSignal): Promise<RawAnswer> {
    const { kind, query, caller } = this.#call;
    const url = watchUrl(kind, query, { namespace: name, resourceVersion: this.#gathered.get(name)?.revision ?? '', seconds: watchSeconds(query) });
    return this.#parts.upstream.send({ method: 'GET', url, bearer: caller.token, isShared: true, signal });
  }

  async #pass(name: string, { body }: RawAnswer, signal: AbortSignal): Promise<void> {
    const splitter = new LineSplitter();
    for await (const chunk of body) {
      await this.#serial.run(async () => {
        // What came of a namespace before it left, and is looked at after, is not to be shown again.
        for (const line of splitter.push(chunk)) if (!signal.aborted) await this.#event(name, line);
        await this.#call.out.flush();
      });
    }
  }

  async #event(name: string, line: Buffer): Promise<void> {
    const here = this.#gathered.get(name);
    if (!this.#isWanted(name) || here === undefined) return;
    const { type, object } = parsedBytes(line);
    // Too old, or a fault of the server: what this namespace holds is not known any more.
    if (type === 'ERROR') throw new Lapsed();
    here.revision = revisionOf(object);
    this.#position.touchedMs = this.#parts.now();
    if (type === 'BOOKMARK') return;
    if (type === 'DELETED') here.names.delete(nameOf(object));
    else here.names.add(nameOf(object));
    this.#moveTo(here.revision);
    await this.#call.out.write(Buffer.concat([line, Buffer.from('\n')]));
  }

  /** Namespaces are listed one after the other: an event may have the very resource version that the client got with its list. */
  #moveTo(revision: string): void {
    this.#position.revision = revision === this.#call.query.resourceVersion ? BETWEEN : revision;
    this.#position.touchedMs = this.#parts.now();
  }

  #expire(): Promise<void> {
    return this.#serial.run(async () => {
      if (this.#signal.aborted) return;
      this.#parts.positions.drop(this.#key, this.#position);
      this.#position.view = new Set();
      await this.#call.out.write(errorEvent(expired('the namespaces of the mesh, or the rights in them, have changed; list anew')));
      await this.#call.out.flush();
      this.#stop.abort();
    }).catch(() => { this.#stop.abort(); });
  }
}

/** A namespace cannot be followed from where it was. */
class Lapsed extends Error {}

/** Answers a watch of the cluster by watching each namespace of the mesh with the caller's own token. */
export async function answerGatheredWatch(call: ScopedCall, parts: ScopedParts): Promise<void> {
  const position = parts.positions.take(positionKey(call), call.query.resourceVersion);
  await (position?.gathered === undefined ? answerExpired(call) : new GatheredWatch(call, parts, position).run());
}
