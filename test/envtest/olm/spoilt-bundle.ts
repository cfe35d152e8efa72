import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const BUNDLE = join(import.meta.dirname, '..', '..', '..', 'bundle');

/** The ClusterServiceVersion inside a bundle. */
export const CSV = 'manifests/tenant-mesh-operator.clusterserviceversion.yaml';

/** What is to be spoilt: in a file of the bundle, a text by another. */
export interface Damage {
  readonly file?: string;
  readonly from: string | RegExp;
  readonly to: string;
}

/** Copies the bundle, and replaces one text in it, so that a check can show that it is able to fail. Fails itself when there is nothing to replace. */
export function copyBundle(folder: string, damage?: Damage): string {
  cpSync(BUNDLE, folder, { recursive: true });
  if (damage === undefined) return folder;
  const file = join(folder, damage.file ?? CSV);
  const before = readFileSync(file, 'utf8');
  const spoilt = before.replace(damage.from, damage.to);
  assert.notEqual(spoilt, before, `${file} has nothing to spoil`);
  writeFileSync(file, spoilt);
  return folder;
}
