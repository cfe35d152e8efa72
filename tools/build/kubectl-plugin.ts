import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { stringify } from 'yaml';
import type { ImageFile } from '../images/image.ts';
import { layerOf } from '../images/layer.ts';

/*
 * The plugin for kubectl and oc: one archive for all platforms, since it is JavaScript for the user's Node, and the manifest by which krew installs it
 * (krew doc "Writing Plugin Manifests"). Equal content gives equal bytes.
 */
const root = join(import.meta.dirname, '..', '..');
const ARCHIVE = 'kubectl-tmesh.tar.gz';
const BIN = 'bin/kubectl-tmesh';

/** Where a release is to be found. */
export interface PluginRelease {
  /** Folder of the archive, https. */
  readonly url: string;
  readonly homepage: string;
  readonly version: string;
}

async function pluginFiles(): Promise<readonly ImageFile[]> {
  const dist = join(root, 'dist');
  const charts = (await readdir(join(dist, 'charts'), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sources = [join(root, BIN), join(root, 'bin', 'kubectl_complete-tmesh'), join(dist, 'tmesh.mjs'), join(dist, 'istio-crds.json'), join(root, 'LICENSE'), ...charts];
  const files = sources.map((source) => ({ target: `/${relative(root, source)}`, source, mode: source.startsWith(join(root, 'bin')) ? 0o755 : 0o644 }));
  // Node takes a file without an extension for what this says.
  return [...files, { target: '/package.json', text: '{ "type": "module" }\n', mode: 0o644 }];
}

async function archiveBytes(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of (await layerOf(await pluginFiles())).chunks()) chunks.push(chunk);
  return gzipSync(Buffer.concat(chunks), { level: 9 });
}

/** The manifest for krew. In: where the release is, and the archive's digest. */
export function krewManifest({ url, homepage, version }: PluginRelease, sha256: string): string {
  return stringify({
    apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
    kind: 'Plugin',
    metadata: { name: 'tmesh' },
    spec: {
      version: `v${version}`,
      homepage,
      shortDescription: 'Look at multitenant service meshes and mend them',
      description: 'Shows meshes, members, routes and gateways of tenant-mesh-operator, explains why a namespace\nis in its mesh or not, says what a change would do, checks a cluster before and after\ninstallation, and collects what a bug report needs, without secrets.\n',
      caveats: 'Needs Node 24 or newer in the PATH. For completion of names put\nkubectl_complete-tmesh of the plugin\'s bin folder into the PATH as well.\n',
      platforms: [{ selector: { matchExpressions: [{ key: 'os', operator: 'In', values: ['linux', 'darwin'] }] }, uri: `${url.replace(/\/$/, '')}/${ARCHIVE}`, sha256, bin: BIN }],
    },
  }, { lineWidth: 0 });
}

/**
 * Writes archive and manifest. In: a folder and the release. Needs dist/ (npm run build). Out: paths of both.
 * @throws an Error for a URL that krew would refuse
 */
export async function buildPlugin(folder: string, release: PluginRelease): Promise<{ readonly archive: string; readonly manifest: string }> {
  for (const url of [release.url, release.homepage]) if (URL.parse(url)?.protocol !== 'https:') throw new Error(`"${url}" is not an https URL: give where the release is published`);
  const bytes = await archiveBytes();
  const [archive, manifest] = [join(folder, ARCHIVE), join(folder, 'tmesh.yaml')];
  await mkdir(folder, { recursive: true });
  await writeFile(archive, bytes);
  await writeFile(manifest, krewManifest(release, createHash('sha256').update(bytes).digest('hex')));
  return { archive, manifest };
}

/** The version of this project. */
export async function projectVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  return version;
}
