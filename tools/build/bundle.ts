import { readFile, stat, mkdir, writeFile, rename } from 'node:fs/promises';
import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

/*
 * Builds dist/tmesh.mjs: one file with everything but the charts, so that `tmesh` starts fast and light.
 * `node tools/build/bundle.ts [--if-stale]`
 */
const root = join(import.meta.dirname, '..', '..');
const target = join(root, 'dist', 'tmesh.mjs');

/** Replaces client-node by its kubeconfig loader; see client-node-slim.ts. */
const slimClientNode: Plugin = {
  name: 'slim-client-node',
  setup(pluginBuild) {
    const slim = join(root, 'tools', 'build', 'client-node-slim.ts');
    pluginBuild.onResolve({ filter: /^@kubernetes\/client-node$/ }, () => ({ path: slim }));
    pluginBuild.onResolve({ filter: /^\.\/gen\/index\.js$/ }, (args) =>
      args.importer.includes(join('@kubernetes', 'client-node', 'dist')) ? { path: 'client-node-gen', namespace: 'slim' } : undefined);
    pluginBuild.onLoad({ filter: /^client-node-gen$/, namespace: 'slim' }, () => ({
      resolveDir: join(root, 'node_modules', '@kubernetes', 'client-node', 'dist', 'gen'),
      contents: "export { createConfiguration } from './configuration.js'; export { ServerConfiguration } from './servers.js';",
    }));
  },
};

async function newestSource(): Promise<number> {
  let newest = 0;
  for await (const file of glob(['src/**/*', 'tools/build/*', 'package-lock.json'], { cwd: root })) {
    newest = Math.max(newest, (await stat(join(root, file))).mtimeMs);
  }
  return newest;
}

async function isFresh(): Promise<boolean> {
  const built = await stat(target).catch(() => undefined);
  return built !== undefined && built.mtimeMs > await newestSource();
}

async function bundle(): Promise<void> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const result = await build({
    entryPoints: [join(root, 'src', 'main.ts')],
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    write: false,
    legalComments: 'none',
    minifySyntax: true,
    plugins: [slimClientNode],
    define: { 'process.env.TMESH_BUILD_VERSION': JSON.stringify(version) },
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
  await mkdir(join(root, 'dist'), { recursive: true });
  const temporary = `${target}.${process.pid}`;
  await writeFile(temporary, result.outputFiles[0]?.text ?? '', { mode: 0o755 });
  await rename(temporary, target);
}

if (!(process.argv.includes('--if-stale') && await isFresh())) await bundle();
