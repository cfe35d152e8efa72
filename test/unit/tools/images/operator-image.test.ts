import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { baseImages, finalStage } from '../../../../tools/images/containerfile.ts';
import { OPERATOR_CONFIG, OPERATOR_HOME, OPERATOR_PARTS } from '../../../../tools/images/operator-image.ts';

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
