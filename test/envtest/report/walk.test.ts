import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { tmesh } from '../../support/tmesh-command.ts';
import { startWalkStage, type WalkStage } from '../cli/walk-stage.ts';
import { accessibilityOf, withPage } from './opened-page.ts';

/* `tmesh report` of a real cluster with the walk's mesh, opened in a real browser. */

let stage: WalkStage;
before(async () => { stage = await startWalkStage(); });
after(async () => { await stage?.stop(); });

test('the page of the walk shows its mesh, its two members and their Routes, with what is true in the cluster', async () => {
  const { cluster } = stage.fixture;
  const environment = { KUBECONFIG: cluster.kubeconfigFor('admin') };
  await eventually('both have joined and the router has answered', async () => {
    const [mesh] = JSON.parse((await tmesh(['get', 'meshes', '-A', '-o', 'json'], environment)).stdout) as readonly { readonly members?: string; readonly status?: string }[];
    const routes = JSON.parse((await tmesh(['get', 'routes', '-A', '-o', 'json'], environment)).stdout) as readonly { readonly admitted?: string }[];
    return mesh?.members === '2/2' && mesh.status === 'ComponentsReady' && routes.filter(({ admitted }) => admitted === 'True').length === 2;
  });
  const file = join(stage.folder, 'report.html');
  assert.deepEqual(await tmesh(['report', '-o', file], environment), { code: 0, stdout: `${file}\n`, stderr: '' });
  await withPage(file, { colorScheme: 'light' }, async ({ page }) => {
    assert.equal(await page.title(), `Meshes of ${new URL(cluster.server).host}`);
    const rows = (name: string): Promise<string[]> => page.getByRole('table', { name }).getByRole('rowheader').allTextContents();
    assert.deepEqual(await rows('Control planes, their version and how ready they are'), ['istio-system/basic-install']);
    assert.deepEqual(await rows('Namespaces that are in a mesh or want to be'), ['asking', 'microsvc-sample']);
    assert.deepEqual(await rows('Hosts of Gateways and what the router says'), ['caller.apps.example.com', 'sample.apps.example.com']);
    assert.equal(await page.getByRole('row', { name: /istio-system\/basic-install ● ready 1\.31\.1 9\/9 2\/2 2 admitted/ }).count(), 1);
    assert.deepEqual(await page.locator('.cell text').allTextContents(), ['● asking', '● microsvc-sample'], 'a small mesh has its names written out');
    assert.deepEqual((await accessibilityOf(page)).wrong, []);
    await page.getByRole('searchbox').fill('caller');
    assert.equal(await page.getByRole('table', { name: 'Hosts of Gateways and what the router says' }).getByRole('rowheader').count(), 1);
  });
});
