import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALL_SOURCES } from '../../src/cli/controllers.ts';
import { argoFiles } from './argocd.ts';
import { crdFiles } from './crds.ts';
import { pageFiles } from './docs.ts';
import { monitoringFiles } from './monitoring/files.ts';
import { rbacObjects, workloadObjects, yamlStream } from './deploy.ts';

/* `npm run gen` writes every generated file; with --check it only says which are stale, and exits 1 if any is. */
const root = join(import.meta.dirname, '..', '..');

function generatedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ...[...crdFiles()].map(([name, text]): [string, string] => [join('crds', name), text]),
    [join('deploy', 'rbac.yaml'), yamlStream(rbacObjects(ALL_SOURCES), 'Account and rights of the operator: exactly what its code reads and writes.')],
    ...pageFiles(),
    ...argoFiles(),
    ...monitoringFiles(),
    [join('deploy', 'operator.yaml'), yamlStream(workloadObjects(), 'The operator itself. Set your own image.')],
  ]);
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(join(root, file), 'utf8');
  } catch {
    return undefined;
  }
}

const stale = [...generatedFiles()].filter(([file, text]) => textOf(file) !== text);
if (process.argv.includes('--check')) {
  for (const [file] of stale) process.stderr.write(`${file} is stale; run \`npm run gen\`\n`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const [file, text] of stale) {
    mkdirSync(join(root, file, '..'), { recursive: true });
    writeFileSync(join(root, file), text);
    process.stdout.write(`wrote ${file}\n`);
  }
}
