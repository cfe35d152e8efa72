import { LABEL_MEMBER_OF } from '../api/names.ts';
import { errorEvent, positionAt, positionKey, whenOver, type ScopedCall, type ScopedParts } from './call.ts';
import { readItems } from './list-reader.ts';
import { addedEvent, bookmarkEvent, deletedEvent, parsedBytes, placeOf, unlabelledEvent } from './object-bytes.ts';
import type { Position } from './positions.ts';
import { expired } from './refusal.ts';
import { Serial } from './serial.ts';
import type { Subscription, WatchLine } from './subscription.ts';
import { exactUrl } from './upstream-query.ts';

/** While nobody can say what a client holds that stands at the last resource version it was given, nobody may resume: no resource version is this. */
export const BETWEEN = 'between';
const NEWLINE = Buffer.from('\n');
/** More namespaces than this at once are cheaper to list anew. */
const MAX_MOVES = 40;

/**
 * One watch over a mesh: a watch of the API server over the cluster, read along with other meshes and cut to this one. Resource versions, order, bookmarks and errors are the
 * server's. A namespace that joins or leaves is shown as of the very resource version the watch has reached, read exactly there; so no event
 * can be lost or seen twice around it. From there the client goes on with the next thing it is shown; one that is cut off before lists anew.
 */
class FilteredWatch {
  readonly #call: ScopedCall;
  readonly #parts: ScopedParts;
  readonly #key: string;
  readonly #position: Position;
  readonly #serial = new Serial();
  readonly #stop = new AbortController();
  /** How far the upstream watch is; events of others move it too. */
  #at: string;
  /** Where the view changed last. A client that was cut off before, amid or after what that showed may stand there, so it is no place to resume. */
  #changedAt = '';

  constructor(call: ScopedCall, parts: ScopedParts, position: Position) {
    this.#call = call;
    this.#parts = parts;
    this.#position = position;
    this.#key = positionKey(call);
    this.#at = call.query.resourceVersion;
  }

