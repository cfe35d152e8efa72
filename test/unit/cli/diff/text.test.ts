import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Change } from '../../../../src/cli/diff/changes.ts';
import { masked, shown } from '../../../../src/cli/diff/presentable.ts';
import { diffText } from '../../../../src/cli/diff/text.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';

const object = (kind: string, name: string, body: object): KubeObject => ({ apiVersion: 'v1', kind, metadata: { name, namespace: 'mesh' }, ...body });
const change = (group: string, name: string, before: object | undefined, after: object | undefined): Change => ({
  group, object: `ConfigMap mesh/${name}`,
  ...(before === undefined ? {} : { before: object('ConfigMap', name, { data: before }) }), ...(after === undefined ? {} : { after: object('ConfigMap', name, { data: after }) }),
});

test('a unified diff, grouped, in the order of installation', () => {
  const changes: readonly Change[] = [
    change('routes', 'r', {}, { host: 'h' }), change('member pay', 'm', { a: '1' }, undefined), change('istio-ingress', 'i', undefined, { a: '1' }), change('istio-discovery', 'b', { a: '1', b: 'x' }, { a: '2', b: 'x' }),
    { group: 'cluster', object: 'ClusterRole tmesh', refused: 'no' },
  ];
  const text = diffText(changes, false);
  assert.deepEqual(text.split('\n').filter((line) => line.startsWith('#')), ['# cluster', '# istio-discovery', '# istio-ingress', '# member pay', '# routes']);
  assert.match(text, /^# cluster\n! ClusterRole tmesh: the API server would refuse the change: no\n\n/);
  assert.match(text, /--- ConfigMap mesh\/b\tnow\n\+\+\+ ConfigMap mesh\/b\tafter\n@@ .* @@\n apiVersion: v1\n data:\n- {2}a: "1"\n\+ {2}a: "2"\n {3}b: x\n kind: ConfigMap\n/);
  assert.match(text, /--- \/dev\/null\tnow\n\+\+\+ ConfigMap mesh\/i\tafter\n/);
  assert.match(text, /--- ConfigMap mesh\/m\tnow\n\+\+\+ \/dev\/null\tafter\n/);
  assert.equal(diffText([], true), '');
});

test('lines are coloured by what they say', () => {
  const lines = diffText([change('cluster', 'b', { a: '1' }, { a: '2' })], true).split('\n');
  const colourOf = (part: string): string | undefined => lines.find((line) => line.includes(part))?.slice(1, 5);
  assert.deepEqual(['-  a:', '+  a:', '@@', ' kind'].map(colourOf), ['[31m', '[32m', '[36m', 'kind']);
});

test('bookkeeping, status and the copy that kubectl apply keeps are no part of a difference', () => {
  const live: KubeObject = {
    apiVersion: 'v1', kind: 'ConfigMap', data: { a: 'b' }, status: { x: 1 },
    metadata: { name: 'n', uid: 'u', resourceVersion: '4', generation: 2, creationTimestamp: 't', managedFields: [], annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' } },
  };
  assert.deepEqual(shown(live), { apiVersion: 'v1', kind: 'ConfigMap', data: { a: 'b' }, metadata: { name: 'n' } });
});

test('of a Secret the keys that differ are seen, never a value', () => {
  const before = object('Secret', 's', { data: { same: 'AAAA', other: 'BBBB', gone: 'CCCC' } });
  const after = object('Secret', 's', { data: { same: 'AAAA', other: 'DDDD' }, stringData: { fresh: 'EEEE' } });
  const [left, right] = masked(before, after);
  assert.deepEqual(left?.['data'], { same: '***', other: '*** (before)', gone: '*** (before)' });
  assert.deepEqual([right?.['data'], right?.['stringData']], [{ same: '***', other: '*** (after)' }, { fresh: '*** (after)' }]);
  assert.doesNotMatch(JSON.stringify([left, right]), /[A-E]{4}/);
  assert.deepEqual(masked(object('ConfigMap', 'c', { data: { a: 'b' } }), undefined)[0]?.['data'], { a: 'b' });
});
