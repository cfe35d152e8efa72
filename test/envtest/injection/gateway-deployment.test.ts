import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { injectorValues } from '../../../src/domain/control-plane/values/injector.ts';
import { meshValues } from '../../../src/domain/control-plane/values/mesh.ts';
import { valueAt, type JsonObject } from '../../../src/lib/json.ts';
import { deepMerge } from '../../../src/lib/merge.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { MESH, OPENSHIFT, PLAIN, renderedObject, valuesInput } from '../../build/control-plane.ts';
import { injectPods } from '../../support/istio-injector.ts';
import { moduleFile } from '../../../tools/cluster/module-files.ts';
import { GATEWAY_DEPLOYMENT } from './deliberate-differences.ts';
import { podDifference } from './pod-difference.ts';

/*
 * The gateways of a control plane are rendered in full, where upstream's are injected. Here a Deployment that leaves everything to upstream's
 * gateway template is injected, and compared with ours.
 */

const SPEC: JsonObject = { cluster: { name: 'east', network: 'net-a' }, general: { logging: { logAsJSON: true } }, proxy: { concurrency: 2 }, security: { trust: { domain: 'corp.example' } } };
const NAME = 'istio-ingressgateway';

/** The pod that a ReplicaSet of a Deployment makes. */
function podOf(template: unknown, more: JsonObject = {}): KubeObject {
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${NAME}-5d4f8`, uid: 'uid', controller: true };
  const { metadata, spec } = template as { readonly metadata: JsonObject; readonly spec: JsonObject };
  const named = { ...metadata, name: '', generateName: `${NAME}-5d4f8-`, namespace: MESH, ownerReferences: [owner], labels: { ...metadata['labels'] as JsonObject, 'pod-template-hash': '5d4f8' } };
  return { apiVersion: 'v1', kind: 'Pod', metadata: named, spec: deepMerge(spec, more) };
}

/** What a user of upstream writes for the same gateway: labels, account, ports; the rest is the template's. */
function minimalPod(ours: KubeObject): KubeObject {
  const labels = { ...ours.metadata.labels };
  delete labels['service.istio.io/canonical-name'];
  delete labels['service.istio.io/canonical-revision'];
  const ports = [{ name: 'http2', containerPort: 8080, protocol: 'TCP' }, { name: 'https', containerPort: 8443, protocol: 'TCP' }];
  const template = {
    metadata: { labels: { ...labels, 'sidecar.istio.io/inject': 'true' }, annotations: { 'inject.istio.io/templates': 'gateway' } },
    spec: { serviceAccountName: valueAt(ours, 'spec', 'serviceAccountName') as string, containers: [{ name: 'istio-proxy', image: 'auto', ports }] },
  };
  return podOf(template);
}

/** A pod without what the API server adds: its name and its status. */
function compared(pod: JsonObject | KubeObject): object {
  const { name: _name, ...metadata } = valueAt(pod, 'metadata') as JsonObject;
  return { metadata, spec: pod['spec'] };
}

const used = new Set<string>();

for (const [cluster, facts] of Object.entries({ 'plain Kubernetes': PLAIN, OpenShift: OPENSHIFT })) {
  for (const [settings, spec] of Object.entries({ 'as users have it': {}, 'with settings': SPEC })) {
    test(`${cluster}, ${settings}: our gateway is what upstream's template makes, but for the differences that are written down`, async () => {
      const input = valuesInput(spec, { facts });
      const ours = podOf(valueAt(renderedObject(input, 'Deployment', NAME), 'spec', 'template'));
      const templates = { sidecar: '', gateway: await readFile(await moduleFile('istio-gateway-template'), 'utf8') };
      const { config, values } = injectorValues(input, templates);
      const [theirs] = await injectPods({ revision: input.name, mesh: meshValues(input).config, config, values, pods: [{ namespace: MESH, pod: minimalPod(ours) }] });
      assert.ok(theirs?.pod !== undefined, theirs?.error);
      const differences = podDifference(compared(ours), compared(theirs.pod)).filter((difference) => {
        const reason = GATEWAY_DEPLOYMENT.find(({ where }) => where.test(difference));
        if (reason !== undefined) used.add(reason.why);
        return reason === undefined;
      });
      assert.deepEqual(differences, []);
    });
  }
}

test('every difference that is written down is there', () => {
  assert.deepEqual(GATEWAY_DEPLOYMENT.map(({ why }) => why).filter((why) => !used.has(why)), []);
});