  async run(): Promise<void> {
    const { query, kind, out, caller } = this.#call;
    const lines = await this.#parts.watches.follow({ kind, query }, out.signal);
    const callOff = whenOver(query, this.#parts, () => { lines.end(); });
    this.#stop.signal.addEventListener('abort', () => { lines.end(); });
    out.beginWatch();
    const closePosition = this.#parts.positions.open(this.#key, this.#position);
    const unlisten = this.#parts.views.onChange(caller.home, () => { this.#followView(); });
    // The view may have changed since the client's list.
    this.#followView();
    try {
      await this.#pass(lines);
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error;
    } finally {
      callOff();
      unlisten();
      closePosition();
    }
    await this.#serial.run(() => out.end());
  }

  async #pass(lines: Subscription): Promise<void> {
    for await (const batch of lines) {
      await this.#serial.run(async () => {
        for (const line of batch) await this.#event(line);
        await this.#call.out.flush();
      });
    }
  }

  async #event({ type, revision, place, bytes }: WatchLine): Promise<void> {
    if (this.#stop.signal.aborted) return;
    if (type !== 'ERROR') {
      this.#at = revision;
      const isShown = type === 'BOOKMARK' ? this.#call.query.allowsBookmarks : this.#shows(place);
      if (!isShown) return;
      // Ours first: the client may answer to the last byte before we get to it.
      this.#moveTo(revision);
    }
    await this.#call.out.write(Buffer.concat([bytes, NEWLINE]));
  }

  #shows(place: string | undefined): boolean {
    return place !== undefined && this.#position.view.has(place);
  }

  #moveTo(revision: string): void {
    if (revision !== this.#changedAt) this.#position.revision = revision;
    this.#position.touchedMs = this.#parts.now();
  }

  #followView(): void {
    this.#serial.run(() => this.#changeView()).catch(() => { this.#stop.abort(); });
  }

  async #changeView(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const wanted = this.#parts.views.of(this.#call.caller.home)?.namespaces ?? new Set<string>();
    const held = this.#position.view;
    const left = [...held].filter((name) => !wanted.has(name));
    const joined = [...wanted].filter((name) => !held.has(name));
    if (left.length + joined.length === 0) return;
    const isPlain = wanted.size > 0 && this.#call.query.allowsBookmarks && /^[1-9]/.test(this.#at) && left.length + joined.length <= MAX_MOVES;
    if (isPlain && await this.#show(left, joined)) {
      this.#position.view = wanted;
      this.#position.touchedMs = this.#parts.now();
      await this.#call.out.write(bookmarkEvent(this.#call.kind, this.#at));
      await this.#call.out.flush();
    } else {
      await this.#expire();
    }
  }

  /** Takes out what left and shows what joined. False when that cannot be read any more. */
  async #show(left: readonly string[], joined: readonly string[]): Promise<boolean> {
    // What the client holds is neither the old nor the new view until the end; older positions of it are no place to resume either.
    this.#position.revision = BETWEEN;
    this.#changedAt = this.#at;
    this.#parts.positions.keepOnly(this.#key, this.#position);
    const { kind, out } = this.#call;
    for (const name of left) if (!await this.#itemsOf(name, (item) => this.#takeOut(item))) return false;
    for (const name of joined) if (!await this.#itemsOf(name, (item) => out.write(addedEvent(kind, item)))) return false;
    return true;
  }

  /**
   * A namespace that leaves first loses its label: upon that istiod forgets what is in it, as it does without us. A namespace that is deleted should, in Kubernetes, be empty, so it
   * forgets nothing then, and overlooks deletions that it hears of later (istio, pkg/kube/namespace/filter.go); kinds are watched apart, so they may come later.
   */
  async #takeOut(item: Buffer): Promise<void> {
    const { kind, out } = this.#call;
    if (kind.scope === 'names') await out.write(unlabelledEvent(kind, item, { label: LABEL_MEMBER_OF, resourceVersion: this.#at }));
    await out.write(deletedEvent(kind, item, this.#at));
  }

  async #itemsOf(namespace: string, use: (item: Buffer) => Promise<void>): Promise<boolean> {
    const { kind, query, out } = this.#call;
    const answer = await this.#parts.upstream.send({ method: 'GET', url: exactUrl(kind, query, namespace, this.#at), signal: out.signal });
    if (answer.status !== 200) {
      await answer.dump();
      return false;
    }
    await readItems(answer, async (item) => {
      // Asked for by namespace; looked at all the same.
      if (placeOf(kind, parsedBytes(item)) === namespace) await use(item);
    });
    return true;
  }

  async #expire(): Promise<void> {
    this.#parts.positions.drop(this.#key, this.#position);
    await this.#call.out.write(errorEvent(expired('the namespaces of the mesh have changed; list anew')));
    await this.#call.out.flush();
    this.#stop.abort();
  }
}

/** Where a watch may begin: where this client was left, or at the state of now when it names no resource version. */
function startOf(call: ScopedCall, parts: ScopedParts): Position | undefined {
  const { resourceVersion } = call.query;
  if (resourceVersion !== '' && resourceVersion !== '0') return parts.positions.take(positionKey(call), resourceVersion);
  return positionAt(parts, BETWEEN, parts.views.of(call.caller.home)?.namespaces ?? new Set());
}

/** Tells a client to list anew, the way its watch understands it. */
export async function answerExpired({ out }: ScopedCall): Promise<void> {
  out.beginWatch();
  await out.write(errorEvent(expired('this watch does not go on from a list of here; list anew')));
  await out.end();
}

/** Answers a watch of the cluster with what is in the mesh. */
export async function answerFilteredWatch(call: ScopedCall, parts: ScopedParts): Promise<void> {
  const position = startOf(call, parts);
  await (position === undefined ? answerExpired(call) : new FilteredWatch(call, parts, position).run());
}
