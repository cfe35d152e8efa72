import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proxyVersion } from '../../../../src/domain/control-plane/proxy-version.ts';
import { chooseVersion, type ChosenVersion } from '../../../../src/domain/versions.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { controlPlane, inPlace, NAME, observed } from '../../../build/control-plane.ts';

function versionOf(spec: string): ChosenVersion {
  const version = chooseVersion(spec);
  assert.ok(version.ok);
  return version.value;
}

/** Everything of a mesh of a version, in place; `change` alters its istiod. */
function mesh(version: string, change: (istiod: KubeObject) => KubeObject = (istiod) => istiod): KubeObject[] {
  return inPlace(controlPlane({ version })).map((object) => (object.metadata.name === `istiod-${NAME}` && object.kind === 'Deployment' ? change(object) : object));
}

const injected = (managed: readonly KubeObject[], wanted: string): string => proxyVersion(observed(controlPlane({ version: wanted }), { managed }), versionOf(wanted)).patch;
const asVersion = (patch: string, status?: object) => (istiod: KubeObject): KubeObject =>
  ({ ...istiod, ...(status === undefined ? {} : { status }), metadata: { ...istiod.metadata, labels: { ...istiod.metadata.labels, 'app.kubernetes.io/version': patch } } });

test('a new mesh injects its own version, and so does one at rest', () => {
  assert.equal(injected([], 'v1.31'), '1.31.1');
  assert.equal(injected(mesh('v1.31'), 'v1.31'), '1.31.1');
});

test('the old version is injected until all pods of istiod are new and ready', () => {
  assert.equal(injected(mesh('v1.30'), 'v1.31'), '1.30.3');
  const side = { observedGeneration: 1, replicas: 2, readyReplicas: 1, updatedReplicas: 1, conditions: [{ type: 'Available', status: 'True' }] };
  assert.equal(injected(mesh('v1.30', asVersion('1.31.1', side)), 'v1.31'), '1.30.3', 'the pod that is ready is the old one');
  assert.equal(injected(mesh('v1.30', asVersion('1.31.1')), 'v1.31'), '1.31.1');
});

test('the same for a patch', () => {
  assert.equal(injected(mesh('1.31.0'), '1.31.1'), '1.31.0');
  assert.equal(injected(mesh('1.31.0', asVersion('1.31.1')), '1.31.1'), '1.31.1');
});

test('settings that cannot be read, or of a version that is no longer known, are replaced at once', () => {
  const withValues = (values: string): KubeObject[] => mesh('v1.30').map((object) => (object.metadata.name === `istio-sidecar-injector-${NAME}` ? { ...object, data: { values } } : object));
  assert.equal(injected(withValues('{"global":'), 'v1.31'), '1.31.1');
  assert.equal(injected(withValues('{"global":{"tag":7}}'), 'v1.31'), '1.31.1');
  assert.equal(injected(withValues('{"global":{"tag":"1.20.0"}}'), 'v1.31'), '1.31.1');
});
