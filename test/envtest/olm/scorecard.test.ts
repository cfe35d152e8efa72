import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { brickPath } from '../../../tools/cluster/bricks.ts';
import { hostTools } from '../../../tools/cluster/mesh-processes/host-tools.ts';
import { wayIn, type Way } from '../../../tools/demo/enclosure.ts';
import { copyBundle, type Damage } from './spoilt-bundle.ts';

/*
 * The six tests of operator-sdk's scorecard, as the program that its image holds. It reads the bundle at /bundle, which is why it gets a root folder of its
 * own with the program and the bundle in it.
 */

interface Verdict { readonly name: string; readonly state: string; readonly errors?: readonly string[]; readonly suggestions?: readonly string[] }

/** What each test must be able to find. */
const DAMAGES: Readonly<Record<string, Damage & { readonly what: string; readonly complaint: RegExp }>> = {
  'basic-check-spec': { what: 'the examples cannot be read', from: '"apiVersion": "maistra.io/v1"', to: '"apiVersion" "maistra.io/v1"', complaint: /failed to parse alm-examples/ },
  'olm-bundle-validation': { what: 'the annotations name no package', file: 'metadata/annotations.yaml', from: /.*bundle\.package\.v1: .*\n/, to: '', complaint: /package\.v1/ },
  'olm-crds-have-validation': { what: 'an example has a field that its CRD does not know', from: '"controlPlaneRef": {', to: '"strange": true,\n            "controlPlaneRef": {', complaint: /spec field `strange`/ },
  'olm-crds-have-resources': { what: 'an owned kind names no resources', from: /resources:\n( +- kind: .*\n +name: .*\n +version: .*\n)+/, to: 'resources: []\n', complaint: /do not have resources/ },
  'olm-spec-descriptors': { what: 'a field of an example has no descriptor', from: '- path: controlPlaneRef\n', to: '- path: controlPlane\n', complaint: /controlPlaneRef does not have a spec descriptor/ },
  'olm-status-descriptors': { what: 'an example is of a kind that is not owned', from: '"kind": "ServiceMeshMember",', to: '"kind": "Stranger",', complaint: /Failed to find an owned CRD/ },
};

interface Configured { readonly stages: readonly { readonly tests: readonly { readonly entrypoint: readonly string[] }[] }[] }

const NAMES = Object.keys(DAMAGES);

describe("operator-sdk's scorecard", () => {
  const scratch = mkdtempSync(join(tmpdir(), 'tmesh-scorecard-'));
  let way: Way = [];
  let unshare = '';
  let program = '';
  before(async () => { [way, { unshare }, program] = await Promise.all([wayIn(), hostTools(), brickPath('scorecard-test')]); });
  after(() => { rmSync(scratch, { recursive: true }); });

  async function verdictOf(name: string, damage?: Damage): Promise<Verdict> {
    const folder = join(scratch, `${name}${damage === undefined ? '' : '-spoilt'}`);
    mkdirSync(folder);
    copyBundle(join(folder, 'bundle'), damage);
    copyFileSync(program, join(folder, 'scorecard-test'));
    try {
      const { stdout } = await promisify(execFile)(unshare, [...way, `--root=${folder}`, '/scorecard-test', name], { maxBuffer: 16 * 1024 * 1024 });
      const [verdict] = (JSON.parse(stdout) as { results: readonly Verdict[] }).results;
      return verdict ?? assert.fail(`${name} gave no result: ${stdout}`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it('has the six tests that the configuration in the bundle asks for', () => {
    const { stages } = parse(readFileSync(join(import.meta.dirname, '..', '..', '..', 'bundle', 'tests', 'scorecard', 'config.yaml'), 'utf8')) as Configured;
    assert.deepEqual(stages.flatMap(({ tests }) => tests.map(({ entrypoint }) => entrypoint)), NAMES.map((name) => ['scorecard-test', name]));
  });

  for (const name of NAMES) {
    it(`${name} passes`, async () => {
      const { state, errors } = await verdictOf(name);
      assert.deepEqual({ state, errors: errors ?? [] }, { state: 'pass', errors: [] });
    });
  }

  for (const [name, { what, complaint, ...damage }] of Object.entries(DAMAGES)) {
    it(`${name} fails when ${what}`, async () => {
      const verdict = await verdictOf(name, damage);
      assert.notEqual(verdict.state, 'pass');
      assert.match(JSON.stringify([verdict.errors, verdict.suggestions]), complaint);
    });
  }
});
