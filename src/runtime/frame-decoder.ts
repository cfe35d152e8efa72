/** Why a stream of frames could not be read: it ended inside a line, a line is not JSON, or a line is longer than allowed. */
export type FrameFault = 'cut' | 'malformed' | 'too-long';

/** A broken stream. The messages never carry the content: it may be a Secret. */
export class FrameError extends Error {
  readonly fault: FrameFault;

  constructor(fault: FrameFault, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'FrameError';
    this.fault = fault;
  }
}

/** etcd takes 1.5 MiB per object and the API server 3 MiB per request; anything far above is not a watch event. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * Cuts the bytes of a watch into JSON values, one per line (Kubernetes doc "API concepts, Efficient detection of changes").
 * Lines are cut on bytes and decoded whole, so a character split across chunks is never seen half:
 * 0x0a does not occur inside a UTF-8 sequence, and JSON escapes it inside strings.
 * Law: however the bytes are cut into chunks, the frames are the same.
 */
export class FrameDecoder {
  readonly #maxFrameBytes: number;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;

  constructor(maxFrameBytes: number = MAX_FRAME_BYTES) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /**
   * In: the next chunk. Out: the frames it completes; read them all before the next chunk.
   * Throws FrameError for a line that is not JSON or is too long, after the frames before it.
   */
  *push(chunk: Uint8Array): Generator<unknown, void, undefined> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end));
      start = end + 1;
      const line = this.#take();
      if (line !== '') yield parseLine(line);
    }
    this.#keep(chunk.subarray(start));
  }

  /** The stream has ended. Throws FrameError when it ended inside a line: what came of it must not be lost silently. */
  end(): void {
    const bytes = this.#pendingBytes;
    if (this.#take() !== '') throw new FrameError('cut', `the stream ended inside a line, after ${bytes} bytes of it`);
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#pendingBytes += part.length;
    if (this.#pendingBytes > this.#maxFrameBytes) {
      throw new FrameError('too-long', `a line is longer than ${this.#maxFrameBytes} bytes`);
    }
    this.#pending.push(part);
  }

  #take(): string {
    const [first] = this.#pending;
    if (first === undefined) return '';
    const bytes = this.#pending.length === 1 ? first : Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8').trim();
  }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // JSON.parse quotes the text in its message, so the cause is dropped.
    throw new FrameError('malformed', `a line of ${line.length} characters is not JSON`);
  }
}
