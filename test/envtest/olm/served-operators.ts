import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { ProcessImage } from '../../../tools/cluster/mesh-processes/images.ts';
import type { BuiltOperator } from './earlier-program.ts';
import type { ServedBundle } from './olm-programs.ts';

/* Operators as OLM gets them: an image that runs as a process, and a bundle for the catalog. */

const NODE = '/usr/local/bin/node';
const HOME = '/opt/tmesh';

export type Manifest = { readonly kind: string; readonly metadata: { readonly name: string; readonly namespace?: string }; readonly spec?: object };

function filesUnder(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

function programFiles(dist: string): Readonly<Record<string, string>> {
  const charts = realpathSync(join(dist, 'charts'));
  const templates = filesUnder(charts).map((file): [string, string] => [`${HOME}/charts/${relative(charts, file)}`, file]);
  return Object.fromEntries([...templates, ...['tmesh.mjs', 'istio-crds.json'].map((name): [string, string] => [`${HOME}/${name}`, realpathSync(join(dist, name))])]);
}

const repositoryOf = (version: string): string => `tmesh-v${version.replaceAll('.', '-')}`;

/** The image of an operator; every version has a name of its own, by which its pods are told apart. */
export function imageOf({ version, dist }: BuiltOperator): ProcessImage {
  return { repository: repositoryOf(version), entrypoint: [NODE, '--max-semi-space-size=4', `${HOME}/tmesh.mjs`], files: { [NODE]: process.execPath, ...programFiles(dist) }, user: 65_532 };
}

function renamed(manifest: Manifest, { version, saidVersion }: BuiltOperator, replaces: string | undefined): Manifest {
  const text = JSON.stringify(manifest)
    .replaceAll(`"tenant-mesh-operator:${saidVersion}"`, `"${repositoryOf(version)}:${version}"`)
    .replaceAll(`tenant-mesh-operator.v${saidVersion}`, `tenant-mesh-operator.v${version}`)
    .replace(`"version":"${saidVersion}"`, `"version":"${version}"`);
  const csv = JSON.parse(text) as Manifest;
  return { ...csv, spec: { ...csv.spec, ...(replaces === undefined ? {} : { replaces: `tenant-mesh-operator.v${replaces}` }) } };
}

/** Its bundle as it is in the repository, but for the image, and for the number where it plays another version. */
export function bundleOf(operator: BuiltOperator, replaces?: string): ServedBundle {
  const manifests = filesUnder(operator.manifests).flatMap((file) => parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as Manifest));
  const placed = manifests.map((manifest) => ({ ...manifest, metadata: { ...manifest.metadata, ...(manifest.metadata.namespace === 'placeholder' ? { namespace: '' } : {}) } }));
  return {
    version: operator.version, ...(replaces === undefined ? {} : { replaces }),
    manifests: placed.map((manifest) => (manifest.kind === 'ClusterServiceVersion' ? renamed(manifest, operator, replaces) : manifest)),
  };
}
