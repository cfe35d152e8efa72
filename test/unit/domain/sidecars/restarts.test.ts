import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { planRestarts } from '../../../../src/domain/sidecars/plan.ts';
import { restartsOf, RESTART_DEADLINE_MS } from '../../../../src/domain/sidecars/restarts.ts';
import type { MemberPods, SidecarsObserved } from '../../../../src/domain/sidecars/observed.ts';
import { updatesWorkloads } from '../../../../src/domain/sidecars/strategy.ts';
import { deepMerge } from '../../../../src/lib/merge.ts';
import { valueAt } from '../../../../src/lib/json.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { describeRef } from '../../../../src/k8s/ref.ts';
import { namespace, NOW, pod, smcp, withMeta } from '../../../build/mesh-objects.ts';
import { budget, deployment, injector, mark, podOf } from './sidecar-objects.ts';

const OLD = mark('1.30.3');
const DONE = { type: 'Reconciled', status: 'True', reason: 'UpdateSuccessful', message: '', observedGeneration: 1, lastTransitionTime: '2030-01-01T00:00:00Z' };
const PLANE: KubeObject = { ...smcp('mesh-a'), status: { conditions: [DONE] } };
const FOR = 'tmesh.maistra.io/restarted-for';
const SINCE = 'tmesh.maistra.io/restarting-since';
const agoIso = (ms: number): string => new Date(NOW.getTime() - ms).toISOString();

function member(name: string, workloads: readonly KubeObject[], more: Partial<MemberPods> = {}): MemberPods {
  return { namespace: namespace(name), workloads, pods: workloads.map((object) => podOf(object, `${object.metadata.name}-1`, OLD)), budgets: [], ...more };
}
const mesh = (...members: readonly MemberPods[]): SidecarsObserved => ({ controlPlane: PLANE, updatesWorkloads: true, webhooks: [injector()], members });
const stepsOf = (observed: SidecarsObserved): string[] => planRestarts(restartsOf(observed, NOW), NOW).stages.flat().map((step) => (step.do === 'patch' ? describeRef(step.ref) : step.do));
const said = (observed: SidecarsObserved): string[] => { const { state, message } = restartsOf(observed, NOW); return [state, message]; };
const under = (object: KubeObject, ms: number, status: object): KubeObject => ({ ...withMeta(object, { annotations: { [FOR]: mark(), [SINCE]: agoIso(ms) }, generation: 2 }), status });
const HALF = { observedGeneration: 2, replicas: 3, updatedReplicas: 1, availableReplicas: 2 };

test('the first workload by namespace, kind and name is restarted as kubectl would, and marked with what it is for', () => {
  const observed = mesh(member('shop', [deployment('shop', 'a')]), member('pay', [deployment('pay', 'web'), deployment('pay', 'api')]));
  const plan = planRestarts(restartsOf(observed, NOW), NOW);
  assert.deepEqual(stepsOf(observed), ['Deployment pay/api']);
  const [step] = plan.stages.flat();
  assert.deepEqual(step?.do === 'patch' && step.patch, {
    metadata: { annotations: { [FOR]: mark(), [SINCE]: NOW.toISOString() } }, spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': NOW.toISOString() } } } },
  });
  assert.deepEqual(said(observed), ['Restarting', 'Deployment pay/api is being restarted; 2 more to come']);
});

test('nothing happens unless it is asked for, nor while the control plane itself is not up to date', () => {
  const observed = mesh(member('pay', [deployment('pay', 'web')]));
  assert.deepEqual([said({ ...observed, updatesWorkloads: false }), stepsOf({ ...observed, updatesWorkloads: false })], [['Off', ''], []]);
  for (const condition of [{ ...DONE, status: 'False' }, { ...DONE, observedGeneration: 0 }]) {
    const busy = { ...observed, controlPlane: { ...PLANE, status: { conditions: [condition] } } };
    assert.deepEqual([restartsOf(busy, NOW).state, stepsOf(busy)], ['Waiting', []]);
  }
  assert.equal(updatesWorkloads(smcp('a', 'b', { updateStrategy: { updateWorkloads: true } })), true);
  assert.equal(updatesWorkloads(smcp('a')), false);
});

test('one at a time: while a restart is under way no other begins, and the pass comes back at its deadline', () => {
  const observed = mesh(member('pay', [under(deployment('pay', 'api'), 60_000, HALF), deployment('pay', 'web')]));
  assert.deepEqual(said(observed), ['Restarting', 'Deployment pay/api is being restarted: 1 of 2 pods are new; 1 more to come']);
  assert.deepEqual(stepsOf(observed), []);
  assert.equal(planRestarts(restartsOf(observed, NOW), NOW).recheckAfterMs, RESTART_DEADLINE_MS - 60_000);
});

