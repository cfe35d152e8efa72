import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ANNOTATION_SIDECAR } from '../../../src/api/names.ts';
import { injectionTemplates } from '../../../src/domain/control-plane/charts.ts';
import { injectorValues } from '../../../src/domain/control-plane/values/injector.ts';
import type { ValuesInput } from '../../../src/domain/control-plane/values/input.ts';
import { meshValues } from '../../../src/domain/control-plane/values/mesh.ts';
import { isJsonObject, valueAt, type JsonObject } from '../../../src/lib/json.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { CHARTS, OPENSHIFT, PLAIN, valuesInput } from '../../build/control-plane.ts';
import { injectPods, type Injected } from '../../support/istio-injector.ts';
import { GATEWAY_PODS, SIDECAR_PODS } from './pods.ts';

/* What istiod's own injector decides with our configuration, for pods that the API server asks it about. */

const KEY = 'sidecar.istio.io/inject';

async function inject(input: ValuesInput, pods: readonly { readonly namespace: string; readonly pod: KubeObject }[]): Promise<readonly Injected[]> {
  const { config, values } = injectorValues(input, injectionTemplates(CHARTS, input.version.minor));
  return await injectPods({ revision: input.name, mesh: meshValues(input).config, config, values, pods });
}

interface Case { readonly labels?: Record<string, string>; readonly annotations?: Record<string, string>; readonly spec?: JsonObject; readonly namespace?: string }

function podOf({ labels = {}, annotations = {}, spec = {}, namespace = 'shop' }: Case): { readonly namespace: string; readonly pod: KubeObject } {
  return { namespace, pod: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace, labels, annotations }, spec: { containers: [{ name: 'app', image: 'app' }], ...spec } } };
}

const CASES: Readonly<Record<string, Case & { readonly isInjected: boolean }>> = {
  'says nothing, and was asked about: the namespace asks': { isInjected: true },
  'annotation true': { annotations: { [KEY]: 'true' }, isInjected: true },
  'label true': { labels: { [KEY]: 'true' }, isInjected: true },
  'annotation false': { annotations: { [KEY]: 'false' }, isInjected: false },
  'label false': { labels: { [KEY]: 'false' }, isInjected: false },
  'the label wins: false': { labels: { [KEY]: 'false' }, annotations: { [KEY]: 'true' }, isInjected: false },
  'the label wins: true': { labels: { [KEY]: 'true' }, annotations: { [KEY]: 'false' }, isInjected: true },
  'in the network of the node': { annotations: { [KEY]: 'true' }, spec: { hostNetwork: true }, isInjected: false },
  'in a namespace of the system': { annotations: { [KEY]: 'true' }, namespace: 'kube-system', isInjected: false },
  'of a kind that is never injected': { labels: { job: 'build' }, isInjected: false },
  'of that kind, but it asks': { labels: { job: 'build' }, annotations: { [KEY]: 'true' }, isInjected: true },
};

test("istiod injects those pods that it is asked about and that do not refuse, except the node's and the system's", async () => {
  const input = valuesInput({ proxy: { injection: { neverInjectSelector: [{ matchExpressions: [{ key: 'job', operator: 'Exists' }] }], injectedAnnotations: { 'my.org/injected': 'yes' } } } }, { facts: PLAIN });
  const outcomes = await inject(input, Object.values(CASES).map(podOf));
  const found = Object.keys(CASES).map((name, index) => [name, outcomes[index]?.pod !== undefined]);
  assert.deepEqual(Object.fromEntries(found), Object.fromEntries(Object.entries(CASES).map(([name, { isInjected }]) => [name, isInjected])));
  assert.equal(valueAt(outcomes[0]?.pod, 'metadata', 'annotations', 'my.org/injected'), 'yes');
  assert.match(String(valueAt(outcomes[0]?.pod, 'metadata', 'annotations', ANNOTATION_SIDECAR)), /^istio-system\/basic 1\.31\.1 [0-9a-f]{16}$/, 'the mark that tells it from those of yesterday');
});

function containersOf(pod: JsonObject | undefined): readonly JsonObject[] {
  return ['initContainers', 'containers'].flatMap((list) => { const found = valueAt(pod, 'spec', list); return Array.isArray(found) ? found.filter(isJsonObject) : []; });
}

/** Containers of Istio's that Pod Security "restricted" would refuse. */
function privileged(pod: JsonObject | undefined): string[] {
  return containersOf(pod).filter(({ name }) => String(name).startsWith('istio-')).filter(({ securityContext }) => {
    const adds = valueAt(securityContext, 'capabilities', 'add');
    return valueAt(securityContext, 'runAsNonRoot') !== true || valueAt(securityContext, 'allowPrivilegeEscalation') !== false || (Array.isArray(adds) && adds.length > 0);
  }).map(({ name }) => String(name));
}

const PODS = Object.entries({ ...SIDECAR_PODS, ...GATEWAY_PODS }).map(([name, pod]) => ({ name, namespace: 'shop', pod }));

test('with the node plug-in no injected container needs a privilege, but for transparent interception', async () => {
  const outcomes = await inject(valuesInput({}, { facts: OPENSHIFT }), PODS);
  const found = PODS.map(({ name }, index) => [name, privileged(outcomes[index]?.pod)] as const).filter(([, names]) => names.length > 0);
  assert.deepEqual(found, [['interception TPROXY', ['istio-proxy']]]);
  assert.ok(outcomes.some(({ pod }) => containersOf(pod).some(({ name }) => name === 'istio-validation')));
  assert.ok(outcomes.every(({ pod }) => !containersOf(pod).some(({ name }) => name === 'istio-init')));
});

test('without it the one privileged container is the init container', async () => {
  const outcomes = await inject(valuesInput({}, { facts: PLAIN }), PODS);
  const names = new Set(outcomes.flatMap(({ pod }) => privileged(pod)));
  assert.deepEqual([...names].toSorted(), ['istio-init', 'istio-proxy']);
  const plain = outcomes[PODS.findIndex(({ name }) => name === 'of a Deployment')];
  assert.deepEqual(privileged(plain?.pod), ['istio-init']);
});
