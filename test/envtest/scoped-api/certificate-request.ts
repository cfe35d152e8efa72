import { connect } from 'node:http2';
import forge from 'node-forge';

/** A gRPC status: 0 is success, 16 "unauthenticated" (gRPC doc "Status codes"). */
export type GrpcStatus = number;

const PATH = '/istio.v1.auth.IstioCertificateService/CreateCertificate';

function signingRequest(): string {
  const keys = forge.pki.rsa.generateKeyPair(2048);
  const request = forge.pki.createCertificationRequest();
  request.publicKey = keys.publicKey;
  request.setSubject([{ name: 'organizationName', value: 'test' }]);
  request.sign(keys.privateKey, forge.md.sha256.create());
  return forge.pki.certificationRequestToPem(request);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push(rest % 128 + 128);
  }
}

/** IstioCertificateRequest: field 1 the request, field 3 how long, in seconds (istio/api security/v1alpha1/ca.proto); framed as gRPC has it. */
function message(csr: string): Buffer {
  const text = Buffer.from(csr);
  const body = Buffer.concat([Buffer.from([0x0a]), varint(text.length), text, Buffer.from([0x18]), varint(3600)]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

/** Asks an istiod of this machine for a certificate, as a proxy does. Out: what it answers. */
export function askForCertificate(port: number, token: string): Promise<GrpcStatus> {
  const session = connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  return new Promise<GrpcStatus>((resolve, reject) => {
    session.once('error', reject);
    const stream = session.request({ ':method': 'POST', ':path': PATH, 'content-type': 'application/grpc', te: 'trailers', authorization: `Bearer ${token}` });
    let status: unknown;
    const note = (headers: object): void => { status = (headers as Record<string, unknown>)['grpc-status'] ?? status; };
    stream.on('response', note);
    stream.on('trailers', note);
    stream.once('error', reject);
    stream.on('end', () => { resolve(Number(status)); });
    stream.resume();
    stream.end(message(signingRequest()));
  }).finally(() => { session.close(); });
}
