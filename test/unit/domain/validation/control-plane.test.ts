import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { validateControlPlane, type ControlPlaneContext } from '../../../../src/domain/validation/control-plane.ts';
import type { Findings } from '../../../../src/domain/validation/findings.ts';
import { MOST_WARNINGS } from '../../../../src/domain/validation/unknown-fields.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { compareText } from '../../../../src/lib/sort.ts';

function smcp(spec: unknown, version: 'v1' | 'v2' = 'v2', metadata: object = {}): KubeObject {
  return { apiVersion: `maistra.io/${version}`, kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace: 'mesh', ...metadata }, spec };
}

const ALONE: ControlPlaneContext = { others: [], operatorNamespace: 'operators' };

const check = (spec: unknown, version: 'v1' | 'v2' = 'v2'): Findings => validateControlPlane(smcp(spec, version), ALONE);

function sample(name: string): KubeObject {
  return parse(readFileSync(join(import.meta.dirname, '..', '..', '..', 'samples', `${name}.yaml`), 'utf8')) as KubeObject;
}

test('the control planes of the walk have nothing wrong; a word about Mixer is all there is to say', () => {
  for (const name of ['01-istio-installation', '04-istio-installation-mtls']) {
    assert.deepEqual(validateControlPlane(sample(name), ALONE), {
      problems: [],
      warnings: ['policy', 'telemetry'].map((part) => `spec.istio.mixer.${part}.autoscaleEnabled has no effect, because Mixer ended with Istio 1.7. Remove it.`),
    });
  }
});

test('an empty spec is fine in both versions', () => {
  assert.deepEqual(check({}), { problems: [], warnings: [] });
  assert.deepEqual(check({}, 'v1'), { problems: [], warnings: [] });
});

test('a second control plane in a namespace is refused, and the first is named', () => {
  const [problem] = validateControlPlane(smcp({}), { others: ['older'] }).problems;
  assert.equal(problem?.reason, 'ErrMultipleSMCPs');
  assert.match(problem?.message ?? '', /second ServiceMeshControlPlane in namespace mesh: there is older already/);
  assert.deepEqual(validateControlPlane(smcp({}), { others: ['basic'] }).problems, []);
});

test('the namespace of the operator is no place for a mesh', () => {
  const [problem] = validateControlPlane(smcp({}, 'v2', { namespace: 'operators' }), ALONE).problems;
  assert.equal(problem?.path, 'metadata.namespace');
});

test('a version that does not exist is refused, one of the old operator is only mentioned', () => {
  assert.equal(check({ version: 'v9' }).problems[0]?.reason, 'UnsupportedVersion');
  const old = check({ version: 'v2.5' });
  assert.deepEqual(old.problems, []);
  assert.match(old.warnings[0] ?? '', /v2\.5 is a version of the old operator/);
  assert.match(check({ version: 'v1.1' }, 'v1').warnings[0] ?? '', /v1\.1/);
});

test('a wrong type is refused in both versions, at the path the user wrote', () => {
  assert.equal(check({ proxy: { concurrency: 'many' } }).problems[0]?.path, 'spec.proxy.concurrency');
  assert.equal(check({ istio: { kiali: { enabled: 'yes' } } }, 'v1').problems[0]?.path, 'spec.istio.kiali.enabled');
});

test('numbers in quotes are numbers in v1', () => {
  assert.deepEqual(check({ istio: { pilot: { traceSampling: '50' }, global: { proxy: { concurrency: '2' } } } }, 'v1'), { problems: [], warnings: [] });
  assert.equal(check({ istio: { pilot: { traceSampling: 'half' } } }, 'v1').problems[0]?.path, 'spec.istio.pilot.traceSampling');
});

