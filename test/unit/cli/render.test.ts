import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readObjects } from '../../../src/cli/read-objects.ts';
import { renderObjects } from '../../../src/cli/render.ts';
import { UsageError } from '../../../src/cli/usage-error.ts';
import { sortedUnique } from '../../../src/lib/sort.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const sample = (file: string): string => join(root, 'test', 'samples', file);
let folder = '';
before(() => { folder = mkdtempSync(join(tmpdir(), 'tmesh-render-')); });
after(() => { rmSync(folder, { recursive: true }); });

const WALK = ['01-istio-installation.yaml', '02-smmr-default.yaml', '03-vs-gw.yaml'].map(sample);
const where = { openshift: true, namespace: 'istio-system', isolation: 'hard' } as const;

test("the walk's files render a mesh, its member's copies, and nothing twice", () => {
  const { objects, problems } = renderObjects(readObjects(WALK.slice(0, 2)), where);
  assert.deepEqual(problems, []);
  const names = objects.map((object) => `${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`);
  assert.equal(new Set(names).size, names.length);
  for (const name of ['Deployment istio-system/istiod-basic-install', 'Route istio-system/kiali', 'NetworkPolicy microsvc-sample/istio-mesh-basic-install']) assert.ok(names.includes(name), name);
});

test('a Gateway of a member renders its Routes', () => {
  const gateway = readObjects(WALK.slice(2)).map((object) => ({ ...object, metadata: { ...object.metadata, namespace: 'microsvc-sample' } }));
  const { objects } = renderObjects([...readObjects(WALK.slice(0, 2)), ...gateway], where);
  const hosts = objects.filter((object) => object.kind === 'Route').map((object) => (object['spec'] as { host?: string }).host).filter((host) => host?.endsWith('.apps.example.com'));
  assert.deepEqual(sortedUnique(hosts.filter((host) => host !== undefined)), ['caller.apps.example.com', 'sample.apps.example.com']);
});

test('without OpenShift there are no Routes, and the rest is there', () => {
  const { objects } = renderObjects(readObjects(WALK.slice(0, 1)), { ...where, openshift: false });
  assert.equal(objects.filter((object) => object.kind === 'Route').length, 0);
  assert.equal(objects.filter((object) => object.kind === 'Deployment').length, 7);
});

test('an object that exists only offline is nobody\'s owner', () => {
  const { objects } = renderObjects(readObjects(WALK.slice(0, 1)), where);
  assert.ok(objects.every((object) => object.metadata.ownerReferences === undefined));
});

test('a control plane that would be refused renders nothing and says why', () => {
  const [smcp] = readObjects([sample('01-istio-installation.yaml')]);
  assert.ok(smcp);
  const { objects, problems } = renderObjects([{ ...smcp, apiVersion: 'maistra.io/v2', spec: { version: 'v9' } }], where);
  assert.deepEqual(objects, []);
  assert.match(problems[0]?.message ?? '', /v9/);
});

test('files with profiles fill in what a control plane leaves out, and are named after the file', () => {
  const smcp = join(folder, 'smcp.yaml');
  const house = join(folder, 'house.yaml');
  writeFileSync(smcp, 'apiVersion: maistra.io/v2\nkind: ServiceMeshControlPlane\nmetadata: {name: basic, namespace: mesh}\nspec: {profiles: [house]}\n');
  writeFileSync(house, 'apiVersion: maistra.io/v1\nkind: ServiceMeshControlPlane\nspec: {istio: {gateways: {enabled: false}, pilot: {env: {HOUSE: ours}}}}\n');
  const run = (...profiles: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } =>
    spawnSync(process.execPath, [join(root, 'src', 'main.ts'), 'render', '-f', smcp, ...profiles], { encoding: 'utf8' });
  const { status, stdout, stderr } = run('--profile', house);
  assert.deepEqual([status, stderr], [0, '']);
  assert.match(stdout, /name: HOUSE\s+value: ours/);
  assert.doesNotMatch(stdout, /istio-ingressgateway/);
  assert.match(run().stderr, /profile "house" is not known; known are base/);
  assert.match(run('--profile', join(folder, 'nowhere.yaml')).stderr, /--profile .*nowhere\.yaml: ENOENT/);
});

test('files that cannot be used are named, with what is wrong', () => {
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const says = (part: RegExp) => (error: unknown): boolean => error instanceof UsageError && part.test(error.message);
  assert.throws(() => readObjects([join(folder, 'absent.yaml')]), says(/absent\.yaml: cannot be read/));
  assert.throws(() => readObjects([write('broken.yaml', 'a: [b\n')]), says(/broken\.yaml, document 1: not valid YAML/));
  assert.throws(() => readObjects([write('list.yaml', 'kind: List\nitems: [{a: 1}]\n')]), says(/not a Kubernetes object/));
  assert.throws(() => readObjects([write('second.yaml', 'apiVersion: v1\nkind: A\nmetadata: {name: b}\n---\njust text\n')]), says(/document 2/));
  assert.deepEqual(readObjects([write('empty.yaml', '# nothing\n')]), []);
});

test('the command line answers mistakes with one sentence and code 2', () => {
  const run = (...parameters: readonly string[]): { code: number | null; text: string } => {
    const { status, stderr } = spawnSync(process.execPath, ['--disable-warning=DEP0040', join(root, 'src', 'main.ts'), ...parameters], { encoding: 'utf8' });
    return { code: status, text: stderr };
  };
  const refusedServer = join(folder, 'nobody.kubeconfig');
  writeFileSync(refusedServer, JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'x', clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name: 'u', user: { token: 't' } }], contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
  }));
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['run', '--no-such-flag'], /unknown option '--no-such-flag'/], [['frobnicate'], /unknown command/], [['run', '--kubeconfig', join(folder, 'absent')], /absent cannot be read/],
    [['run', '--kubeconfig', refusedServer, '--log-level', 'silent'], /cannot be reached/], [['render'], /-f/],
  ];
  for (const [parameters, says] of cases) {
    const { code, text } = run(...parameters);
    assert.equal(code, 2, `${parameters.join(' ')}: ${text}`);
    assert.match(text, says);
    assert.doesNotMatch(text, /\n +at /, 'a stack trace');
  }
});

test('--version prints a version and --help names the commands', () => {
  const print = (flag: string): string => execFileSync(process.execPath, [join(root, 'src', 'main.ts'), flag], { encoding: 'utf8' });
  assert.match(print('--version'), /^\d+\.\d+\.\d+/);
  assert.match(print('--help'), /render .*\n[\s\S]*run /);
});
