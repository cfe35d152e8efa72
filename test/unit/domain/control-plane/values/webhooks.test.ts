import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { injectorSettings, injectorValues, isCni } from '../../../../../src/domain/control-plane/values/injector.ts';
import { webhookValues } from '../../../../../src/domain/control-plane/values/webhooks.ts';
import { valueAt } from '../../../../../src/lib/json.ts';
import { matchesSelector } from '../../../../../src/k8s/selector.ts';
import { MESH, NAME, OPENSHIFT, ROOT, valuesInput } from '../../../../build/control-plane.ts';

type Labels = Readonly<Record<string, string>>;
const MEMBER = { 'maistra.io/member-of': MESH };

/** What the API server's CEL makes of our three expressions. In: the pod's own word. */
function holds(expression: string, word: string): boolean {
  if (expression.endsWith("== 'true'")) return word === 'true';
  if (expression.endsWith("!= 'false'")) return word !== 'false';
  assert.match(expression, /^!\(.*in \['true', 'false'\]\)$/);
  return !['true', 'false'].includes(word);
}

/** Names of the webhooks that the API server calls for a pod. */
function callsFor(spec: Parameters<typeof valuesInput>[0], namespace: Labels, pod: { readonly labels?: Labels; readonly annotation?: string }): string[] {
  const word = pod.labels?.['sidecar.istio.io/inject'] ?? pod.annotation ?? '';
  return webhookValues(valuesInput(spec)).injectors
    .filter(({ namespaceSelector, objectSelector, matchConditions }) => matchesSelector(namespaceSelector, namespace) && matchesSelector(objectSelector, pod.labels ?? {})
      && matchConditions.every((condition) => holds(String(condition['expression']), word)))
    .map(({ name }) => name);
}

test('a pod of a member gets a sidecar when it asks, by annotation or label, and the label wins', () => {
  assert.equal(callsFor({}, MEMBER, { annotation: 'true' }).length, 1);
  assert.equal(callsFor({}, MEMBER, { labels: { 'sidecar.istio.io/inject': 'true' } }).length, 1);
  assert.equal(callsFor({}, MEMBER, { labels: { 'sidecar.istio.io/inject': 'false' }, annotation: 'true' }).length, 0);
  assert.equal(callsFor({}, MEMBER, {}).length, 0);
  assert.equal(callsFor({}, MEMBER, { annotation: 'yes' }).length, 0);
});

test('nothing happens outside of the mesh, in ignored namespaces, and to istiod', () => {
  assert.deepEqual(callsFor({}, {}, { annotation: 'true' }), []);
  assert.deepEqual(callsFor({}, { 'maistra.io/member-of': 'other' }, { annotation: 'true' }), []);
  assert.deepEqual(callsFor({}, { ...MEMBER, 'maistra.io/ignore-namespace': 'ignore' }, { annotation: 'true' }), []);
  assert.deepEqual(callsFor({}, { ...MEMBER, 'istio-injection': 'disabled' }, { annotation: 'true' }), []);
  assert.deepEqual(callsFor({}, MEMBER, { labels: { app: 'istiod' }, annotation: 'true' }), []);
});

test('a member may ask for sidecars by the label of its namespace; its pods may refuse', () => {
  const namespace = { ...MEMBER, 'istio-injection': 'enabled' };
  assert.equal(callsFor({}, namespace, {}).length, 1);
  assert.equal(callsFor({}, namespace, { annotation: 'true' }).length, 1);
  assert.equal(callsFor({}, namespace, { annotation: 'false' }).length, 0);
});

test('with autoInject every pod of a member gets a sidecar that does not refuse it', () => {
  const spec = { proxy: { injection: { autoInject: true } } };
  assert.equal(callsFor(spec, MEMBER, {}).length, 1);
  assert.equal(callsFor(spec, { ...MEMBER, 'istio-injection': 'enabled' }, {}).length, 1);
  assert.equal(callsFor(spec, MEMBER, { annotation: 'false' }).length, 0);
});

test('no pod is found by two webhooks, whatever it and its namespace say', () => {
  const spec = { proxy: { injection: { alwaysInjectSelector: [{ matchLabels: { always: 'yes' } }, { matchLabels: { app: 'x' } }] } } };
  assert.equal(callsFor(spec, MEMBER, { labels: { always: 'yes' } }).length, 1);
  for (const injection of [undefined, 'enabled', 'disabled']) {
    for (const annotation of ['true', 'false', 'yes', undefined]) {
      const namespace = { ...MEMBER, ...(injection === undefined ? {} : { 'istio-injection': injection }) };
      const pod = { labels: { always: 'yes' }, ...(annotation === undefined ? {} : { annotation }) };
      assert.ok(callsFor(spec, namespace, pod).length <= 1, `${injection} ${annotation}`);
    }
  }
});

