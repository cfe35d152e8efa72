import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { it } from 'node:test';
import { identityOf, waitUntilGone } from '../../../../../tools/cluster/process-identity.ts';
import { killTree } from '../../../../../tools/cluster/mesh-processes/process-tree.ts';

it('killing a tree ends what its root has started', async () => {
  const root = spawn('sh', ['-c', 'sleep 300 & echo $!; wait'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = await once(root.stdout, 'data') as [Buffer];
  const child = identityOf(Number(line.toString()));
  assert.ok(child !== undefined && root.pid !== undefined);
  const ended = once(root, 'exit');
  killTree(root.pid);
  assert.equal((await ended)[1], 'SIGKILL');
  assert.equal(await waitUntilGone(child, 5000), true);
});
