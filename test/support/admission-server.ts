import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority, createServing } from '../../src/pki/certificate.ts';
import type { JsonObject } from '../../src/lib/json.ts';

/** An admission webhook on loopback, with a certificate of its own authority. */
export interface AdmissionServer {
  readonly url: string;
  readonly caBundle: string;
  close(): Promise<void>;
}

/** What the API server asks. */
export interface Review { readonly request: { readonly uid: string; readonly object: JsonObject } }

/** Starts one. In: what it answers beside `allowed: true`; a path is without its query. */
export async function startAdmissionServer(answer: (path: string, review: Review) => JsonObject): Promise<AdmissionServer> {
  const lifetime = { now: new Date(), validityMs: 3_600_000 };
  const authority = await createAuthority('test', lifetime);
  const serving = await createServing(authority, ['127.0.0.1'], lifetime);
  const server = createServer({ cert: serving.certPem, key: serving.keyPem }, (request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => { text += chunk.toString('utf8'); });
    request.on('end', () => {
      const review = JSON.parse(text) as Review;
      const { uid } = review.request;
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid, allowed: true, ...answer((request.url ?? '').split('?')[0] ?? '', review) } }));
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caBundle: Buffer.from(authority.certPem, 'utf8').toString('base64'),
    close: () => new Promise((resolve) => { server.closeAllConnections(); server.close(() => { resolve(); }); }),
  };
}
