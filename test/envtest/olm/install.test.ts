import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { hostTools } from '../../../tools/cluster/mesh-processes/host-tools.ts';
import { wayIn } from '../../../tools/demo/enclosure.ts';

interface Judged {
  readonly refused: string;
  readonly configurations: readonly string[];
  readonly conversionService: string;
}

interface Seen {
  readonly strict: { readonly code: number; readonly stderr: string };
  readonly unknown: string;
  readonly installed: Judged & { readonly installSeconds: number };
  readonly upgraded: {
    readonly meshSeconds: number; readonly upgradeSeconds: number; readonly objects: number; readonly differences: readonly string[];
    readonly asked: number; readonly failed: readonly string[]; readonly longestGapSeconds: number;
  };
  readonly again: Judged;
  readonly removed: { readonly conversion: string; readonly left: number; readonly rolesLeft: readonly string[] };
  readonly beside: { readonly phase: string; readonly said: readonly string[] };
}

/** More on request: on a machine with nothing else to do, 50 take a minute longer. */
const MESHES = Number(process.env['TMESH_OLM_MESHES'] ?? 12);

describe('OLM 0.45 installs, upgrades and removes the operator', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'tmesh-olm-install-'));
  let seen: Seen;
  before(async () => {
    const [{ unshare }, way] = await Promise.all([hostTools(), wayIn()]);
    const env = { ...process.env, TMESH_OLM_SCRATCH: scratch, TMESH_OLM_MESHES: String(MESHES) };
    const { stdout } = await promisify(execFile)(unshare, [...way, '--', process.execPath, join(import.meta.dirname, 'installed-by-olm.ts')], { env, maxBuffer: 16 * 1024 * 1024 });
    seen = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Seen;
  });
  after(() => { rmSync(scratch, { recursive: true }); });

  it('the API server takes every object of the bundle strictly, and would have refused a field that does not exist', () => {
    assert.equal(seen.strict.code, 0, seen.strict.stderr);
    assert.match(seen.unknown, /unknown field "spec\.strange"/);
  });

  for (const moment of ['installed', 'again'] as const) {
    it(`webhooks answer with the certificates of OLM, and the operator registers none of its own (${moment === 'again' ? 'after the upgrade' : 'after the installation'})`, () => {
      assert.match(seen[moment].refused, /admission webhook "smcp\.validation\.maistra\.io" denied the request.*v9\.9/s);
      assert.equal(seen[moment].conversionService, 'tenant-mesh-operator-service');
      const ours = seen[moment].configurations.filter((name) => name.includes('validation.maistra.io') || name === 'tenant-mesh-operator');
      assert.equal(ours.length, 3);
      assert.ok(ours.every((name) => /^sm(cp|mr|m)\.validation\.maistra\.io-\w+$/.test(name)), ours.join(' '));
    });
  }

  it('an upgrade loses and rewrites nothing of what users wrote and of what was made of it', () => {
    assert.ok(seen.upgraded.objects > 5 * MESHES, `${seen.upgraded.objects} objects were compared`);
    assert.deepEqual(seen.upgraded.differences, []);
  });

  it('during the upgrade judgement and conversion fail only while OLM changes certificate and pod, and come back', (t) => {
    const { asked, failed, longestGapSeconds, upgradeSeconds } = seen.upgraded;
    t.diagnostic(`asked ${asked} times in an upgrade of ${upgradeSeconds} s; ${failed.length} refused, longest gap ${longestGapSeconds} s`);
    assert.ok(asked >= 10, `asked ${asked} times`);
    assert.deepEqual(failed.filter((message) => !/failed calling webhook|conversion webhook .* failed/.test(message)), [], 'nothing but the call itself failed');
    assert.ok(failed.length < asked / 2, `${failed.length} of ${asked} were refused`);
  });

  it('after the operator is removed the control planes are there and can be read, and a namespace goes when its finalizer was given up', () => {
    assert.equal(seen.removed.conversion, 'None');
    assert.equal(seen.removed.left, MESHES);
  });

  it('beside OpenShift Service Mesh 2 OLM refuses the operator, and leaves the other one alone', () => {
    assert.equal(seen.beside.phase, 'Succeeded');
    assert.match(seen.beside.said.join('\n'), /tenant-mesh-operator\.v\d.* Failed InterOperatorGroupOwnerConflict intersecting operatorgroups provide the same apis/i);
  });
});
