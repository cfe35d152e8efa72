import { connect } from 'node:http2';

/** A unary gRPC call to a server whose certificate is taken as it comes, as somebody would make it who has only his own token. */
export interface GrpcCall {
  readonly address: string;
  readonly port: number;
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The encoded message, in base64. */
  readonly message: string;
}

/** What came of it: gRPC's own status with its words, 0 with the encoded answer in base64; or that of a connection that did not come about. */
export type GrpcAnswer =
  | { readonly status: number; readonly words: string; readonly message: string }
  | { readonly unreached: string };

const TIMEOUT_MS = 5000;
/** Before each message: a byte for compression, four for the length (gRPC over HTTP/2, "Length-Prefixed-Message"). */
const PREFIX_BYTES = 5;

function framed(message: Buffer): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** The system's word. A stream that ends with its connection only names the connection's error as its cause. */
function wordOf(error: NodeJS.ErrnoException): string {
  return error.cause instanceof Error ? wordOf(error.cause) : error.code ?? error.message;
}

/** Makes the call on a connection of its own. Never rejects. */
export function callGrpc({ address, port, path, headers, message }: GrpcCall): Promise<GrpcAnswer> {
  return new Promise((resolve) => {
    const session = connect(`https://${address}:${port}`, { rejectUnauthorized: false });
    const end = (answer: GrpcAnswer): void => {
      session.destroy();
      resolve(answer);
    };
    const fail = (error: Error): void => { end({ unreached: wordOf(error) }); };
    session.once('error', fail).setTimeout(TIMEOUT_MS, () => { end({ unreached: 'ETIMEDOUT' }); });
    const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', ...headers });
    const chunks: Buffer[] = [];
    // An error without a message comes with the headers, any other with the trailers.
    let told: Readonly<Record<string, unknown>> = {};
    stream.on('response', (given) => { told = { ...told, ...given }; });
    stream.on('trailers', (given) => { told = { ...told, ...given }; });
    stream.on('data', (chunk: Buffer) => { chunks.push(chunk); });
    stream.once('error', fail);
    stream.once('end', () => {
      const body = Buffer.concat(chunks).subarray(PREFIX_BYTES);
      end({ status: Number(told['grpc-status']), words: decodeURIComponent(String(told['grpc-message'] ?? '')), message: body.toString('base64') });
    });
    stream.end(framed(Buffer.from(message, 'base64')));
  });
}
