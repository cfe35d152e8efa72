import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { once } from 'node:events';
import type { Image } from './image.ts';
import { layerOf } from './layer.ts';
import { padding, tarHeader, TAR_END } from './tar.ts';

/** What was written. */
export interface WrittenImage {
  /** Bytes of the layer. */
  readonly size: number;
  /** SHA-256 of the configuration: the image's identity. */
  readonly id: string;
}

const ARCHITECTURES: Readonly<Partial<Record<string, string>>> = { x64: 'amd64', arm64: 'arm64' };

/** The OCI image configuration. In: SHA-256 of the layer. */
export function configJson({ config, arch = process.arch }: Pick<Image, 'config' | 'arch'>, layer: string): string {
  const { entrypoint, cmd, user, env = {}, workingDir } = config;
  return JSON.stringify({
    architecture: ARCHITECTURES[arch] ?? arch, os: 'linux',
    config: {
      Entrypoint: entrypoint, ...(cmd === undefined ? {} : { Cmd: cmd }), User: user,
      Env: Object.entries({ PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...env }).map(([name, value]) => `${name}=${value}`),
      ...(workingDir === undefined ? {} : { WorkingDir: workingDir }),
    },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layer}`] },
  });
}

function fileEntry(path: string, text: string): readonly Buffer[] {
  const size = Buffer.byteLength(text);
  return [tarHeader({ type: 'file', path, mode: 0o644, size }), Buffer.from(text), Buffer.alloc(padding(size))];
}

/**
 * Writes an image as the archive that `docker save` makes and every container engine reads: one layer, one configuration, one manifest.
 * The layer is read once; its checksum is in the configuration, which comes after it.
 */
export async function writeArchive(image: Image, file: string): Promise<WrittenImage> {
  const layer = await layerOf(image.files);
  const output = createWriteStream(file);
  const write = async (chunk: Buffer): Promise<void> => { if (!output.write(chunk)) await once(output, 'drain'); };
  const hash = createHash('sha256');
  await write(tarHeader({ type: 'file', path: 'layer.tar', mode: 0o644, size: layer.size }));
  for await (const chunk of layer.chunks()) {
    hash.update(chunk);
    await write(chunk);
  }
  await write(Buffer.alloc(padding(layer.size)));
  const config = configJson(image, hash.digest('hex'));
  const id = createHash('sha256').update(config).digest('hex');
  const manifest = JSON.stringify([{ Config: `${id}.json`, RepoTags: [image.reference], Layers: ['layer.tar'] }]);
  for (const chunk of [...fileEntry(`${id}.json`, config), ...fileEntry('manifest.json', manifest), TAR_END]) await write(chunk);
  output.end();
  await finished(output);
  return { size: layer.size, id };
}
