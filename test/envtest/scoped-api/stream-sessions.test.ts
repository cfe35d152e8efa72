import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { NoSession, StreamSessions, type StreamAnswer } from '../../../src/runtime/stream-sessions.ts';
import { eventually } from '../../support/eventually.ts';
import { startCluster, type Cluster } from '../../../tools/cluster/cluster.ts';

const WATCHES = 200;

let cluster: Cluster;
before(async () => { cluster = await startCluster({ controllerManager: false, kubelet: false }); });
after(() => cluster.stop());

test('many watches of the API server share few connections, each hears what is its own, and connections go with their last one', async () => {
  const sessions = new StreamSessions(cluster.server);
  const tls = { ca: readFileSync(cluster.caFile) };
  const get = (path: string): Promise<StreamAnswer> => sessions.get({ path, headers: { authorization: `Bearer ${cluster.token('admin')}` } }, tls);
  const open = await Promise.all(Array.from({ length: WATCHES }, (_, at) => get(`/api/v1/namespaces/default/configmaps?watch=true&fieldSelector=metadata.name%3Dc-${at}`)));
  assert.deepEqual([...new Set(open.map(({ status }) => status))], [200]);
  assert.ok(sessions.size <= 3, `${sessions.size} connections`);
  const heard = open.map(() => '');
  for (const [at, { body }] of open.entries()) body.on('data', (chunk: Buffer) => { heard[at] += chunk.toString(); });
  for (const name of ['c-0', `c-${WATCHES - 1}`]) {
    const { code, stderr } = await cluster.kubectl(['create', 'configmap', name]);
    assert.equal(code, 0, stderr);
  }
  await eventually('both are heard of', () => heard.filter((text) => text.includes('"ADDED"')).length === 2);
  assert.ok(heard[0]?.includes('"c-0"') === true && heard[WATCHES - 1]?.includes(`"c-${WATCHES - 1}"`) === true);
  for (const { cancel } of open) cancel();
  await eventually('no connection is left', () => sessions.size === 0);
  const refused = await sessions.get({ path: '/api/v1/secrets?watch=true', headers: { authorization: 'Bearer nobody' } }, tls);
  assert.equal(refused.status, 401);
  sessions.close();
});

test('an answer that has come whole before anybody reads it is whole', async () => {
  const sessions = new StreamSessions(cluster.server);
  const { body } = await sessions.get({ path: '/api/v1/namespaces?limit=5', headers: { authorization: `Bearer ${cluster.token('admin')}` } }, { ca: readFileSync(cluster.caFile) });
  await sleep(500);
  const parts: Buffer[] = [];
  for await (const part of body) parts.push(part as Buffer);
  assert.equal((JSON.parse(Buffer.concat(parts).toString()) as { kind: string }).kind, 'NamespaceList');
  sessions.close();
});

test('an address where nobody speaks HTTP/2 is said so, for another way to be tried', async () => {
  const sessions = new StreamSessions('https://127.0.0.1:1');
  await assert.rejects(sessions.get({ path: '/', headers: {} }, {}), NoSession);
  sessions.close();
});