test('unknown fields are warnings with their path, and a suggestion where one is near', () => {
  const { problems, warnings } = check({ proxi: {}, tracing: { samplng: 3 }, runtime: { components: { pilot: { container: { cpu: 1 } } } }, techPreview: { anything: { goes: 1 } } });
  assert.deepEqual(problems, []);
  assert.deepEqual(warnings, [
    'spec.techPreview.anything has no effect, because no field of this version stands for this Helm value. Look for the field in the API reference, or remove it.',
    'spec.proxi is not a known field (did you mean proxy?); it is kept and has no effect',
    'spec.tracing.samplng is not a known field (did you mean sampling?); it is kept and has no effect',
    'spec.runtime.components.pilot.container.cpu is not a known field; it is kept and has no effect',
  ]);
});

test('v1 values nothing reads are warnings; switches and null are not', () => {
  const { problems, warnings } = check({ colour: 1, istio: { global: { foo: { bar: 1 } }, empty: {}, nothing: null, techPreview: { gatewayAPI: { enabled: true } } }, threeScale: { x: 1 } }, 'v1');
  assert.deepEqual(problems, []);
  assert.deepEqual(warnings.map((warning) => warning.split(' ')[0] ?? '').toSorted(compareText), ['spec.colour', 'spec.istio.global.foo.bar', 'spec.threeScale.x']);
});

test('a thousand unknown fields give a screenful of warnings', () => {
  const spec = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`field${index}`, index]));
  const { warnings } = check(spec);
  assert.equal(warnings.length, MOST_WARNINGS + 1);
  assert.equal(warnings.at(-1), `and ${1000 - MOST_WARNINGS} more fields that are not known`);
});

test('a field name as long as a book is cut', () => {
  const { warnings } = check({ ['x'.repeat(100_000)]: 1 });
  assert.ok((warnings[0]?.length ?? 0) < 200);
});

test('an object on its way out is never refused', () => {
  const leaving = smcp({ version: 'v9', mode: 3 }, 'v2', { deletionTimestamp: '2029-01-01T00:00:00Z', namespace: 'operators' });
  assert.deepEqual(validateControlPlane(leaving, { others: ['older'], operatorNamespace: 'operators' }), { problems: [], warnings: [] });
});

test('a v2 object stored with v1 fields is judged by what they mean', () => {
  assert.deepEqual(check({ istio: { pilot: { traceSampling: 100 } }, template: 'default' }).problems, []);
});

