import { ALL_SOURCES } from '../../src/cli/controllers.ts';
import { settleFiles } from '../gen/file-set.ts';
import { PACKAGE_FOLDERS, packageFiles } from './package-files.ts';
import { releaseFacts, releaseObstacles } from './release-check.ts';

/*
 * `npm run bundle` writes the OLM bundle, the catalog, install.yaml and the chart. `-- --check` only says which are stale, and `-- --release` also
 * whether they may be published; both exit 1 when not.
 */

const KNOWN = ['--check', '--release'];
const flags = process.argv.slice(2);
const unknown = flags.find((flag) => !KNOWN.includes(flag));
if (unknown !== undefined) {
  process.stderr.write(`npm run bundle: unknown option ${unknown}; there is ${KNOWN.join(' and ')}\n`);
  process.exit(2);
}

const isRelease = flags.includes('--release');
const check = isRelease || flags.includes('--check');
const stale = settleFiles(packageFiles(ALL_SOURCES), PACKAGE_FOLDERS, { check, command: 'npm run bundle' });
const obstacles = isRelease ? releaseObstacles(releaseFacts()) : [];
for (const obstacle of obstacles) process.stderr.write(`${obstacle}\n`);
if (obstacles.length > 0) process.stderr.write(`not to be published: ${obstacles.length} things are missing\n`);
process.exitCode = (check && stale > 0) || obstacles.length > 0 ? 1 : 0;
