import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/lib/result.ts';
import { isVersion } from './version.ts';
import { notesOf } from './changelog.ts';
import { isUnfinished, releaseRefusals } from './refusals.ts';

/*
 * `npm run release -- X.Y.Z`: version, changelog, bundle, catalog, chart, SBOM, build contexts of the images, the plugin for kubectl and the sums of all,
 * in dist/release/X.Y.Z; then the upgrade from the release before. Said again for a version that has no tag yet, it writes the files again, with what has
 * been filled in. `-- --check` says whether the present version may be published, and writes nothing. Both end with 1 while anything is missing. Nothing is pushed anywhere: what to push, and how, is printed when nothing is missing.
 */

const root = join(import.meta.dirname, '..', '..');
const USAGE = 'npm run release -- X.Y.Z [--date YYYY-MM-DD] [--candidate] [--without-upgrade-test], or npm run release -- --check';

interface Options { readonly version: string | undefined; readonly check: boolean; readonly candidate: boolean; readonly withoutTest: boolean; readonly day: string }

const OPTIONS = { 'check': { type: 'boolean' }, 'candidate': { type: 'boolean' }, 'without-upgrade-test': { type: 'boolean' }, 'date': { type: 'string' } } as const;

/** @throws for an option that there is not, with those that there are */
function parsed(parameters: readonly string[]): ReturnType<typeof parseArgs<{ readonly options: typeof OPTIONS; readonly allowPositionals: true }>> {
  try {
    return parseArgs({ args: [...parameters], allowPositionals: true, options: OPTIONS });
  } catch (error) {
    throw new Error(`${messageOf(error).split('. ')[0]}; ${USAGE}`, { cause: error });
  }
}

function optionsOf(parameters: readonly string[]): Options {
  const { values, positionals } = parsed(parameters);
  const check = values.check === true;
  if (check ? positionals.length > 0 : positionals.length !== 1) throw new Error(`give one version, or --check; ${USAGE}`);
  return { version: positionals[0], check, candidate: values.candidate === true, withoutTest: values['without-upgrade-test'] === true, day: values.date ?? new Date().toISOString().slice(0, 10) };
}

const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');
const currentVersion = (): string => (JSON.parse(textOf('package.json')) as { version: string }).version;

/** A program of ours in a process of its own: each reads version and releases anew. */
function runTool(parameters: readonly string[], isQuiet = false): boolean {
  return spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', ...parameters], { cwd: root, stdio: ['ignore', isQuiet ? 'ignore' : 'inherit', 'inherit'] }).status === 0;
}

/** Obstacles as a process of its own sees them, after version and releases have changed. */
function sourceObstacles(): readonly string[] {
  const { stdout, status } = spawnSync(process.execPath, [join(root, 'tools', 'release', 'obstacles.ts')], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (status !== 0) throw new Error('what stands in the way of a release could not be found out; see above');
  return JSON.parse(stdout) as readonly string[];
}

function auditObstacles(): readonly string[] {
  return runTool(['tools/supply-chain/audit.ts', '--answer-needed']) ? [] : ['npm audit: not answered, or with high findings (see above); ask a registry that answers'];
}

/** Versions that are out. @throws where git cannot say */
function taggedVersions(): ReadonlySet<string> {
  const { stdout, status, error } = spawnSync('git', ['tag', '--list', 'v*'], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`git cannot list its tags${error === undefined ? '' : ` (${error.message})`}: a release is made in a clone of the repository`);
  return new Set(stdout.split('\n').map((tag) => tag.slice(1)));
}

async function make({ version = '', day, candidate, withoutTest }: Options): Promise<readonly string[]> {
  const request = { version, current: currentVersion(), changelog: textOf('CHANGELOG.md'), day, tagged: taggedVersions() };
  const refusals = releaseRefusals(request);
  if (refusals.length > 0) throw new Error(refusals.join('\n'));
  const { writeRelease } = await import('./source.ts');
  if (!isUnfinished(request)) writeRelease({ root, version, day, channels: candidate ? ['candidate'] : ['candidate', 'stable'] });
  for (const tool of ['tools/gen/main.ts', 'tools/build/bundle.ts']) if (!runTool([tool], true)) throw new Error(`${tool} failed; see above`);
  if (!runTool(['tools/release/write.ts'])) throw new Error('the files of the release could not be written; see above');
  if (withoutTest) return ['the upgrade from the release before was not tried: leave out --without-upgrade-test'];
  return runTool(['tools/test.ts', 'test/envtest/olm/install.test.ts']) ? [] : ['the upgrade from the release before failed; see above'];
}

function check(): readonly string[] {
  const version = currentVersion();
  const lock = JSON.parse(textOf('package-lock.json')) as { version: string };
  return [
    ...(isVersion(version) ? [] : [`package.json: ${version} is not a version; give X.Y.Z`]),
    ...(lock.version === version ? [] : [`package-lock.json says ${lock.version}, package.json ${version}; run npm install --package-lock-only`]),
    ...(notesOf(textOf('CHANGELOG.md'), version) === undefined ? [`CHANGELOG.md has no section for ${version}: run npm run release -- ${version}`] : []),
    ...(runTool(['tools/gen/main.ts', '--check']) ? [] : ['generated files are stale: run npm run gen']),
  ];
}

/** Whoever finds the folder later sees that it is not finished, and why. */
function writeSign(version: string, obstacles: readonly string[]): void {
  const sign = join(root, 'dist', 'release', version, 'NOT-TO-BE-PUBLISHED.txt');
  rmSync(sign, { force: true });
  if (obstacles.length > 0) writeFileSync(sign, `${obstacles.join('\n')}\n`);
}

/** The next steps are a person's: they need the keys of registries. */
function nextSteps(version: string): string {
  const folder = `dist/release/${version}`;
  return `release ${version} is complete in ${folder}\nNow: commit, tag v${version}, build and push the images out of ${folder}/*-image.tar.gz, upload the other files, and open the pull request of the catalog with bundle/.\n`;
}

try {
  const options = optionsOf(process.argv.slice(2));
  const found = options.check ? check() : await make(options);
  const obstacles = [...found, ...sourceObstacles(), ...auditObstacles()];
  const version = options.version ?? currentVersion();
  if (!options.check) writeSign(version, obstacles);
  for (const obstacle of obstacles) process.stderr.write(`${obstacle}\n`);
  process.stdout.write(obstacles.length > 0 ? `${version} is not to be published: ${obstacles.length} things are missing\n` : nextSteps(version));
  process.exitCode = obstacles.length > 0 ? 1 : 0;
} catch (error) {
  process.stderr.write(`npm run release: ${messageOf(error)}\n`);
  process.exitCode = 2;
}
