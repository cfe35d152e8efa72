import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { brickPath } from '../../../tools/cluster/bricks.ts';
import { cloneForReleases, type ReleaseClone, type ReleaseRun } from './release-clone.ts';

/* `npm run release` in a copy of the source: the first release, what is filled in before it may be published, and the second one. */

const DIGEST = (letter: string): string => `sha256:${letter.repeat(64)}`;
const ARGUMENTS = ['--date', '2026-12-01', '--without-upgrade-test'];
const CATALOG = 'olm/catalog/tenant-mesh-operator/catalog.yaml';

interface CatalogDocument { readonly schema: string; readonly name: string; readonly entries?: readonly object[] }
const catalogOf = (text: string): readonly CatalogDocument[] => parseAllDocuments(text).map((document) => document.toJS() as CatalogDocument);

/** Everything that a publisher knows and this source does not. */
function fillIn(clone: ReleaseClone): void {
  clone.edit('tools/olm/publication.ts', (text) => text.replace("IMAGE_REGISTRY: string = ''", "IMAGE_REGISTRY: string = 'registry.test/mesh'").replaceAll('tenant-mesh-operator.example', 'mesh.test'));
  clone.edit('tools/olm/releases.json', (text) => text.replace('"digests":{}', `"digests":{"operator":"${DIGEST('a')}","bundle":"${DIGEST('b')}"}`));
  const images = new Set([...clone.text('deploy/operator.yaml').matchAll(/value: (\S+\/\S+:\S+)$/gm)].map(([, image]) => image));
  clone.edit('src/domain/images.ts', (text) => text.replace('= {};', `= ${JSON.stringify(Object.fromEntries([...images].map((image) => [image, DIGEST('c')])))};`));
}

