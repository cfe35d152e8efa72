import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONTROL_PLANE_CRD, CONTROL_PLANES, MEMBER_ROLLS, MEMBERS, NAMESPACES } from '../../../src/controllers/sources.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { meshWorld } from '../../../src/webhooks/mesh-world.ts';

const crd = (conversion: unknown): KubeObject => ({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'servicemeshcontrolplanes.maistra.io' }, spec: { conversion } });

function isConverting(definition: KubeObject | undefined): boolean {
  const read = {
    get: (source: { readonly id: string }, name: string) => (source.id === CONTROL_PLANE_CRD.id && name === definition?.metadata.name ? definition : undefined),
    list: () => [], indexed: () => [], isServed: () => true, hasSynced: () => true,
  };
  return meshWorld(read, { controlPlanes: CONTROL_PLANES, rolls: MEMBER_ROLLS, members: MEMBERS, namespaces: NAMESPACES, profiles: [], definition: CONTROL_PLANE_CRD }).isConverting();
}

test('control planes are converted once the CRD says so, and not by exchanging the number of the version', () => {
  assert.equal(isConverting(crd({ strategy: 'Webhook', webhook: { clientConfig: {} } })), true);
  assert.equal(isConverting(crd({ strategy: 'None' })), false, 'what OLM leaves for a moment when it upgrades us');
  assert.equal(isConverting(crd(undefined)), false);
  assert.equal(isConverting(undefined), false);
});
