import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parse, stringify } from 'yaml';
import { CONFIG_MAP, NAMESPACE, SECRET } from '../../../src/api/kinds.ts';
import { objectOf, resourcePath } from '../../../src/k8s/resource.ts';
import { CachePool } from '../../../src/runtime/cache-pool.ts';
import { loadAccess } from '../../../src/runtime/kube-config.ts';
import { createRest } from '../../../src/runtime/rest-client.ts';
import { ApiError, type Rest } from '../../../src/runtime/rest.ts';
import { startCluster, type Cluster } from '../../../tools/cluster/cluster.ts';
import { eventually } from '../../support/eventually.ts';

let cluster: Cluster;
let rest: Rest;
before(async () => {
  cluster = await startCluster({ controllerManager: false, kubelet: false });
  rest = createRest(loadAccess({ kubeconfig: cluster.kubeconfig }), { userAgent: 'memory-test/1' });
}, { timeout: 120_000 });
after(async () => {
  await rest.close();
  await cluster.stop();
});

const OBJECTS = 1500;

/** Bytes of the heap that are in use after everything unused was collected. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

test('an object of which only the metadata is cached takes less than 2 KiB, however large it is, and none of its content', { timeout: 120_000 }, async (t) => {
  const labels = { 'app.kubernetes.io/name': 'sample', 'app.kubernetes.io/instance': 'sample-one', 'app.kubernetes.io/part-of': 'memory-test', 'pod-template-hash': '7d9c5b8f4' };
  const stringData = { text: 'not-in-the-cache'.repeat(1000) };
  const create = (n: number): Promise<unknown> => rest.call({
    method: 'POST', path: resourcePath(SECRET, { namespace: 'default' }), body: objectOf(SECRET, { name: `secret-of-some-length-${n}`, namespace: 'default', labels }, { stringData }),
  });
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < OBJECTS) {
      next += 1;
      await create(next);
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));

  const source = { id: 'secrets', type: SECRET, metadataOnly: true, indexes: { app: () => ['sample'] } } as const;
  const stop = new AbortController();
  t.after(() => stop.abort());
  const pool = new CachePool(rest);
  pool.add(source);
  const empty = heapInUse();
  pool.start(stop.signal);
  await pool.whenSynced(stop.signal);
  const perObject = (heapInUse() - empty) / pool.list(source).length;
  console.log(`memory: ${Math.round(perObject)} bytes per cached metadata-only object (${OBJECTS} Secrets of 16 KB, four labels, one index); 20,000 would take ${Math.round(perObject * 20_000 / 2 ** 20)} MiB`);
  assert.equal(pool.list(source).length, OBJECTS);
  assert.ok(perObject < 2 * 1024, `${perObject} bytes`);
  assert.ok(!JSON.stringify(pool.list(source)).includes(Buffer.from('not-in-the-cache').toString('base64').slice(0, 12)));
  assert.deepEqual(Object.keys(pool.list(source)[0] ?? {}), ['apiVersion', 'kind', 'metadata']);
  assert.equal(pool.list(source)[0]?.metadata.managedFields, undefined);
});

test('an HTTP proxy is asked for a tunnel, and TLS is spoken through it to the API server itself', async (t) => {
  const tunnels: (string | undefined)[] = [];
  const proxy = createServer();
  const sockets = new Set<Socket>();
  proxy.on('connect', (request: IncomingMessage, client: Socket) => {
    tunnels.push(request.url);
    const [host, port] = (request.url ?? '').split(':');
    const onward = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(client).pipe(onward);
    });
    for (const socket of [client, onward]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
    }
  });
  await new Promise<void>((listening) => {
    proxy.listen(0, '127.0.0.1', listening);
  });
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  const { port } = proxy.address() as AddressInfo;
  const tunnelled = createRest({ ...loadAccess({ kubeconfig: cluster.kubeconfig }), proxyUrl: `http://127.0.0.1:${port}` }, { userAgent: 'tunnel/1' });
  t.after(() => tunnelled.close());
  assert.equal(await tunnelled.call({ method: 'GET', path: '/readyz' }), 'ok');
  assert.deepEqual(tunnels, [new URL(cluster.server).host]);
});

test('a server whose certificate is not signed by the CA of the kubeconfig is not spoken to', async (t) => {
  const access = loadAccess({ kubeconfig: cluster.kubeconfig });
  const stranger = createRest({ ...access, credentials: async () => ({ ...(await access.credentials()), tls: {} }) }, { userAgent: 'stranger/1' });
  t.after(() => stranger.close());
  await assert.rejects(stranger.call({ method: 'GET', path: '/version' }), (error) => error instanceof ApiError && error.status === 0 && /certificate/.test(error.message));
});

test('a renewed token is picked up with the first 401', async (t) => {
  const tokenFile = join(cluster.dir, 'renewed.token');
  writeFileSync(tokenFile, 'expired');
  const kubeconfig = join(cluster.dir, 'renewed.kubeconfig');
  const config = parse(readFileSync(cluster.kubeconfig, 'utf8')) as { users: { name: string }[] };
  writeFileSync(kubeconfig, stringify({ ...config, users: config.users.map(({ name }) => ({ name, user: { tokenFile } })) }));
  const renewed = createRest(loadAccess({ kubeconfig }), { userAgent: 'renewed/1' });
  t.after(() => renewed.close());
  await assert.rejects(renewed.call({ method: 'GET', path: resourcePath(NAMESPACE) }), { status: 401 });
  writeFileSync(tokenFile, cluster.token('admin'));
  // The files are read at most once a second.
  await eventually('the new token is used', () => renewed.call({ method: 'GET', path: resourcePath(NAMESPACE) }).then(() => true, () => false));
});

test('the API server\'s own words come back: forbidden, absent, there already', async (t) => {
  const alice = createRest(loadAccess({ kubeconfig: cluster.kubeconfigFor('alice') }), { userAgent: 'alice/1' });
  t.after(() => alice.close());
  await assert.rejects(alice.call({ method: 'GET', path: resourcePath(SECRET) }), { status: 403, reason: 'Forbidden' });
  await assert.rejects(rest.call({ method: 'GET', path: resourcePath(CONFIG_MAP, { namespace: 'default', name: 'absent' }) }), { status: 404, reason: 'NotFound' });
  await assert.rejects(rest.call({ method: 'GET', path: '/apis/nowhere.test/v1/things' }), { status: 404, reason: '' });
  await assert.rejects(rest.call({ method: 'POST', path: resourcePath(NAMESPACE), body: objectOf(NAMESPACE, { name: 'default' }) }), { status: 409, reason: 'AlreadyExists' });
});
