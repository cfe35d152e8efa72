import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

const CLI = join(import.meta.dirname, '..', '..', '..', 'tools', 'cluster', 'cli.ts');

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], { encoding: 'utf8', env: { ...process.env, ...env } });
  return { code: status, stdout, stderr };
}

describe('npm run cluster', () => {
  let base = '';
  before(async () => { base = await mkdtemp(join(tmpdir(), 'tmesh-cli-')); });
  after(async () => {
    run(['down', '--dir', join(base, 'cluster')]);
    await rm(base, { recursive: true });
  });

  it('leaves a cluster running, shows it, stops it, and starts it again', () => {
    const dir = ['--dir', join(base, 'cluster')];
    const up = run(['up', ...dir]);
    assert.equal(up.code, 0, up.stderr);
    assert.equal(up.stdout, `export KUBECONFIG=${join(base, 'cluster', 'kubeconfig')}\n`);

    const status = run(['status', ...dir]);
    assert.equal(status.code, 0);
    assert.match(status.stdout, /^ready {2}kubernetes {2}https:\/\/127\.0\.0\.1:\d+\n/);
    for (const name of ['host', 'etcd', 'kube-apiserver', 'kube-controller-manager']) assert.match(status.stdout, new RegExp(`${name} +pid \\d+`));

    assert.match(run(['up', ...dir]).stderr, /^already up/);
    const other = run(['up', '--openshift', ...dir]);
    assert.equal(other.code, 1);
    assert.match(other.stderr, /^a cluster of flavour kubernetes runs in /);

    assert.equal(run(['down', ...dir]).code, 0);
    const after = run(['status', ...dir]);
    assert.equal(after.code, 1);
    assert.match(after.stdout, /^not ready/);
    assert.equal(run(['down', ...dir]).code, 0);
  });

  it('has nothing to stop where nothing was', () => {
    const down = run(['down', '--dir', join(base, 'nothing')]);
    assert.equal(down.code, 0);
    assert.match(down.stderr, /^no cluster in /);
  });

  it('answers bad arguments with one sentence and exit code 2', () => {
    for (const args of [[], ['start'], ['up', '--fast'], ['up', '--dir']]) {
      const { code, stderr } = run(args);
      assert.equal(code, 2);
      assert.match(stderr, /^cluster: [^\n]+\n$/);
    }
  });

  it('says the two ways out when a binary must be made and there is no Go', async () => {
    const { code, stderr } = run(['up', '--dir', join(base, 'no-go')], { PATH: join(base, 'empty'), XDG_CACHE_HOME: join(base, 'cache'), KUBEBUILDER_ASSETS: '' });
    assert.equal(code, 2);
    assert.match(stderr, /there is no `go` on the PATH: install Go .* or set KUBEBUILDER_ASSETS/);
  });

  it('says so too when the Go there is too old', async () => {
    const folder = join(base, 'old-go');
    await mkdir(folder);
    await writeFile(join(folder, 'go'), '#!/bin/sh\necho "go: go.mod requires go >= 1.24.0 (running go 1.20.1; GOTOOLCHAIN=local)" >&2\nexit 1\n');
    await chmod(join(folder, 'go'), 0o755);
    const { code, stderr } = run(['up', '--dir', join(base, 'no-go')], { PATH: `${folder}:${process.env['PATH'] ?? ''}`, XDG_CACHE_HOME: join(base, 'cache'), KUBEBUILDER_ASSETS: '' });
    assert.equal(code, 2);
    assert.match(stderr, /the `go` on the PATH is too old: install Go .* or set KUBEBUILDER_ASSETS/);
  });
});