test('a workload that does not come back stops everything: after ten minutes, or when it says so itself; and when it is back the rest goes on', () => {
  const late = mesh(member('pay', [under(deployment('pay', 'api'), RESTART_DEADLINE_MS, HALF), deployment('pay', 'web')]));
  assert.deepEqual(said(late), ['Stopped', 'Deployment pay/api was restarted and does not come back (1 of 2 pods are new); no other workload is restarted until it does']);
  const stuck = mesh(member('pay', [under(deployment('pay', 'api'), 1000, { ...HALF, conditions: [{ type: 'Progressing', status: 'False', message: 'deadline exceeded' }] }), deployment('pay', 'web')]));
  assert.deepEqual([restartsOf(stuck, NOW).state, stepsOf(late), stepsOf(stuck)], ['Stopped', [], []]);
  const back = mesh(member('pay', [under(deployment('pay', 'api'), RESTART_DEADLINE_MS, { ...HALF, replicas: 2, updatedReplicas: 2, availableReplicas: 2 }), deployment('pay', 'web')]));
  assert.deepEqual(stepsOf(back), ['Deployment pay/api', 'Deployment pay/web'], 'its mark of being under way is taken off, and the next one begins');
});

test('what may not be restarted is left, named, and does not hold up the others', () => {
  const old = { [FOR]: mark() };
  const busy: KubeObject = { ...deployment('pay', 'busy'), status: { observedGeneration: 1, replicas: 3, updatedReplicas: 1, availableReplicas: 2 } };
  const workloads = [
    deployment('pay', 'again', old), busy, deployment('pay', 'guarded'), deployment('pay', 'paused', {}, { paused: true }), deployment('pay', 'refuses', { 'tmesh.maistra.io/update-workload': 'false' }),
  ];
  const pods = [...workloads.map((object) => podOf(object, `${object.metadata.name}-1`, OLD)), pod('pay', 'alone', { 'sidecar.istio.io/inject': 'true' })];
  const held = mesh(member('pay', workloads, { pods, budgets: [budget('pay', 'keep', 'guarded', 0)] }));
  assert.deepEqual(restartsOf(held, NOW).heldBack.map(({ name, obstacle }) => `${name}: ${obstacle.slice(0, 40)}`), [
    'Deployment pay/again: it was restarted for this sidecar, and i', 'Deployment pay/busy: it is being rolled out: 1 of 2 pods are ', 'Deployment pay/guarded: PodDisruptionBudget keep allows no disru',
    'Deployment pay/paused: its rollout is paused (spec.paused)', 'Deployment pay/refuses: its annotation tmesh.maistra.io/update-w', 'Pod pay/alone: no Deployment, StatefulSet or DaemonSet ',
  ]);
  assert.deepEqual([said(held)[0], stepsOf(held)], ['HeldBack', []]);
  assert.deepEqual(stepsOf(mesh(...held.members, member('shop', [deployment('shop', 'web')]))), ['Deployment shop/web']);
});

test('a restart for one sidecar is no reason against one for the next', () => {
  const workload = deployment('pay', 'web', { [FOR]: mark('1.30.3') });
  assert.deepEqual(stepsOf(mesh(member('pay', [workload]))), ['Deployment pay/web']);
});

/** What a cluster makes of a patch: the workload changes, and some time later its pods are new. */
function patched(members: readonly MemberPods[], observed: SidecarsObserved): MemberPods[] {
  const steps = planRestarts(restartsOf(observed, NOW), NOW).stages.flat();
  return members.map((each) => ({ ...each, workloads: each.workloads.map((object) => steps.reduce((now, step) => {
    if (step.do !== 'patch' || step.ref.uid !== object.metadata.uid || step.ref.namespace !== object.metadata.namespace) return now;
    const merged = deepMerge(JSON.parse(JSON.stringify(now)), step.patch) as unknown as KubeObject;
    const annotations = Object.fromEntries(Object.entries(merged.metadata.annotations ?? {}).filter(([, value]) => (value as unknown) !== null));
    return withMeta(merged, { annotations, generation: (now.metadata.generation ?? 0) + (valueAt(step.patch, 'spec') === undefined ? 0 : 1) });
  }, object)) }));
}

const isRolling = (object: KubeObject): boolean => valueAt(object, 'status', 'observedGeneration') !== object.metadata.generation;

test('law: whatever the order in which pods come back, at most one workload of a mesh is under way, each is restarted once, and in the end none is old', () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }), (sizes) => {
    let members = sizes.map((size, i) => member(`n${i}`, Array.from({ length: size }, (_none, at) => withMeta(deployment(`n${i}`, `w${at}`), { uid: `${i}-${at}` }))));
    let restarts = 0;
    for (let round = 0; round < 60 && restartsOf(mesh(...members), NOW).state !== 'Done'; round += 1) {
      const before = members.flatMap(({ workloads }) => workloads).filter(isRolling).length;
      members = patched(members, mesh(...members));
      const rolling = members.flatMap(({ workloads }) => workloads).filter(isRolling);
      assert.ok(rolling.length <= 1, `${rolling.length} at once`);
      restarts += rolling.length - before;
      // The kubelet: the one that is rolling is done, and its pods are new.
      members = members.map((each) => ({
        ...each, pods: each.pods.map((found) => (rolling.some((object) => object.metadata.namespace === each.namespace.metadata.name && found.metadata.name.startsWith(`${object.metadata.name}-`)) ? withMeta(found, { annotations: { ...found.metadata.annotations, 'tmesh.maistra.io/sidecar': mark() } }) : found)),
        workloads: each.workloads.map((object) => (isRolling(object) ? { ...object, status: { ...(object['status'] as object), observedGeneration: object.metadata.generation } } : object)),
      }));
    }
    assert.equal(restarts, sizes.reduce((sum, size) => sum + size, 0));
    assert.equal(restartsOf(mesh(...members), NOW).state, 'Done');
  }), { numRuns: 30 });
});
