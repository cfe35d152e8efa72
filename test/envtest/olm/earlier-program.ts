import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OPERATOR_VERSION } from '../../../tools/olm/identity.ts';
import { RELEASES } from '../../../tools/olm/publication.ts';

/*
 * The operator that is upgraded from: the release before, out of git. As long as there is none, an earlier commit stands for it: the first one whose bundle
 * OLM installs, so that all that has changed since is between the two.
 */

const root = join(import.meta.dirname, '..', '..', '..');
const FIRST_INSTALLABLE = 'ac021086a1c0613b87b19e3059baf23ddf3ac54f';

/** An operator that was built. */
export interface BuiltOperator {
  readonly version: string;
  /** `npm run build` was done here. */
  readonly dist: string;
  /** Its `bundle/manifests`. */
  readonly manifests: string;
  /** The version that those say, when it is another. */
  readonly saidVersion: string;
}

/** Commit or tag of the release before. */
export function earlierReference(): string {
  const before = RELEASES.at(-2);
  return process.env['TMESH_UPGRADE_FROM'] ?? (before === undefined ? FIRST_INSTALLABLE : `v${before.version}`);
}

/** The reference, where the clone holds it. A clone without history upgrades from its own commit, and says so: OLM does the same things, the programs differ in their number only. */
function held(reference: string): string {
  if (spawnSync('git', ['cat-file', '-e', `${reference}^{commit}`], { cwd: root, stdio: 'ignore' }).status === 0) return reference;
  process.stderr.write(`this clone does not hold ${reference}: the upgrade is played from HEAD itself. For the real one: git fetch --unshallow --tags, or TMESH_UPGRADE_FROM with a commit that is here\n`);
  return 'HEAD';
}

function takeOut(reference: string, folder: string): void {
  const archive = execFileSync('git', ['archive', '--format=tar', held(reference), 'package.json', 'package-lock.json', 'tsconfig.json', 'src', 'tools', 'bundle', 'crds'], { cwd: root, maxBuffer: 256 * 1024 * 1024 });
  execFileSync('tar', ['-xf', '-', '-C', folder], { input: archive });
}

/** Builds it with the packages of this source, and calls it `version`, so that it is older than the present one. @throws where its commit is missing or does not build */
export function buildEarlier(scratch: string, version: string): BuiltOperator {
  const folder = mkdtempSync(join(scratch, 'earlier-'));
  takeOut(earlierReference(), folder);
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, version }));
  execFileSync(process.execPath, [join(folder, 'tools', 'build', 'bundle.ts')], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  return { version, dist: join(folder, 'dist'), manifests: join(folder, 'bundle', 'manifests'), saidVersion: manifest.version };
}

/** The present operator under another number, which stands for a version that differs in nothing else. Needs dist/. */
export function renumbered(scratch: string, version: string): BuiltOperator {
  const dist = join(scratch, `renumbered-${version}`);
  mkdirSync(dist);
  for (const name of ['charts', 'istio-crds.json']) symlinkSync(join(root, 'dist', name), join(dist, name));
  writeFileSync(join(dist, 'tmesh.mjs'), readFileSync(join(root, 'dist', 'tmesh.mjs'), 'utf8').replaceAll(`"${OPERATOR_VERSION}"`, `"${version}"`));
  return { version, dist, manifests: join(root, 'bundle', 'manifests'), saidVersion: OPERATOR_VERSION };
}

/** The present operator. Needs dist/. */
export function present(): BuiltOperator {
  const dist = join(root, 'dist');
  if (!existsSync(join(dist, 'tmesh.mjs'))) throw new Error('dist/tmesh.mjs is missing: run `npm run build`');
  return { version: OPERATOR_VERSION, dist, manifests: join(root, 'bundle', 'manifests'), saidVersion: OPERATOR_VERSION };
}
