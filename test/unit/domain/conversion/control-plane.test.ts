import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { parseControlPlane } from '../../../../src/api/maistra-v2/control-plane.ts';
import { convertControlPlane, normalizeControlPlane, valuesOfSpec } from '../../../../src/domain/conversion/control-plane.ts';
import { get, set } from '../../../../src/domain/conversion/tree.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import type { Json, JsonObject } from '../../../../src/lib/json.ts';

const samples = join(import.meta.dirname, '..', '..', '..', 'samples');

function object(version: 'v1' | 'v2', spec: Json, status?: Json): KubeObject {
  return { apiVersion: `maistra.io/${version}`, kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace: 'mesh' }, spec, ...(status === undefined ? {} : { status }) };
}

function to(version: 'v1' | 'v2', from: KubeObject): KubeObject {
  const converted = convertControlPlane(from, `maistra.io/${version}`);
  assert.ok(converted.ok);
  return converted.value;
}

function bothWays(v1: JsonObject): JsonObject {
  const v2 = to('v2', object('v1', v1));
  assert.deepEqual(to('v1', v2), object('v1', v1));
  return v2['spec'] as JsonObject;
}

for (const file of readdirSync(samples).filter((name) => name.includes('istio-installation'))) {
  test(`${file} becomes a v2 object without leftovers that the schema accepts, and comes back`, () => {
    const v1 = parse(readFileSync(join(samples, file), 'utf8')) as KubeObject;
    const v2 = to('v2', v1);
    assert.equal(get(v2, ['spec', 'techPreview']), undefined);
    assert.ok(parseControlPlane(v2).ok);
    assert.deepEqual(to('v1', v2), v1);
  });
}

test('values without a field in v2 go to techPreview under their path, and come back', () => {
  assert.deepEqual(bothWays({ istio: { global: { foo: { 'a.b/c': [1, null] } }, pilot: { x: 1, traceSampling: 1 } } }), {
    tracing: { sampling: 100 }, techPreview: { global: { foo: { 'a.b/c': [1, null] } }, pilot: { x: 1 } },
  });
});

test('techPreview is a way to give any Helm value in v2', () => {
  const v2 = object('v2', { techPreview: { global: { caCertConfigMapName: 'x' }, gatewayAPI: { enabled: true } } });
  const v1 = to('v1', v2);
  assert.deepEqual(v1['spec'], { istio: { global: { caCertConfigMapName: 'x' }, techPreview: { gatewayAPI: { enabled: true } } } });
  assert.deepEqual(to('v2', v1), v2);
});

test('empty maps, nulls, numbers in quotes and dotted keys all come back', () => {
  bothWays({ istio: {} });
  bothWays({ istio: { global: {}, gateways: { 'istio-ingressgateway': {} }, pilot: null } });
  bothWays({ istio: { pilot: { traceSampling: '0.5', env: { 'a.b.c': 'd', 'a/b': '1' } }, global: { proxy: { concurrency: '2' } } } });
  bothWays({ istio: null, threeScale: {}, networkType: 'subnet', profiles: [], template: null });
});

test('openshiftRoute without enabled, and other empty sections of v2, come back', () => {
  for (const spec of [{ gateways: { openshiftRoute: {} } }, { proxy: {}, security: { dataPlane: {} } }, { techPreview: {} }, { runtime: { components: { pilot: {} } } }]) {
    assert.deepEqual(to('v2', to('v1', object('v2', spec))), object('v2', spec));
  }
});

test('values that contradict each other survive; the first of the table counts', () => {
  const spec = bothWays({ istio: { global: { proxy: { concurrency: 2 } }, meshConfig: { concurrency: 3 } } });
  assert.equal(get(spec, ['proxy', 'concurrency']), 2);
});

test('an edit in v2 wins over what v1 had written about the same field', () => {
  const v2 = to('v2', object('v1', { istio: { global: { proxy: { concurrency: '2' } }, meshConfig: { concurrency: 3 }, x: 1 } }));
  const edited = { ...v2, spec: set(v2['spec'] as JsonObject, ['proxy', 'concurrency'], 8) };
  assert.deepEqual(to('v1', edited)['spec'], { istio: { global: { proxy: { concurrency: 8 } }, x: 1 } });
});

test('fields of v2 that v1 has no word for are kept in sight, and come back', () => {
  const v2 = object('v2', { wish: [1], proxy: { concurrency: 2 } });
  const v1 = to('v1', v2);
  assert.deepEqual(get(v1, ['spec', 'istio', 'techPreview', 'v2Differences']), [{ path: '/wish', original: [1] }]);
  assert.deepEqual(to('v2', v1), v2);
});

test('a v2 field name in a v1 object gains no meaning by conversion', () => {
  const spec = bothWays({ security: { dataPlane: { mtls: true } } });
  assert.equal(get(spec, ['security']), undefined);
});

