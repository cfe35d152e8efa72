import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { hostTools } from '../../../tools/cluster/mesh-processes/host-tools.ts';
import { wayIn } from '../../../tools/demo/enclosure.ts';

test('the gateway of the pods keeps its hardware address while pods come and go: those that are there remember it', async () => {
  const [{ unshare }, way] = await Promise.all([hostTools(), wayIn()]);
  const { stdout } = await promisify(execFile)(unshare, [...way, '--', process.execPath, join(import.meta.dirname, 'enclosed-network.ts')]);
  const addresses = JSON.parse(stdout) as readonly string[];
  assert.equal(addresses.length, 17);
  assert.equal(new Set(addresses).size, 1, addresses.join(' '));
});
