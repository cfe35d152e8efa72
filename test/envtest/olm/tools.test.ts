import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { brickPath } from '../../../tools/cluster/bricks.ts';
import { bundleAnnotations } from '../../../tools/olm/bundle-files.ts';
import { catalogChannels, defaultChannel, type Channel } from '../../../tools/olm/channels.ts';
import { csvName, OPERATOR_VERSION } from '../../../tools/olm/identity.ts';
import { bundleImage } from '../../../tools/olm/images.ts';
import type { Release } from '../../../tools/olm/publication.ts';
import { serveBundles } from './bundle-registry.ts';
import { copyBundle, CSV } from './spoilt-bundle.ts';

/* The packages as the programs see them that reviewers, catalogs and users run. None of these needs a cluster. */

const root = join(import.meta.dirname, '..', '..', '..');
const KUBERNETES = '1.34';
const scratch = mkdtempSync(join(tmpdir(), 'tmesh-olm-'));
after(() => { rmSync(scratch, { recursive: true }); });

interface Answer { readonly code: number; readonly text: string }

/** opm wants a home with rules about images it may take; this one allows all, and goes with the test. */
function homeOf(): string {
  const folder = join(scratch, 'home', '.config', 'containers');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'policy.json'), JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
  return join(scratch, 'home');
}

function runProgram(program: string, parameters: readonly string[]): Promise<Answer> {
  return new Promise((resolve) => {
    const env = { ...process.env, HOME: homeOf(), XDG_RUNTIME_DIR: scratch };
    execFile(program, parameters, { cwd: root, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code ?? 1);
      resolve({ code, text: code === 0 ? stdout : `${stdout}${stderr}` });
    });
  });
}

test("no validator of the operator framework finds an error, or anything to warn of", async () => {
  const { code, text } = await runProgram(await brickPath('bundlecheck'), ['bundle', KUBERNETES]);
  assert.equal(code, 0, text);
  assert.equal(text.match(/: checked$/gm)?.length, 9, 'nine suites were run');
});

for (const { what, from, to, complaint } of [
  { what: 'one kind has no example', from: /"kind": "ServiceMeshMember",/, to: '"kind": "Stranger",', complaint: /ServiceMeshMember.*example/s },
  { what: 'it may create CRDs', from: / {12}- apiGroups:\n {16}- ""/, to: '            - apiGroups: [apiextensions.k8s.io]\n              resources: [customresourcedefinitions]\n              verbs: [create]\n            - apiGroups:\n                - ""', complaint: /permissions to create CRD/ },
  { what: 'it can be installed for one namespace', from: /- type: OwnNamespace\n {6}supported: false/, to: '- type: OwnNamespace\n      supported: true', complaint: /AllNamespaces/ },
]) {
  test(`the validators complain of a bundle when ${what}`, async () => {
    const { code, text } = await runProgram(await brickPath('bundlecheck'), [copyBundle(join(scratch, what.replaceAll(' ', '-')), { from, to }), KUBERNETES]);
    assert.equal(code, 1, text);
    assert.match(text, complaint);
  });
}

interface CatalogDocument { readonly schema: string; readonly name: string; readonly relatedImages?: readonly { readonly image: string }[]; readonly entries?: readonly { readonly name: string }[] }

const CURRENT = csvName(OPERATOR_VERSION);

/**
 * What a catalog says of the present release: the images of those before are in no registry here. opm sorts images by reference, and the loopback registry in
 * front of one changes its place.
 */
function aboutPresent(text: string): readonly object[] {
  const documents = parseAllDocuments(text).map((document) => document.toJS() as CatalogDocument).filter(({ schema, name }) => schema !== 'olm.bundle' || name === CURRENT);
  return documents.map(({ relatedImages, entries, ...rest }) => ({
    ...rest,
    ...(relatedImages === undefined ? {} : { relatedImages: relatedImages.toSorted((a, b) => (a.image < b.image ? -1 : 1)) }),
    ...(entries === undefined ? {} : { entries: entries.map(({ name }) => name).filter((name) => name === CURRENT) }),
  }));
}

