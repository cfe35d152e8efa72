import { cp, glob, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { parseAllDocuments } from 'yaml';
import { markedDefinition } from '../../src/domain/cluster-resources/plan.ts';
import type { KubeObject } from '../../src/k8s/object.ts';
import { moduleFile } from '../cluster/module-files.ts';
import { compiledCharts } from './compiled-charts.ts';

/*
 * Builds dist/: tmesh.mjs, one file with all code, so that `tmesh` starts fast and light; charts/; and istio-crds.json out of its pinned Go module.
 * `node tools/build/bundle.ts [--if-stale]`
 */
const root = join(import.meta.dirname, '..', '..');
const target = join(root, 'dist', 'tmesh.mjs');

/** Replaces client-node by its kubeconfig loader; see client-node-slim.ts. */
const slimClientNode: Plugin = {
  name: 'slim-client-node',
  setup(pluginBuild) {
    const slim = join(root, 'tools', 'build', 'client-node-slim.ts');
    pluginBuild.onResolve({ filter: /^gaxios$/ }, () => ({ path: join(root, 'tools', 'build', 'gaxios-slim.ts') }));
    pluginBuild.onResolve({ filter: /^@kubernetes\/client-node$/ }, () => ({ path: slim }));
    pluginBuild.onResolve({ filter: /^\.\/gen\/index\.js$/ }, (args) =>
      args.importer.includes(join('@kubernetes', 'client-node', 'dist')) ? { path: 'client-node-gen', namespace: 'slim' } : undefined);
    pluginBuild.onLoad({ filter: /^client-node-gen$/, namespace: 'slim' }, () => ({
      resolveDir: join(root, 'node_modules', '@kubernetes', 'client-node', 'dist', 'gen'),
      contents: "export { createConfiguration } from './configuration.js'; export { ServerConfiguration } from './servers.js';",
    }));
  },
};

/**
 * Replaces undici by its connection pools, without fetch, WebSockets, mocks and caches: 12 MB of memory less. client-node's kubeconfig loader asks
 * for Agent and ProxyAgent, src/runtime/connections.ts for Pool and ProxyAgent; `fetch` is only named.
 */
const slimUndici: Plugin = {
  name: 'slim-undici',
  setup(pluginBuild) {
    pluginBuild.onResolve({ filter: /^undici$/ }, () => ({ path: 'undici', namespace: 'slim' }));
    pluginBuild.onLoad({ filter: /^undici$/, namespace: 'slim' }, () => ({
      resolveDir: join(root, 'node_modules', 'undici', 'lib', 'dispatcher'),
      // The assignment is undici's own (index.js): it gives dispatchers their methods request, stream and so on.
      contents: `import Dispatcher from './dispatcher.js'; import api from '../api/index.js'; Object.assign(Dispatcher.prototype, api);
        export { default as Agent } from './agent.js'; export { default as Pool } from './pool.js'; export { default as ProxyAgent } from './proxy-agent.js';
        export function fetch() { throw new Error('fetch is not part of this build: requests go through src/runtime/rest-client.ts'); }`,
    }));
  },
};

/** zod with its English messages only: the other fifty languages are kept as soon as one is named by a namespace object. */
const englishZod: Plugin = {
  name: 'english-zod',
  setup(pluginBuild) {
    pluginBuild.onResolve({ filter: /\/locales\/index\.js$/ }, (args) =>
      args.importer.includes(join('node_modules', 'zod')) ? { path: 'zod-locales', namespace: 'slim' } : undefined);
    pluginBuild.onLoad({ filter: /^zod-locales$/, namespace: 'slim' }, () => ({
      resolveDir: join(root, 'node_modules', 'zod', 'v4', 'locales'), contents: "export { default as en } from './en.js';",
    }));
  },
};

/**
 * Takes Node's own modules when they are first used, and as they are: an `import` of one at the top of the file loads all of them for every command, and
 * reads every export, among them those of node:http that bring a whole second undici along. See docs/bench.md.
 */
const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup(pluginBuild) {
    const names = new Set(builtinModules);
    pluginBuild.onResolve({ filter: /^(node:)?[a-z_/]+$/ }, ({ path, kind }) => (kind !== 'dynamic-import' && names.has(path.replace(/^node:/, '')) ? { path: path.replace(/^node:/, ''), namespace: 'builtin' } : undefined));
    pluginBuild.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({ contents: `module.exports = process.getBuiltinModule('node:${path}');`, loader: 'js' }));
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

/**
 * The program as it is, if it is all ASCII: Node keeps the text of a program that is not with two bytes a character, which costs 3 MB of memory.
 * esbuild escapes what it may; tagged templates and regular expressions it leaves alone.
 */
function narrow(program: string): string {
  const wide = /.{0,40}\P{ASCII}.{0,40}/u.exec(program);
  if (wide !== null) throw new Error(`a tagged template or a regular expression contains a character beyond ASCII; write it as a string constant, or escaped: ${wide[0]}`);
  return program;
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
    metafile: process.env['TMESH_BUNDLE_META'] !== undefined,
    // Names stay, for stack traces; the blanks would be memory.
    minifySyntax: true,
    minifyWhitespace: true,
    plugins: [slimClientNode, slimUndici, englishZod, lazyBuiltins, compiledCharts],
    define: { 'process.env.TMESH_BUILD_VERSION': JSON.stringify(version), 'process.env["TMESH_BUILD_VERSION"]': JSON.stringify(version) },
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
  if (process.env['TMESH_BUNDLE_META'] !== undefined) await writeFile(process.env['TMESH_BUNDLE_META'], JSON.stringify(result.metafile));
  await mkdir(join(root, 'dist'), { recursive: true });
  const temporary = `${target}.${process.pid}`;
  await writeFile(temporary, narrow(result.outputFiles[0]?.text ?? ''), { mode: 0o755 });
  await rename(temporary, target);
}

/** The templates, as they are. */
async function copyCharts(): Promise<void> {
  const charts = join(root, 'dist', 'charts');
  await rm(charts, { recursive: true, force: true });
  await cp(join(root, 'src', 'charts'), charts, { recursive: true });
}

/** The release that the module `istio.io/api` of tools/cluster/go/crds pins. */
const ISTIO_RELEASE = '1.31.1';

/**
 * Istio's CRDs are taken at build time and are not in this repository. They are kept as JSON, marked as ours: parsing 900 kB of YAML in the
 * operator would cost 60 MB. Without Go the build goes on: only `tmesh run` on a cluster without these CRDs misses them.
 */
async function writeIstioCrds(): Promise<void> {
  const file = join(root, 'dist', 'istio-crds.json');
  try {
    const documents = parseAllDocuments(await readFile(await moduleFile('istio-crds'), 'utf8'));
    const definitions = documents.map((document) => document.toJS() as KubeObject | null).filter((value) => value !== null);
    await writeFile(file, JSON.stringify(definitions.map((definition) => markedDefinition(definition, ISTIO_RELEASE))));
  } catch (error) {
    const there = await stat(file).then(() => true, () => false);
    if (!there) process.stderr.write(`note: built without Istio's CRDs (${error instanceof Error ? error.message : String(error)})\n`);
  }
}

if (!(process.argv.includes('--if-stale') && await isFresh())) {
  await bundle();
  await copyCharts();
  await writeIstioCrds();
  await utimes(target, new Date(), new Date());
}
