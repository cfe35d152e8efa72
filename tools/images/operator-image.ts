import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { PackageFolders } from '../cluster/node/debian-packages.ts';
import type { Image, ImageConfig, ImageFile } from './image.ts';
import { libraryFiles, NODE_LIBRARIES } from './libraries.ts';

/*
 * What the operator's image holds, said once: the image of the tests is made from this, and a test holds the Containerfile against it.
 * A Node binary with its shared libraries and the bundle; no shell, no package manager, nobody but the one user.
 */

export const NODE_PATH = '/usr/local/bin/node';
export const OPERATOR_HOME = '/opt/tmesh';

/** The bundle's parts in dist/, and that they are wanted: each is copied to OPERATOR_HOME under its own name. */
export const OPERATOR_PARTS = ['tmesh.mjs', 'charts', 'istio-crds.json'] as const;

/** Numeric, so that `runAsNonRoot` can be checked without looking into the image. */
export const OPERATOR_CONFIG: ImageConfig = {
  // V8's heap and malloc's arenas kept small: docs/bench.md.
  entrypoint: [NODE_PATH, '--disable-warning=DEP0040', '--max-semi-space-size=4', '--heap-growing-percent=10', `${OPERATOR_HOME}/tmesh.mjs`],
  cmd: ['run'],
  user: '65532:65532',
  env: { NODE_ENV: 'production', MALLOC_ARENA_MAX: '1' },
  workingDir: OPERATOR_HOME,
};

async function filesUnder(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function partFiles(dist: string): Promise<readonly ImageFile[]> {
  const charts = await filesUnder(join(dist, 'charts'));
  return [join(dist, 'tmesh.mjs'), join(dist, 'istio-crds.json'), ...charts]
    .map((source) => ({ target: `${OPERATOR_HOME}/${relative(dist, source)}`, source, mode: 0o644 }));
}

/** A Node binary and all it needs to start. */
export function nodeFiles(node: string, packages: PackageFolders): readonly ImageFile[] {
  return [{ target: NODE_PATH, source: node, mode: 0o755 }, ...libraryFiles(NODE_LIBRARIES, packages)];
}

/** The operator's image. In: its reference, the folder that `npm run build` fills, a Node 24 binary. */
export async function operatorImage(reference: string, dist: string, node: string, packages: PackageFolders): Promise<Image> {
  return { reference, config: OPERATOR_CONFIG, files: [...nodeFiles(node, packages), ...await partFiles(dist)] };
}
