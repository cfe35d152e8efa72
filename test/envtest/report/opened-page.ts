import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { withBrowser } from '../../../tools/pictures/browser.ts';

/** A page in a real browser, and what it did. */
export interface OpenedPage {
  readonly page: Page;
  /** Everything that it asked for besides the file itself. */
  readonly requests: readonly string[];
  /** What it complained of: errors of the script, what its policy forbade. */
  readonly complaints: readonly string[];
}

/** Opens a file in a browser of its own. Whatever the test does there, the page must not have asked anybody for anything, nor complained. */
export async function withPage(file: string, look: { readonly colorScheme: 'light' | 'dark'; readonly javaScriptEnabled?: boolean }, use: (opened: OpenedPage) => Promise<void>): Promise<void> {
  const url = pathToFileURL(file).href;
  await withBrowser({ viewport: { width: 1200, height: 900 }, ...look }, async (context) => {
    const opened = { page: await context.newPage(), requests: [] as string[], complaints: [] as string[] };
    context.on('request', (request) => { if (request.url().split('#')[0] !== url) opened.requests.push(request.url()); });
    opened.page.on('pageerror', (error) => opened.complaints.push(error.message));
    opened.page.on('console', (message) => { if (message.type() === 'error') opened.complaints.push(message.text()); });
    await opened.page.goto(url);
    await use(opened);
    assert.deepEqual([opened.requests, opened.complaints], [[], []]);
  });
}

interface AxeResult {
  readonly passes: readonly { readonly id: string }[];
  readonly violations: readonly { readonly id: string; readonly help: string; readonly nodes: readonly { readonly html: string }[] }[];
}

/** What axe-core finds by the rules of WCAG 2.2 AA and its best practices. Out: the ids of rules that were met, and what is wrong, with the element. */
export async function accessibilityOf(page: Page): Promise<{ readonly met: readonly string[]; readonly wrong: readonly string[] }> {
  const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  await page.evaluate(source);
  const { passes, violations } = await page.evaluate<AxeResult>("axe.run({ resultTypes: ['violations'] })");
  return { met: passes.map(({ id }) => id), wrong: violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes[0]?.html ?? ''} (${nodes.length})`) };
}

/** Runs in the browser, which can read PNGs: two URLs to the share of pixels that differ. */
const SHARE = `async ([one, other]) => {
  const pixelsOf = async (url) => {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, image.width, image.height);
  };
  const [a, b] = [await pixelsOf(one), await pixelsOf(other)];
  if (a.width !== b.width || a.height !== b.height) return 1;
  let differing = 0;
  for (let at = 0; at < a.data.length; at += 4) if ([0, 1, 2].some((part) => Math.abs(a.data[at + part] - b.data[at + part]) > 24)) differing += 1;
  return differing / (a.data.length / 4);
}`;

/** The share of pixels that differ between two PNGs by more than rounding; 1 when they are of different sizes. */
export async function differenceOf(page: Page, one: Buffer, other: Buffer): Promise<number> {
  await page.goto('about:blank');
  const urls = [one, other].map((png) => `data:image/png;base64,${png.toString('base64')}`);
  return page.evaluate<number>(`(${SHARE})(${JSON.stringify(urls)})`);
}
