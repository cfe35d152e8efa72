import { access, constants, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheKey, cacheRoot } from './brick-cache.ts';
import { runGo } from './go-tool.ts';
import { withLock } from './lock.ts';
import { lineScreen, Progress, stderrScreen } from './progress.ts';

/** The programs a local cluster is made of. */
export const BRICKS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl'] as const;
export type Brick = (typeof BRICKS)[number];

interface Recipe {
  /** Folder under go/ with the go.mod that pins it. Those of one folder are built one after the other: they share most packages. */
  readonly module: 'etcd' | 'kubernetes';
  readonly version: string;
  readonly package: string;
  readonly ldflags: string;
}

const KUBERNETES_VERSION = 'v1.34.4';

/** Without these the server calls itself v0.0.0-master. */
const KUBERNETES_LDFLAGS = ['-s -w', ...Object.entries({ gitVersion: KUBERNETES_VERSION, gitMajor: '1', gitMinor: '34' })
  .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)].join(' ');

function kubernetes(program: string): Recipe {
  return { module: 'kubernetes', version: KUBERNETES_VERSION, package: `k8s.io/kubernetes/cmd/${program}`, ldflags: KUBERNETES_LDFLAGS };
}

const RECIPES: Readonly<Record<Brick, Recipe>> = {
  etcd: { module: 'etcd', version: 'v3.6.5', package: 'go.etcd.io/etcd/server/v3', ldflags: '-s -w' },
  'kube-apiserver': kubernetes('kube-apiserver'),
  'kube-controller-manager': kubernetes('kube-controller-manager'),
  kubectl: kubernetes('kubectl'),
};

function moduleFolder(recipe: Recipe): string {
  return join(import.meta.dirname, 'go', recipe.module);
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(() => true, () => false);
}

/** Where a built brick is kept. */
export async function cachedBrick(brick: Brick): Promise<string> {
  const recipe = RECIPES[brick];
  const pins = await Promise.all(['go.mod', 'go.sum'].map((file) => readFile(join(moduleFolder(recipe), file), 'utf8')));
  return join(cacheRoot(), cacheKey(brick, recipe.version, [...pins, recipe.package, recipe.ldflags, process.platform, process.arch]), brick);
}

/** The brick in `$KUBEBUILDER_ASSETS` (the convention of envtest), else in the cache; undefined if it must be built. */
async function findBrick(brick: Brick): Promise<string | undefined> {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  const given = assets === undefined || assets === '' ? [] : [join(assets, brick)];
  for (const file of [...given, await cachedBrick(brick)]) if (await isExecutable(file)) return file;
  return undefined;
}

const OTHER_WAY = `set KUBEBUILDER_ASSETS to a folder that holds ${BRICKS.join(', ')}`;

/** Builds aside and renames: the cache never holds half a brick. */
async function build(brick: Brick, target: string): Promise<void> {
  const recipe = RECIPES[brick];
  const folder = join(target, '..');
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  await runGo({ name: brick, otherWay: OTHER_WAY }, moduleFolder(recipe), ['build', '-trimpath', '-buildvcs=false', '-ldflags', recipe.ldflags, '-o', join(unfinished, brick), recipe.package]);
  await rm(folder, { recursive: true, force: true });
  await rename(unfinished, folder);
}

async function buildLocked(brick: Brick, progress: Progress): Promise<string> {
  const target = await cachedBrick(brick);
  await mkdir(cacheRoot(), { recursive: true });
  const onWait = (pid: number): void => { progress.note(`${brick}: another run (pid ${pid}) builds it; waiting`); };
  await withLock(`${join(target, '..')}.lock`, onWait, async () => {
    if (await isExecutable(target)) return;
    await progress.during(`building ${brick} ${RECIPES[brick].version}`, () => build(brick, target));
  });
  return target;
}

async function inOrder(bricks: readonly Brick[], progress: Progress): Promise<readonly [Brick, string][]> {
  const found: [Brick, string][] = [];
  for (const brick of bricks) found.push([brick, await findBrick(brick) ?? await buildLocked(brick, progress)]);
  return found;
}

/**
 * The absolute path of each brick. Taken from `$KUBEBUILDER_ASSETS` where it has them, else from the user's cache, else built from the
 * Go modules pinned under go/, once: about ten minutes on two cores for all, with the network.
 * @param log takes the progress, a line at a time; without it, it is shown on stderr
 * @throws MissingGo when something must be built and there is no Go; an Error with go's output when a build fails
 */
export function ensureBricks(): Promise<Readonly<Record<Brick, string>>>;
export function ensureBricks<B extends Brick>(bricks: readonly B[], log?: (line: string) => void): Promise<Readonly<Record<B, string>>>;
export async function ensureBricks(bricks: readonly Brick[] = BRICKS, log?: (line: string) => void): Promise<Readonly<Record<string, string>>> {
  const progress = new Progress(log === undefined ? stderrScreen : lineScreen(log));
  const modules = Map.groupBy(bricks, (brick) => RECIPES[brick].module);
  const found = await Promise.all([...modules.values()].map((some) => inOrder(some, progress)));
  return Object.fromEntries(found.flat());
}

/** The absolute path of one brick; see ensureBricks. */
export async function brickPath(brick: Brick): Promise<string> {
  return (await ensureBricks([brick]))[brick];
}
