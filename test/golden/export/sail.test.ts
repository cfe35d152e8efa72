import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { exportSail, exportTexts } from '../../../src/cli/export/command.ts';

/* Meshes written down for the Sail operator. The clusters are those of the migration tests; UPDATE_GOLDEN=1 refreshes. */

const FIELDS = new Set(['version', 'namespace', 'profile', 'updateStrategy', 'values', 'createNetworkPolicy']);
const input = (name: string): string => join(import.meta.dirname, '..', 'migrate', name, 'input');

for (const name of ['ossm-2.6', 'walk-of-1.1']) {
  test(`golden export/${name}`, async () => {
    const texts = exportTexts(await exportSail({ from: input(name) }, {}));
    const folder = join(import.meta.dirname, name);
    for (const [file, text] of texts) {
      const golden = join(folder, file);
      if (process.env['UPDATE_GOLDEN'] === '1') {
        mkdirSync(dirname(golden), { recursive: true });
        writeFileSync(golden, text);
      }
      assert.equal(text, existsSync(golden) ? readFileSync(golden, 'utf8') : '', golden);
    }
    const known = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
    assert.equal(texts.size, known, 'no file more, none less');
  });
}

test('nothing in the files belongs to the operator or to another object, and the fields are those of sailoperator.io/v1', async () => {
  const { files } = await exportSail({ from: input('walk-of-1.1') }, {});
  const objects = [...files.values()].flat();
  assert.ok(objects.length > 20);
  for (const { kind, metadata, ...rest } of objects) {
    const marks = Object.keys({ ...metadata.labels, ...metadata.annotations }).filter((key) => key.includes('maistra.io/'));
    assert.deepEqual(marks, kind === 'Namespace' ? ['maistra.io/member-of'] : [], `${kind} ${metadata.name}`);
    assert.deepEqual([metadata.ownerReferences, metadata.uid, rest['status']], [undefined, undefined, undefined], `${kind} ${metadata.name}`);
    assert.ok(!JSON.stringify(rest).includes('tmesh-') || kind === 'Istio' || kind === 'Telemetry', `${kind} ${metadata.name} names something of the operator's`);
    if (kind === 'Istio' || kind === 'IstioCNI') assert.deepEqual(Object.keys(rest['spec'] as object).filter((field) => !FIELDS.has(field)), []);
  }
});

test('a cluster without meshes is an error', async () => {
  await assert.rejects(exportSail({ from: join(import.meta.dirname, '..', '..', '..', 'deploy', 'monitoring') }, {}), { message: 'there is no ServiceMeshControlPlane to export' });
});
