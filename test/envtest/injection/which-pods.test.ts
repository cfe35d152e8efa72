import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { MUTATING_WEBHOOK } from '../../../src/api/kinds.ts';
import { isJsonObject, type JsonObject } from '../../../src/lib/json.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { MESH, renderedObject, ROOT, valuesInput } from '../../build/control-plane.ts';
import { eventually } from '../../support/eventually.ts';
import { ApiFailure, connect, type ApiClient } from '../../../tools/cluster/api-client.ts';
import { startCluster, type Cluster } from '../../../tools/cluster/cluster.ts';
import { startCountingWebhook, type CountingWebhook } from './counting-webhook.ts';

/*
 * Which pods the API server asks istiod about, with our selectors and CEL conditions on a real one. The webhooks are those that we render;
 * only their address is replaced, by one path for each.
 */

type Labels = Readonly<Record<string, string>>;
interface Words { readonly label?: string; readonly annotation?: string; readonly more?: Labels }

const KEY = 'sidecar.istio.io/inject';
const MEMBER = { 'maistra.io/member-of': MESH };
const NAMESPACES: Readonly<Record<string, Labels>> = {
  member: MEMBER,
  asking: { ...MEMBER, 'istio-injection': 'enabled' },
  refusing: { ...MEMBER, 'istio-injection': 'disabled' },
  ignored: { ...MEMBER, 'maistra.io/ignore-namespace': 'ignore' },
  'ignored-asking': { ...MEMBER, 'maistra.io/ignore-namespace': 'ignore', 'istio-injection': 'enabled' },
  other: { 'maistra.io/member-of': 'other-mesh', 'istio-injection': 'enabled' },
  stranger: { 'istio-injection': 'enabled' },
};
const PODS: Readonly<Record<string, Words>> = {
  silent: {}, 'label true': { label: 'true' }, 'label false': { label: 'false' }, 'annotation true': { annotation: 'true' }, 'annotation false': { annotation: 'false' },
  'label false, annotation true': { label: 'false', annotation: 'true' }, 'label true, annotation false': { label: 'true', annotation: 'false' },
  'annotation yes': { annotation: 'yes' }, 'annotation empty': { annotation: '' }, 'istiod itself': { annotation: 'true', more: { app: 'istiod' } },
  'always here': { more: { tier: 'always' } }, 'always here, but no': { annotation: 'false', more: { tier: 'always' } },
};

const BY_POD = ['label true', 'annotation true', 'label true, annotation false'];
const NOT_REFUSED = [...BY_POD, 'silent', 'annotation yes', 'annotation empty', 'always here'];
/** By settings and namespace: the pods that istiod is asked about. Namespaces that are not named: none. */
const EXPECTED: readonly { readonly what: string; readonly spec: JsonObject; readonly asked: Readonly<Record<string, readonly string[]>> }[] = [
  { what: 'as users have it', spec: {}, asked: { member: BY_POD, asking: NOT_REFUSED } },
  { what: 'autoInject', spec: { proxy: { injection: { autoInject: true } } }, asked: { member: NOT_REFUSED, asking: NOT_REFUSED } },
  {
    what: 'alwaysInjectSelector', spec: { proxy: { injection: { alwaysInjectSelector: [{ matchLabels: { tier: 'always' } }] } } },
    asked: { member: [...BY_POD, 'always here'], asking: NOT_REFUSED },
  },
];

let cluster: Cluster;
let client: ApiClient;
let webhook: CountingWebhook;
before(async () => {
  [cluster, webhook] = await Promise.all([startCluster({ flavour: 'kubernetes' }), startCountingWebhook()]);
  client = connect(cluster.server, await readFile(cluster.caFile, 'utf8'), cluster.token('admin'));
  for (const [name, labels] of Object.entries(NAMESPACES)) await client.call('/api/v1/namespaces', { method: 'POST', body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } } });
  for (const namespace of Object.keys(NAMESPACES)) {
    await eventually(`account in ${namespace}`, async () => client.call(`/api/v1/namespaces/${namespace}/serviceaccounts/default`));
  }
});
after(async () => {
  client.close();
  await webhook.close();
  await cluster.stop();
});

/** The MutatingWebhookConfiguration of a mesh whose istiod is at the counting server. */
function rendered(spec: JsonObject): KubeObject {
  const input = valuesInput(spec, { rootCertificate: ROOT, isIstiodAvailable: true });
  const configuration = renderedObject(input, MUTATING_WEBHOOK.kind, `istiod-${input.name}-${MESH}`);
  const webhooks = Array.isArray(configuration['webhooks']) ? configuration['webhooks'].filter(isJsonObject) : [];
  return { ...configuration, webhooks: webhooks.map((entry) => ({ ...entry, clientConfig: { url: `${webhook.url}/${String(entry['name'])}`, caBundle: webhook.caBundle } })) };
}

const COLLECTION = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';

function pod({ label, annotation, more }: Words): object {
  const labels = { ...more, ...(label === undefined ? {} : { [KEY]: label }) };
  const annotations = annotation === undefined ? {} : { [KEY]: annotation };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { generateName: 'pod-', labels, annotations }, spec: { containers: [{ name: 'app', image: 'app' }] } };
}

/** Creates a pod as a dry run, which asks webhooks like a real one. Out: the webhooks that were asked. */
async function asked(namespace: string, words: Words): Promise<string[]> {
  await client.call(`/api/v1/namespaces/${namespace}/pods?dryRun=All`, { method: 'POST', body: pod(words) });
  return webhook.calls();
}

/** The API server takes a moment until it goes by a configuration, and longer until it has forgotten one. */
async function install(spec: JsonObject): Promise<void> {
  const configuration = rendered(spec);
  await client.call(`${COLLECTION}/${configuration.metadata.name}`, { method: 'DELETE' }).catch(() => undefined);
  await eventually('nobody is asked', async () => (await asked('member', { label: 'true' })).length === 0);
  await client.call(COLLECTION, { method: 'POST', body: configuration });
  await eventually('istiod is asked', async () => (await asked('member', { label: 'true' })).length === 1);
}

for (const { what, spec, asked: expected } of EXPECTED) {
  test(`${what}: istiod is asked about these pods, once each, and about no others`, async () => {
    await install(spec);
    const found: Record<string, readonly string[]> = {};
    for (const namespace of Object.keys(NAMESPACES)) {
      const here: string[] = [];
      for (const [name, words] of Object.entries(PODS)) {
        const calls = await asked(namespace, words);
        assert.ok(calls.length <= 1, `${namespace}, ${name}: asked twice, ${calls.join(' ')}`);
        if (calls.length === 1) here.push(name);
      }
      if (here.length > 0) found[namespace] = here.toSorted();
    }
    assert.deepEqual(found, Object.fromEntries(Object.entries(expected).map(([namespace, pods]) => [namespace, [...pods].toSorted()])));
  });
}

test('while istiod is away only pods that asked for a sidecar wait for it', async () => {
  await install({});
  await webhook.close();
  const refused: string[] = [];
  for (const namespace of ['member', 'asking', 'refusing', 'stranger']) {
    for (const name of ['silent', 'annotation true', 'annotation false', 'istiod itself']) {
      const outcome = await asked(namespace, PODS[name] ?? {}).then(() => undefined, (error: unknown) => error);
      if (outcome === undefined) continue;
      assert.ok(outcome instanceof ApiFailure && outcome.status === 500 && /sidecar-injector\.istio\.io/.test(outcome.message), String(outcome));
      refused.push(`${namespace}, ${name}`);
    }
  }
  assert.deepEqual(refused, ['member, annotation true', 'asking, silent', 'asking, annotation true']);
});
