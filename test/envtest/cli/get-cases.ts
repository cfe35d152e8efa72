import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { buildPlugin } from '../../../tools/build/kubectl-plugin.ts';
import type { User } from '../../../tools/cluster/cluster.ts';
import { eventually } from '../../support/eventually.ts';
import { sample } from '../../support/operator-fixture.ts';
import type { WalkStage } from './walk-stage.ts';
import { runProgram, tmesh, type Ended } from '../../support/tmesh-command.ts';

/* `tmesh get`, the plugin of kubectl, and completion, each as its user meets it: on a real API server with the walk's mesh. */

/** In: the walk's mesh with two members; `asking` is alice's, and came by itself. */
export function getCases(stage: () => WalkStage): void {
const ask = (user: User, ...parameters: readonly string[]): Promise<Ended> => tmesh(parameters, { KUBECONFIG: stage().fixture.cluster.kubeconfigFor(user) });

async function rows(...parameters: readonly string[]): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { stdout, stderr } = await ask('admin', ...parameters, '-o', 'json');
  assert.equal(stderr, '');
  return JSON.parse(stdout) as Readonly<Record<string, unknown>>[];
}

/** The user's shell: the plugin, kubectl and Node in the PATH. */
function shell(file: string, ...parameters: readonly string[]): Promise<Ended> {
  const PATH = [stage().folder, dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);
  return runProgram(file, parameters, { PATH, KUBECONFIG: stage().fixture.cluster.kubeconfig });
}

test('meshes: the table has the walk\'s mesh with its members; nothing in the namespace of the context is said with the way out', async () => {
  await eventually('both are members', async () => (await rows('get', 'meshes', '-A'))[0]?.['members'] === '2/2');
  const { stdout } = await ask('admin', 'get', 'meshes', '-A');
  assert.match(stdout, /^NAMESPACE {6}NAME {12}READY {3}STATUS {12}VERSION {3}MEMBERS {3}AGE\nistio-system {3}basic-install {3}9\/9 {5}ComponentsReady {3}1\.31\.1 {4}2\/2 {7}\d+m?\d*s\n$/);
  assert.deepEqual(await ask('admin', 'get', 'mesh'), { code: 0, stdout: '', stderr: 'no meshes found in namespace default; -n looks in another one, -A in all\n' });
});

test('members: the roll\'s and the one that asked by itself; a project admin sees his own without seeing more', async () => {
  await eventually('both are set up', async () => (await rows('get', 'members', '-n', 'istio-system')).every(({ ready }) => ready === 'True'));
  assert.deepEqual((await rows('get', 'members', '-n', 'istio-system')).map(({ namespace, mesh, via }) => [namespace, mesh, via]), [['asking', 'istio-system', ['member']], ['microsvc-sample', 'istio-system', ['roll']]]);
  const own = await ask('alice', 'get', 'members', '-n', 'asking');
  assert.deepEqual([own.code, own.stderr], [0, '']);
  assert.match(own.stdout, /\nasking +istio-system +True +Configured +member +\d/);
  const all = await ask('alice', 'get', 'members', '-A');
  assert.equal(all.code, 1);
  assert.match(all.stderr, /^tmesh: servicemeshmembers.maistra.io is forbidden: User "alice" cannot list/m);
});

test('routes and gateways: hosts with their Routes, gateways with who configures them', async () => {
  await eventually('Routes are admitted', async () => (await rows('get', 'routes', '-n', 'microsvc-sample')).filter(({ admitted }) => admitted === 'True').length === 2);
  const gateways = await rows('get', 'gateways', '-A');
  assert.deepEqual(gateways.map(({ name, kind, mesh, configuredBy }) => [name, kind, mesh, configuredBy]), [
    ['istio-egressgateway', 'egress', 'istio-system/basic-install', []], ['istio-ingressgateway', 'ingress', 'istio-system/basic-install', ['microsvc-sample/sample-gateway']],
  ]);
  assert.match((await ask('admin', 'get', 'gateways', '-n', 'istio-system', '-o', 'wide')).stdout, /CONFIGURED BY\n[\s\S]*microsvc-sample\/sample-gateway\n$/);
});

