import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OPERATOR_VERSION } from '../olm/identity.ts';
import { writeArtefacts } from './artefacts.ts';
import { notesOf } from './changelog.ts';

/* Writes the files of the present version into dist/release; a part of `npm run release`. */
const root = join(import.meta.dirname, '..', '..');
const folder = join('dist', 'release', OPERATOR_VERSION);
const names = await writeArtefacts(root, join(root, folder), { version: OPERATOR_VERSION, notes: notesOf(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'), OPERATOR_VERSION) ?? '' });
for (const name of names) process.stdout.write(`wrote ${join(folder, name)}\n`);
