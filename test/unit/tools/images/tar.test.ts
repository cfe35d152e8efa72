import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { configJson, writeArchive } from '../../../../tools/images/archive.ts';
import type { Image } from '../../../../tools/images/image.ts';
import { layerOf } from '../../../../tools/images/layer.ts';
import { padding, tarHeader } from '../../../../tools/images/tar.ts';

const tar = async (...parameters: readonly string[]): Promise<string> => (await promisify(execFile)('tar', [...parameters])).stdout;

async function inFolder(action: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'image-test-'));
  try {
    await action(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function image(files: Image['files']): Image {
  return { reference: 'local/test:1', config: { entrypoint: ['/bin/x'], user: '7:7', env: { A: 'b' } }, files };
}

describe('an image as a tar file', () => {
  it('fills every content up to whole blocks', () => {
    assert.deepEqual([0, 1, 511, 512, 513].map(padding), [0, 511, 1, 0, 511]);
  });

  it('refuses a path that the format has no room for', () => {
    assert.throws(() => tarHeader({ type: 'file', path: 'x'.repeat(101), mode: 0o644, size: 0 }), /too long/);
    assert.doesNotThrow(() => tarHeader({ type: 'file', path: `${'d'.repeat(90)}/${'x'.repeat(90)}`, mode: 0o644, size: 0 }));
  });

  it('is read by tar as it was described: folders above, links, modes, content, owner root', async () => {
    await inFolder(async (folder) => {
      const source = join(folder, 'source');
      await writeFile(source, 'x'.repeat(1000));
      const long = `/${'deep/'.repeat(25)}file`;
      const files = [{ target: '/bin/x', source, mode: 0o755 }, { target: '/etc/name', text: 'höhe\n' }, { target: '/bin/y', link: 'x' }, { target: '/tmp', folder: true, mode: 0o1777 }, { target: long, text: 'long' }] as const;
      const written = await writeArchive(image(files), join(folder, 'image.tar'));
      await tar('-xf', join(folder, 'image.tar'), '-C', folder);
      const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as unknown;
      assert.deepEqual(manifest, [{ Config: `${written.id}.json`, RepoTags: ['local/test:1'], Layers: ['layer.tar'] }]);
      const listing = await tar('-tvf', join(folder, 'layer.tar'), '--numeric-owner');
      assert.match(listing, /^-rwxr-xr-x 0\/0\s+1000 .* bin\/x$/m);
      assert.match(listing, /^lrwxrwxrwx 0\/0 .* bin\/y -> x$/m);
      assert.match(listing, /^drwxrwxrwt 0\/0 .* tmp\/$/m);
      assert.match(listing, /^drwxr-xr-x 0\/0 .* bin\/$/m);
      assert.equal(await tar('-xOf', join(folder, 'layer.tar'), 'etc/name'), 'höhe\n');
      assert.equal(await tar('-xOf', join(folder, 'layer.tar'), long.slice(1)), 'long');
    });
  });

  it('has the same bytes for the same content', async () => {
    await inFolder(async (folder) => {
      const files = [{ target: '/b', text: '2' }, { target: '/a', text: '1' }] as const;
      const first = await writeArchive(image(files), join(folder, 'one'));
      const second = await writeArchive(image(files.toReversed()), join(folder, 'two'));
      assert.deepEqual(first, second);
      assert.ok((await readFile(join(folder, 'one'))).equals(await readFile(join(folder, 'two'))));
    });
  });

  it('refuses two files at one path, and one that is missing', async () => {
    await assert.rejects(layerOf([{ target: '/a', text: '1' }, { target: '/a', link: 'b' }]), /both at \/a/);
    await assert.rejects(layerOf([{ target: '/a', source: '/no/such/file' }]), /ENOENT/);
  });

  it('says whom it runs as, for which processor', () => {
    const config = JSON.parse(configJson({ ...image([]), arch: 'arm64' }, 'abc')) as { architecture: string; config: { User: string; Env: string[] }; rootfs: { diff_ids: string[] } };
    assert.equal(config.architecture, 'arm64');
    assert.equal(config.config.User, '7:7');
    assert.ok(config.config.Env.includes('A=b'));
    assert.deepEqual(config.rootfs.diff_ids, ['sha256:abc']);
  });
});
