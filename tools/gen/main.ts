import { join } from 'node:path';
import { ALL_SOURCES } from '../../src/cli/controllers.ts';
import { PACKAGE_FOLDERS, packageFiles } from '../olm/package-files.ts';
import { argoFiles } from './argocd.ts';
import { cliPage } from './cli-page.ts';
import { crdFiles } from './crds.ts';
import { rbacObjects, workloadObjects, yamlStream } from './deploy.ts';
import { pageFiles } from './docs.ts';
import { settleFiles } from './file-set.ts';
import { monitoringFiles } from './monitoring/files.ts';
import { permissionsPage } from './permissions-page.ts';

/* `npm run gen` writes every generated file; with --check it only says which are stale, and exits 1 if any is. */

function generatedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ...[...crdFiles()].map(([name, text]): [string, string] => [join('crds', name), text]),
    [join('deploy', 'rbac.yaml'), yamlStream(rbacObjects(ALL_SOURCES), 'Account and rights of the operator: exactly what its code reads and writes.')],
    ...pageFiles(),
    [join('docs', 'cli.md'), cliPage()],
    [join('docs', 'permissions.md'), permissionsPage(ALL_SOURCES)],
    ...argoFiles(),
    ...monitoringFiles(),
    ...packageFiles(ALL_SOURCES),
    [join('deploy', 'operator.yaml'), yamlStream(workloadObjects(), 'The operator itself. Set your own image.')],
  ]);
}

const stale = settleFiles(generatedFiles(), PACKAGE_FOLDERS, { check: process.argv.includes('--check'), command: 'npm run gen' });
process.exitCode = process.argv.includes('--check') && stale > 0 ? 1 : 0;
