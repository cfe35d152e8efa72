import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, relative } from 'node:path';
import { layerOf } from '../../../tools/images/layer.ts';

/* A registry of bundles, read-only and on loopback: the part of the OCI distribution protocol by which opm takes a bundle. */

/** A registry that runs. */
export interface BundleRegistry {
  /** `127.0.0.1:port` */
  readonly address: string;
  close(): Promise<void>;
}

const digestOf = (content: Buffer): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;

async function layerBytes(folder: string): Promise<Buffer> {
  const parts = ['manifests', 'metadata', 'tests'].flatMap((part) => readdirSync(join(folder, part), { recursive: true, withFileTypes: true }));
  const files = parts.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const layer = await layerOf(files.map((source) => ({ target: `/${relative(folder, source)}`, source })));
  const chunks: Buffer[] = [];
  for await (const chunk of layer.chunks()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const OCI = 'application/vnd.oci.image';

interface Served { readonly content: Buffer; readonly type: string }

interface Image { readonly manifest: Buffer; readonly blobs: readonly Buffer[] }

async function imageOf(folder: string, labels: Readonly<Record<string, string>>): Promise<Image> {
  const layer = await layerBytes(folder);
  const config = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', config: { Labels: labels }, rootfs: { type: 'layers', diff_ids: [digestOf(layer)] } }));
  const manifest = Buffer.from(JSON.stringify({
    schemaVersion: 2, mediaType: `${OCI}.manifest.v1+json`,
    config: { mediaType: `${OCI}.config.v1+json`, digest: digestOf(config), size: config.length },
    layers: [{ mediaType: `${OCI}.layer.v1.tar`, digest: digestOf(layer), size: layer.length }],
  }));
  return { manifest, blobs: [config, layer] };
}

/** Manifests by tag and by digest, configurations and layers by digest. */
async function servedFrom(folders: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): Promise<(path: string) => Served | undefined> {
  const images = await Promise.all(Object.entries(folders).map(async ([tag, folder]) => ({ tag, ...await imageOf(folder, labels) })));
  const manifests = new Map(images.flatMap(({ tag, manifest }) => [[tag, manifest], [digestOf(manifest), manifest]] as const));
  const blobs = new Map(images.flatMap((image) => image.blobs.map((content) => [digestOf(content), content] as const)));
  return (path) => {
    if (path === '/v2/') return { content: Buffer.from('{}'), type: 'application/json' };
    const name = path.split('/').at(-1) ?? '';
    const [found, type] = path.includes('/manifests/') ? [manifests.get(name), `${OCI}.manifest.v1+json`] : [blobs.get(name), 'application/octet-stream'];
    return found === undefined ? undefined : { content: found, type };
  };
}

function send(response: ServerResponse, served: Served | undefined, isHead: boolean): void {
  if (served === undefined) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': served.type, 'content-length': served.content.length, 'docker-content-digest': digestOf(served.content) });
  response.end(isHead ? undefined : served.content);
}

/** Serves the bundles in folders, by tag, whatever the name of the image. */
export async function serveBundles(folders: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): Promise<BundleRegistry> {
  const find = await servedFrom(folders, labels);
  const server = createServer((request, response) => { send(response, find(request.url ?? ''), request.method === 'HEAD'); });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', () => { resolve(); });
  await promise;
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((done) => { server.closeAllConnections(); server.close(() => { done(); }); }),
  };
}
