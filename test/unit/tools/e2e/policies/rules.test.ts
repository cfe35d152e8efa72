import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isWithin, subtract } from '../../../../../tools/e2e/policies/ipv4-ranges.ts';
import { rulesOf } from '../../../../../tools/e2e/policies/rules.ts';
import { removing, replacing } from '../../../../../tools/e2e/policies/transaction.ts';
import type { NetworkPolicyObject, PodObject } from '../../../../../tools/e2e/policies/policy-objects.ts';
import { interpreterOf, type Packet } from './rule-interpreter.ts';

const NAMESPACES = [{ metadata: { name: 'shop' } }];

function pod(address: string, further: Partial<PodObject['spec']> = {}, phase = 'Running'): PodObject {
  return { metadata: { name: address, namespace: 'shop' }, spec: { containers: [], ...further }, status: { phase, podIP: address } };
}

function policy(spec: NetworkPolicyObject['spec']): NetworkPolicyObject {
  return { metadata: { name: 'p', namespace: 'shop' }, spec };
}

const NOTHING = policy({ policyTypes: ['Ingress', 'Egress'] });
const guarded = rulesOf([NOTHING], [pod('10.0.0.1'), pod('10.0.0.2')], NAMESPACES);
const packet = (source: string, destination: string): Packet => ({ source, destination, protocol: 'TCP', port: 80 });
const letsGoOn = (text: string, given: Packet): boolean => interpreterOf(text)(given);

describe('ranges of addresses', () => {
  it('come apart around what is left out', () => {
    assert.deepEqual(subtract('10.0.0.0/30', ['10.0.0.1/32']), ['10.0.0.0/32', '10.0.0.2/31']);
    assert.deepEqual(subtract('10.0.0.0/24', ['10.0.0.0/25', '10.0.0.128/25']), []);
    assert.deepEqual(subtract('10.0.0.0/24', ['192.0.2.0/24']), ['10.0.0.0/24']);
    assert.deepEqual(subtract('0.0.0.0/0', ['128.0.0.0/1']), ['0.0.0.0/1']);
  });

  it('begin at their lowest address, however they are written', () => {
    assert.deepEqual(subtract('10.0.0.77/24'), ['10.0.0.0/24']);
    assert.equal(isWithin('255.255.255.255', '255.255.255.0/24'), true);
  });

  it('of IPv6 hold nothing of an IPv4 cluster', () => {
    assert.deepEqual(subtract('2001:db8::/32'), []);
    assert.deepEqual(subtract('10.0.0.0/24', ['2001:db8::/32']), ['10.0.0.0/24']);
    assert.equal(isWithin('2001:db8::1', '0.0.0.0/0'), false);
  });
});

describe('the rules', () => {
  it('are the main chain alone where no policy is', () => {
    assert.deepEqual(rulesOf([], [pod('10.0.0.1')], NAMESPACES).split('\n').filter((line) => line.startsWith(':')), [':TMESH-POLICIES - [0:0]']);
  });

  it('let go on what was let in before', () => {
    assert.equal(letsGoOn(guarded, packet('10.0.0.1', '10.0.0.2')), false);
    assert.equal(letsGoOn(guarded, { ...packet('10.0.0.1', '10.0.0.2'), isEstablished: true }), true);
  });

  it('never keep a pod from itself', () => {
    assert.equal(letsGoOn(guarded, packet('10.0.0.1', '10.0.0.1')), true);
  });

  it('allow nothing where the peers match nobody', () => {
    const nobody = policy({ ingress: [{ from: [{ podSelector: { matchLabels: { app: 'nobody' } } }] }, { from: [{ ipBlock: { cidr: '2001:db8::/32' } }] }] });
    assert.equal(letsGoOn(rulesOf([nobody], [pod('10.0.0.1'), pod('10.0.0.2')], NAMESPACES), packet('10.0.0.2', '10.0.0.1')), false);
  });

  it('leave out pods that ended, have no address yet, or have the node\'s', () => {
    const { status: _status, ...pending } = pod('10.0.0.3');
    const pods = [pod('10.0.0.1', {}, 'Succeeded'), pod('10.0.0.2', {}, 'Failed'), pending, pod('10.10.0.1', { hostNetwork: true })];
    assert.equal(rulesOf([NOTHING], pods, NAMESPACES), rulesOf([], [], []));
  });

  it('know the ports of sidecars among the init containers, not those of containers that end', () => {
    const named = policy({ ingress: [{ ports: [{ port: 'web' }] }] });
    const initContainers = [{ restartPolicy: 'Always', ports: [{ name: 'web', containerPort: 80 }] }, { ports: [{ name: 'web', containerPort: 81 }] }];
    const text = rulesOf([named], [pod('10.0.0.1', { initContainers })], NAMESPACES);
    assert.equal(letsGoOn(text, packet('10.0.0.9', '10.0.0.1')), true);
    assert.equal(letsGoOn(text, { ...packet('10.0.0.9', '10.0.0.1'), port: 81 }), false);
  });
});

describe('the change of a table', () => {
  const present = '*filter\n:FORWARD ACCEPT [0:0]\n:KUBE-FORWARD - [0:0]\n:TMESH-POLICIES - [0:0]\n:TMESH-IN-10.0.0.9 - [0:0]\n-A FORWARD -j KUBE-FORWARD\n-A FORWARD -j TMESH-POLICIES\nCOMMIT\n';

  it('puts our chain first, once, and takes away those nobody needs any more', () => {
    const lines = replacing(guarded, present).split('\n');
    const hooks = lines.filter((line) => line.includes('FORWARD'));
    assert.deepEqual(hooks, ['-D FORWARD -j TMESH-POLICIES', '-I FORWARD 1 -j TMESH-POLICIES']);
    assert.deepEqual(lines.filter((line) => line.startsWith('-X')), ['-X TMESH-IN-10.0.0.9']);
    assert.equal(lines.indexOf('-X TMESH-IN-10.0.0.9') > lines.findIndex((line) => line.startsWith('-A TMESH-POLICIES')), true, 'only after nothing leads there');
  });

  it('hooks in where nothing of ours is', () => {
    const lines = replacing(guarded, '*filter\n:FORWARD ACCEPT [0:0]\nCOMMIT\n').split('\n');
    assert.deepEqual(lines.filter((line) => /^-[DIX]/.test(line)), ['-I FORWARD 1 -j TMESH-POLICIES']);
    assert.equal(lines[0], '*filter');
    assert.equal(lines.at(-2), 'COMMIT');
  });

  it('takes everything of ours away, and nothing else', () => {
    assert.equal(removing(present), '*filter\n:TMESH-POLICIES - [0:0]\n:TMESH-IN-10.0.0.9 - [0:0]\n-D FORWARD -j TMESH-POLICIES\n-X TMESH-POLICIES\n-X TMESH-IN-10.0.0.9\nCOMMIT\n');
  });
});
