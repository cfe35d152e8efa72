import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { ensureBricks } from '../cluster/bricks.ts';
import { ensurePackages, type PackageFolders } from '../cluster/node/debian-packages.ts';
import type { Image, ImageConfig, ImageFile } from './image.ts';
import { ARM64, librariesFor, libraryFiles, loaderFor, NODE_LIBRARIES, type Platform } from './libraries.ts';

/*
 * What the operator's image holds, said once: the image of the tests is made from this, and a test holds the Containerfile against it.
 * A Node binary with its shared libraries and the bundle; no shell, no package manager, nobody but the one user.
 */

export const NODE_PATH = '/usr/local/bin/node';
export const OPERATOR_HOME = '/opt/tmesh';

/** The bundle's parts in dist/, and that they are wanted: each is copied to OPERATOR_HOME under its own name. */
export const OPERATOR_PARTS = ['tmesh.mjs', 'charts', 'istio-crds.json'] as const;

/** V8's heap kept small: docs/bench.md. */
export const OPERATOR_NODE_FLAGS: readonly string[] = ['--disable-warning=DEP0040', '--max-semi-space-size=4', '--heap-growing-percent=10'];

/** One arena, and what was freed goes back to the system: glibc would keep the 10 MB that the compiler needed for a moment. Source: mallopt(3). */
export const OPERATOR_MALLOC: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '65536', MALLOC_MMAP_THRESHOLD_: '65536' };

/** Numeric, so that `runAsNonRoot` can be checked without looking into the image. */
export const OPERATOR_CONFIG: ImageConfig = {
  entrypoint: [NODE_PATH, ...OPERATOR_NODE_FLAGS, `${OPERATOR_HOME}/tmesh.mjs`],
  cmd: ['run'],
  user: '65532:65532',
  env: { NODE_ENV: 'production', ...OPERATOR_MALLOC },
  workingDir: OPERATOR_HOME,
};

/** The file itself, or all files of a folder. */
async function filesAt(path: string): Promise<readonly string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function partFiles(dist: string): Promise<readonly ImageFile[]> {
  const parts = await Promise.all(OPERATOR_PARTS.map((part) => filesAt(join(dist, part))));
  return parts.flat()
    .map((source) => ({ target: `${OPERATOR_HOME}/${relative(dist, source)}`, source, mode: 0o644 }));
}

/** A Node binary of this machine's processor and all it needs to start. */
export function nodeFiles(node: string, packages: PackageFolders): readonly ImageFile[] {
  return [{ target: NODE_PATH, source: node, mode: 0o755 }, ...libraryFiles(NODE_LIBRARIES, packages)];
}

/** Node with all it needs, for one processor. */
export interface NodeRuntime {
  readonly arch: Platform['arch'];
  readonly files: readonly ImageFile[];
}

/** That of this machine. In: a Node 24 binary, the unpacked packages of the node. */
export function x64Runtime(node: string, packages: PackageFolders): NodeRuntime {
  return { arch: 'x64', files: nodeFiles(node, packages) };
}

/** That of arm64, which this machine need not be: the same Node release, and the libraries of Debian's cross compilers. Fetched once. */
export async function arm64Runtime(): Promise<NodeRuntime> {
  const [{ 'node-arm64': node }, packages] = await Promise.all([ensureBricks(['node-arm64']), ensurePackages(['libc6-arm64-cross', 'libgcc-s1-arm64-cross', 'libstdc++6-arm64-cross'])]);
  const folders = Object.values(packages).map((folder) => join(folder, 'usr/aarch64-linux-gnu/lib'));
  return { arch: 'arm64', files: [{ target: NODE_PATH, source: node, mode: 0o755 }, ...librariesFor(ARM64, NODE_LIBRARIES, folders), ...loaderFor(ARM64, folders)] };
}

/** The operator's image. In: its reference, the folder that `npm run build` fills, Node for the processor. */
export async function operatorImage(reference: string, dist: string, { arch, files }: NodeRuntime): Promise<Image> {
  return { reference, arch, config: OPERATOR_CONFIG, files: [...files, ...await partFiles(dist)] };
}
