import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from '../../../tools/cluster/api-client.ts';
import { startCluster } from '../../../tools/cluster/cluster.ts';
import type { Pod } from '../../../tools/cluster/pod.ts';
import { settleIn } from '../../../tools/demo/enclosure.ts';
import { eventually } from '../../support/eventually.ts';

/* Runs in a network and mount namespace of its own, started by pod-processes.test.ts: plays pods as processes and prints what it saw, as JSON. */
const NODE = '/usr/local/bin/node';
const APP = '/app/main.mts';
const IMAGE = {
  repository: 'registry.example.com/app', entrypoint: [NODE, APP], user: 1000,
  files: { [NODE]: process.execPath, [APP]: join(import.meta.dirname, '..', '..', 'sample-app', 'main.ts') },
};

await settleIn();
const cluster = await startCluster({ images: [IMAGE] });
const client = connect(cluster.server, await readFile(cluster.caFile, 'utf8'), cluster.token('admin'));

const pod = (name: string): Promise<Pod> => client.call<Pod>(`/api/v1/namespaces/default/pods/${name}`);
const isReady = async (name: string): Promise<boolean> => (await pod(name)).status?.containerStatuses?.every(({ ready }) => ready) === true;
const ask = async (name: string, path: string): Promise<string> => (await fetch(`http://${(await pod(name)).status?.podIP}:8080${path}`)).text();
/** A call from inside pod `client`, by the name of the Service; waits until its line begins as told. */
const call = (beginning: string): Promise<string> => eventually(`a call that begins with ${beginning}`, async () => {
  const line = await ask('client', `/call?url=${encodeURIComponent('http://web/hello')}`);
  return line.startsWith(beginning) && line.trim();
});

try {
  const applied = await cluster.kubectl(['apply', '-f', join(import.meta.dirname, 'enclosed-pods.yaml')]);
  if (applied.code !== 0) throw new Error(applied.stderr);
  await eventually('pods ready', async () => (await Promise.all(['web', 'client', 'inspector'].map(isReady))).every(Boolean));
  const reached = await call('200');
  const inside = await eventually('the inspector', () => ask('inspector', '/'));
  await ask('web', '/ctl/fail/on');
  await eventually('web is not ready while it fails', async () => !await isReady('web'));
  const failing = await call('000');
  await ask('web', '/ctl/fail/off');
  const again = await call('200');
  const restarts = await eventually('a program that ends is started again', async () => (await pod('broken')).status?.containerStatuses?.find(({ restartCount = 0 }) => restartCount > 0)?.restartCount);
  await cluster.kubectl(['delete', 'pod', 'web', '--wait=true']);
  const gone = await call('000');
  const { status } = await pod('played');
  process.stdout.write(`${JSON.stringify({ reached, failing, again, gone, restarts, played: status?.phase, inside: JSON.parse(inside) })}\n`);
} finally {
  client.close();
  await cluster.stop();
}
process.exit();
