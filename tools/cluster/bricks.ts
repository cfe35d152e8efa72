import { access, constants, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheKey, cacheRoot } from './brick-cache.ts';
import { runGo } from './go-tool.ts';
import { withLock } from './lock.ts';
import { takeFromNpm } from './npm-package.ts';
import { lineScreen, Progress, stderrScreen } from './progress.ts';
import { BRICKS, groupOf, isClusterBrick, RECIPES, type Brick, type GoRecipe, type Recipe } from './recipes.ts';
import { takeFromWheel } from './wheel.ts';

export { ADDON_BRICKS, BRICKS, BROWSER_BRICKS, CNI_BRICKS, FILE_BRICKS, IMAGE_BRICKS, MESH_BRICKS, NODE_BRICKS, PACKAGE_BRICKS, TEST_BRICKS, type Brick } from './recipes.ts';

function moduleFolder(recipe: GoRecipe): string {
  return join(import.meta.dirname, 'go', recipe.module);
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(() => true, () => false);
}

async function partsOf(recipe: Recipe): Promise<readonly string[]> {
  if (recipe.how === 'wheel') return [recipe.member, JSON.stringify(recipe.sha256)];
  if (recipe.how === 'npm') return [recipe.member, ...recipe.beside ?? [], recipe.integrity];
  const folder = moduleFolder(recipe);
  // A package of our own, not one out of a module.
  const own = recipe.package.startsWith('.') ? [join(recipe.package, 'main.go')] : [];
  const pins = await Promise.all(['go.mod', 'go.sum', ...own].map((file) => readFile(join(folder, file), 'utf8')));
  return [...pins, recipe.package, recipe.ldflags, recipe.tags ?? ''];
}

/** Where a built brick is kept. */
export async function cachedBrick(brick: Brick): Promise<string> {
  const recipe = RECIPES[brick];
  const parts = await partsOf(recipe);
  return join(cacheRoot(), cacheKey(brick, recipe.version, [...parts, process.platform, process.arch]), brick);
}

/** The brick in `$KUBEBUILDER_ASSETS` (the convention of envtest), else in the cache; undefined if it must be built. */
async function findBrick(brick: Brick): Promise<string | undefined> {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  const given = assets === undefined || assets === '' || !isClusterBrick(brick) ? [] : [join(assets, brick)];
  for (const file of [...given, await cachedBrick(brick)]) if (await isExecutable(file)) return file;
  return undefined;
}

function otherWay(brick: Brick): string {
  return isClusterBrick(brick) ? `set KUBEBUILDER_ASSETS to a folder that holds ${BRICKS.join(', ')}` : `copy ${cacheRoot()} from a machine where this ran before`;
}

async function goBuild(brick: Brick, recipe: GoRecipe, folder: string): Promise<void> {
  const tags = recipe.tags === undefined ? [] : ['-tags', recipe.tags];
  await runGo({ name: brick, otherWay: otherWay(brick) }, moduleFolder(recipe),
    ['build', '-trimpath', '-buildvcs=false', ...tags, '-ldflags', recipe.ldflags, '-o', join(folder, brick), recipe.package]);
}

/** Builds aside and renames: the cache never holds half a brick. */
async function build(brick: Brick, target: string): Promise<void> {
  const recipe = RECIPES[brick];
  const folder = join(target, '..');
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  if (recipe.how === 'go') await goBuild(brick, recipe, unfinished);
  else if (recipe.how === 'npm') await takeFromNpm(brick, recipe, unfinished);
  else await takeFromWheel(brick, recipe, unfinished);
  await rm(folder, { recursive: true, force: true });
  await rename(unfinished, folder);
}

async function buildLocked(brick: Brick, progress: Progress): Promise<string> {
  const target = await cachedBrick(brick);
  await mkdir(cacheRoot(), { recursive: true });
  const onWait = (pid: number): void => { progress.note(`${brick}: another run (pid ${pid}) builds it; waiting`); };
  await withLock(`${join(target, '..')}.lock`, onWait, async () => {
    if (await isExecutable(target)) return;
    await progress.during(`${RECIPES[brick].how === 'go' ? 'building' : 'fetching'} ${brick} ${RECIPES[brick].version}`, () => build(brick, target));
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
  const modules = Map.groupBy(bricks, groupOf);
  const found = await Promise.all([...modules.values()].map((some) => inOrder(some, progress)));
  return Object.fromEntries(found.flat());
}

/** The absolute path of one brick; see ensureBricks. */
export async function brickPath(brick: Brick): Promise<string> {
  return (await ensureBricks([brick]))[brick];
}