test('the webhooks are those of this istiod and trust its root; they insist only while it is available', () => {
  const values = webhookValues(valuesInput({}, { rootCertificate: ROOT, isIstiodAvailable: true }));
  assert.equal(values.failurePolicy, 'Fail');
  for (const client of [values.validatorClient, ...values.injectors.map(({ clientConfig }) => clientConfig)]) {
    assert.equal(valueAt(client, 'service', 'name'), `istiod-${NAME}`);
    assert.equal(Buffer.from(String(client['caBundle']), 'base64').toString(), ROOT);
  }
  assert.deepEqual(webhookValues(valuesInput()).injectors.map(({ failurePolicy }) => failurePolicy), ['Ignore', 'Ignore']);
});

test('the sidecar has the resources of the spec, and everything else the templates ask for is present', () => {
  const resources = { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '1Gi' } };
  const settings = injectorSettings(valuesInput({ proxy: { runtime: { container: { resources, imagePullPolicy: 'Always', imagePullSecrets: [{ name: 'pull' }] } } } }));
  assert.deepEqual(valueAt(settings, 'global', 'proxy', 'resources'), resources);
  assert.deepEqual([valueAt(settings, 'global', 'imagePullPolicy'), valueAt(settings, 'global', 'imagePullSecrets')], ['Always', ['pull']]);
  const template = injectorValues(valuesInput(), { sidecar: '', gateway: '' });
  assert.deepEqual(JSON.parse(template.values), injectorSettings(valuesInput()));
});

test('every value that our injection templates read is there', async () => {
  const { CHARTS } = await import('../../../../build/control-plane.ts');
  const settings = injectorSettings(valuesInput());
  for (const text of CHARTS.texts.values()) {
    const read = [...text.matchAll(/\.Values\.([\w.]+)/g)].map((match) => match[1] ?? '');
    const proxy = [...text.matchAll(/\$proxy\.(\w+)/g)].map((match) => `global.proxy.${match[1] ?? ''}`);
    assert.deepEqual([...read, ...proxy].filter((path) => valueAt(settings, ...path.split('.')) === undefined), []);
  }
});

test('redirected ports and ranges come from the spec', () => {
  const spec = { proxy: { networking: { trafficControl: { inbound: { includedPorts: ['80', '81'], excludedPorts: [9000] }, outbound: { includedIPRanges: ['10.0.0.0/8'], excludedIPRanges: ['10.1.0.0/16'], excludedPorts: [5432] } } } } };
  const proxy = valueAt(injectorSettings(valuesInput(spec)), 'global', 'proxy');
  assert.deepEqual(['includeInboundPorts', 'excludeInboundPorts', 'includeIPRanges', 'excludeIPRanges', 'excludeOutboundPorts'].map((key) => valueAt(proxy, key)),
    ['80,81', '9000', '10.0.0.0/8', '10.1.0.0/16', '5432']);
});

test('the node plugin redirects on OpenShift, an init container elsewhere, and the user may say otherwise', () => {
  const type = (word: string) => ({ proxy: { networking: { initialization: { type: word } } } });
  assert.deepEqual([isCni(valuesInput()), isCni(valuesInput({}, { facts: OPENSHIFT }))], [false, true]);
  assert.deepEqual([isCni(valuesInput(type('CNI'))), isCni(valuesInput(type('InitContainer'), { facts: OPENSHIFT }))], [true, false]);
});

test('the injector leaves the choice to the webhooks, and says who never gets a sidecar', () => {
  const never = [{ matchLabels: { job: 'yes' } }];
  const { config, mark } = injectorValues(valuesInput({ proxy: { injection: { neverInjectSelector: never, injectedAnnotations: { a: 'b' } } } }), { sidecar: '{{ s }}\n', gateway: 'g' });
  assert.deepEqual(parse(config), {
    policy: 'enabled', defaultTemplates: ['sidecar'], alwaysInjectSelector: [], neverInjectSelector: never, injectedAnnotations: { a: 'b', 'tmesh.maistra.io/sidecar': mark }, templates: { sidecar: '{{ s }}\n', gateway: 'g' },
  });
});

test('the mark of sidecars changes with all that they are made from, and with nothing else', () => {
  const templates = { sidecar: 's', gateway: 'g' };
  const markOf = (spec = {}, more = {}, texts = templates): string => injectorValues(valuesInput(spec, more), texts).mark;
  const plain = markOf();
  assert.match(plain, /^istio-system\/basic 1\.31\.\d+ [0-9a-f]{16}$/);
  const changed = [
    markOf({ proxy: { runtime: { container: { resources: { requests: { cpu: '1' } } } } } }), markOf({ proxy: { concurrency: 3 } }), markOf({ tracing: { type: 'Jaeger', sampling: 77 } }),
    markOf({ addons: { prometheus: { scrape: false } } }), markOf({}, {}, { ...templates, sidecar: 't' }), markOf({}, { facts: OPENSHIFT }),
  ];
  assert.equal(new Set([plain, ...changed]).size, changed.length + 1);
  assert.deepEqual([markOf({ gateways: { enabled: false } }), markOf({ security: { dataPlane: { mtls: true } } }), markOf({}, { members: ['x'] })], [plain, plain, plain]);
});
