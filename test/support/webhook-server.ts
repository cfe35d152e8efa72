import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority, createServing } from '../../src/pki/certificate.ts';

/** What the API server asks an admission webhook about. */
export interface AdmissionRequest {
  readonly uid: string;
  readonly name?: string;
  readonly operation: string;
  readonly object: { readonly metadata: { readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>> } };
}

/** An admission webhook of somebody else, on loopback. */
export interface WebhookServer {
  readonly url: string;
  readonly caBundle: string;
  close(): Promise<void>;
}

/** Starts one that allows everything, with a certificate of its own authority. `answer` gives further fields of the response, for the path that was called. */
export async function startWebhookServer(answer: (path: string, request: AdmissionRequest) => object): Promise<WebhookServer> {
  const lifetime = { now: new Date(), validityMs: 3_600_000 };
  const authority = await createAuthority('test', lifetime);
  const serving = await createServing(authority, ['127.0.0.1'], lifetime);
  const server = createServer({ cert: serving.certPem, key: serving.keyPem }, (incoming, response) => {
    let text = '';
    incoming.on('data', (chunk: Buffer) => { text += chunk.toString('utf8'); });
    incoming.on('end', () => {
      const { request } = JSON.parse(text) as { readonly request: AdmissionRequest };
      response.setHeader('Content-Type', 'application/json');
      const more = answer((incoming.url ?? '').split('?')[0] ?? '', request);
      response.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid: request.uid, allowed: true, ...more } }));
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caBundle: Buffer.from(authority.certPem, 'utf8').toString('base64'),
    close: () => new Promise((resolve) => { server.closeAllConnections(); server.close(() => { resolve(); }); }),
  };
}

/** The response fields of a webhook that changes the object by a JSON patch (RFC 6902). */
export function patched(operations: readonly object[]): object {
  return operations.length === 0 ? {} : { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(operations), 'utf8').toString('base64') };
}

/** A MutatingWebhookConfiguration with one webhook `rewrite.example.org` at a path of the server, for creates and updates of a kind. */
export function rewriting(name: string, server: WebhookServer, at: { readonly path: string; readonly group: string; readonly plural: string; readonly namespace?: string }): object {
  const selector = at.namespace === undefined ? {} : { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': at.namespace } } };
  return {
    apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration', metadata: { name },
    webhooks: [{
      name: 'rewrite.example.org', admissionReviewVersions: ['v1'], sideEffects: 'None', failurePolicy: 'Ignore', ...selector,
      clientConfig: { url: `${server.url}${at.path}`, caBundle: server.caBundle },
      rules: [{ apiGroups: [at.group], apiVersions: ['*'], resources: [at.plural], operations: ['CREATE', 'UPDATE'] }],
    }],
  };
}
