import { MAX_OBJECT_BYTES } from './list-splitter.ts';

const NEWLINE = 0x0a;

/** A watch sent a line that is too long to be an event. */
export class LineFault extends Error {}

/** Cuts the bytes of a watch into its lines, as bytes. Law: however they are cut into chunks, the lines are the same. */
export class LineSplitter {
  #pending: Buffer[] = [];
  #pendingBytes = 0;

  /** In: the next chunk. Out: the lines it completes, without the line break. Throws LineFault. */
  *push(chunk: Uint8Array): Generator<Buffer, void, undefined> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      this.#keep(bytes.subarray(start, end));
      start = end + 1;
      const line = this.#pending.length === 1 ? this.#pending[0] : Buffer.concat(this.#pending);
      this.#pending = [];
      this.#pendingBytes = 0;
      if (line !== undefined && line.length > 0) yield line;
    }
    this.#keep(bytes.subarray(start));
  }

  #keep(part: Buffer): void {
    if (part.length === 0) return;
    this.#pendingBytes += part.length;
    if (this.#pendingBytes > MAX_OBJECT_BYTES) throw new LineFault(`a line of a watch is longer than ${MAX_OBJECT_BYTES} bytes`);
    this.#pending.push(part);
  }
}
