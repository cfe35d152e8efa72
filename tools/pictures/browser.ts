import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { chromium, type BrowserContext } from 'playwright-core';
import { ensureBricks } from '../cluster/bricks.ts';

/* A real browser for the page that `tmesh report` writes: Chromium without a window, with fonts of its own, so that a page looks the same on every machine. */

/** Nothing in here asks the network for anything: no updates, no experiments, no safe browsing. */
const QUIET = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--font-render-hinting=none', '--disable-lcd-text'];

/** Signs that Open Sans lacks come from DejaVu. */
const FAMILIES = { 'sans-serif': 'Open Sans', 'system-ui': 'Open Sans', monospace: 'DejaVu Sans Mono', 'ui-monospace': 'DejaVu Sans Mono' };

function fontConfiguration(folders: readonly string[], cache: string): string {
  const aliases = Object.entries(FAMILIES).map(([family, font]) => `<alias binding="same"><family>${family}</family><prefer><family>${font}</family><family>DejaVu Sans</family></prefer></alias>`);
  return `<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>${folders.map((folder) => `<dir>${folder}</dir>`).join('')}<cachedir>${cache}</cachedir>${aliases.join('')}</fontconfig>\n`;
}

interface Program {
  readonly file: string;
  readonly libraries: string;
  readonly fonts: readonly string[];
}

/** `$CHROMIUM` if set, else the pinned one. @throws an Error on a processor that the pinned one is not made for */
async function findProgram(): Promise<Program> {
  const given = process.env['CHROMIUM'] ?? '';
  const symbols = dirname((await ensureBricks(['fonts'])).fonts);
  if (given !== '') return { file: given, libraries: '', fonts: [symbols] };
  if (process.arch !== 'x64') throw new Error(`the pinned Chromium is for x64 only and this is ${process.arch}; set CHROMIUM to one of your own`);
  const { chromium: file } = await ensureBricks(['chromium']);
  return { file, libraries: join(dirname(file), 'lib'), fonts: [join(dirname(file), 'fonts'), symbols] };
}

/**
 * Runs something with a browser that has never been used, and takes it away again. Context options (`colorScheme`, `viewport` …) are those of Playwright.
 * @throws an Error when the browser cannot be had or does not start
 */
export async function withBrowser<T>(options: Parameters<typeof chromium.launchPersistentContext>[1], use: (context: BrowserContext) => Promise<T>): Promise<T> {
  const { file, libraries, fonts } = await findProgram();
  const profile = await mkdtemp(join(tmpdir(), 'tmesh-browser-'));
  try {
    const configuration = join(profile, 'fonts.conf');
    await writeFile(configuration, fontConfiguration(fonts, join(profile, 'font-cache')));
    const env = { PATH: process.env['PATH'] ?? '', HOME: profile, TMPDIR: tmpdir(), FONTCONFIG_FILE: configuration, LD_LIBRARY_PATH: libraries, TZ: 'UTC', LANG: 'C.UTF-8' };
    const context = await chromium.launchPersistentContext(profile, { headless: true, executablePath: file, args: QUIET, env, ...options });
    try {
      return await use(context);
    } finally {
      await context.close();
    }
  } finally {
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
