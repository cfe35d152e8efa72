import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { baseImages, finalStage } from '../../../../tools/images/containerfile.ts';
import { RECIPES } from '../../../../tools/cluster/recipes.ts';
import { OPERATOR_CONFIG, OPERATOR_HOME, OPERATOR_PARTS, operatorImage } from '../../../../tools/images/operator-image.ts';

const root = join(import.meta.dirname, '..', '..', '..', '..');
const containerfile = readFileSync(join(root, 'Containerfile'), 'utf8');
const stage = finalStage(containerfile);

interface Deployment {
  readonly kind: string;
  readonly spec: { readonly template: { readonly spec: {
    readonly securityContext: { readonly runAsNonRoot: boolean };
    readonly containers: readonly [{ readonly args: readonly string[]; readonly securityContext: { readonly readOnlyRootFilesystem: boolean } }];
  } } };
}

describe('the operator\'s image', () => {
  it('is the same from the Containerfile as from the tests\' builder: start, user, environment, folder', () => {
    const { entrypoint, cmd, user, env, workingDir } = stage;
    assert.deepEqual({ entrypoint, cmd, user, env, workingDir }, OPERATOR_CONFIG);
  });

  it('holds the bundle\'s parts, Node and its libraries, and nothing else', () => {
    const [runtime, ...parts] = stage.copies;
    assert.deepEqual(runtime, { stage: 'node', source: '/mnt/', target: '/' });
    assert.deepEqual(parts, OPERATOR_PARTS.map((part) => ({ stage: 'build', source: `/src/dist/${part}`, target: `${OPERATOR_HOME}/${part}` })));
    assert.equal(stage.base, 'scratch');
  });

  it('of the tests holds exactly the files that the Containerfile copies out of dist, each at the same place', async () => {
    const dist = await mkdtemp(join(tmpdir(), 'tmesh-dist-'));
    try {
      const files = ['tmesh.mjs', 'istio-crds.json', 'charts/base/istiod/10-a.yaml', 'charts/base/README', 'plugin/kubectl-tmesh', 'notes.txt'];
      for (const file of files) {
        await mkdir(dirname(join(dist, file)), { recursive: true });
        await writeFile(join(dist, file), file);
      }
      const copied = stage.copies.filter(({ stage: from }) => from === 'build').flatMap(({ source, target }) => {
        const part = relative('/src/dist', source);
        return files.filter((file) => file === part || file.startsWith(`${part}/`)).map((file) => `${target}${file.slice(part.length)} ${join(dist, file)}`);
      });
      const image = await operatorImage('r', dist, { arch: 'arm64', files: [] });
      assert.deepEqual(image.files.map((file) => `${file.target} ${'source' in file ? file.source : ''}`).toSorted(), copied.toSorted());
      assert.equal(copied.length, 4);
      assert.deepEqual([image.arch, image.config], ['arm64', OPERATOR_CONFIG]);
    } finally {
      await rm(dist, { recursive: true });
    }
  });

  it('for arm64 is made with the very release of Node that this project pins', () => {
    const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { devDependencies: { node: string } };
    assert.equal(RECIPES['node-arm64'].version, devDependencies.node);
  });

  it('is built with the Node that the project pins', () => {
    const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { devDependencies: { node: string } };
    const nodes = baseImages(containerfile).filter((image) => image.includes('/node:'));
    assert.ok(nodes.length > 0);
    for (const image of nodes) assert.equal(image, `docker.io/library/node:${devDependencies.node}-bookworm`);
  });

  it('names no processor: the same file serves amd64 and arm64', () => {
    assert.doesNotMatch(containerfile, /^(?!#).*(x86_64|amd64|arm64|aarch64|--platform)/m);
  });

  it('is started as the Deployment wants it: a user by number, not root, and a read-only root', () => {
    assert.match(stage.user, /^[1-9]\d*:[1-9]\d*$/);
    const documents = parseAllDocuments(readFileSync(join(root, 'deploy', 'operator.yaml'), 'utf8')).map((document) => document.toJS() as Deployment);
    const pod = documents.find(({ kind }) => kind === 'Deployment')?.spec.template.spec;
    assert.equal(pod?.securityContext.runAsNonRoot, true);
    assert.equal(pod.containers[0].securityContext.readOnlyRootFilesystem, true);
    assert.deepEqual(pod.containers[0].args, OPERATOR_CONFIG.cmd);
  });

  it('gets nothing in by an instruction that this test does not know', () => {
    assert.throws(() => finalStage('FROM scratch\nADD x /\n'), /ADD/);
    assert.throws(() => finalStage('FROM scratch\nCOPY x /\n'), /copies from the build/);
  });
});