/** The template for the present release, with its image on the loopback registry. */
function presentTemplate(address: string): string {
  const template = parse(readFileSync(join(root, 'olm', 'semver-template.yaml'), 'utf8')) as Record<string, unknown>;
  const bundles = [{ image: `${address}/${bundleImage(OPERATOR_VERSION)}` }];
  return stringify({ ...template, ...Object.fromEntries(['candidate', 'stable'].filter((channel) => JSON.stringify(template[channel]).includes(bundleImage(OPERATOR_VERSION))).map((channel) => [channel, { bundles }])) });
}

test('the catalog is valid, and opm makes the same from the template and the bundle image', async () => {
  const opm = await brickPath('opm');
  const valid = await runProgram(opm, ['validate', 'olm/catalog']);
  assert.equal(valid.code, 0, valid.text);
  const registry = await serveBundles({ [`v${OPERATOR_VERSION}`]: join(root, 'bundle') }, bundleAnnotations());
  try {
    const template = join(scratch, 'template.yaml');
    writeFileSync(template, presentTemplate(registry.address));
    const made = await runProgram(opm, ['alpha', 'render-template', 'semver', template, '--use-http', '--migrate-level', 'bundle-object-to-csv-metadata', '-o', 'yaml']);
    assert.equal(made.code, 0, made.text);
    const committed = aboutPresent(readFileSync(join(root, 'olm', 'catalog', 'tenant-mesh-operator', 'catalog.yaml'), 'utf8'));
    assert.equal(committed.length, 4, 'package, two channels, bundle');
    assert.deepEqual(committed, aboutPresent(made.text.replaceAll(`${registry.address}/`, '')));
  } finally {
    await registry.close();
  }
});

/** A history with patches after a minor, a candidate that never became stable, and a major version. */
const HISTORY: readonly Release[] = ([
  ['0.1.0', 'candidate', 'stable'], ['0.1.1', 'candidate', 'stable'], ['0.2.0', 'candidate'], ['0.2.1', 'candidate', 'stable'], ['0.10.0', 'candidate', 'stable'], ['1.0.0', 'candidate', 'stable'],
] as const).map(([version, ...channels]) => ({ version, channels, createdAt: '', digests: {} }));

/** The present bundle under another number. */
function bundleOfVersion(version: string): string {
  const folder = copyBundle(mkdtempSync(join(scratch, `bundle-${version}-`)));
  const file = join(folder, CSV);
  writeFileSync(file, readFileSync(file, 'utf8').replace(`  name: ${CURRENT}\n`, `  name: ${csvName(version)}\n`).replace(/^ {2}version: .*$/m, `  version: ${version}`));
  return folder;
}

/** Channels and default channel of a history, as opm makes them. */
async function linkedByOpm(history: readonly Release[]): Promise<{ readonly channels: readonly Channel[]; readonly defaultChannel: string | undefined }> {
  const registry = await serveBundles(Object.fromEntries(history.map(({ version }) => [`v${version}`, bundleOfVersion(version)])), bundleAnnotations());
  try {
    const bundlesIn = (channel: 'candidate' | 'stable'): object => ({ bundles: history.filter(({ channels }) => channels.includes(channel)).map(({ version }) => ({ image: `${registry.address}/tenant-mesh-operator-bundle:v${version}` })) });
    const template = join(scratch, 'history.yaml');
    writeFileSync(template, stringify({ schema: 'olm.semver', generateMajorChannels: true, generateMinorChannels: false, candidate: bundlesIn('candidate'), stable: bundlesIn('stable') }));
    const { code, text } = await runProgram(await brickPath('opm'), ['alpha', 'render-template', 'semver', template, '--use-http', '--migrate-level', 'bundle-object-to-csv-metadata', '-o', 'yaml']);
    assert.equal(code, 0, text);
    const made = parseAllDocuments(text).map((document) => document.toJS() as Channel & { readonly schema: string; readonly defaultChannel?: string });
    return { channels: made.filter(({ schema }) => schema === 'olm.channel').map(({ name, entries }) => ({ name, entries })), defaultChannel: made.find(({ schema }) => schema === 'olm.package')?.defaultChannel };
  } finally {
    await registry.close();
  }
}

