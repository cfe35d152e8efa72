import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sidecarStatus } from '../../../../src/domain/sidecars/status.ts';
import type { SidecarsObserved } from '../../../../src/domain/sidecars/observed.ts';
import { deleting, namespace, pod, smcp } from '../../../build/mesh-objects.ts';
import { injected, injector, mark } from './sidecar-objects.ts';

const MESH: SidecarsObserved = {
  controlPlane: smcp('mesh-a'), webhooks: [injector()],
  members: [
    { namespace: namespace('shop'), pods: [injected('shop', 'web', mark())] },
    { namespace: namespace('pay'), pods: [injected('pay', 'api', mark('1.30.3')), injected('pay', 'db', mark()), pod('pay', 'job', { 'sidecar.istio.io/inject': 'true' })] },
  ],
};

test('the SMCP says how many pods of its members have which sidecar, and names those to make anew', () => {
  const [write] = sidecarStatus(MESH);
  assert.deepEqual(write?.status, { sidecars: {
    given: '1.31.1', current: 2, outdated: 1, missing: 1, namespaces: [{ namespace: 'pay', outdated: 1, missing: 1, pods: 'api (1.30.3), job (none)' }],
  } });
  assert.deepEqual(write.only, ['sidecars']);
});

test('a mesh without members, or without a webhook yet, has zeros; one without a status, or on its way out, gets none', () => {
  assert.deepEqual(sidecarStatus({ ...MESH, members: [], webhooks: [] })[0]?.status, { sidecars: { given: '', current: 0, outdated: 0, missing: 0, namespaces: [] } });
  const { status: _none, ...fresh } = smcp('mesh-a');
  assert.deepEqual([...sidecarStatus({ ...MESH, controlPlane: fresh }), ...sidecarStatus({ ...MESH, controlPlane: deleting(smcp('mesh-a')) })], []);
});

test('of many members the first hundred with such pods are listed; the numbers count all', () => {
  const members = Array.from({ length: 150 }, (_none, i) => ({ namespace: namespace(`n${String(i).padStart(3, '0')}`), pods: [injected(`n${i}`, 'p', mark('1.30.3'))] }));
  const sidecars = sidecarStatus({ ...MESH, members })[0]?.status['sidecars'];
  assert.ok(typeof sidecars === 'object' && sidecars !== null && 'namespaces' in sidecars && Array.isArray(sidecars.namespaces));
  assert.deepEqual([sidecars.namespaces.length, sidecars['outdated']], [100, 150]);
});
