import type { ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import { statusObject, type Refusal } from './refusal.ts';

/** HTTP/1.1 and HTTP/2 answers are alike for us. */
export type RawResponse = ServerResponse | Http2ServerResponse;

/** The caller has gone; nothing more is to be written. */
export class CallerGone extends Error {}

const BLOCK_BYTES = 32 * 1024;

/** One answer, written as fast as the caller reads and no faster. */
export class Outgoing {
  readonly #response: ServerResponse;
  readonly #raw: RawResponse;
  readonly #isLeaving: () => boolean;
  readonly #gone = new AbortController();
  #block: Buffer[] = [];
  #blockBytes = 0;
  #hasBegun = false;

  /** In: the response, and whether this server is leaving. */
  constructor(response: RawResponse, isLeaving: () => boolean = () => false) {
    this.#isLeaving = isLeaving;
    // Node's HTTP/2 answers have the methods of its HTTP/1.1 answers (Node doc "Compatibility API"); TypeScript does not join the overloads.
    this.#response = response as ServerResponse;
    this.#raw = response;
    response.once('close', () => { this.#gone.abort(new CallerGone('the caller has gone')); });
    response.on('error', () => { this.#gone.abort(new CallerGone('the connection broke')); });
  }

  /** Aborts when the connection is closed, by whichever side. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Sends the head. */
  begin(status: number, contentType: string, headers: Readonly<Record<string, string>> = {}): void {
    this.#begin(status, { 'content-type': contentType, 'cache-control': 'no-cache, private', ...headers }, this.#isLeaving());
  }

  /**
   * Sends the head of a watch. Over HTTP/1.1 its connection ends with it: it may end because this server does, and a client that had a next request on its way
   * would take the closed connection for an error. HTTP/2 has GOAWAY for that.
   */
  beginWatch(): void {
    this.#begin(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' }, true);
  }

  #begin(status: number, headers: Readonly<Record<string, string>>, isLast: boolean): void {
    this.#hasBegun = true;
    // HTTP/2 knows no such header (RFC 9113, 8.2.2).
    this.#response.writeHead(status, isLast && !('stream' in this.#raw) ? { ...headers, connection: 'close' } : { ...headers });
    this.#response.flushHeaders();
  }

  /** Takes bytes; resolves when there is room for more. Throws CallerGone. */
  async write(bytes: Uint8Array | string): Promise<void> {
    const part = typeof bytes === 'string' ? Buffer.from(bytes) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#block.push(part);
    this.#blockBytes += part.length;
    if (this.#blockBytes >= BLOCK_BYTES) await this.flush();
  }

  /** Hands what was taken to the connection. */
  async flush(): Promise<void> {
    this.#gone.signal.throwIfAborted();
    if (this.#blockBytes === 0) return;
    const block = Buffer.concat(this.#block);
    this.#block = [];
    this.#blockBytes = 0;
    if (this.#response.write(block)) return;
    await new Promise<void>((resolve, reject) => {
      const end = (): void => {
        this.#response.removeListener('drain', done);
        reject(this.#gone.signal.reason as Error);
      };
      const done = (): void => {
        this.#gone.signal.removeEventListener('abort', end);
        resolve();
      };
      this.#response.once('drain', done);
      this.#gone.signal.addEventListener('abort', end, { once: true });
    });
  }

  async end(): Promise<void> {
    await this.flush();
    this.#response.end();
  }

  /** Breaks the answer off, so that nobody takes half of it for the whole. */
  destroy(): void {
    if ('stream' in this.#raw) this.#raw.stream.close();
    else this.#raw.destroy();
  }

  /** Answers with a Status; on an answer that has begun, breaks off. */
  refuse(refusal: Refusal, headers: Readonly<Record<string, string>> = {}): void {
    if (this.#hasBegun) {
      this.destroy();
      return;
    }
    if (this.#gone.signal.aborted) return;
    this.#hasBegun = true;
    this.#response.writeHead(refusal.code, { 'content-type': 'application/json', ...headers });
    this.#response.end(JSON.stringify(statusObject(refusal)));
  }
}
