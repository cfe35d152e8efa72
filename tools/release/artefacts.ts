import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildPlugin } from '../build/kubectl-plugin.ts';
import type { ImageFile } from '../images/image.ts';
import { layerOf } from '../images/layer.ts';
import { NAME } from '../olm/identity.ts';
import { DOWNLOADS, REPOSITORY } from '../olm/publication.ts';
import { billOfMaterials } from '../supply-chain/sbom.ts';

/* What a release consists of, in one folder. The same source gives the same bytes: no time, no owner, no path of the machine is in them. */

async function archive(files: readonly ImageFile[]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of (await layerOf(files)).chunks()) chunks.push(chunk);
  return gzipSync(Buffer.concat(chunks), { level: 9 });
}

/** Files below a folder of the source, under a folder of the archive. */
function filesOf(root: string, folder: string, into = ''): readonly ImageFile[] {
  const names = readdirSync(join(root, folder), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return names.map(({ parentPath, name }) => {
    const source = join(parentPath, name);
    return { target: `${into}/${source.slice(join(root, folder).length + 1)}`, source };
  });
}

/** What the Containerfile may copy: everything that git knows and .containerignore does not leave out. @throws where git or its folder is missing */
function contextFiles(root: string): readonly ImageFile[] {
  const ignored = readFileSync(join(root, '.containerignore'), 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const known = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 }).split('\0').filter((file) => file !== '');
  const kept = known.filter((file) => !ignored.some((name) => file === name || file.startsWith(`${name}/`)));
  return kept.map((file) => ({ target: `/${file}`, source: join(root, file) }));
}

/** Everything but the plugin for kubectl, which writes itself. */
async function contents(root: string, version: string, notes: string): Promise<Readonly<Record<string, Buffer>>> {
  const text = (file: string): Buffer => readFileSync(join(root, file));
  return {
    'install.yaml': text('deploy/install.yaml'),
    [`${NAME}-${version}.tgz`]: await archive(filesOf(root, 'deploy/chart', `/${NAME}`)),
    'bundle-image.tar.gz': await archive(filesOf(root, 'bundle')),
    'catalog-image.tar.gz': await archive([...filesOf(root, 'olm/catalog', '/catalog'), { target: '/catalog.Dockerfile', source: join(root, 'olm', 'catalog.Dockerfile') }]),
    'operator-image.tar.gz': await archive(contextFiles(root)),
    'sbom.cdx.json': Buffer.from(`${JSON.stringify(billOfMaterials(), undefined, 2)}\n`),
    'NOTES.md': Buffer.from(`${notes}\n`),
    'LICENSE': text('LICENSE'),
  };
}

/** Writes all files of a release, and their sums, into a folder that holds nothing else afterwards. Needs dist/. Out: their names, sorted. */
export async function writeArtefacts(root: string, folder: string, { version, notes }: { readonly version: string; readonly notes: string }): Promise<readonly string[]> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(await contents(root, version, notes))) writeFileSync(join(folder, name), bytes);
  await buildPlugin(folder, { url: `${DOWNLOADS}/v${version}`, homepage: REPOSITORY, version });
  const names = readdirSync(folder).toSorted();
  const sums = names.map((name) => `${createHash('sha256').update(readFileSync(join(folder, name))).digest('hex')}  ${name}\n`);
  writeFileSync(join(folder, 'SHA256SUMS'), sums.join(''));
  return [...names, 'SHA256SUMS'];
}
