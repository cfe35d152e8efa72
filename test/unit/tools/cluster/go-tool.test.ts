import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { GO_VERSION, MissingGo } from '../../../../tools/cluster/go-tool.ts';

const MODULES = join(import.meta.dirname, '..', '..', '..', '..', 'tools', 'cluster', 'go');

test('the Go version that a person is told to install is the newest that a go.mod asks for', async () => {
  const wanted: string[] = [];
  for await (const file of glob('*/go.mod', { cwd: MODULES })) {
    const version = /^go (\d+\.\d+)/m.exec(await readFile(join(MODULES, file), 'utf8'))?.[1];
    assert.ok(version !== undefined, file);
    wanted.push(version);
  }
  assert.ok(wanted.length >= 3);
  assert.equal(wanted.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1), GO_VERSION);
});

test('a missing Go is one sentence with two ways out', () => {
  const { message } = new MissingGo({ name: 'etcd', otherWay: 'set KUBEBUILDER_ASSETS' }, 'there is no `go` on the PATH');
  assert.match(message, /^etcd must be made once, but there is no `go` on the PATH: install Go [\d.]+ or newer \(.*\), or set KUBEBUILDER_ASSETS\.$/);
  assert.ok(!message.includes('\n'));
});
