import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { takePictures } from './report.ts';

/* `npm run pictures` makes the pictures of docs/pictures: `tmesh report` about a platform of five meshes and a thousand members, in a real browser. */

const target = join(import.meta.dirname, '..', '..', 'docs', 'pictures');
const folder = await mkdtemp(join(tmpdir(), 'tmesh-pictures-'));
try {
  await mkdir(target, { recursive: true });
  for (const [name, picture] of await takePictures(folder)) {
    await writeFile(join(target, name), picture);
    process.stdout.write(`docs/pictures/${name}: ${Math.round(picture.length / 1024)} KiB\n`);
  }
} finally {
  await rm(folder, { recursive: true });
}