for (const { what, history, count } of [
  { what: 'many releases', history: HISTORY, count: 4 }, { what: 'candidates alone', history: HISTORY.slice(0, 3).map((release) => ({ ...release, channels: ['candidate'] as const })), count: 1 },
]) {
  test(`channels of ${what} are linked as opm links them, with the same default`, async () => {
    assert.deepEqual({ channels: catalogChannels(history), defaultChannel: defaultChannel(history) }, await linkedByOpm(history));
    assert.equal(catalogChannels(history).length, count);
  });
}

test('the Dockerfile of the catalog is the one that opm would write', async () => {
  const committed = readFileSync(join(root, 'olm', 'catalog.Dockerfile'), 'utf8');
  const image = /^FROM (\S+)$/m.exec(committed)?.[1] ?? '';
  assert.match(image, /\/opm:v1\.72\.0$/);
  const folder = join(scratch, 'dockerfile', 'catalog');
  mkdirSync(folder, { recursive: true });
  const { code, text } = await runProgram(await brickPath('opm'), ['generate', 'dockerfile', folder, '-i', image, '-b', image]);
  assert.equal(code, 0, text);
  const instructions = (dockerfile: string): readonly string[] => dockerfile.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  assert.deepEqual(instructions(committed), instructions(readFileSync(join(scratch, 'dockerfile', 'catalog.Dockerfile'), 'utf8')));
});

interface Named { readonly kind: string; readonly metadata: { readonly name: string } }

function sorted(text: string): readonly Named[] {
  const documents = parseAllDocuments(text).map((document) => document.toJS() as Named | null).filter((document) => document !== null);
  return documents.filter(({ kind }) => kind !== 'Namespace').toSorted((a, b) => (`${a.kind} ${a.metadata.name}` < `${b.kind} ${b.metadata.name}` ? -1 : 1));
}

test("Helm's engine makes of the chart what the YAML file says", async () => {
  const { code, text } = await runProgram(await brickPath('chartrender'), ['deploy/chart', 'tenant-mesh-operator']);
  assert.equal(code, 0, text);
  assert.deepEqual(sorted(text), sorted(readFileSync(join(root, 'deploy', 'install.yaml'), 'utf8')));
});

test("the chart's settings arrive: another image, another namespace, a variable", async () => {
  const settings = ['image=mirror.test/operator@sha256:1', 'replicas=2', 'relatedImages.prometheus=mirror.test/prometheus:1', 'env[0].name=HTTPS_PROXY', 'env[0].value=http://proxy.test:3128'];
  const { code, text } = await runProgram(await brickPath('chartrender'), ['deploy/chart', 'meshes', ...settings]);
  assert.equal(code, 0, text);
  const deployment = JSON.stringify(sorted(text).find(({ kind }) => kind === 'Deployment'));
  for (const expected of ['"image":"mirror.test/operator@sha256:1"', '"replicas":2', '"value":"mirror.test/prometheus:1"', '{"name":"HTTPS_PROXY","value":"http://proxy.test:3128"}']) assert.ok(deployment.includes(expected), `${expected} in ${deployment}`);
  assert.doesNotMatch(text, /namespace: tenant-mesh-operator/);
});

for (const [setting, complaint] of [
  ['imgae=mirror.test/operator:1', /at '': additional properties 'imgae' not allowed/], ['image=', /at '\/image': '' does not match/], ['replicas=two', /at '\/replicas': got string, want integer/],
  ['replicas=-1', /at '\/replicas': minimum/], ['relatedImages.pilot-1-99-9=mirror.test/pilot:1', /at '\/relatedImages': additional properties 'pilot-1-99-9' not allowed/],
  ['relatedImages.kiali=a b', /at '\/relatedImages\/kiali': 'a b' does not match/], ['env.HTTPS_PROXY=http://proxy.test:3128', /at '\/env': got object, want .*array/],
  ['resources.cpu=1', /at '\/resources': additional properties 'cpu' not allowed/],
] as const) {
  test(`Helm refuses the setting ${setting}, and names it`, async () => {
    const { code, text } = await runProgram(await brickPath('chartrender'), ['deploy/chart', 'meshes', setting]);
    assert.equal(code, 1, text);
    assert.match(text, complaint);
  });
}
