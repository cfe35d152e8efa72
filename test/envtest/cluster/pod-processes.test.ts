import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { hostTools } from '../../../tools/cluster/mesh-processes/host-tools.ts';
import { wayIn } from '../../../tools/demo/enclosure.ts';

interface Seen {
  readonly reached: string;
  readonly failing: string;
  readonly again: string;
  readonly gone: string;
  readonly restarts: number;
  readonly played: string;
  readonly inside: Readonly<Record<string, unknown>>;
}

describe('pods as processes', () => {
  let seen: Seen;
  before(async () => {
    const [{ unshare }, way] = await Promise.all([hostTools(), wayIn()]);
    const { stdout } = await promisify(execFile)(unshare, [...way, '--', process.execPath, join(import.meta.dirname, 'enclosed-pods.ts')]);
    seen = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Seen;
  });

  it('reach each other by the name of a Service, at the port of its pods', () => {
    assert.match(seen.reached, /^200 - v1 .*"path":"\/hello"/);
  });

  it('leave their Service while their probe fails, and come back', () => {
    assert.match(seen.failing, /^000 .*(ECONNRESET|hang up)/);
    assert.match(seen.again, /^200 /);
  });

  it('are started again when their program ends', () => { assert.ok(seen.restarts >= 1); });

  it('end when they are deleted', () => { assert.match(seen.gone, /^000 .*(ECONNRESET|hang up)/); });

  it('are played if no program is known for their image', () => { assert.equal(seen.played, 'Running'); });

  it('find in their container what the pod object says', () => {
    const { address, ...rest } = seen.inside;
    assert.match(String(address), /^10\.244\.\d+\.\d+$/);
    assert.deepEqual(rest, {
      uid: 1234, cpus: '2', greeting: `hello from ${String(address)}`, argument: `hello from ${String(address)}`, labels: 'app="inspector"',
      audience: ['mesh'], boundTo: 'inspector', root: 'EROFS', scratch: 'written', hosts: true,
    });
  });
});
