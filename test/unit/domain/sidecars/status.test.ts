import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restartsOf } from '../../../../src/domain/sidecars/restarts.ts';
import { DEPLOYMENT } from '../../../../src/api/kinds.ts';
import { sidecarStatus } from '../../../../src/domain/sidecars/status.ts';
import type { SidecarsObserved } from '../../../../src/domain/sidecars/observed.ts';
import { NOTHING_DONE, type StatusWrite } from '../../../../src/k8s/plan.ts';
import { valueAt } from '../../../../src/lib/json.ts';
import { deleting, namespace, NOW, pod, smcp } from '../../../build/mesh-objects.ts';
import { deployment, injected, injector, mark, podOf } from './sidecar-objects.ts';

const NOTHING = { workloads: [], budgets: [] };
const statusOf = (observed: SidecarsObserved, outcome = NOTHING_DONE): StatusWrite[] => sidecarStatus(observed, restartsOf(observed, NOW), outcome);

const MESH: SidecarsObserved = {
  controlPlane: smcp('mesh-a'), updatesWorkloads: false, webhooks: [injector()],
  members: [
    { namespace: namespace('shop'), pods: [injected('shop', 'web', mark())], ...NOTHING },
    { namespace: namespace('pay'), pods: [injected('pay', 'api', mark('1.30.3')), injected('pay', 'db', mark()), pod('pay', 'job', { 'sidecar.istio.io/inject': 'true' })], ...NOTHING },
  ],
};

test('the SMCP says how many pods of its members have which sidecar, and names those to make anew', () => {
  const [write] = statusOf(MESH);
  assert.deepEqual(write?.status, { sidecars: {
    given: '1.31.1', current: 2, outdated: 1, missing: 1, namespaces: [{ namespace: 'pay', outdated: 1, missing: 1, pods: 'api (1.30.3), job (none)' }],
  } });
  assert.deepEqual(write.only, ['sidecars']);
});

test('a mesh without members, or without a webhook yet, has zeros; one without a status, or on its way out, gets none', () => {
  assert.deepEqual(statusOf({ ...MESH, members: [], webhooks: [] })[0]?.status, { sidecars: { given: '', current: 0, outdated: 0, missing: 0, namespaces: [] } });
  const { status: _none, ...fresh } = smcp('mesh-a');
  assert.deepEqual([...statusOf({ ...MESH, controlPlane: fresh }), ...statusOf({ ...MESH, controlPlane: deleting(smcp('mesh-a')) })], []);
});

test('of many members the first hundred with such pods are listed; the numbers count all', () => {
  const members = Array.from({ length: 150 }, (_none, i) => ({ namespace: namespace(`n${String(i).padStart(3, '0')}`), pods: [injected(`n${i}`, 'p', mark('1.30.3'))], ...NOTHING }));
  const sidecars = statusOf({ ...MESH, members })[0]?.status['sidecars'];
  assert.ok(typeof sidecars === 'object' && sidecars !== null && 'namespaces' in sidecars && Array.isArray(sidecars.namespaces));
  assert.deepEqual([sidecars.namespaces.length, sidecars['outdated']], [100, 150]);
});

test('restarts: the status says where they stand, an Event tells the owner of the workload, and what the server refused did not happen', () => {
  const web = deployment('pay', 'web');
  const reconciled = { type: 'Reconciled', status: 'True', reason: 'x', message: '', observedGeneration: 1, lastTransitionTime: '2030-01-01T00:00:00Z' };
  const asking: SidecarsObserved = { ...MESH, updatesWorkloads: true, controlPlane: { ...smcp('mesh-a'), status: { conditions: [reconciled] } }, members: [{ namespace: namespace('pay'), pods: [podOf(web, 'web-1', mark('1.30.3'))], workloads: [web], budgets: [] }] };
  const [write] = statusOf(asking);
  assert.deepEqual(valueAt(write?.status, 'sidecars', 'restarts'), { state: 'Restarting', message: 'Deployment pay/web is being restarted; 0 more to come', left: 0, heldBack: [] });
  assert.deepEqual(write?.notes?.map(({ about, reason, type }) => [about.metadata.name, reason, type]), [['web', 'RestartedForSidecar', 'Normal']]);
  const refused = statusOf(asking, { written: 0, skipped: 0, complete: false, failures: [{ step: { do: 'remove', ref: { type: DEPLOYMENT, name: 'web' } }, status: 403, reason: 'Forbidden', message: 'no' }] })[0];
  assert.deepEqual([valueAt(refused?.status, 'sidecars', 'restarts', 'state'), valueAt(refused?.status, 'sidecars', 'restarts', 'message'), refused?.notes],
    ['Stopped', 'Deployment pay/web could not be restarted: the API server refused (403 Forbidden): no', undefined]);
});
