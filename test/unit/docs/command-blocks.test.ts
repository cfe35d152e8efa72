import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { COMMAND_BLOCKS, typedHere, WHOLE_PAGES } from '../../support/command-blocks.ts';
import { blocksOf, commandsOf, pages, root } from './markdown.ts';

/* "Every command block in README and docs is run by a test": the list of what runs which, held against the pages. */

const FOUND = pages().filter(({ path }) => !path.startsWith('docs/adr/') && !WHOLE_PAGES.has(path))
  .flatMap((page) => blocksOf(page).map((block) => ({ page: page.path, first: commandsOf(block)[0] }))).filter((block) => block.first !== undefined);

test('every block of commands is in the list, in the order of its page, and no other', () => {
  const byPage = (page: string): number => FOUND.filter((found) => found.page === page).length;
  for (const { page, first = '' } of FOUND) assert.ok(COMMAND_BLOCKS.some((block) => block.page === page && first.startsWith(block.begins)), `${page}: nothing is known to run the block of "${first}"; enter it in test/support/command-blocks.ts`);
  for (const { page, begins } of COMMAND_BLOCKS) assert.ok(FOUND.some((found) => found.page === page && found.first?.startsWith(begins)), `${page}: no block begins with "${begins}" any more`);
  for (const page of new Set(FOUND.map((found) => found.page))) assert.equal(COMMAND_BLOCKS.filter((block) => block.page === page).length, byPage(page), page);
});

test('what is said to run a block is there and speaks of it', () => {
  for (const { page, begins, proof } of COMMAND_BLOCKS) {
    if (!('marks' in proof)) continue;
    assert.ok(readFileSync(join(root, proof.by), 'utf8').includes(proof.marks), `${page}, ${begins}: ${proof.by} does not say "${proof.marks}"`);
  }
});

test('most are typed into a shell', () => {
  assert.ok(COMMAND_BLOCKS.filter(({ proof }) => proof.by === 'shell').length > COMMAND_BLOCKS.length / 2);
  assert.equal(typedHere('tmesh why my-project    # note'), 'tmesh why microsvc-sample');
  assert.equal(typedHere('npm run -s tmesh -- run --kubeconfig FILE'), undefined);
});
