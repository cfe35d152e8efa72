import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { withBrowser } from '../../../tools/pictures/browser.ts';
import { takePictures } from '../../../tools/pictures/report.ts';
import { root } from '../../support/operator-fixture.ts';
import { tmesh } from '../../support/tmesh-command.ts';
import { accessibilityOf, differenceOf, withPage } from './opened-page.ts';

/* `tmesh report` of five meshes with a thousand members, in a real browser: seen, clicked, typed into, heard and photographed. */

let folder: string;
let file: string;
let pictures: ReadonlyMap<string, Buffer>;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tmesh-report-'));
  pictures = await takePictures(folder);
  file = join(folder, 'written.html');
  assert.deepEqual(await tmesh(['report', '--from', join(folder, 'platform'), '-o', file]), { code: 0, stdout: `${file}\n`, stderr: '' });
});
after(async () => { await rm(folder, { recursive: true, force: true }); });

const count = (page: Page): Promise<string | null> => page.getByRole('status').textContent();
/** Names of the members whose rows are seen. */
const membersOf = (page: Page): Promise<string[]> => page.getByRole('table', { name: 'Namespaces that are in a mesh or want to be' }).getByRole('rowheader').allTextContents();
const brightCells = (page: Page): Promise<number> => page.locator('.cell:not(.dim)').count();

test('words, a box and a click on the map filter rows and map alike', () => withPage(file, { colorScheme: 'light' }, async ({ page }) => {
  assert.equal(await count(page), '1053 of 1053 rows shown');
  assert.equal(await brightCells(page), 1002);
  await page.getByRole('searchbox', { name: 'Filter' }).fill('Fraud-API');
  assert.deepEqual((await membersOf(page)).toSorted(), ['insights', 'logistics', 'partners', 'payments', 'payments', 'retail'].flatMap((team, at, all) => (all.indexOf(team) === at ? [`${team}-fraud-api-dev`] : []).concat(`${team}-fraud-api-prod`)).toSorted());
  assert.equal(await brightCells(page), 11);
  await page.getByRole('checkbox', { name: 'Only what needs somebody' }).check();
  assert.deepEqual(await membersOf(page), ['payments-fraud-api-prod']);
  assert.equal(await page.getByRole('heading', { name: /^Gateways/ }).isVisible(), false, 'a table without a row that fits goes');
  await page.locator('.cell[data-name="retail-search-web-prod"] rect').click();
  assert.equal(await page.getByRole('searchbox').inputValue(), 'retail-search-web-prod');
  assert.equal(await page.getByRole('checkbox').isChecked(), false);
  assert.deepEqual(await membersOf(page), ['retail-search-web-prod']);
  assert.equal(await page.getByRole('heading', { name: /^Members/ }).isVisible(), true);
  await page.getByRole('searchbox').fill('nothing like that');
  assert.equal(await count(page), '0 of 1053 rows shown');
}));

test('the keyboard reaches everything, in order, and shows where it is', () => withPage(file, { colorScheme: 'dark' }, async ({ page }) => {
  const focused = (): Promise<string> => page.evaluate<string>("(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim() || document.activeElement.getAttribute('aria-label')");
  const tab = async (): Promise<string> => {
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate("getComputedStyle(document.activeElement).outlineWidth"), '3px', 'focus is seen');
    return focused();
  };
  assert.equal(await tab(), 'To the tables');
  const box = await page.getByRole('link', { name: 'To the tables' }).boundingBox();
  assert.ok(box !== null && box.x >= 0, 'the link that skips is on the screen while it has the focus');
  const links = [];
  for (let at = 0; at < 6; at += 1) links.push((await tab()).replace(/ \(\d+\)$/, ''));
  assert.deepEqual(links, ['Meshes', 'Conflicts', 'Gateways', 'Routes', 'Put right', 'Members']);
  assert.equal(await tab(), 'Filter');
  await page.keyboard.type('inbox-web-prod');
  assert.equal(await count(page), '5 of 1053 rows shown');
  assert.equal(await tab(), 'Only what needs somebody');
  await page.keyboard.press('Space');
  assert.equal(await count(page), '0 of 1053 rows shown');
  await page.keyboard.press('Space');
  assert.match(await tab(), /^Map|^Meshes/, 'then what scrolls');
}));

