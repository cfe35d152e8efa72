import { connect, type ClientHttp2Stream } from 'node:http2';

/*
 * A proxy's stream to istiod (Envoy's aggregated discovery service), as far as hearing of endpoints goes. Three messages of a few text fields each need no code
 * generator: a field is its number and kind in one byte, its length, its bytes.
 */

const METHOD = '/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources';
const ENDPOINTS = 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment';
/** Field numbers of discovery.proto: of the request, and of the response. */
const ASK = { version: 1, node: 2, name: 3, type: 4, nonce: 5 } as const;
const TOLD = { version: 1, nonce: 5 } as const;
const TEXT = 2;
/** Before each message: a byte for compression, four for the length (gRPC over HTTP/2). */
const PREFIX_BYTES = 5;

export interface XdsPlace {
  /** istiod's secure port on this machine; its certificate is taken as it comes. */
  readonly port: number;
  /** Of an account of the proxy's namespace, for audience `istio-ca`. */
  readonly token: string;
  readonly namespace: string;
  /** Name of an Envoy cluster whose endpoints it wants. */
  readonly cluster: string;
}

function varint(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

function field(number: number, value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([number << 3 | TEXT, ...varint(bytes.length)]), bytes]);
}

function framed(message: Buffer): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** The text fields of a message by number; of a repeated one, the last. */
function fieldsOf(message: Buffer): ReadonlyMap<number, Buffer> {
  const fields = new Map<number, Buffer>();
  let at = 0;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++] ?? 0;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = number();
    const length = number();
    if ((tag & 7) !== TEXT) continue;
    fields.set(tag >>> 3, message.subarray(at, at + length));
    at += length;
  }
  return fields;
}

/** One proxy's view of one cluster's endpoints. */
export class XdsStream {
  readonly #stream: ClientHttp2Stream;
  readonly #close: () => void;
  readonly #waiting = new Map<string, (at: number) => void>();
  readonly #opened = Promise.withResolvers<void>();
  #rest: Buffer = Buffer.alloc(0);

  constructor({ port, token, namespace, cluster }: XdsPlace) {
    const session = connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
    this.#close = () => { session.destroy(); };
    this.#stream = session.request({ ':method': 'POST', ':path': METHOD, 'content-type': 'application/grpc', te: 'trailers', authorization: `Bearer ${token}` });
    const fail = (why: string): void => { this.#opened.reject(new Error(`the XDS stream ended: ${why}`)); };
    session.once('error', (error) => { fail(error.message); });
    this.#stream.once('error', (error) => { fail(error.message); });
    for (const part of ['response', 'trailers'] as const) this.#stream.on(part, (headers) => { if (headers['grpc-status'] !== undefined) fail(`${String(headers['grpc-status'])} ${String(headers['grpc-message'])}`); });
    this.#stream.on('data', (chunk: Buffer) => { this.#take(chunk, cluster); });
    const node = field(1, `sidecar~10.1.2.3~bench.${namespace}~${namespace}.svc.cluster.local`);
    this.#ask([field(ASK.node, node), field(ASK.name, cluster), field(ASK.type, ENDPOINTS)]);
  }

  /** Resolves with istiod's first answer; rejects when it refuses. */
  get whenOpen(): Promise<void> {
    return this.#opened.promise;
  }

  /** When a push that holds an address has come: `performance.now()`. Ask before the change. */
  pushOf(address: string): Promise<number> {
    return new Promise((resolve) => { this.#waiting.set(address, resolve); });
  }

  close(): void {
    this.#close();
  }

  #ask(fields: readonly Buffer[]): void {
    this.#stream.write(framed(Buffer.concat(fields)));
  }

  #take(chunk: Buffer, cluster: string): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= PREFIX_BYTES) {
      const end = PREFIX_BYTES + this.#rest.readUInt32BE(1);
      if (this.#rest.length < end) return;
      this.#told(this.#rest.subarray(PREFIX_BYTES, end), cluster);
      this.#rest = this.#rest.subarray(end);
    }
  }

  #told(message: Buffer, cluster: string): void {
    const now = performance.now();
    for (const [address, resolve] of this.#waiting) {
      if (!message.includes(address)) continue;
      this.#waiting.delete(address);
      resolve(now);
    }
    const fields = fieldsOf(message);
    this.#ask([field(ASK.version, fields.get(TOLD.version) ?? ''), field(ASK.name, cluster), field(ASK.type, ENDPOINTS), field(ASK.nonce, fields.get(TOLD.nonce) ?? '')]);
    this.#opened.resolve();
  }
}
