import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wantsCni } from '../../../../src/domain/cni/choice.ts';
import type { CniObserved } from '../../../../src/domain/cni/observed.ts';
import { cniValues } from '../../../../src/domain/cni/values.ts';
import { cniVersion } from '../../../../src/domain/cni/version.ts';
import { chooseVersion, type ChosenVersion } from '../../../../src/domain/versions.ts';
import { controlPlane, OPENSHIFT, PLAIN } from '../../../build/control-plane.ts';

function versionOf(spec: string): ChosenVersion {
  const version = chooseVersion(spec);
  assert.ok(version.ok);
  return version.value;
}

const observed = (facts: CniObserved['facts']): CniObserved => ({ controlPlanes: [], labelled: [], daemonSets: [], facts });
const valuesFor = (facts: CniObserved['facts']) => cniValues(observed(facts), versionOf('v1.31'));

test('the mesh decides, and where it is silent the platform', () => {
  const wishes = [undefined, 'CNI', 'InitContainer'].map((type) => [wantsCni(type, OPENSHIFT), wantsCni(type, PLAIN)]);
  assert.deepEqual(wishes, [[true, false], [true, true], [false, false]]);
});

test('Multus reads a file of its own; elsewhere the plug-in goes into the chain of the node', () => {
  const shown = [OPENSHIFT, PLAIN, { ...OPENSHIFT, servesNetworkAttachments: false }].map((facts) => {
    const { config, folders, multus, seLinux } = valuesFor(facts);
    return [multus, config['CHAINED_CNI_PLUGIN'], config['CNI_CONF_NAME'], folders.configuration, seLinux];
  });
  assert.deepEqual(shown, [
    [true, 'false', 'istio-cni.conf', '/etc/cni/multus/net.d', { type: 'spc_t' }],
    [false, 'true', undefined, '/etc/cni/net.d', false],
    [false, 'true', undefined, '/etc/cni/net.d', { type: 'spc_t' }],
  ]);
});

test("the installation's folders, image and pull secret win", () => {
  const { folders, image, pullSecrets } = valuesFor({ ...PLAIN, images: { 'install-cni': 'mirror/cni@sha256:1' }, cni: { binaries: '/usr/lib/cni', pullSecret: 'mirror' } });
  assert.deepEqual({ folders, image, pullSecrets }, {
    folders: { binaries: '/usr/lib/cni', configuration: '/etc/cni/net.d' }, image: 'mirror/cni@sha256:1', pullSecrets: [{ name: 'mirror' }],
  });
});

test('agents start anew when their settings change, and only then', () => {
  assert.equal(valuesFor(PLAIN).configHash, valuesFor({ ...PLAIN, cni: { binaries: '/usr/lib/cni' } }).configHash);
  assert.notEqual(valuesFor(PLAIN).configHash, valuesFor(OPENSHIFT).configHash);
});

test('the lowest version of the meshes that want it counts, by number and not by text', () => {
  const lowest = (...versions: readonly string[]): string | undefined => cniVersion(versions.map((version) => controlPlane({ version })), OPENSHIFT)?.patch;
  assert.equal(lowest('v1.31', 'v1.30', 'v1.29'), '1.29.6');
  assert.equal(lowest('v1.31', '1.31.0'), '1.31.0');
  assert.equal(lowest('v9.9'), '1.31.1');
  assert.equal(lowest(), undefined);
  assert.equal(cniVersion([controlPlane({})], PLAIN), undefined);
});

test('a mesh that names no version is served for the version it runs', () => {
  assert.equal(cniVersion([controlPlane({}, { status: { chartVersion: '1.30.1' } })], OPENSHIFT)?.minor, '1.30');
});