const RULES: readonly [string, unknown, string][] = [
  ['a reserved gateway name', { gateways: { additionalIngress: { 'istio-ingressgateway': {} } } }, 'spec.gateways.additionalIngress.istio-ingressgateway'],
  ['a gateway name that cannot name objects', { gateways: { additionalEgress: { 'My_Gateway': {} } } }, 'spec.gateways.additionalEgress.My_Gateway'],
  ['one gateway on both sides', { gateways: { additionalIngress: { a: {} }, additionalEgress: { a: {} } } }, 'spec.gateways.additionalEgress.a'],
  ['discovery selectors in a multitenant mesh', { meshConfig: { discoverySelectors: [{ matchLabels: { a: 'b' } }] } }, 'spec.meshConfig.discoverySelectors'],
  ['a provider of no kind', { meshConfig: { extensionProviders: [{ name: 'x' }] } }, 'spec.meshConfig.extensionProviders[0]'],
  ['a provider of two kinds', { meshConfig: { extensionProviders: [{ name: 'x', prometheus: {}, zipkin: { service: 'z', port: 9411 } }] } }, 'spec.meshConfig.extensionProviders[0]'],
  ['Kiali without Prometheus', { addons: { kiali: { enabled: true }, prometheus: { enabled: false } } }, 'spec.addons.prometheus.enabled'],
  ['node affinity of a component that is not Kiali', { runtime: { components: { pilot: { pod: { affinity: { nodeAffinity: {} } } } } } }, 'spec.runtime.components.pilot.pod.affinity'],
  ['more pods at least than at most', { runtime: { components: { pilot: { deployment: { autoScaling: { minReplicas: 5, maxReplicas: 2 } } } } } }, 'spec.runtime.components.pilot.deployment.autoScaling.minReplicas'],
  ['an authority elsewhere without its address', { security: { certificateAuthority: { type: 'cert-manager' } } }, 'spec.security.certificateAuthority.cert-manager.address'],
  ['a TLS minimum above the maximum', { security: { controlPlane: { tls: { minProtocolVersion: 'TLSv1_3', maxProtocolVersion: 'TLSv1_2' } } } }, 'spec.security.controlPlane.tls.minProtocolVersion'],
  ['a gateway with the name of an add-on', { gateways: { additionalIngress: { grafana: {} } } }, 'spec.gateways.additionalIngress.grafana'],
  ['a Jaeger with the name of a gateway', { addons: { jaeger: { name: 'istio-egressgateway' } } }, 'spec.addons.jaeger.name'],
  ['a log service that is on without address', { proxy: { accessLogging: { envoyService: { enabled: true } } } }, 'spec.proxy.accessLogging.envoyService.address'],
  ['a metrics service that is on without address', { proxy: { envoyMetricsService: { enabled: true } } }, 'spec.proxy.envoyMetricsService.address'],
  ['a login without its Secret', { addons: { grafana: { install: { security: { enabled: true } } } } }, 'spec.addons.grafana.install.security.secretName'],
  ['two limits of disruption', { runtime: { defaults: { deployment: { podDisruption: { enabled: true, minAvailable: 1, maxUnavailable: 1 } } } } }, 'spec.runtime.defaults.deployment.podDisruption.minAvailable'],
  ['an update that cannot move', { gateways: { ingress: { runtime: { deployment: { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '0%' } } } } } } }, 'spec.gateways.ingress.runtime.deployment.strategy.rollingUpdate.maxUnavailable'],
  ['a request above the limit of the defaults', { runtime: { defaults: { container: { resources: { limits: { cpu: '1' } } } }, components: { pilot: { container: { resources: { requests: { cpu: '1500m' } } } } } } },
    'spec.runtime.components.pilot.container.resources'],
  ['certificates that live longer than they may', { security: { certificateAuthority: { istiod: { workloadCertTTLDefault: '1h30m', workloadCertTTLMax: '89m' } } } }, 'spec.security.certificateAuthority.istiod.workloadCertTTLDefault'],
];

for (const [title, spec, path] of RULES) {
  test(`${title} is refused`, () => {
    const { problems } = check(spec);
    assert.deepEqual(problems.map((problem) => problem.path), [path]);
    assert.ok((problems[0]?.message.length ?? 0) > path.length + 20, problems[0]?.message);
  });
}

test('what the rules allow is allowed', () => {
  for (const spec of [
    { meshConfig: { extensionProviders: [{ name: 'x', envoyExtAuthzGrpc: { service: 's', port: 1, timeout: '3s' } }] } },
    { gateways: { additionalIngress: { a: { namespace: 'n' } }, additionalEgress: { a: {} } } },
    { addons: { kiali: { enabled: true }, prometheus: { enabled: false, address: 'http://p:9090' } } },
    { runtime: { components: { kiali: { pod: { affinity: { nodeAffinity: {} } } }, pilot: { deployment: { autoScaling: { minReplicas: 2, maxReplicas: 2 } } } } } },
  ]) assert.deepEqual(check(spec), { problems: [], warnings: [] });
});

test('parts of Mixer are accepted with a word', () => {
  const { problems, warnings } = check({ policy: { type: 'Mixer' }, telemetry: { type: 'Remote' }, addons: { '3scale': { enabled: true } } });
  assert.deepEqual(problems, []);
  assert.equal(warnings.length, 3);
});

