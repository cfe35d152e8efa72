import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { HOLD_ANNOTATION, NODE_NAME, podAddress } from '../../../../tools/cluster/node-object.ts';
import { nextStep, rulesOf, type NodeRules } from '../../../../tools/cluster/pod-step.ts';
import { runningStatus, type Pod } from '../../../../tools/cluster/pod.ts';

const FREE: NodeRules = { isCordoned: false, held: undefined };
const METADATA = { name: 'p', namespace: 'n', uid: 'u', resourceVersion: '1', creationTimestamp: '2030-01-01T00:00:00Z' };
const AS = { podIP: '10.244.0.2', hostIP: '10.244.255.1', isReady: true, at: '2030-01-01T00:00:01Z' };

interface Traits {
  readonly labels?: Readonly<Record<string, string>>;
  readonly isDeleted?: boolean;
  readonly isOfJob?: boolean;
  readonly node?: string;
  readonly gates?: readonly { readonly name: string }[];
  readonly status?: Pod['status'];
}

function pod({ labels = {}, isDeleted = false, isOfJob = false, node, gates = [], status }: Traits = {}): Pod {
  return {
    metadata: {
      ...METADATA, labels,
      ...(isDeleted ? { deletionTimestamp: '2030-01-01T00:01:00Z' } : {}),
      ...(isOfJob ? { ownerReferences: [{ kind: 'Job', name: 'j' }] } : {}),
    },
    spec: { containers: [{ name: 'c' }], schedulingGates: gates, ...(node === undefined ? {} : { nodeName: node }) },
    ...(status === undefined ? {} : { status }),
  };
}

const RUNNING = runningStatus(pod(), AS);
const HELD = runningStatus(pod(), { ...AS, isReady: false });

describe('the next step of the node stand-in', () => {
  it('binds a pod without a node', () => {
    assert.equal(nextStep(pod(), FREE), 'bind');
    assert.equal(nextStep(pod({ node: '' }), FREE), 'bind');
  });

  it('leaves a pod alone that a cordon or a scheduling gate keeps from the node', () => {
    assert.equal(nextStep(pod(), { ...FREE, isCordoned: true }), undefined);
    assert.equal(nextStep(pod({ gates: [{ name: 'later' }] }), FREE), undefined);
  });

  it('runs a bound pod, also on a cordoned node', () => {
    assert.equal(nextStep(pod({ node: NODE_NAME }), FREE), 'run');
    assert.equal(nextStep(pod({ node: NODE_NAME }), { ...FREE, isCordoned: true }), 'run');
  });

  it('leaves pods of other nodes alone', () => {
    assert.equal(nextStep(pod({ node: 'node-2' }), FREE), undefined);
  });

  it('tells of a pod that really runs what its containers are, and nothing twice', () => {
    const none = { ready: new Set<string>(), restarts: new Map<string, number>() };
    const ready = { ...none, ready: new Set(['c']) };
    assert.equal(nextStep(pod({ node: NODE_NAME }), FREE, none), 'hold');
    assert.equal(nextStep(pod({ node: NODE_NAME, status: HELD }), FREE, none), undefined);
    assert.equal(nextStep(pod({ node: NODE_NAME, status: HELD }), FREE, ready), 'run');
    assert.equal(nextStep(pod({ node: NODE_NAME, status: RUNNING }), FREE, ready), undefined);
    assert.equal(nextStep(pod({ node: NODE_NAME, status: RUNNING }), FREE, { ...ready, restarts: new Map([['c', 1]]) }), 'run');
    assert.equal(nextStep(pod({ node: NODE_NAME, status: RUNNING }), FREE, none), 'hold');
  });

  it('lets a deleted pod go at once if it is bound; the API server removes the others itself', () => {
    assert.equal(nextStep(pod({ isDeleted: true, node: NODE_NAME, status: RUNNING }), FREE), 'finalize');
    assert.equal(nextStep(pod({ isDeleted: true }), FREE), undefined);
  });

  it('completes the pod of a Job, once', () => {
    assert.equal(nextStep(pod({ node: NODE_NAME, isOfJob: true }), FREE), 'complete');
    assert.equal(nextStep(pod({ node: NODE_NAME, isOfJob: true, status: { phase: 'Succeeded' } }), FREE), undefined);
  });

  it('holds exactly the pods that carry all labels of the annotation', () => {
    const rules = { ...FREE, held: { app: 'istiod', tier: 'mesh' } };
    assert.equal(nextStep(pod({ node: NODE_NAME, labels: { app: 'istiod', tier: 'mesh', more: 'x' } }), rules), 'hold');
    assert.equal(nextStep(pod({ node: NODE_NAME, labels: { app: 'istiod' } }), rules), 'run');
  });

  it('takes Ready away when a hold comes and gives it back when it goes', () => {
    const rules = { ...FREE, held: { app: 'a' } };
    assert.equal(nextStep(pod({ node: NODE_NAME, labels: { app: 'a' }, status: RUNNING }), rules), 'hold');
    assert.equal(nextStep(pod({ node: NODE_NAME, labels: { app: 'a' }, status: HELD }), rules), undefined);
    assert.equal(nextStep(pod({ node: NODE_NAME, labels: { app: 'a' }, status: HELD }), FREE), 'run');
  });

  it('has nothing more to do for what it has done', () => {
    assert.equal(nextStep(pod({ node: NODE_NAME, status: RUNNING }), FREE), undefined);
  });
});

describe('the rules of the node', () => {
  it('come from its cordon and its annotation', () => {
    const node = { metadata: { ...METADATA, annotations: { [HOLD_ANNOTATION]: 'app=istiod, tier=mesh' } }, spec: { unschedulable: true } };
    assert.deepEqual(rulesOf(node), { isCordoned: true, held: { app: 'istiod', tier: 'mesh' } });
    assert.deepEqual(rulesOf({ metadata: METADATA, spec: {} }), FREE);
  });
});

describe('the addresses of pods', () => {
  it('are valid, inside 10.244.0.0/16, and different for the first 65,000', () => {
    const index = fc.integer({ min: 0, max: 64_999 });
    fc.assert(fc.property(index, index, (a, b) => {
      const [first, second, third = -1, fourth = -1] = podAddress(a).split('.').map(Number);
      assert.ok(first === 10 && second === 244 && third >= 0 && third <= 255 && fourth >= 0 && fourth <= 255);
      assert.equal(podAddress(a) === podAddress(b), a === b);
    }));
  });
});
