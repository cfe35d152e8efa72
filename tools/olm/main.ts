import { ALL_SOURCES } from '../../src/cli/controllers.ts';
import { settleFiles } from '../gen/file-set.ts';
import { PACKAGE_FOLDERS, packageFiles } from './package-files.ts';

/* `npm run bundle` writes the OLM bundle, the catalog, install.yaml and the chart; `-- --check` only says which are stale, and exits 1 if any is. */

const [flag, ...more] = process.argv.slice(2);
if ((flag !== undefined && flag !== '--check') || more.length > 0) {
  process.stderr.write(`npm run bundle: unknown option ${flag === '--check' ? more.join(' ') : flag}; there is --check (whether it may be published: npm run release -- --check)\n`);
  process.exit(2);
}
const check = flag === '--check';
const stale = settleFiles(packageFiles(ALL_SOURCES), PACKAGE_FOLDERS, { check, command: 'npm run bundle' });
process.exitCode = check && stale > 0 ? 1 : 0;
