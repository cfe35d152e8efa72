import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CONTROL_PLANE, GATEWAY, NAMESPACE, POD } from '../../../src/api/kinds.ts';
import { FolderReader } from '../../../src/cli/folder-reader.ts';

describe('a folder as a cluster', () => {
  let dir = '';
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'tmesh-folder-'));
    mkdirSync(join(dir, 'deep', 'er'), { recursive: true });
    const files: Readonly<Record<string, string>> = {
      'a.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: one}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: two}\n',
      'deep/er/list.yaml': 'apiVersion: v1\nkind: PodList\nitems: [{metadata: {name: p, namespace: one}}, {metadata: {name: q, namespace: two}}]\n',
      'deep/g.json': '{"apiVersion":"networking.istio.io/v1alpha3","kind":"Gateway","metadata":{"name":"g","namespace":"one"},"spec":{}}',
      'deep/smcp.yaml': 'apiVersion: maistra.io/v1\nkind: ServiceMeshControlPlane\nmetadata: {name: basic, namespace: one}\nspec: {}\n',
      'deep/log.json': 'this is a log',
      'deep/note.yaml': 'a: b\n',
    };
    for (const [file, text] of Object.entries(files)) writeFileSync(join(dir, file), text);
  });
  after(() => { rmSync(dir, { recursive: true }); });

  test('objects of folders below, of lists and of several documents are found, in the version that is read', async () => {
    const reader = new FolderReader(dir);
    assert.deepEqual((await reader.list(NAMESPACE)).map(({ metadata }) => metadata.name), ['one', 'two']);
    assert.deepEqual((await reader.list(POD, { namespace: 'two' })).map(({ kind, apiVersion, metadata }) => `${apiVersion} ${kind} ${metadata.name}`), ['v1 Pod q']);
    assert.equal((await reader.get(GATEWAY, 'g', 'one'))?.apiVersion, 'networking.istio.io/v1');
    assert.equal((await reader.list(CONTROL_PLANE))[0]?.apiVersion, 'maistra.io/v2');
    assert.equal(await reader.get(POD, 'p', 'two'), undefined);
  });

  test('files that are no objects are passed over and remembered', () => {
    assert.deepEqual(new FolderReader(dir).skipped.map((file) => file.slice(dir.length + 1)), ['deep/log.json', 'deep/note.yaml']);
  });

  test('a folder without any object is an error that names it', () => {
    const empty = mkdtempSync(join(tmpdir(), 'tmesh-empty-'));
    assert.throws(() => new FolderReader(empty), { message: `${empty}: holds no Kubernetes object; give the folder that must-gather wrote` });
    rmSync(empty, { recursive: true });
  });
});
