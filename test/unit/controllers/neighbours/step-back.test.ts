import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KINDS, findKind } from '../../../../src/api/kinds.ts';
import { OfflineCluster } from '../../../../src/cli/offline-cluster.ts';
import { memberController } from '../../../../src/controllers/member/index.ts';
import { steppingBack } from '../../../../src/controllers/neighbours/step-back.ts';
import { EMPTY_PLAN, NOTHING_DONE } from '../../../../src/k8s/plan.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { keysToWake } from '../../../../src/runtime/wake-keys.ts';
import { namespace, NOW, smcp, smm } from '../../../build/mesh-objects.ts';

const OPERATOR: KubeObject = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'istio-operator', namespace: 'operators' }, spec: { replicas: 1 } };
const HOOK: KubeObject = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration', metadata: { name: 'operators.servicemesh-resources.maistra.io' } };

test('beside a live operator there is no plan and no status; when it ends, every key is woken and everything is done', () => {
  const cluster = new OfflineCluster(KINDS.filter(({ kind }) => kind === 'Kiali'));
  for (const object of [smcp('mesh-a'), smm('pay', 'mesh-a'), namespace('pay'), HOOK, OPERATOR]) {
    const type = findKind(object.apiVersion, object.kind);
    assert.ok(type);
    cluster.put(type, object);
  }
  const controller = steppingBack(memberController());
  const pass = (): readonly [boolean, number] => {
    const seen = controller.observe('pay', cluster);
    assert.ok(seen);
    const plan = controller.plan(seen, NOW);
    return [plan === EMPTY_PLAN, controller.status(seen, plan, NOTHING_DONE, NOW).length];
  };
  assert.deepEqual(pass(), [true, 0]);
  const gone = { ...OPERATOR, spec: { replicas: 0 } };
  const type = findKind('apps/v1', 'Deployment');
  assert.ok(type);
  cluster.put(type, gone);
  const woken = controller.watches.filter((watch) => watch.source.id === 'other-operators').flatMap((watch) => keysToWake(watch, OPERATOR, gone, cluster));
  assert.ok(woken.includes('pay'));
  assert.deepEqual(pass(), [false, 1]);
});
