import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figuresOf, lacksSidecar, type Figure } from '../../../../src/domain/fleet/figures.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { pod, smcp, smm, smmr, withMeta } from '../../../build/mesh-objects.ts';

const withStatus = (object: KubeObject, status: object): KubeObject => ({ ...object, status });
const condition = (type: string, status: string, reason = ''): object => ({ type, status, reason, message: 'm', lastTransitionTime: '2030-01-01T00:00:00Z' });
const told = (figures: readonly Figure<string>[]): Record<string, number> => Object.fromEntries(figures.map(({ labels, value }) => [Object.values(labels).join(' '), value]));

const A = withStatus(smcp('mesh-a'), { chartVersion: '1.31.1', conditions: [condition('Ready', 'True', 'ComponentsReady')], sidecars: { current: 5, outdated: 2, missing: 1 }, ior: { admitted: 3, refused: 1, pending: 2 }, routes: [{ gateway: 'pay/g', host: 'h', reason: 'HostAlreadyClaimed', admitted: 'False' }] });
const B = withStatus(smcp('mesh-b'), { conditions: [condition('Ready', 'False', 'ErrMultipleSMCPs'), condition('Reconciled', 'False', 'ErrMultipleSMCPs')] });
const ROLL = withStatus(smmr('mesh-a', ['shop', 'pay', 'going']), {
  configuredMembers: ['shop'], pendingMembers: ['pay'], terminatingMembers: ['going'],
  memberStatuses: [{ namespace: 'pay', conditions: [condition('Reconciled', 'False', 'ReferencesDifferentControlPlane')] }],
});
const asks = (namespace: string, annotations: Record<string, string>): KubeObject => withMeta(pod(namespace, 'p', {}), { annotations });
const FIGURES = figuresOf({
  controlPlanes: [B, A], rolls: [ROLL],
  members: [withStatus(smm('x', 'mesh-a'), { conditions: [condition('Ready', 'False', 'FieldConflict')] })],
  pods: [asks('shop', { 'sidecar.istio.io/inject': 'true' }), asks('shop', { 'sidecar.istio.io/inject': 'true', 'sidecar.istio.io/status': '' }), asks('shop', {}), asks('stranger', { 'sidecar.istio.io/inject': 'true' })],
});

test('members are counted by stage, with a zero for each mesh that has none', () => {
  assert.deepEqual(told(FIGURES.members), {
    'mesh-a configured': 1, 'mesh-a pending': 1, 'mesh-a terminating': 1, 'mesh-b configured': 0, 'mesh-b pending': 0, 'mesh-b terminating': 0,
  });
});

test('a mesh says its version and whether it is ready', () => {
  assert.deepEqual(told(FIGURES.info), { 'mesh-a basic 1.31.1': 1, 'mesh-b basic ': 1 });
  assert.deepEqual(told(FIGURES.ready), { 'mesh-a': 1, 'mesh-b': 0 });
});

test('hosts are counted by what the router says', () => {
  assert.deepEqual(told(FIGURES.routes), { 'mesh-a admitted': 3, 'mesh-a refused': 1, 'mesh-a pending': 2, 'mesh-b admitted': 0, 'mesh-b refused': 0, 'mesh-b pending': 0 });
});

test('each kind of conflict is counted where it is told', () => {
  assert.deepEqual(told(FIGURES.conflicts), { namespace: 1, host: 1, field: 1, 'control-plane': 1 });
});

test('only pods of members that ask for a sidecar and have none are missed', () => {
  assert.deepEqual(told(FIGURES.podsNotInjected), { 'mesh-a': 1, 'mesh-b': 0 });
  assert.equal(lacksSidecar(pod('a', 'b', { 'sidecar.istio.io/inject': 'true' })), true, 'the label asks as well');
  assert.equal(lacksSidecar(withMeta(pod('a', 'b', { 'sidecar.istio.io/inject': 'false' }), { annotations: { 'sidecar.istio.io/inject': 'true' } })), false, 'the label goes first, as in Istio');
});

test('pods are counted by their sidecars as the mesh does', () => {
  assert.deepEqual(told(FIGURES.sidecars), { 'mesh-a current': 5, 'mesh-a outdated': 2, 'mesh-a missing': 1, 'mesh-b current': 0, 'mesh-b outdated': 0, 'mesh-b missing': 0 });
});

test('objects without a status give zeros, not errors', () => {
  const { ready, members, routes } = figuresOf({ controlPlanes: [smcp('m')], rolls: [smmr('m')], members: [], pods: [] });
  assert.deepEqual([told(ready), told(members)['m pending'], told(routes)['m refused']], [{ m: 0 }, 0, 0]);
});
