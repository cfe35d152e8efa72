import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/*
 * `npm run sbom [FILE]`: what the operator's program is made of, as CycloneDX, from the lockfile alone. npm makes it; we only take out what would
 * differ from run to run, so that the same source gives the same bytes.
 */

interface Bom {
  readonly serialNumber?: string;
  readonly metadata: { readonly timestamp?: string; readonly component: object };
  readonly components: readonly object[];
}

/** A UUID of the content, in the form of RFC 9562 version 8. */
function serialOf(content: string): string {
  const hex = createHash('sha256').update(content).digest('hex');
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The document without time, chance, and the name of the folder it was made in. */
export function reproducible(bom: Bom, name: string): object {
  const { serialNumber: _, metadata: { timestamp: __, component, ...metadata }, ...rest } = bom;
  const content = { ...rest, metadata: { ...metadata, component: { ...component, name } } };
  return { ...content, serialNumber: serialOf(JSON.stringify(content)) };
}

/** Makes it of the lockfile of this project; needs npm, and no network. */
export function billOfMaterials(): object {
  const root = join(import.meta.dirname, '..', '..');
  const output = execFileSync('npm', ['sbom', '--package-lock-only', '--omit', 'dev', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'], { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return reproducible(JSON.parse(output) as Bom, 'tenant-mesh-operator');
}

if (import.meta.main) {
  const file = process.argv[2] ?? join('dist', 'sbom.cdx.json');
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, `${JSON.stringify(billOfMaterials(), undefined, 2)}\n`);
  process.stdout.write(`wrote ${file}\n`);
}