describe('npm run release', () => {
  let clone: ReleaseClone;
  let first: ReleaseRun;
  const folder = (version: string): string => join(clone.dir, 'dist', 'release', version);
  before(() => {
    clone = cloneForReleases();
    first = clone.run('release/main.ts', '0.1.0', ...ARGUMENTS);
  });
  after(() => { clone.remove(); });

  it('makes every file of a release, with sums that are right, and refuses to have it published while anything is a placeholder', () => {
    assert.equal(first.code, 1, first.err);
    assert.match(first.out, /^0\.1\.0 is not to be published: \d+ things are missing$/m);
    const names = ['LICENSE', 'NOT-TO-BE-PUBLISHED.txt', 'NOTES.md', 'SHA256SUMS', 'bundle-image.tar.gz', 'catalog-image.tar.gz', 'install.yaml', 'kubectl-tmesh.tar.gz', 'operator-image.tar.gz', 'sbom.cdx.json', 'tenant-mesh-operator-0.1.0.tgz', 'tmesh.yaml'];
    assert.deepEqual(readdirSync(folder('0.1.0')).toSorted(), names);
    assert.match(execFileSync('sha256sum', ['--check', 'SHA256SUMS'], { cwd: folder('0.1.0'), encoding: 'utf8' }), /operator-image\.tar\.gz: OK/);
    const sign = readFileSync(join(folder('0.1.0'), 'NOT-TO-BE-PUBLISHED.txt'), 'utf8');
    for (const missing of [/^IMAGE_REGISTRY is empty/m, /^REPOSITORY: .* is a placeholder/m, /^image bundle: .* "digests" of its release in tools\/olm\/releases\.json/m, /^image prometheus: .* IMAGE_DIGESTS/m, /upgrade from the release before was not tried/]) assert.match(sign, missing);
    assert.equal(first.err.includes(sign.split('\n')[1] ?? 'nothing'), true, 'and says it');
  });

  it('dates the changelog, and takes it as notes', () => {
    assert.match(clone.text('CHANGELOG.md'), /## Unreleased\n\n## 0\.1\.0 - 2026-12-01\n/);
    assert.match(readFileSync(join(folder('0.1.0'), 'NOTES.md'), 'utf8'), /^### Added\n/);
  });

  it('packs what builds: the context of the operator\'s image has all that its Containerfile copies, and no tests', () => {
    const packed = execFileSync('tar', ['-tzf', join(folder('0.1.0'), 'operator-image.tar.gz')], { encoding: 'utf8' }).split('\n');
    for (const file of ['Containerfile', 'package-lock.json', 'src/main.ts', 'tools/bootstrap.mjs', 'tools/cluster/go/crds/go.sum']) assert.ok(packed.includes(file), file);
    assert.deepEqual(packed.filter((file) => /^(test|dist|node_modules|\.git)\//.test(file)), []);
    const bundle = execFileSync('tar', ['-tzf', join(folder('0.1.0'), 'bundle-image.tar.gz')], { encoding: 'utf8' });
    assert.match(bundle, /^bundle\.Dockerfile$[^]*^manifests\/tenant-mesh-operator\.clusterserviceversion\.yaml$[^]*^metadata\/annotations\.yaml$/m);
  });

  it('said twice, it gives the same bytes', () => {
    const sums = readFileSync(join(folder('0.1.0'), 'SHA256SUMS'), 'utf8');
    const again = clone.run('release/main.ts', '0.1.0', ...ARGUMENTS);
    assert.equal(again.code, 1, again.err);
    assert.equal(readFileSync(join(folder('0.1.0'), 'SHA256SUMS'), 'utf8'), sums);
    assert.equal(clone.text('CHANGELOG.md').split('## 0.1.0').length, 2, 'one section');
  });

  it('--check names what is missing without writing, and passes when it is filled in', () => {
    const before = clone.run('release/main.ts', '--check');
    assert.equal(before.code, 1);
    assert.match(before.err, /IMAGE_REGISTRY is empty/);
    fillIn(clone);
    const stale = clone.run('release/main.ts', '--check');
    assert.equal(stale.code, 1);
    assert.match(stale.err, /bundle\/manifests\/\S+ is stale[^]*generated files are stale: run npm run gen/);
    clone.run('release/main.ts', '0.1.0', ...ARGUMENTS);
    const filled = clone.run('release/main.ts', '--check');
    assert.equal(filled.code, 0, filled.err);
    assert.match(filled.out, /^release 0\.1\.0 is complete in dist\/release\/0\.1\.0$/m);
    assert.equal(readFileSync(join(folder('0.1.0'), 'NOT-TO-BE-PUBLISHED.txt'), 'utf8').trim().split('\n').length, 1, 'only the upgrade was not tried');
  });

  it('refuses a second version until the first is out, and then makes it an upgrade of the first, which stays as it was', async () => {
    clone.edit('CHANGELOG.md', (text) => text.replace('## Unreleased\n', '## Unreleased\n\n- More.\n'));
    const early = clone.run('release/main.ts', '0.2.0', ...ARGUMENTS);
    assert.equal(early.code, 2);
    assert.match(early.err, /0\.1\.0 is not out, git has no tag v0\.1\.0/);
    const published = catalogOf(clone.text(CATALOG)).find(({ schema }) => schema === 'olm.bundle');
    clone.git('add', '--all');
    clone.git('commit', '--quiet', '-m', 'release 0.1.0');
    clone.git('tag', 'v0.1.0');
    const second = clone.run('release/main.ts', '0.2.0', ...ARGUMENTS);
    assert.equal(second.code, 1, second.err);
    const catalog = catalogOf(clone.text(CATALOG));
    assert.deepEqual(catalog.filter(({ schema }) => schema === 'olm.bundle').map(({ name }) => name), ['tenant-mesh-operator.v0.1.0', 'tenant-mesh-operator.v0.2.0']);
    assert.deepEqual(catalog.find(({ name }) => name === 'tenant-mesh-operator.v0.1.0'), published);
    assert.deepEqual(catalog.find(({ name }) => name === 'stable-v0')?.entries, [{ name: 'tenant-mesh-operator.v0.1.0' }, { name: 'tenant-mesh-operator.v0.2.0', replaces: 'tenant-mesh-operator.v0.1.0' }]);
    assert.match(clone.text('bundle/manifests/tenant-mesh-operator.clusterserviceversion.yaml'), /^ {2}replaces: tenant-mesh-operator\.v0\.1\.0$/m);
    await promisify(execFile)(await brickPath('opm'), ['validate', join(clone.dir, 'olm', 'catalog')], { env: { ...process.env, HOME: clone.dir } });
  });

  it('puts the version everywhere, and nowhere is the old one left in a command to copy', () => {
    for (const file of ['package.json', 'package-lock.json']) assert.equal((JSON.parse(clone.text(file)) as { version: string }).version, '0.2.0', file);
    for (const file of ['docs/install.md', 'Containerfile', 'deploy/operator.yaml', 'deploy/chart/values.yaml']) assert.doesNotMatch(clone.text(file), /tenant-mesh-operator(-\w+)?:v?0\.1\.0/, file);
    assert.deepEqual(readdirSync(folder('0.2.0')).filter((name) => name.endsWith('.tgz')), ['tenant-mesh-operator-0.2.0.tgz']);
  });

  it('says how it is called when it is called otherwise', () => {
    for (const wrong of [[], ['0.3.0', '0.4.0'], ['--check', '0.3.0'], ['--publish']]) {
      const { code, err } = clone.run('release/main.ts', ...wrong);
      assert.equal(code, 2, wrong.join(' '));
      assert.match(err, /^npm run release: .*; npm run release -- X\.Y\.Z \[--date/);
    }
  });
});