test('one profile is the template of v1, several stay profiles', () => {
  assert.deepEqual(bothWays({ template: 'small' }), { profiles: ['small'] });
  assert.deepEqual(bothWays({ profiles: ['a', 'b'] }), { profiles: ['a', 'b'] });
  assert.deepEqual(get(bothWays({ profiles: ['a', 'b'], template: 'c' }), ['profiles']), ['a', 'b']);
  assert.deepEqual(to('v1', object('v2', { profiles: ['small'] }))['spec'], { template: 'small' });
});

test('the status has the same facts in both versions', () => {
  const v2 = object('v2', {}, {
    operatorVersion: '0.1.0-rc.1', observedGeneration: 3, chartVersion: '1.31.1', annotations: { readyComponentCount: '9/9' },
    conditions: [{ type: 'Ready', status: 'True' }], appliedSpec: { profiles: ['default'] }, appliedValues: { template: 'default', version: 'v1.31', istio: { a: 1 } },
  });
  const v1 = to('v1', v2);
  assert.equal(get(v1, ['status', 'reconciledVersion']), '0.1.0-rc.1-3');
  assert.deepEqual(get(v1, ['status', 'lastAppliedConfiguration']), { template: 'default', version: 'v1.31', istio: { a: 1 } });
  assert.equal(get(v1, ['status', 'appliedValues']), undefined);
  assert.equal(get(v1, ['status', 'v2Differences']), undefined);
  assert.deepEqual(to('v2', v1), v2);
});

test('a status of the old operator converts and comes back', () => {
  const v1 = object('v1', {}, { reconciledVersion: '2.5.1-7', observedGeneration: 7, lastAppliedConfiguration: { template: 'default', istio: {} }, components: [{ resource: 'istio' }] });
  const v2 = to('v2', v1);
  assert.equal(get(v2, ['status', 'operatorVersion']), '2.5.1');
  assert.deepEqual(to('v1', v2), v1);
});

test('what cannot be a status converts as well', () => {
  for (const status of [null, 'text', [], { reconciledVersion: 3, lastAppliedConfiguration: 'x' }, { reconciledVersion: 'odd' }, { operatorVersion: 1 }]) {
    assert.deepEqual(to('v1', to('v2', object('v1', {}, status))), object('v1', {}, status));
    assert.deepEqual(to('v2', to('v1', object('v2', {}, status))), object('v2', {}, status));
  }
});

test('metadata and other fields are handed through; the same version is the same object', () => {
  const v1: KubeObject = { ...object('v1', {}), extra: 1 };
  const v2 = to('v2', v1);
  assert.equal(v2.metadata, v1.metadata);
  assert.equal(v2['extra'], 1);
  assert.equal(to('v1', v1), v1);
});

test('another kind or version is refused with a sentence', () => {
  const other = convertControlPlane({ ...object('v1', {}), kind: 'Pod' }, 'maistra.io/v2');
  assert.ok(!other.ok && other.error.includes('Pod'));
  const strange = convertControlPlane(object('v1', {}), 'maistra.io/v3');
  assert.ok(!strange.ok && strange.error.includes('maistra.io/v3'));
});

test('an object without spec or status converts', () => {
  const bare = { apiVersion: 'maistra.io/v1', kind: 'ServiceMeshControlPlane', metadata: { name: 'x' } };
  assert.deepEqual(to('v2', bare), { ...bare, apiVersion: 'maistra.io/v2' });
});

test('a v2 object with v1 fields means what they say; what v2 says itself wins', () => {
  const mixed = object('v2', { template: 'small', istio: { pilot: { traceSampling: 50 }, global: { proxy: { concurrency: 2 } } }, proxy: { concurrency: 4 }, wish: 1 });
  assert.deepEqual(normalizeControlPlane(mixed)['spec'], { profiles: ['small'], tracing: { sampling: 5000 }, proxy: { concurrency: 4 }, wish: 1 });
});

test('what the old operator put aside as not convertible is taken up again', () => {
  const errored = object('v2', { version: 'v2.5', techPreview: { errored: { message: 'x', istio: { kiali: { enabled: false } } }, other: 1 } });
  assert.deepEqual(normalizeControlPlane(errored)['spec'], { version: 'v2.5', addons: { kiali: { enabled: false } }, techPreview: { other: 1 } });
});

test('a plain v2 object is not touched by normalising', () => {
  const plain = object('v2', { proxy: {} });
  assert.equal(normalizeControlPlane(plain), plain);
});

test('a v2 spec in the words of v1 has no notes in it', () => {
  assert.deepEqual(valuesOfSpec({ version: 'v1.31', profiles: ['default'], tracing: { sampling: 100 }, wish: 1, gateways: { openshiftRoute: {} } }),
    { version: 'v1.31', template: 'default', istio: { pilot: { traceSampling: 1 } } });
});

test('of what was put aside, only what v1 admits comes back as v1', () => {
  const errored = normalizeControlPlane(object('v2', { techPreview: { errored: { istio: { global: '50%', kiali: { enabled: false } } } } }));
  assert.deepEqual(to('v1', errored)['spec'], { istio: { kiali: { enabled: false } } });
});