test('a wrong command line ends with 2 and says the way out', async () => {
  const cases = [['get', 'meshes', '-o', 'xml'], ['get', 'meshes', '-A', '-n', 'x'], ['get', 'pods'], ['get', 'meshes', '--context', 'none'], ['why']];
  const ended = await Promise.all(cases.map((parameters) => ask('admin', ...parameters)));
  assert.deepEqual(ended.map(({ code, stdout }) => [code, stdout]), cases.map(() => [2, '']));
  assert.match(ended[0]?.stderr ?? '', /Allowed choices are table, wide, json, yaml/);
  assert.match(ended[3]?.stderr ?? '', /has no context named none; there are: /);
});

test('kubectl starts the plugin, which calls itself so, and asks it for the names of namespaces', async () => {
  assert.match((await shell('kubectl', 'tmesh', 'get', 'meshes', '-A')).stdout, /\nistio-system +basic-install +9\/9/);
  assert.match((await shell('kubectl', 'tmesh', '--help')).stdout, /^Usage: kubectl tmesh /);
  const completed = await shell('kubectl', '__complete', 'tmesh', 'why', 'mi');
  assert.equal(completed.stdout, 'microsvc-sample\n:4\n', completed.stderr);
});

test('the archive for krew is what its manifest says, is the same when made again, and holds a plugin that works', async () => {
  const release = { url: 'https://example.org/releases', homepage: 'https://example.org', version: '1.2.3' };
  const [first, second] = [await buildPlugin(join(stage().folder, 'one'), release), await buildPlugin(join(stage().folder, 'two'), release)];
  const bytes = await readFile(first.archive);
  assert.ok(bytes.equals(await readFile(second.archive)));
  const manifest = parse(await readFile(first.manifest, 'utf8')) as { spec: { platforms: readonly { sha256: string; uri: string; bin: string }[] } };
  const [platform] = manifest.spec.platforms;
  assert.deepEqual([platform?.sha256, platform?.uri], [createHash('sha256').update(bytes).digest('hex'), 'https://example.org/releases/kubectl-tmesh.tar.gz']);
  assert.equal((await runProgram('tar', ['-xzf', first.archive, '-C', join(stage().folder, 'one')])).code, 0);
  const { stdout, stderr } = await shell(join(stage().folder, 'one', platform?.bin ?? ''), 'get', 'meshes', '-A');
  assert.match(stdout, /\nistio-system +basic-install/, stderr);
  assert.equal((await shell(join(stage().folder, 'one', platform?.bin ?? ''), 'render', '-f', sample('01-istio-installation.yaml'))).code, 0, 'its templates came along');
  await assert.rejects(buildPlugin(join(stage().folder, 'three'), { ...release, url: 'http://example.org' }), /not an https URL/);
});

test('bash completes commands, formats, and names that the cluster knows', async () => {
  const line = async (...words: readonly string[]): Promise<string> => {
    const { stdout, stderr } = await shell('bash', '-c', 'source <(tmesh completion bash); COMP_WORDS=(tmesh "$@"); COMP_CWORD=$#; _tmesh; printf "%s " "${COMPREPLY[@]}"', 'bash', ...words);
    assert.equal(stderr, '');
    return stdout.trim();
  };
  assert.equal(await line('get', 'm'), 'meshes members');
  assert.equal(await line('get', 'routes', '-n', 'micro'), 'microsvc-sample');
  assert.equal(await line('get', 'meshes', '-o', ''), 'table wide json yaml');
  assert.equal(await line('why', '--kubeconfig', join(stage().folder, 'none'), ''), '', 'without a cluster nothing, and no error');
});
}
