import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { stringify } from 'yaml';
import { renderMesh } from '../../../src/domain/control-plane/render.ts';
import { ISTIO_MINORS } from '../../../src/domain/versions.ts';
import { sha256Hex } from '../../../src/lib/hash.ts';
import { isJsonObject, type JsonObject } from '../../../src/lib/json.ts';
import { CHARTS, objectsOf, OPENSHIFT, PLAIN, ROOT, valuesInput } from '../../build/control-plane.ts';
import { everyFieldSet, everyFieldSpecs, unsetFields } from '../../build/every-field-set.ts';

/*
 * Between two versions of the operator the same SMCP renders the same objects, unless the changelog says otherwise. The SMCPs in specs.json set
 * every field of API v2 between them; `UPDATE_GOLDEN=1` makes them anew, and what is rendered from them for each minor and platform.
 */

const FOLDER = import.meta.dirname;
const IS_UPDATE = process.env['UPDATE_GOLDEN'] === '1';
const PLATFORMS = { openshift: OPENSHIFT, plain: PLAIN };
const LONGEST_TEXT = 4000;

/** Texts that nobody reads in a golden file are shown by length and hash. */
function readable(value: unknown): unknown {
  if (typeof value === 'string') return value.length <= LONGEST_TEXT ? value : `<${value.length} characters, sha256 ${sha256Hex(value, 16)}>`;
  if (Array.isArray(value)) return value.map(readable);
  return isJsonObject(value) ? Object.fromEntries(Object.entries(value).map(([key, nested]) => [key, readable(nested)])) : value;
}

function compare(name: string, text: string): void {
  const file = join(FOLDER, name);
  if (IS_UPDATE) writeFileSync(file, text);
  assert.ok(existsSync(file), `${file} is missing; UPDATE_GOLDEN=1 writes it`);
  assert.equal(text, readFileSync(file, 'utf8'), `${file} differs; look at the difference, then UPDATE_GOLDEN=1`);
}

function rendered(spec: JsonObject, platform: keyof typeof PLATFORMS, minor: string): string {
  const input = valuesInput({ ...spec, version: `v${minor}` }, { facts: PLATFORMS[platform], members: ['far'], rootCertificate: ROOT, isIstiodAvailable: true });
  return objectsOf(renderMesh(input, CHARTS)).map(({ object }) => stringify(readable(object), { lineWidth: 0, aliasDuplicateObjects: false })).join('---\n');
}

/** Another minor's rendering as the lines that are not the newest's: what changes from minor to minor is short, and that is the point. */
function otherLines(text: string, newest: string): string {
  const [left, right] = [text.split('\n'), newest.split('\n')];
  const only = (some: readonly string[], others: readonly string[], mark: string): string[] => {
    const known = new Map<string, number>();
    for (const line of others) known.set(line, (known.get(line) ?? 0) + 1);
    return some.filter((line) => { const count = known.get(line) ?? 0; known.set(line, count - 1); return count <= 0; }).map((line) => `${mark}${line}`);
  };
  return `${[...only(left, right, '+ '), ...only(right, left, '- ')].join('\n')}\n`;
}

if (IS_UPDATE) {
  const { specs } = everyFieldSet();
  rmSync(join(FOLDER, 'specs.json'), { force: true });
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, 'specs.json'), `${JSON.stringify(specs, undefined, 1)}\n`);
}

test('the set sets every field, but for those that validation refuses whatever they say', () => {
  // The old API has native affinity in the schema of every component, and lets only Kiali use it.
  assert.deepEqual(unsetFields().filter((path) => !/^runtime\.components\.(?!kiali\.).*\.pod\.affinity\.(node|pod)Affinity$/.test(path)), []);
});

const NEWEST = ISTIO_MINORS.at(-1)?.minor ?? '';
const SPECS = everyFieldSpecs();
/** The last SMCP whose objects are kept whole; of those after it, the lines that are not this one's. */
const WHOLE = 1;
for (const [index, spec] of SPECS.entries()) {
  for (const platform of ['openshift', 'plain'] as const) {
    test(`SMCP ${index} on ${platform}: what is rendered for each minor is what was`, () => {
      const newest = rendered(spec, platform, NEWEST);
      // Those that are there for one or two fields that exclude others.
      if (index <= WHOLE) compare(`${index}-${platform}-${NEWEST}.golden.yaml`, newest);
      else compare(`${index}-${platform}-${NEWEST}.golden.diff`, otherLines(newest, rendered(SPECS[WHOLE] ?? {}, platform, NEWEST)));
      for (const { minor } of ISTIO_MINORS.slice(0, -1)) compare(`${index}-${platform}-${minor}.golden.diff`, otherLines(rendered(spec, platform, minor), newest));
    });
  }
}
