import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startCluster, type Cluster } from '../../../tools/cluster/cluster.ts';
import { identityOf, waitUntilGone, type ProcessIdentity } from '../../../tools/cluster/process-identity.ts';

type Pids = Readonly<Record<string, number>>;

const GONE_MS = 10_000;

function identities(pids: Pids): readonly ProcessIdentity[] {
  return Object.values(pids).map((pid) => identityOf(pid)).filter((identity) => identity !== undefined);
}

async function assertGone(processes: readonly ProcessIdentity[]): Promise<void> {
  for (const identity of processes) assert.ok(await waitUntilGone(identity, GONE_MS), `process ${identity.pid} is still there`);
}

async function startOwner(dir: string): Promise<{ readonly owner: ChildProcess; readonly pids: Pids }> {
  const owner = spawn(process.execPath, [join(import.meta.dirname, 'owner.ts'), dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const chunk of owner.stdout) {
    text += String(chunk);
    if (text.endsWith('\n')) break;
  }
  return { owner, pids: JSON.parse(text) as Pids };
}

describe('a cluster and its owner', () => {
  let dir = '';
  before(async () => { dir = await mkdtemp(join(tmpdir(), 'tmesh-survival-')); });
  after(() => rm(dir, { recursive: true }));

  it('leaves no process when the owner is killed', async () => {
    const { owner, pids } = await startOwner(dir);
    const processes = identities(pids);
    assert.equal(processes.length, 5);
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    await assertGone(processes);
  });

  it('starts again in the same folder after that, on the same port, with what it had stored', async () => {
    const first = await startCluster({ dir });
    const { server } = first;
    assert.equal((await first.kubectl(['create', 'namespace', 'kept'])).code, 0);
    const processes = identities(first.pids);
    process.kill(first.pids['host'] ?? 0, 'SIGKILL');
    await assertGone(processes);
    const second = await startCluster({ dir });
    assert.equal((await second.kubectl(['get', 'namespace', 'kept'])).code, 0);
    assert.equal(second.server, server);
    await second.stop();
  });

  it('kills by itself what an earlier run left in the folder', async () => {
    const first = await startCluster({ dir });
    const processes = identities(first.pids);
    for (const name of ['watchdog', 'host'] as const) process.kill(first.pids[name] ?? 0, 'SIGKILL');
    assert.ok(identityOf(first.pids['etcd'] ?? 0) !== undefined, 'etcd is orphaned, not gone');
    const lines: string[] = [];
    const second = await startCluster({ dir, log: (line) => { lines.push(line); } });
    await assertGone(processes);
    assert.match(lines.join('\n'), /ending etcd \(pid \d+\), left by an earlier run/);
    await second.stop();
  });

  it('refuses a second cluster in the folder of a running one, and leaves the first alone', async () => {
    const first = await startCluster({ dir, controllerManager: false });
    await assert.rejects(startCluster({ dir }), /a cluster already runs in .* stop it or choose another folder/);
    await assert.rejects(startCluster({ dir, flavour: 'openshift' }), /a cluster already runs in/);
    assert.equal((await first.kubectl(['get', '--raw', '/readyz'])).stdout, 'ok');
    await first.stop();
  });

  it('refuses the store of the other flavour', async () => {
    await assert.rejects(startCluster({ dir, flavour: 'openshift' }), /holds a cluster of flavour kubernetes/);
  });
});

describe('two clusters side by side', () => {
  it('share nothing, and one stays when the other goes', async () => {
    const clusters: readonly [Cluster, Cluster] = await Promise.all([
      startCluster({ controllerManager: false, kubelet: false }), startCluster({ controllerManager: false, kubelet: false }),
    ]);
    const [first, second] = clusters;
    assert.notEqual(first.server, second.server);
    assert.equal((await first.kubectl(['create', 'namespace', 'only-here'])).code, 0);
    assert.equal((await second.kubectl(['get', 'namespace', 'only-here'])).code, 1);
    const processes = identities(first.pids);
    await first.stop();
    await assertGone(processes);
    await assert.rejects(access(first.dir), /ENOENT/);
    assert.equal((await second.kubectl(['get', '--raw', '/readyz'])).stdout, 'ok');
    await second.stop();
  });
});
