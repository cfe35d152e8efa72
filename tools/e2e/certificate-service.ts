import { X509Certificate } from 'node:crypto';
import type { GrpcAnswer } from './policies/grpc-call.ts';

/*
 * istiod's certificate service (istio.io/api, security/v1alpha1/ca.proto), as far as asking once goes. Two messages of one field each need no
 * code generator: a field is its number and kind in one byte, its length, its bytes.
 */

/** Where istiod signs. */
export const CERTIFICATE_METHOD = '/istio.v1.auth.IstioCertificateService/CreateCertificate';

/** Field 1, of a length that is told: `csr` of the request, `cert_chain` of the answer. */
const FIELD_ONE = 0x0a;

function varint(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

/** The encoded IstioCertificateRequest for a certificate request in PEM. */
export function certificateRequestMessage(csr: string): Buffer {
  const text = Buffer.from(csr, 'utf8');
  return Buffer.concat([Buffer.from([FIELD_ONE, ...varint(text.length)]), text]);
}

/** The first certificate of an encoded IstioCertificateResponse: that of the caller. Undefined when the message is another. */
export function firstCertificate(message: Buffer): string | undefined {
  if (message[0] !== FIELD_ONE) return undefined;
  let [length, at] = [0, 1];
  for (let shift = 0; ; shift += 7, at += 1) {
    const byte = message[at] ?? 0;
    length |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return message.subarray(at + 1, at + 1 + length).toString('utf8');
}

/** A line on what came of asking: `signed: NAMES`, `refused: WORDS`, or `not reached: CODE`. */
export function verdictOn(answer: GrpcAnswer): string {
  if ('unreached' in answer) return `not reached: ${answer.unreached}`;
  if (answer.status !== 0) return `refused: ${answer.status} ${answer.words}`;
  const certificate = firstCertificate(Buffer.from(answer.message, 'base64'));
  return certificate === undefined ? 'an answer without a certificate' : `signed: ${new X509Certificate(certificate).subjectAltName ?? 'no name'}`;
}
