import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { parse } from 'yaml';
import { renderMesh } from '../../../src/domain/control-plane/render.ts';
import { deepMerge } from '../../../src/lib/merge.ts';
import { isJsonObject, valueAt, type Json, type JsonObject } from '../../../src/lib/json.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { CHARTS, MESH, NAME, objectsOf, ROOT, valuesInput } from '../../build/control-plane.ts';
import { injectPods } from '../../support/istio-injector.ts';
import { upstreamObjects } from '../../support/upstream-charts.ts';
import { CHART_DIFFERENCES, type Part } from './chart-differences.ts';
import { podDifference } from './pod-difference.ts';

/*
 * Our istiod and gateways beside what Helm makes of upstream's own charts, field by field. Whoever adopts a new Istio changes the pin, runs this,
 * and reads the difference.
 */

const GATEWAY = 'istio-ingressgateway';
const SPEC: JsonObject = { version: 'v1.31', tracing: { type: 'None' }, general: { logging: { componentLevels: { default: 'info' } } } };

let ours: readonly KubeObject[] = [];
let theirs: readonly KubeObject[] = [];

function find(objects: readonly KubeObject[], kind: string, name?: string): KubeObject {
  const found = objects.find((object) => object.kind === kind && (name === undefined || object.metadata.name === name));
  assert.ok(found, `${kind} ${name ?? ''}`);
  return found;
}

function textAt(object: KubeObject, ...path: readonly string[]): string {
  const value = valueAt(object, ...path);
  return typeof value === 'string' ? value : '';
}

const injector = (objects: readonly KubeObject[]): KubeObject => find(objects, 'ConfigMap', `istio-sidecar-injector-${NAME}`);
const meshOf = (objects: readonly KubeObject[]): string => textAt(find(objects, 'ConfigMap', `istio-${NAME}`), 'data', 'mesh');

/** Arguments by name, in whichever of the two ways they are written. */
function byName(args: readonly Json[]): JsonObject {
  return Object.fromEntries(args.map(String).join('\n').replaceAll(/\n(?!-)/g, '=').split('\n').map((argument) => {
    const [name = '', ...value] = argument.split('=');
    return [name, value.join('=')];
  }));
}

/** Every list of arguments in a tree as a map. */
function withNamedArguments(value: Json): Json {
  if (Array.isArray(value)) return value.map(withNamedArguments);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([key, nested]): [string, Json] => [key, key === 'args' && Array.isArray(nested) ? byName(nested) : withNamedArguments(nested as Json)]);
  return Object.fromEntries(entries);
}

/** The pod of upstream's gateway chart, which leaves all but its frame to the injector, after upstream's injector has filled it in. */
async function injectedGateway(): Promise<JsonObject> {
  const deployment = find(theirs, 'Deployment', GATEWAY);
  const { metadata, spec } = valueAt(deployment, 'spec', 'template') as { readonly metadata: JsonObject; readonly spec: JsonObject };
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${GATEWAY}-5d4f8`, uid: 'uid', controller: true };
  const labelled = { ...metadata, labels: { ...metadata['labels'] as JsonObject, 'pod-template-hash': '5d4f8' } };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { ...labelled, name: '', generateName: `${GATEWAY}-5d4f8-`, namespace: MESH, ownerReferences: [owner] }, spec };
  const { config, values } = injector(theirs)['data'] as { readonly config: string; readonly values: string };
  const [injected] = await injectPods({ revision: NAME, mesh: meshOf(theirs), config, values, pods: [{ namespace: MESH, pod }] });
  assert.ok(injected?.pod !== undefined, injected?.error);
  const { labels, annotations } = injected.pod['metadata'] as JsonObject;
  const { 'pod-template-hash': _hash, ...own } = labels as JsonObject;
  const template = { metadata: { labels: own, annotations }, spec: injected.pod['spec'] };
  return { ...deployment, spec: { ...deployment['spec'] as JsonObject, template } } as unknown as JsonObject;
}

before(async () => {
  const settings = [`revision=${NAME}`, 'global.hub=docker.io/istio', 'global.tag=1.31.1'];
  theirs = [...await upstreamObjects('istio-chart-istiod', settings), ...await upstreamObjects('istio-chart-gateway', [`name=${GATEWAY}`])];
  const input = valuesInput(SPEC, { rootCertificate: ROOT, isIstiodAvailable: true });
  ours = objectsOf(renderMesh(input, CHARTS)).map(({ object }) => object);
});

const inConfig = (objects: readonly KubeObject[]): JsonObject => {
  const { templates: _templates, ...config } = parse(textAt(injector(objects), 'data', 'config')) as JsonObject;
  return config;
};
/** The first webhook of a kind; the rest of upstream's are the same for other labels. */
const webhook = (objects: readonly KubeObject[], kind: string): unknown => {
  const webhooks = valueAt(find(objects, kind), 'webhooks');
  assert.ok(Array.isArray(webhooks));
  return webhooks[0];
};

/** What is compared, and how it is found on either side. */
const PARTS: Readonly<Record<Part, (objects: readonly KubeObject[]) => unknown>> = {
  'Deployment istiod': (objects) => find(objects, 'Deployment', `istiod-${NAME}`),
  'Service istiod': (objects) => find(objects, 'Service', `istiod-${NAME}`),
  'mesh configuration': (objects) => parse(meshOf(objects)) as unknown,
  'injector values': (objects) => JSON.parse(textAt(injector(objects), 'data', 'values')) as unknown,
  'injector configuration': inConfig,
  'injection webhook': (objects) => webhook(objects, 'MutatingWebhookConfiguration'),
  'validation webhook': (objects) => webhook(objects, 'ValidatingWebhookConfiguration'),
  'Service of a gateway': (objects) => find(objects, 'Service', GATEWAY),
  'Deployment of a gateway': (objects) => find(objects, 'Deployment', GATEWAY),
};

function unexplained(part: Part, differences: readonly string[]): readonly string[] {
  const rows = CHART_DIFFERENCES[part];
  const idle = rows.filter(({ where }) => !differences.some((difference) => where.test(difference))).map(({ why }) => `no longer needed: ${why}`);
  return [...differences.filter((difference) => !rows.some(({ where }) => where.test(difference))), ...idle];
}

for (const part of Object.keys(PARTS) as readonly Part[]) {
  test(`${part}: as upstream's chart has it, but for the differences that are written down`, async () => {
    const upstream = part === 'Deployment of a gateway' ? await injectedGateway() : PARTS[part](theirs);
    const [left, right] = [PARTS[part](ours), upstream].map((value) => withNamedArguments(deepMerge(value as JsonObject, {})));
    assert.deepEqual(unexplained(part, podDifference(left, right)), []);
  });
}