test('roles and names are those that somebody hears', () => withPage(file, { colorScheme: 'light' }, async ({ page }) => {
  assert.deepEqual(await page.getByRole('heading').allTextContents(), [
    `Meshes in ${join(folder, 'platform')}`, 'Meshes (5)', 'Map', 'Conflicts (3)', 'Gateways (10)', 'Routes (31)', 'Put right (2)', 'Members (1002)',
  ]);
  assert.equal(await page.getByRole('table').count(), 6);
  assert.equal(await page.getByRole('img', { name: 'Meshes and their members; the tables say the same in words' }).count(), 1);
  for (const [role, name] of [['navigation', 'On this page'], ['search', ''], ['main', ''], ['banner', ''], ['region', 'Map of meshes'], ['region', 'Members (1002)']] as const) {
    assert.equal(await page.getByRole(role, name === '' ? {} : { name, exact: true }).count(), 1, `${role} ${name}`);
  }
  const meshes = page.getByRole('table', { name: 'Control planes, their version and how ready they are' });
  assert.deepEqual(await meshes.getByRole('columnheader').allTextContents(), ['Mesh', 'State', 'Istio', 'Components', 'Members', 'Routes', 'Message']);
  assert.match(await meshes.getByRole('row', { name: /mesh-insights\/basic/ }).textContent() ?? '', /✕ ComponentsNotReady1\.30\.34\/5200\/2006 admittedSome components are not ready: \[istio-ingress\]/);
}));

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe-core finds nothing wrong in the ${colorScheme} scheme, and no text runs out of its place`, () => withPage(file, { colorScheme }, async ({ page }) => {
    // Rows of a kind are alike: some of each are judged, or it takes minutes.
    await page.getByRole('searchbox').fill('fraud');
    const { met, wrong } = await accessibilityOf(page);
    assert.deepEqual(wrong, []);
    for (const rule of ['color-contrast', 'label', 'document-title', 'svg-img-alt', 'region', 'th-has-data-cells']) assert.ok(met.includes(rule), rule);
    assert.equal(await page.evaluate('getComputedStyle(document.body).backgroundColor'), colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(13, 17, 23)');
    const outside = "[...document.querySelectorAll('.cell text')].filter((text) => text.getBBox().width + 6 > text.previousElementSibling.getBBox().width).length";
    assert.equal(await page.evaluate(outside), 0);
    assert.equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true, 'nothing makes the page itself scroll sideways');
  }));
}

test('axe-core would find it', () => withPage(file, { colorScheme: 'light' }, async ({ page }) => {
  await page.evaluate("document.querySelector('label[for=words]').remove(); document.getElementById('words').placeholder = ''; document.querySelector('h1').style.color = '#ddd'; document.getElementById('members').remove()");
  const { wrong } = await accessibilityOf(page);
  assert.deepEqual(wrong.map((line) => line.split(':')[0]).filter((id) => id === 'label' || id === 'color-contrast').toSorted(), ['color-contrast', 'label']);
}));

test('its own policy forbids what it does not do', async () => {
  await assert.rejects(withPage(file, { colorScheme: 'light' }, async ({ page }) => {
    assert.equal(await page.evaluate("fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused')"), 'refused');
  }), /Content Security Policy/, 'and withPage hears of it');
});

test('without a script the page is whole: all rows, and no filter that does nothing', () => withPage(file, { colorScheme: 'light', javaScriptEnabled: false }, async ({ page }) => {
  assert.equal((await membersOf(page)).length, 1002);
  assert.equal(await page.getByRole('searchbox').count(), 0);
}));

test('the pictures of the documentation are what the page looks like now', async () => {
  const kept = join(root, 'docs', 'pictures');
  assert.deepEqual((await readdir(kept)).toSorted(), [...pictures.keys()].toSorted());
  await withBrowser({}, async (context) => {
    const page = await context.newPage();
    for (const [name, picture] of pictures) {
      const difference = await differenceOf(page, await readFile(join(kept, name)), picture);
      assert.ok(difference < 0.002, `docs/pictures/${name} shows another page (${(100 * difference).toFixed(2)} % of it differ); run \`npm run pictures\` and look at it`);
    }
    const [light, dark] = ['report-light.png', 'report-dark.png'].map((name) => pictures.get(name) ?? Buffer.of());
    assert.ok(await differenceOf(page, light ?? Buffer.of(), dark ?? Buffer.of()) > 0.5, 'a difference is seen');
  });
});
