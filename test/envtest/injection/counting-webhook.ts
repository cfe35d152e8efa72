import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority, createServing } from '../../../src/pki/certificate.ts';

/** A webhook server that admits everything and remembers who was asked about. */
export interface CountingWebhook {
  readonly url: string;
  readonly caBundle: string;
  /** Paths of the calls since the last question, in order. */
  calls(): string[];
  close(): Promise<void>;
}

interface Review { readonly request: { readonly uid: string } }

/** Starts one on loopback, with a certificate of its own authority. */
export async function startCountingWebhook(): Promise<CountingWebhook> {
  const lifetime = { now: new Date(), validityMs: 3_600_000 };
  const authority = await createAuthority('test', lifetime);
  const serving = await createServing(authority, ['127.0.0.1'], lifetime);
  let paths: string[] = [];
  const server = createServer({ cert: serving.certPem, key: serving.keyPem }, (request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => { text += chunk.toString('utf8'); });
    request.on('end', () => {
      paths.push((request.url ?? '').split('?')[0] ?? '');
      const { uid } = (JSON.parse(text) as Review).request;
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid, allowed: true } }));
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caBundle: Buffer.from(authority.certPem, 'utf8').toString('base64'),
    calls() {
      const seen = paths;
      paths = [];
      return seen;
    },
    close: () => new Promise((resolve) => { server.closeAllConnections(); server.close(() => { resolve(); }); }),
  };
}
