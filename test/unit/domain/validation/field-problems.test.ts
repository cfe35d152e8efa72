import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlPlaneSpecSchema } from '../../../../src/api/maistra-v2/control-plane.ts';
import { schemaAt } from '../../../../src/api/schema/walk.ts';
import { FIELD_GRAMMARS } from '../../../../src/domain/validation/field-grammars.ts';
import { fieldProblems, withoutEmptyTexts } from '../../../../src/domain/validation/field-problems.ts';
import { set } from '../../../../src/domain/conversion/tree.ts';
import type { Json } from '../../../../src/lib/json.ts';

/** A field, values that are fine there, and values that are not, each with where and how the user hears of it. */
const CASES: readonly (readonly [field: string, good: readonly Json[], bad: readonly (readonly [value: Json, at: string, remedy: RegExp])[]])[] = [
  ['gateways/ingress/service/metadata/labels', [{ a: 'b', 'example.com/x': '' }], [[{ a: 'b c' }, '.a', /must be a label value/], [{ 'a b': 'c' }, '["a b"]', /has a name that cannot be: it must be a label/]]],
  ['gateways/egress/service/metadata/annotations', [{ 'Example.com/A': 'any\ntext' }], [[{ '': 'x' }, '[""]', /annotation/]]],
  ['gateways/ingress/namespace', ['pay'], [['Pay', '', /lower-case letters/], ['x'.repeat(64), '', /63 at most/]]],
  ['gateways/ingress/service/ports', [[{ port: 80 }], [{ name: 'a', port: 80 }, { name: 'b', port: 80, protocol: 'UDP' }]], [
    [[{ name: 'a', port: 1 }, { name: 'a', port: 2 }], '[1].name', /an earlier port has this one/], [[{ name: 'a', port: 1 }, { name: 'b', port: 1 }], '[1].port', /an earlier port of this protocol has it/],
    [[{ port: 1 }, { port: 2 }], '[0].name', /must be set: ports of a Service with several have names/], [[{ name: 'x', port: 1, targetPort: 70_000 }], '[0].targetPort', /name of one/], [[{ name: 'x' }], '[0].port', /must be set/],
    [[{ port: 1, nodePort: 30_000 }], '[0].nodePort', /must be left out unless type is NodePort or LoadBalancer/],
  ]],
  ['gateways/ingress/service/externalIPs', [['10.0.0.1', '2001:db8::1']], [[['host'], '[0]', /IP address/], [['127.0.0.1'], '[0]', /local/]]],
  ['gateways/ingress/service/externalTrafficPolicy', [], [['Local', '', /must be left out unless/]]],
  ['gateways/ingress/service/loadBalancerSourceRanges', [], [[['10.0.0.0/16'], '', /unless type is LoadBalancer/], [['10.0.0.0'], '[0]', /address range/]]],
  ['gateways/ingress/service/clusterIP', ['', 'None', '10.1.2.3'], [['x', '', /IP address, None or empty/]]],
  ['gateways/ingress/volumes', [[{ volume: { secret: { secretName: 'a' } }, volumeMount: { name: 'a', mountPath: '/a' } }]], [
    [[{ volume: {}, volumeMount: {} }], '[0].volume', /exactly one of secret and configMap/], [[{ volume: { secret: { name: 'a' } } }], '[0].volume.secret', /must not have "name"/],
    [[{ volume: { configMap: { name: 'a' } }, volumeMount: { name: 'istio-data', mountPath: '/a' } }], '[0].volumeMount.name', /uses this one itself/],
  ]],
  ['runtime/components/pilot/pod/tolerations', [[{ operator: 'Exists' }, { key: 'a', value: 'b', effect: 'NoExecute', tolerationSeconds: 3 }]], [
    [[{ value: 'x' }], '[0].operator', /must be Exists when there is no key/], [[{ key: 'a', operator: 'Exists', value: 'b' }], '[0].value', /left out with operator Exists/], [[{ key: 'a', tolerationSeconds: 1 }], '[0].effect', /must be NoExecute/],
  ]],
  ['runtime/components/pilot/pod/priorityClassName', ['system-node-critical'], [['# no', '', /name of an object/]]],
  ['runtime/components/pilot/pod/affinity/podAntiAffinity/requiredDuringScheduling', [[{ key: 'a', values: ['b'] }, { key: 'a', operator: 'Exists' }]], [
    [[{ key: 'a' }], '[0].values', /at least one value with operator In/], [[{ operator: 'Exists' }], '[0].key', /must be set/], [[{ key: 'a', operator: 'Exists', values: ['b'] }], '[0].values', /left out with operator Exists/],
  ]],
  ['runtime/components/kiali/pod/affinity/nodeAffinity', [{ requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }] }] } }], [[{ x: 1 }, '', /must not have "x"; remove it/]]],
  ['runtime/components/pilot/deployment/strategy/rollingUpdate/maxSurge', ['25%', 1], [['many', '', /percentage/], [-1, '', /from 0 on/]]],
  ['runtime/components/pilot/container/resources', [{ requests: { cpu: '100m', 'example.com/gpu': 1 }, limits: { cpu: 1, 'example.com/gpu': '1' } }], [
    [{ requests: { cpu: 2 }, limits: { cpu: '1500m' } }, '.requests.cpu', /must not be more than the limit, which is 1500m/], [{ limits: { memory: '-1' } }, '.limits.memory', /not negative/],
    [{ requests: { gpu: 1 } }, '.requests.gpu', /must be cpu, memory/], [{ requests: { 'example.com/gpu': 1 } }, '.requests["example.com/gpu"]', /same as the limit/],
  ]],
  ['runtime/components/pilot/container/env', [{ A_B: '', 'a.b': 'x' }], [[{ '1A': 'x' }, '["1A"]|.1A', /environment variable/], [{ A: '\0' }, '.A', /zero byte/]]],
  ['runtime/components/pilot/container/imageRegistry', ['quay.io/istio', 'localhost:5000', '10.0.0.1:5000/a/b', ''], [['a b', '', /image/], ['https://quay.io', '', /image/]]],
  ['runtime/components/pilot/container/imageTag', ['1.31.1', `sha256:${'a'.repeat(64)}`], [['a:b', '', /tag/]]],
  ['proxy/networking/trafficControl/inbound/includedPorts', [['*'], ['80', '443']], [[['http'], '[0]', /"\*" or a port/], [['70000'], '[0]', /1 to 65535/]]],
  ['proxy/networking/trafficControl/outbound/excludedIPRanges', [['10.0.0.0/8', '2001:db8::/32']], [[['10.0.0.0/33'], '[0]', /address range/], [['*'], '[0]', /address range/]]],
  ['proxy/networking/trafficControl/outbound/excludedPorts', [[22]], [[[0], '[0]', /at least 1/]]],
  ['proxy/runtime/readiness/statusPort', [15_020], [[65_536, '', /at most 65535/]]],
  ['proxy/accessLogging/envoyService/address', ['als.logs:9000', '[2001:db8::1]:80'], [['als', '', /host:port/]]],
  ['proxy/injection/neverInjectSelector', [[{ matchLabels: { a: 'b' } }]], [[[{ matchExpressions: [{ key: 'a', operator: 'In' }] }], '[0].matchExpressions[0].values', /at least one value/]]],
  ['security/controlPlane/tls/cipherSuites', [['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'ECDHE-RSA-AES256-GCM-SHA384']], [[['A'], '[0]', /must be one of ECDHE-ECDSA-AES128-GCM-SHA256, /]]],
  ['security/controlPlane/tls/ecdhCurves', [['CurveP256', 'P-384', 'X25519']], [[['P-1'], '[0]', /must be one of P-224, /]]],
  ['security/trust/domain', ['cluster.local', 'mesh'], [['a b', '', /domain/]]],
  ['security/certificateAuthority/istiod/selfSigned/gracePeriod', ['20%', '5'], [['120%', '', /percentage/]]],
  ['addons/kiali/install/service/ingress/hosts', [['kiali.example.com']], [[['Kiali.example.com'], '[0]', /lower case/], [['*'], '[0]', /host name/]]],
  ['addons/prometheus/install/retention', ['6h', '15d'], [['six hours', '', /Prometheus writes it/]]],
  ['addons/prometheus/address', ['https://prometheus.example.com:9090/x'], [['prometheus:9090', '', /http:\/\/ or https:\/\//]]],
  ['addons/jaeger/name', ['traces'], [['Traces', '', /Service is named after it/], ['x'.repeat(49), '', /48 at most/]]],
  ['meshConfig/extensionProviders', [[{ name: 'a', zipkin: { service: 'z.x.svc', port: 9411 } }, { name: 'b', prometheus: {} }]], [
    [[{ name: 'a', prometheus: {} }, { name: 'a', prometheus: {} }], '[1].name', /an earlier provider has it/], [[{ name: 'a', zipkin: { service: 'z' } }], '[0].zipkin.port', /must be set/],
  ]],
  ['cluster/multiCluster/meshNetworks', [{ far: { endpoints: [{ fromRegistry: 'a' }], gateways: [{ address: '10.0.0.1', port: 443 }] } }], [[{ far: { endpoints: [{ fromCIDR: 'x' }] } }, '.far.endpoints[0].fromCIDR', /address range/]]],
];

for (const [field, good, bad] of CASES) {
  const path = field.split('/');
  test(`spec.${path.join('.')} takes what it is for, and says what is wrong with anything else`, () => {
    for (const value of good) assert.deepEqual(fieldProblems(set({}, path, value)), [], JSON.stringify(value));
    for (const [value, at, remedy] of bad) {
      const problems = fieldProblems(set({}, path, value));
      const found = problems.find((problem) => at.split('|').some((end) => problem.path === `spec.${path.join('.')}${end}`));
      assert.ok(found !== undefined, `${JSON.stringify(value)}: ${JSON.stringify(problems)}`);
      assert.match(found.message, remedy);
      assert.ok(found.message.startsWith(found.path));
    }
  });
}

test('every row of the table is about a field that there is', () => {
  const unknown = FIELD_GRAMMARS.filter(({ path }) => schemaAt(controlPlaneSpecSchema, path.map((step) => (step === '*' ? 'example' : step))) === undefined);
  // A gateway of a kind that has no such field has no such row to fear.
  assert.deepEqual(unknown.map(({ path }) => path.join('.')).filter((path) => !/(routeConfig\.metadata\.\w+|requestedNetworkView)$/.test(path)), []);
});

test('an empty text counts as absent, unless the field has a use for it', () => {
  const spec = { addons: { jaeger: { name: '' } }, runtime: { components: { pilot: { container: { imageRegistry: '', imageTag: '' } } } } };
  assert.deepEqual(fieldProblems(spec), []);
  assert.deepEqual(withoutEmptyTexts(spec), { runtime: { components: { pilot: { container: { imageRegistry: '' } } } } });
});
