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
  let cluster: Cluster;
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

  it('refuses a second cluster in the folder of a running one, also when both start at the same time', async () => {
    const results = await Promise.allSettled([startCluster({ dir, controllerManager: false }), startCluster({ dir, controllerManager: false })]);
    const [won, lost] = results.toSorted((a, b) => a.status.localeCompare(b.status));
    assert.equal(won?.status, 'fulfilled');
    assert.equal(lost?.status, 'rejected');
    assert.match(String(lost.reason), /a cluster already runs in .* stop it or choose another folder/);
    cluster = won.value;
    await assert.rejects(startCluster({ dir, flavour: 'openshift' }), /a cluster already runs in/);
    assert.equal((await cluster.kubectl(['create', 'namespace', 'kept'])).code, 0);
  });

  it('leaves no process when the one that holds the cluster is killed', async () => {
    const processes = identities(cluster.pids);
    process.kill(cluster.pids['host'] ?? 0, 'SIGKILL');
    await assertGone(processes);
  });

  it('refuses a store of the other flavour', async () => {
    await assert.rejects(startCluster({ dir, flavour: 'openshift' }), /holds a cluster of flavour kubernetes/);
  });

  it('starts again in the same folder after that, on the same port, with what it had stored', async () => {
    const { server } = cluster;
    cluster = await startCluster({ dir, controllerManager: false });
    assert.equal((await cluster.kubectl(['get', 'namespace', 'kept'])).code, 0);
    assert.equal(cluster.server, server);
  });

  it('ends what an earlier run left in the folder, should even the watchdog have been killed', async () => {
    const processes = identities(cluster.pids);
    const killed = ['watchdog', 'host'].map((name) => cluster.pids[name] ?? 0);
    const holders = processes.filter(({ pid }) => killed.includes(pid));
    for (const pid of killed) process.kill(pid, 'SIGKILL');
    // A killed process is there for a moment longer, and a start would take it for a running cluster.
    await assertGone(holders);
    assert.ok(identityOf(cluster.pids['etcd'] ?? 0) !== undefined, 'etcd is orphaned, not gone');
    const lines: string[] = [];
    cluster = await startCluster({ dir, controllerManager: false, log: (line) => { lines.push(line); } });
    await assertGone(processes);
    assert.match(lines.join('\n'), /ending etcd \(pid \d+\), left by an earlier run/);
    await cluster.stop();
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
