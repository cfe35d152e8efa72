import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { report } from '../../src/cli/report/command.ts';
import { withBrowser } from './browser.ts';
import { fleetObjects } from './fleet.ts';

/** The time on the page. */
const READ_AT = new Date('2027-01-11T09:30:00Z');
const WINDOW = { width: 1200, height: 1180 };

/** One picture: how the page is looked at. */
interface Shot {
  readonly name: string;
  readonly colorScheme: 'light' | 'dark';
  /** What is done before: words typed, the box ticked. */
  readonly words?: string;
  readonly onlyAttention?: true;
}

const SHOTS: readonly Shot[] = [
  { name: 'report-light.png', colorScheme: 'light' },
  { name: 'report-dark.png', colorScheme: 'dark' },
  { name: 'report-attention.png', colorScheme: 'light', onlyAttention: true },
];

/** Writes the platform down as must-gather would. Out: the folder, `platform` in the given one. */
export async function writePlatform(folder: string): Promise<string> {
  const platform = join(folder, 'platform');
  await mkdir(platform, { recursive: true });
  await writeFile(join(platform, 'objects.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: fleetObjects() }));
  return platform;
}

/** Takes the pictures of docs/pictures, by name. In: a folder for what is made on the way. */
export async function takePictures(folder: string): Promise<ReadonlyMap<string, Buffer>> {
  const file = join(folder, 'report.html');
  const page = await report({ from: await writePlatform(folder) }, {}, READ_AT);
  // The title names the folder, which is another one each time.
  await writeFile(file, page.replaceAll(`Meshes in ${join(folder, 'platform')}`, 'Meshes in platform'));
  const pictures = new Map<string, Buffer>();
  for (const shot of SHOTS) {
    await withBrowser({ viewport: WINDOW, colorScheme: shot.colorScheme, reducedMotion: 'reduce' }, async (context) => {
      const tab = await context.newPage();
      await tab.goto(pathToFileURL(file).href);
      if (shot.words !== undefined) await tab.getByRole('searchbox').fill(shot.words);
      if (shot.onlyAttention === true) await tab.getByRole('checkbox').check();
      // What blinks and what is focused would make two pictures differ.
      await tab.evaluate('document.activeElement.blur()');
      pictures.set(shot.name, await tab.screenshot({ caret: 'hide', animations: 'disabled' }));
    });
  }
  return pictures;
}
