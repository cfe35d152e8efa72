import { isJsonObject, valueAt } from '../lib/json.ts';

/** One item of a list or one line of a watch may not be larger; etcd takes 1.5 MiB. */
export const MAX_OBJECT_BYTES = 16 * 1024 * 1024;
const MAX_ENVELOPE_BYTES = 256 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;

/** What a list says beside its items. */
export interface ListEnvelope {
  readonly revision: string;
  /** Token of the next page; '' on the last. */
  readonly next: string;
}

/** The stream is not a list. The message never carries content: it may be a Secret. */
export class ListFault extends Error {}

/**
 * Cuts the bytes of a Kubernetes list (JSON) into its items, without ever holding more than one.
 * Laws: however the bytes are cut into chunks, the items are the same; the items are the bytes as sent.
 * The order of `items` and `metadata` does not matter: built-in kinds send the one first, custom ones the other.
 */
export class ListSplitter {
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  /** The last string of the outer object, and whether a colon has made it a key. */
  #word = '';
  #isKeyItems = false;
  #isInItems = false;
  #item: Buffer[] = [];
  #itemBytes = 0;
  #envelope: Buffer[] = [];
  #envelopeBytes = 0;

  /** In: the next chunk. Out: the items that it completes. Throws ListFault. */
  *push(chunk: Uint8Array): Generator<Buffer, void, undefined> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let start = 0;
    for (let at = 0; at < bytes.length; at += 1) {
      if (this.#isInString) {
        at = this.#skipString(bytes, at);
        continue;
      }
      const byte = bytes[at] ?? 0;
      if (this.#isInItems && this.#depth === 2) {
        // Between items: nothing of it is kept, but for the bracket that ends the array.
        if (byte === OPEN_OBJECT) {
          this.#depth += 1;
          start = at;
        } else if (byte === CLOSE_ARRAY) {
          this.#isInItems = false;
          this.#depth -= 1;
          start = at;
        }
        continue;
      }
      const wasItem = this.#isInItems;
      this.#step(byte);
      if (wasItem && this.#depth === 2) {
        yield this.#takeItem(bytes.subarray(start, at + 1));
        start = at + 1;
      } else if (!wasItem && this.#isInItems) {
        this.#keepEnvelope(bytes.subarray(start, at + 1));
        start = at + 1;
      }
    }
    this.#keepRest(bytes.subarray(start));
  }

  /** After the last chunk: what the list says of itself. Throws ListFault when it ended in the middle. */
  end(): ListEnvelope {
    if (this.#depth !== 0 || this.#envelopeBytes === 0) throw new ListFault('a list broke off');
    const envelope = parsed(Buffer.concat(this.#envelope).toString('utf8'));
    const revision = valueAt(envelope, 'metadata', 'resourceVersion');
    const next = valueAt(envelope, 'metadata', 'continue');
    if (!isJsonObject(envelope) || typeof revision !== 'string') throw new ListFault('a list without metadata.resourceVersion');
    return { revision, next: typeof next === 'string' ? next : '' };
  }

  #step(byte: number): void {
    switch (byte) {
      case QUOTE:
        this.#isInString = true;
        this.#word = '';
        break;
      case COLON:
        if (this.#depth === 1) this.#isKeyItems = this.#word === 'items';
        break;
      case OPEN_ARRAY:
        if (this.#depth === 1 && this.#isKeyItems) this.#isInItems = true;
        this.#depth += 1;
        break;
      case OPEN_OBJECT:
        this.#depth += 1;
        break;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        this.#depth -= 1;
        break;
      case COMMA:
        if (this.#depth === 1) this.#isKeyItems = false;
        break;
      default:
    }
  }

  /** In: where the string goes on. Out: the place of its last byte in this chunk. */
  #skipString(bytes: Buffer, from: number): number {
    let at = from;
    for (; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte === QUOTE) break;
    }
    const isEnd = at < bytes.length;
    if (this.#depth === 1) this.#word = (this.#word + bytes.toString('latin1', from, Math.min(at, from + 64))).slice(0, 64);
    if (isEnd) this.#isInString = false;
    return isEnd ? at : bytes.length;
  }

  #takeItem(last: Buffer): Buffer {
    const item = this.#item.length === 0 ? last : Buffer.concat([...this.#item, last]);
    this.#item = [];
    this.#itemBytes = 0;
    return item;
  }

  #keepRest(rest: Buffer): void {
    if (!this.#isInItems) this.#keepEnvelope(rest);
    else if (this.#depth > 2) {
      this.#itemBytes += rest.length;
      if (this.#itemBytes > MAX_OBJECT_BYTES) throw new ListFault(`an item of a list is larger than ${MAX_OBJECT_BYTES} bytes`);
      this.#item.push(rest);
    }
  }

  #keepEnvelope(part: Buffer): void {
    this.#envelopeBytes += part.length;
    if (this.#envelopeBytes > MAX_ENVELOPE_BYTES) throw new ListFault('a list says more than its items');
    this.#envelope.push(part);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ListFault('a list is not JSON');
  }
}
