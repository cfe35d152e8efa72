import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import { injectionTemplates } from '../../../src/domain/control-plane/charts.ts';
import { injectorValues, type InjectionTemplates } from '../../../src/domain/control-plane/values/injector.ts';
import type { ValuesInput } from '../../../src/domain/control-plane/values/input.ts';
import { meshValues } from '../../../src/domain/control-plane/values/mesh.ts';
import { deepMerge } from '../../../src/lib/merge.ts';
import { valueAt, type JsonObject } from '../../../src/lib/json.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { CHARTS, OPENSHIFT, PLAIN, valuesInput } from '../../build/control-plane.ts';
import { injectPods, type Injected } from '../../support/istio-injector.ts';
import { moduleFile } from '../../../tools/cluster/module-files.ts';
import { DELIBERATE } from './deliberate-differences.ts';
import { podDifference } from './pod-difference.ts';
import { GATEWAY_PODS, SIDECAR_PODS } from './pods.ts';

/* Our injection templates and upstream's, evaluated by upstream's injector for the same pods with the same settings. */

const EVERYTHING: JsonObject = {
  version: 'v1.31', cluster: { name: 'east', network: 'net-a' }, general: { logging: { logAsJSON: true, componentLevels: { default: 'debug' } } },
  security: { trust: { domain: 'corp.example' }, identity: { type: 'ThirdParty', thirdParty: { audience: 'mesh' } } },
  proxy: {
    logging: { level: 'info', componentLevels: { http: 'debug' } }, concurrency: 2,
    runtime: {
      readiness: { initialDelaySeconds: 5, periodSeconds: 6, failureThreshold: 7 },
      container: { imagePullPolicy: 'Always', imagePullSecrets: [{ name: 'mirror' }], resources: { requests: { cpu: '1' }, limits: { memory: '1Gi' } } },
    },
    networking: { trafficControl: { inbound: { includedPorts: ['80'], excludedPorts: [81] }, outbound: { includedIPRanges: ['10.0.0.0/8'], excludedIPRanges: ['10.9.0.0/16'], excludedPorts: [25] } } },
  },
};

/** What ours does beyond upstream's template. */
const BEYOND: JsonObject = { proxy: { networking: {
  dns: { searchSuffixes: ['global', '{{ namespace }}.global'] },
  initialization: { type: 'InitContainer', initContainer: { runtime: { imageName: 'init', imageRegistry: 'mirror.example', imagePullPolicy: 'Never', resources: { requests: { cpu: '7m' } }, env: { A: 'b' } } } },
} } };

const MESHES: Readonly<Record<string, ValuesInput>> = {
  'plain Kubernetes': valuesInput({}, { facts: PLAIN }),
  OpenShift: valuesInput({}, { facts: OPENSHIFT }),
  'every setting': valuesInput(EVERYTHING, { facts: PLAIN }),
  'every setting, node plug-in in the chain': valuesInput(deepMerge(EVERYTHING, { proxy: { networking: { initialization: { type: 'CNI' } } } }), { facts: PLAIN }),
};

/** What upstream's chart sets for its templates and ours have no use for. Source: its values.yaml. */
const CHART_DEFAULTS: JsonObject = { global: { proxy: { startupProbe: { enabled: true, failureThreshold: 600 }, tracer: 'none' } } };

const PODS: Readonly<Record<string, KubeObject>> = { ...SIDECAR_PODS, ...GATEWAY_PODS };
let upstream: InjectionTemplates;
before(async () => {
  const [sidecar, gateway] = await Promise.all((['istio-sidecar-template', 'istio-gateway-template'] as const).map(async (name) => await readFile(await moduleFile(name), 'utf8')));
  upstream = { sidecar: sidecar ?? '', gateway: gateway ?? '' };
});

async function injected(input: ValuesInput, templates: InjectionTemplates): Promise<ReadonlyMap<string, Injected>> {
  const { config, values } = injectorValues(input, templates);
  const outcomes = await injectPods({
    revision: input.name, mesh: meshValues(input).config, config, values: JSON.stringify(deepMerge(CHART_DEFAULTS, JSON.parse(values) as JsonObject)),
    pods: Object.values(PODS).map((pod) => ({ namespace: 'shop', pod })),
  });
  return new Map(Object.keys(PODS).map((name, index) => [name, outcomes[index] ?? {}]));
}

test('the comparison sees a value, an order and an absence', () => {
  const pod = (args: readonly string[], containers: readonly string[]): object => ({ spec: { containers: containers.map((name) => ({ name, args })) } });
  assert.deepEqual(podDifference(pod(['-a', '-b'], ['x', 'y']), pod(['-a', '-b'], ['x', 'y'])), []);
  assert.equal(podDifference(pod(['-a', '-b'], ['x']), pod(['-b', '-a'], ['x'])).length, 1);
  assert.deepEqual(podDifference(pod([], ['x', 'y']), pod([], ['y', 'x'])), ['/order/containers: "x,y" | "y,x"']);
  assert.ok(podDifference(pod([], ['x']), pod([], ['x', 'y'])).includes('/spec/containers[y]/name: - | "y"'));
});

const used = new Set<string>();

function unexplained(difference: string): boolean {
  const reason = DELIBERATE.find(({ where }) => where.test(difference));
  if (reason !== undefined) used.add(reason.why);
  return reason === undefined;
}

for (const [mesh, input] of Object.entries(MESHES)) {
  test(`${mesh}: our templates make what upstream's make, but for the differences that are written down`, async () => {
    const [ours, theirs] = await Promise.all([injected(input, injectionTemplates(CHARTS, input.version.minor)), injected(input, upstream)]);
    const found: Record<string, readonly string[]> = {};
    for (const name of Object.keys(PODS)) {
      const [own, other] = [ours.get(name), theirs.get(name)];
      assert.ok(own?.pod !== undefined && other?.pod !== undefined, `${name}: ${own?.error ?? ''} ${other?.error ?? ''}`);
      const differences = podDifference(own.pod, other.pod).filter(unexplained);
      if (differences.length > 0) found[name] = differences;
    }
    assert.deepEqual(found, {});
  });
}

test('every difference that is written down is there', () => {
  assert.deepEqual(DELIBERATE.map(({ why }) => why).filter((why) => !used.has(why)), []);
});

test('the init container has settings of its own, and pods get search suffixes with their namespace in them', async () => {
  const outcomes = await injected(valuesInput(BEYOND, { facts: PLAIN }), injectionTemplates(CHARTS, '1.31'));
  const [name = ''] = Object.keys(SIDECAR_PODS);
  const pod = outcomes.get(name)?.pod;
  const init = valueAt(pod, 'spec', 'initContainers');
  const found = Array.isArray(init) ? init.find((container) => valueAt(container, 'name') === 'istio-init') : undefined;
  assert.deepEqual(['image', 'imagePullPolicy', 'resources', 'env'].map((key) => valueAt(found, key)),
    ['mirror.example/init:1.31.1', 'Never', { requests: { cpu: '7m' } }, [{ name: 'A', value: 'b' }]]);
  assert.deepEqual(valueAt(pod, 'spec', 'dnsConfig'), { searches: ['global', 'shop.global'] });
});
