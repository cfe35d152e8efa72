import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { after, before, test } from 'node:test';
import { selfSigned } from '../../../tools/cluster/certificates.ts';
import { freePorts } from '../../../tools/cluster/ports.ts';
import { lastLines, startProcess, type Running } from '../../../tools/cluster/processes.ts';
import { haproxyConfig } from '../../../tools/cluster/router/haproxy-config.ts';
import { haproxyProgram } from '../../../tools/cluster/router/haproxy-program.ts';
import type { RoutedRoute } from '../../../tools/cluster/router/route-table.ts';
import type { Service } from '../../../tools/cluster/service-table.ts';
import { eventually } from '../../support/eventually.ts';
import { installWalk, joinWalk, sample, startFixture, type OperatorFixture } from '../../support/operator-fixture.ts';

/* The walk's Gateway and one with TLS, their Routes made by the operator, and a real HAProxy that serves what the Routes say. */

const run = promisify(execFile);
const ROUTES = '/apis/route.openshift.io/v1/namespaces/istio-system/routes?labelSelector=maistra.io%2Fgenerated-by%3Dior';
const SECURE = 'secure.apps.example.com';

let fixture: OperatorFixture;
let dir: string;
let haproxy: Running;
let http = 0;
let https = 0;
const servers: Server[] = [];
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tmesh-haproxy-'));
  fixture = await startFixture('openshift');
  await installWalk(fixture);
  await joinWalk(fixture);
});
after(async () => {
  await haproxy?.stop(2000);
  for (const server of servers) server.close();
  await fixture.stop();
  await rm(dir, { recursive: true });
});

/** Plays the gateway's pods: says which port was met, and for which host. */
async function startBackends(): Promise<Readonly<Record<string, number>>> {
  const [key, cert] = ['key.pem', 'cert.pem'].map((file) => join(dir, file));
  await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${SECURE}`, '-addext', `subjectAltName=DNS:${SECURE}`, '-keyout', key ?? '', '-out', cert ?? '']);
  const ports = await freePorts(2);
  const plain = createServer((request, response) => { response.end(`http2 ${request.headers.host}`); });
  const secure = createTlsServer({ key: await readFile(key ?? ''), cert: await readFile(cert ?? '') }, (request, response) => { response.end(`https ${request.headers.host}`); });
  servers.push(plain, secure);
  await Promise.all(servers.map((server, at) => new Promise<void>((resolve) => { server.listen(ports[at], '127.0.0.1', resolve); })));
  return { http2: ports[0] ?? 0, https: ports[1] ?? 0 };
}

async function startHaproxy(): Promise<void> {
  const routes = await eventually('three admitted Routes', async () => {
    const { items } = await fixture.client.call<{ items: readonly RoutedRoute[] }>(ROUTES);
    return items.length === 3 && items.every(({ status }) => status?.ingress?.[0]?.conditions?.[0]?.status === 'True') ? items : undefined;
  }, 30);
  const backends = await startBackends();
  const gateway = await fixture.client.call<Service>('/api/v1/namespaces/istio-system/services/istio-ingressgateway');
  const [first = 0, second = 0, revision = 0] = await freePorts(3);
  [http, https] = [first, second];
  const defaultCertificate = join(dir, 'default.pem');
  await writeFile(defaultCertificate, await selfSigned('*.apps.example.com', new Date()));
  const plan = { address: '127.0.0.1', ports: { http, https, revision }, folder: dir, defaultCertificate, socket: `tmesh-test-${process.pid}` };
  const { text, files } = haproxyConfig(plan, routes, { service: () => gateway, backends: (_service, portName) => [{ address: '127.0.0.1', port: backends[portName ?? ''] ?? 0 }] });
  for (const [name, content] of Object.entries(files)) await writeFile(join(dir, name), content);
  const file = join(dir, 'haproxy.cfg');
  await writeFile(file, text);
  const program = await haproxyProgram();
  const logFile = join(dir, 'haproxy.log');
  haproxy = startProcess({ name: 'haproxy', file: program.file, args: ['-db', '-f', file], env: program.env, logFile });
  await eventually('HAProxy answers', async () => {
    if (haproxy.hasEnded()) throw new Error(await lastLines(logFile, 20));
    return (await fetch(`http://127.0.0.1:${http}/`)).status > 0;
  });
}

/** curl, with the host's name leading to HAProxy. Out: body, and the words of `-w`. */
async function curl(url: string, ...flags: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(url);
  return (await run('curl', ['--silent', '--show-error', '--noproxy', '*', '--resolve', `${hostname}:${port}:127.0.0.1`, ...flags, url])).stdout;
}

test("the walk's hosts reach the gateway's plain port, and others nobody", async () => {
  await fixture.kubectl('apply', '-n', 'microsvc-sample', '-f', sample('03-vs-gw.yaml'));
  await fixture.client.call('/apis/networking.istio.io/v1/namespaces/microsvc-sample/gateways', { method: 'POST', body: {
    apiVersion: 'networking.istio.io/v1', kind: 'Gateway', metadata: { name: 'secure', namespace: 'microsvc-sample' },
    spec: { selector: { istio: 'ingressgateway' }, servers: [
      { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: [SECURE], tls: { httpsRedirect: true } },
      { port: { number: 443, name: 'https', protocol: 'HTTPS' }, hosts: [`microsvc-sample/${SECURE}`], tls: { mode: 'SIMPLE', credentialName: 'secure' } },
    ] },
  } });
  await startHaproxy();
  for (const host of ['sample.apps.example.com', 'caller.apps.example.com']) assert.equal(await curl(`http://${host}:${http}/`), `http2 ${host}:${http}`);
  assert.equal(await curl(`http://nobody.apps.example.com:${http}/`, '-o', '/dev/null', '-w', '%{http_code}'), '503');
});

test('TLS passes through: curl trusts the certificate of the gateway, and meets its TLS port', async () => {
  assert.equal(await curl(`https://${SECURE}:${https}/`, '--cacert', join(dir, 'cert.pem')), `https ${SECURE}:${https}`);
  assert.equal(await curl(`https://sample.apps.example.com:${https}/`, '--insecure', '-o', '/dev/null', '-w', '%{http_code}'), '503', 'a host without TLS is served in the clear only');
});

test('plain requests for the TLS host are redirected', async () => {
  const told = await curl(`http://${SECURE}:${http}/x`, '-o', '/dev/null', '-w', '%{http_code} %{redirect_url}');
  assert.match(told, new RegExp(`^302 https://${SECURE}(:\\d+)?/x$`));
});
