import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { weighPods } from '../../../../../tools/cluster/node/cgroups.ts';

/* The weight of a node's pods, in folders that look like those of the kernel. */

let mount: string;
before(async () => { mount = await mkdtemp(join(tmpdir(), 'tmesh-cgroups-')); });
after(() => rm(mount, { recursive: true, force: true }));

test('pods weigh as much as sixteen busy processes', async () => {
  await mkdir(join(mount, 'cpu', 'k8s.io'), { recursive: true });
  await writeFile(join(mount, 'cpu', 'k8s.io', 'cpu.shares'), '1024\n');
  await weighPods(mount);
  assert.equal((await readFile(join(mount, 'cpu', 'k8s.io', 'cpu.shares'), 'utf8')).trim(), '16384');
});

test('where the kernel has no such weight, nothing is left and nothing is said', async () => {
  const other = join(mount, 'v2');
  await mkdir(other);
  await weighPods(other);
  assert.deepEqual(await readdir(other), []);
});
