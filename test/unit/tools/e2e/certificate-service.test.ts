import assert from 'node:assert/strict';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { X509Certificate } from 'node:crypto';
import forge from 'node-forge';
import { certificateRequest, selfSigned } from '../../../../tools/cluster/certificates.ts';
import { CERTIFICATE_METHOD, certificateRequestMessage, firstCertificate, verdictOn } from '../../../../tools/e2e/certificate-service.ts';
import { callGrpc, type GrpcAnswer } from '../../../../tools/e2e/policies/grpc-call.ts';

/** One gRPC service in a few lines: refuses without a token, and answers with what it got, as a certificate of the first field would come. */
let server: Http2SecureServer;
let port = 0;
before(async () => {
  const [cert = '', key = ''] = (await selfSigned('localhost', new Date())).split(/(?=-----BEGIN RSA)/);
  server = createSecureServer({ cert, key });
  server.on('stream', (stream, headers) => {
    if (headers['authorization'] !== 'Bearer good') {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '16', 'grpc-message': 'request authenticate failure' }, { endStream: true });
      return;
    }
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => { chunks.push(chunk); });
    stream.once('end', () => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.once('wantTrailers', () => { stream.sendTrailers({ 'grpc-status': '0' }); });
      stream.end(Buffer.concat(chunks));
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  port = (server.address() as AddressInfo).port;
});
after(() => { server.close(); });

function asked(authorization: string, text: string): Promise<GrpcAnswer> {
  return callGrpc({ address: '127.0.0.1', port, path: CERTIFICATE_METHOD, headers: { authorization }, message: certificateRequestMessage(text).toString('base64') });
}

describe('asking for a certificate', () => {
  it('sends a message and gives what the server answers, of any length', async () => {
    for (const length of [1, 127, 128, 300, 20_000]) {
      const text = 'c'.repeat(length);
      const answer = await asked('Bearer good', text);
      assert.ok('status' in answer && answer.status === 0, JSON.stringify(answer));
      assert.equal(firstCertificate(Buffer.from(answer.message, 'base64')), text);
    }
  });

  it('tells a refusal, with its number and words', async () => {
    assert.equal(verdictOn(await asked('Bearer bad', 'x')), 'refused: 16 request authenticate failure');
  });

  it('tells a connection that did not come about', async () => {
    const answer = await callGrpc({ address: '127.0.0.1', port: 1, path: '/', headers: {}, message: '' });
    assert.equal(verdictOn(answer), 'not reached: ECONNREFUSED');
  });

  it('reads the names of the certificate that was given', async () => {
    const [certificate = ''] = (await selfSigned('web.example.com', new Date())).split(/(?=-----BEGIN RSA)/);
    const message = certificateRequestMessage(certificate).toString('base64');
    assert.equal(verdictOn({ status: 0, words: '', message }), `signed: ${new X509Certificate(certificate).subjectAltName}`);
    assert.equal(verdictOn({ status: 0, words: '', message: '' }), 'an answer without a certificate');
  });

  it('asks for the name that is coveted, signed with a key of its own', async () => {
    const request = forge.pki.certificationRequestFromPem(await certificateRequest('spiffe://cluster.local/ns/a/sa/b'));
    assert.equal(request.verify(), true);
    assert.match(JSON.stringify(request.getAttribute({ name: 'extensionRequest' })), /spiffe:\/\/cluster\.local\/ns\/a\/sa\/b/);
  });
});
