import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { TLSSocket } from 'node:tls';
import { certificateFiles, selfSigned } from '../cluster/certificates.ts';
import { NODE_ADDRESS } from '../cluster/node/addresses.ts';
import { say, type Look } from './screen.ts';
import { answerIs, viaRouter, type Stage } from './stage.ts';

/* Routes with TLS, by requests. The API server's own Service is a backend with TLS that every cluster has. */

/** What the router's certificate is for when a Route brings none. */
export const DEFAULT_NAME = 'router.apps.example.com';
const PROJECT = 'microsvc-sample';
const DOMAIN = 'apps.example.com';

interface TlsRoute {
  readonly name: string;
  readonly namespace: string;
  readonly to: string;
  readonly targetPort: string;
  readonly tls: object;
}

function tlsRoute({ name, namespace, to, targetPort, tls }: TlsRoute): object {
  return { apiVersion: 'route.openshift.io/v1', kind: 'Route', metadata: { name, namespace }, spec: { host: `${name}.${DOMAIN}`, to: { kind: 'Service', name: to }, port: { targetPort }, tls } };
}

/** A GET over TLS at the router. Out: status, the name on the certificate, and the body, in one line. */
function askTls(host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: NODE_ADDRESS, port: 443, servername: host, path: '/', agent: false, rejectUnauthorized: false, timeout: 10_000, headers: { host } }, (response) => {
      const name = response.socket instanceof TLSSocket ? response.socket.getPeerCertificate().subject.CN : '';
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => { chunks.push(chunk); });
      response.once('error', reject);
      response.once('end', () => { resolve(`${response.statusCode} ${name} ${Buffer.concat(chunks).toString('utf8').replaceAll('\n', ' ').slice(0, 300)}`); });
    });
    outgoing.once('timeout', () => outgoing.destroy(new Error('no answer')));
    outgoing.once('error', reject);
    outgoing.end();
  });
}

async function tlsAnswers(host: string, isGood: (line: string) => boolean): Promise<Look> {
  const seen = await askTls(host);
  return { isGood: isGood(seen), seen };
}

/** Plays edge with Redirect and Allow, reencrypt and passthrough. In: the cluster's folder, which holds the CA of the API server. */
export async function playTlsRoutes(stage: Stage, dir: string): Promise<void> {
  say('\n== Routes with TLS');
  const { checks, feed } = stage;
  const destinationCACertificate = await readFile(certificateFiles(dir).caFile, 'utf8');
  const app = { namespace: PROJECT, to: 'outsider-web', targetPort: 'http' };
  const server = { namespace: 'default', to: 'kubernetes', targetPort: 'https' };
  const web = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'outsider-web', namespace: PROJECT }, spec: { selector: { app: 'outsider' }, ports: [{ name: 'http', port: 8080, targetPort: 'http' }] } };
  const routes = [
    tlsRoute({ ...app, name: 'edge', tls: { termination: 'edge', insecureEdgeTerminationPolicy: 'Redirect' } }),
    tlsRoute({ ...app, name: 'allow', tls: { termination: 'edge', insecureEdgeTerminationPolicy: 'Allow' } }),
    tlsRoute({ ...server, name: 'reencrypt', tls: { termination: 'reencrypt', destinationCACertificate } }),
    tlsRoute({ ...server, name: 'strange-ca', tls: { termination: 'reencrypt', destinationCACertificate: (await selfSigned('stranger', new Date())).replace(/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*$/, '') } }),
    tlsRoute({ ...server, name: 'through', tls: { termination: 'passthrough' } }),
  ];
  await feed([web, ...routes], 'apply');
  await checks.holds('edge: the router ends TLS with its certificate, and says that it was https', () =>
    tlsAnswers(`edge.${DOMAIN}`, (line) => line.startsWith(`200 ${DEFAULT_NAME} `) && line.includes('"x-forwarded-proto":"https"')));
  await checks.holds('its plain requests are sent to https', () =>
    answerIs(viaRouter(stage, `edge.${DOMAIN}`, '/a?b=c'), ({ status, headers }) => status === 302 && headers['location'] === `https://edge.${DOMAIN}/a?b=c`));
  await checks.holds('Allow: its plain requests are served', () => answerIs(viaRouter(stage, `allow.${DOMAIN}`, '/'), ({ status, body }) => status === 200 && body.includes('"x-forwarded-proto":"http"')));
  await checks.holds('reencrypt: the router shows its certificate and checks that of the server', () =>
    tlsAnswers(`reencrypt.${DOMAIN}`, (line) => line.includes(` ${DEFAULT_NAME} `) && line.includes('"kind":')));
  await checks.holds('reencrypt with the CA of a stranger: the server is not believed', () => tlsAnswers(`strange-ca.${DOMAIN}`, (line) => line.startsWith(`503 ${DEFAULT_NAME} `)));
  await checks.holds('passthrough: the server shows its own certificate', () => tlsAnswers(`through.${DOMAIN}`, (line) => line.includes(' kube-apiserver ') && line.includes('"kind":')));
  await checks.holds('neither is served in the clear', () => answerIs(viaRouter(stage, `through.${DOMAIN}`, '/'), ({ status }) => status === 503));
  await feed([web, ...routes], 'delete', '--wait=false');
}