test('a field without effect is named once, at the path that the user wrote', () => {
  const mixer = 'has no effect, because Mixer ended with Istio 1.7';
  assert.match(check({ policy: { mixer: { enableChecks: true, failOpen: true } } }).warnings.join(), new RegExp(`^spec\\.policy\\.mixer ${mixer}`));
  assert.match(check({ istio: { global: { policyCheckFailOpen: true } } }, 'v1').warnings.join(), new RegExp(`^spec\\.istio\\.global\\.policyCheckFailOpen ${mixer}`));
  assert.deepEqual(check({ policy: { type: 'None', mixer: {}, remote: null }, telemetry: { type: 'Istiod' } }), { problems: [], warnings: [] });
});

test('ClusterWide is accepted, and the user hears that its istiod looks at the members of the mesh', () => {
  const { problems, warnings } = check({ mode: 'ClusterWide', meshConfig: { discoverySelectors: [{ matchLabels: { a: 'b' } }] } });
  assert.deepEqual(problems, []);
  assert.deepEqual(warnings.map((warning) => warning.split(' ')[0]), ['spec.meshConfig.discoverySelectors']);
});

test('values that count as another one are told', () => {
  assert.match(check({ tracing: { type: 'Stackdriver' } }).warnings.join(), /spec\.tracing\.type Stackdriver counts as None/);
});

test('a mistake in v1 is told at the path of v1', () => {
  const cases: readonly (readonly [unknown, string])[] = [
    [{ istio: { gateways: { 'istio-ingressgateway': { labels: { a: 'b c' } } } } }, 'spec.istio.gateways.istio-ingressgateway.labels.a'],
    [{ istio: { gateways: { mine: { enabled: true, tolerations: [{ value: 'x' }] } } } }, 'spec.istio.gateways.mine.tolerations[0].operator'],
    [{ istio: { tracing: { jaeger: { resourceName: 'grafana' } } } }, 'spec.istio.tracing.jaeger.resourceName'],
    [{ istio: { global: { proxy: { excludeInboundPorts: '0' } } } }, 'spec.istio.global.proxy.excludeInboundPorts[0]'],
    [{ istio: { global: { proxy: { statusPort: '70000' } } } }, 'spec.istio.global.proxy.statusPort'],
  ];
  for (const [spec, path] of cases) {
    const { problems } = check(spec, 'v1');
    assert.deepEqual(problems.map((problem) => problem.path), [path]);
    assert.ok(problems[0]?.message.startsWith(`${path} `), problems[0]?.message);
  }
});

test('empty texts, as Helm charts have them where nothing is set, say nothing', () => {
  const istio = {
    global: { priorityClassName: '', hub: '', proxy: { logLevel: '', componentLogLevel: '', excludeIPRanges: '', includeIPRanges: '*', excludeInboundPorts: '', accessLogFile: '', clusterDomain: '' }, logging: { level: '' } },
    pilot: { image: '', nodeSelector: {}, tolerations: [], podAnnotations: {} }, tracing: { jaeger: { resourceName: '', annotations: null } }, gateways: { 'istio-ingressgateway': { namespace: '', loadBalancerIP: '', externalIPs: [] } },
  };
  assert.deepEqual(check({ istio }, 'v1'), { problems: [], warnings: [] });
});

test('__proto__ is refused as a key wherever it is, in both versions, with its place', () => {
  const spec = JSON.parse('{"runtime":{"components":{"pilot":{"pod":{"nodeSelector":{"__proto__":[]}}}}}}') as unknown;
  assert.deepEqual(check(spec).problems.map(({ path }) => path), ['spec.runtime.components.pilot.pod.nodeSelector.__proto__']);
  const values = JSON.parse('{"istio":{"tracing":{"jaeger":{"nodeSelector":{"__proto__":[]}}},"x":[{"__proto__":{}}]}}') as unknown;
  assert.deepEqual(check(values, 'v1').problems.map(({ path }) => path), ['spec.istio.tracing.jaeger.nodeSelector.__proto__', 'spec.istio.x[0].__proto__']);
  assert.match(check(spec).problems[0]?.message ?? '', /remove it/);
});
