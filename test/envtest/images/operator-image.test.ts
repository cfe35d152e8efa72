import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { ensurePackages } from '../../../tools/cluster/node/debian-packages.ts';
import { arm64Runtime, operatorImage, x64Runtime } from '../../../tools/images/operator-image.ts';
import { storeImage } from '../../../tools/images/store.ts';
import { root } from '../../support/operator-fixture.ts';

/*
 * The operator's image for both processors, made of files as the e2e makes it, unpacked and started. The one for arm64 is run by an emulator,
 * inside its own files only.
 */

const run = promisify(execFile);
/** `e_machine` of an ELF file for arm64. */
const AARCH64 = 183;

let folder = '';
before(async () => { folder = await mkdtemp(join(tmpdir(), 'tmesh-image-')); });
after(async () => { await rm(folder, { recursive: true, force: true }); });

interface Unpacked {
  /** What a container would see as its root. */
  readonly files: string;
  readonly architecture: string;
  readonly config: { readonly User: string; readonly Entrypoint: readonly string[] };
}

/** An archive as `docker save` makes it, unpacked. */
async function unpacked(archive: string, name: string): Promise<Unpacked> {
  const [outer, files] = [join(folder, name), join(folder, `${name}-root`)];
  await run('mkdir', ['-p', outer, files]);
  await run('tar', ['-xf', archive, '-C', outer]);
  const [manifest] = JSON.parse(await readFile(join(outer, 'manifest.json'), 'utf8')) as readonly [{ readonly Config: string; readonly Layers: readonly [string] }];
  await run('tar', ['-xf', join(outer, manifest.Layers[0]), '-C', files, '--no-same-owner']);
  return { files, ...JSON.parse(await readFile(join(outer, manifest.Config), 'utf8')) as Omit<Unpacked, 'files'> };
}

/** `e_machine` of each ELF file below a folder, by name. */
async function machines(dir: string): Promise<ReadonlyMap<string, number>> {
  const entries = (await readdir(dir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const found = new Map<string, number>();
  for (const { parentPath, name } of entries) {
    const head = Buffer.alloc(20);
    const file = await open(join(parentPath, name));
    try {
      await file.read(head, 0, head.length, 0);
    } finally {
      await file.close();
    }
    if (head.subarray(1, 4).toString() === 'ELF') found.set(name, head.readUInt16LE(18));
  }
  return found;
}

/** Runs a program in the files of an image, of which it sees nothing else. */
async function inside({ files }: Unpacked, ...command: readonly string[]): Promise<string> {
  return (await run('unshare', ['--map-root-user', `--root=${files}`, '--wd=/opt/tmesh', ...command], { maxBuffer: 64 * 1024 * 1024, env: {} })).stdout.trim();
}

async function bundle(): Promise<string> {
  const dist = join(root, 'dist');
  if (!existsSync(join(dist, 'tmesh.mjs'))) await run(process.execPath, [join(root, 'tools', 'build', 'bundle.ts')]);
  return dist;
}

const version = async (): Promise<string> => (JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }).version;

test("the image of this machine holds the libraries that Node's loader asks for, as the Containerfile takes them, and starts", async () => {
  const image = await operatorImage('local/operator-x64:1', await bundle(), x64Runtime(process.execPath, await ensurePackages()));
  const { stdout } = await run('ldd', [process.execPath]);
  const wanted = [...stdout.matchAll(/\/\S+/g)].map(([path]) => basename(path));
  const held = new Set(image.files.filter(({ target }) => /^\/lib(64)?\//.test(target)).map(({ target }) => basename(target)));
  assert.deepEqual([...held].toSorted(), [...new Set(wanted)].toSorted());
  const made = await unpacked((await storeImage(image)).archive, 'x64');
  assert.equal(made.architecture, 'amd64');
  assert.equal(await inside(made, ...made.config.Entrypoint, '--version'), await version());
});

test('the image for arm64 is of the same files, each program in it is for arm64, and it starts and renders under an emulator', async () => {
  const [dist, packages] = [await bundle(), await ensurePackages(['qemu-user-static'])];
  const x64 = await operatorImage('local/operator-x64:1', dist, x64Runtime(process.execPath, await ensurePackages()));
  const image = await operatorImage('local/operator-arm64:1', dist, await arm64Runtime());
  const names = (files: typeof image.files): string[] => files.filter(({ target }) => !target.startsWith('/lib')).map(({ target }) => target).toSorted();
  assert.deepEqual(names(image.files), names(x64.files));
  const made = await unpacked((await storeImage(image)).archive, 'arm64');
  assert.deepEqual([made.architecture, made.config.User], ['arm64', '65532:65532']);
  const found = await machines(made.files);
  assert.ok(found.has('node') && found.has('libc.so.6'), [...found.keys()].join());
  assert.deepEqual([...found].filter(([, machine]) => machine !== AARCH64), []);

  await run('cp', [join(packages['qemu-user-static'], 'usr/bin/qemu-aarch64-static'), join(made.files, 'emulator')]);
  await run('cp', [join(root, 'test', 'samples', '01-istio-installation.yaml'), join(made.files, 'smcp.yaml')]);
  const emulated = (...words: readonly string[]): Promise<string> => inside(made, '/emulator', ...made.config.Entrypoint, ...words);
  assert.equal(await emulated('--version'), await version());
  const { stdout } = await run(process.execPath, [join(dist, 'tmesh.mjs'), 'render', '-n', 'istio-system', '-f', join(made.files, 'smcp.yaml')], { maxBuffer: 64 * 1024 * 1024 });
  const rendered = await emulated('render', '-n', 'istio-system', '-f', '/smcp.yaml');
  assert.ok(stdout.includes('\nkind: Deployment\n') && rendered === stdout.trim(), `${rendered.length} characters on arm64, ${stdout.trim().length} here`);
});
