import { isLater } from '../runtime/resource-version.ts';
import { Refused } from './call.ts';
import { expired, type Refusal } from './refusal.ts';

/** One line of a watch, with what decides about it. */
export interface WatchLine {
  readonly bytes: Buffer;
  /** ADDED, MODIFIED, DELETED, BOOKMARK or ERROR. */
  readonly type: string;
  /** '' for an error. */
  readonly revision: string;
  /** The namespace it counts as; undefined for a bookmark or an error. */
  readonly place: string | undefined;
}

/** What may wait for a reader who is slower than the API server. */
const MOST_WAITING_BYTES = 8 * 1024 * 1024;

/** One reader of a shared watch: takes lines as they come, gives them out as fast as he reads. */
export class Subscription implements AsyncIterable<readonly WatchLine[]> {
  readonly #begin: string;
  readonly #left: () => void;
  #waiting: WatchLine[] = [];
  #waitingBytes = 0;
  #isEnded = false;
  #refusal: Refusal | undefined;
  #wake: () => void = () => undefined;

  /** In: the resource version after which it begins, '' for everything; and what to do when it has ended, by whichever side. */
  constructor(begin: string, left: () => void) {
    this.#begin = begin;
    this.#left = left;
  }

  /** Why it cannot go on, once that is known. */
  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  push(line: WatchLine): void {
    if (this.#isEnded || (line.revision !== '' && this.#begin !== '' && !isLater(line.revision, this.#begin))) return;
    this.#waiting.push(line);
    this.#waitingBytes += line.bytes.length;
    if (this.#waitingBytes > MOST_WAITING_BYTES) this.end(expired('this watch was read too slowly; list anew'));
    this.#wake();
  }

  /** Ends it after what is waiting; with a refusal, at once. */
  end(refusal?: Refusal): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#refusal = refusal;
    if (refusal !== undefined) this.#waiting = [];
    this.#left();
    this.#wake();
  }

  /** Batches of lines, until it is ended. @throws Refused with why it cannot go on */
  async *[Symbol.asyncIterator](): AsyncGenerator<readonly WatchLine[], void, undefined> {
    try {
      for (;;) {
        const batch = this.#waiting;
        this.#waiting = [];
        this.#waitingBytes = 0;
        if (batch.length > 0) yield batch;
        else if (this.#isEnded) break;
        else await new Promise<void>((resolve) => { this.#wake = resolve; });
      }
      if (this.#refusal !== undefined) throw new Refused(this.#refusal);
    } finally {
      this.end();
    }
  }
}
