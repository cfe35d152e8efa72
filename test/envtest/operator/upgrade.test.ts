import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { valueAt } from '../../../src/lib/json.ts';
import { HOLD_ANNOTATION, NODE_NAME } from '../../../tools/cluster/node-stand-in.ts';
import { eventually } from '../../support/eventually.ts';
import { conditionOf, startFixture, type OperatorFixture } from '../../support/operator-fixture.ts';

/* A mesh moved from one minor to the next, with real Deployments rolling: istiod's new pod is held not ready beside the old one, and everything waits. */

let fixture: OperatorFixture;
before(async () => {
  fixture = await startFixture('kubernetes');
  await fixture.kubectl('create', 'namespace', 'mesh');
});
after(async () => { await fixture.stop(); });

const SMCP = '/apis/maistra.io/v2/namespaces/mesh/servicemeshcontrolplanes/basic';

/** A mesh of istiod and an ingress gateway; its pods of istiod say which turn they are of. */
async function apply(version: string, turn: string): Promise<void> {
  const addons = { prometheus: { enabled: false }, grafana: { enabled: false }, kiali: { enabled: false } };
  const spec = {
    version, addons, tracing: { type: 'None' }, gateways: { egress: { enabled: false } },
    runtime: { components: { pilot: { pod: { metadata: { labels: { turn } } } } } },
  };
  const object = { apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace: 'mesh' }, spec };
  const { code, stderr } = await fixture.cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) });
  assert.equal(code, 0, stderr);
}

async function deployment(name: string): Promise<object> {
  return await fixture.client.call<object>(`/apis/apps/v1/namespaces/mesh/deployments/${name}`);
}

async function imageOf(name: string): Promise<string> {
  const [container] = valueAt(await deployment(name), 'spec', 'template', 'spec', 'containers') as readonly { readonly image: string }[];
  return container?.image.split(':').at(-1) ?? '';
}

/** Versions that istiod and the gateway run, and that would be injected. */
async function versions(): Promise<readonly string[]> {
  const injector = await fixture.client.call('/api/v1/namespaces/mesh/configmaps/istio-sidecar-injector-basic');
  const values = JSON.parse(String(valueAt(injector, 'data', 'values'))) as { readonly global: { readonly tag: string } };
  return [await imageOf('istiod-basic'), values.global.tag, await imageOf('istio-ingressgateway')];
}

async function ready(): Promise<void> {
  await eventually('mesh ready', async () => {
    const smcp = await fixture.client.call<Parameters<typeof conditionOf>[0] & { metadata: { generation: number }; status?: { observedGeneration?: number } }>(SMCP);
    return smcp.status?.observedGeneration === smcp.metadata.generation && conditionOf(smcp, 'Ready')?.status === 'True';
  }, 90);
}

test('while the new istiod is not ready, the old one serves, injects its own version, and no gateway changes', async () => {
  await apply('v1.30', 'first');
  await ready();
  assert.deepEqual(await versions(), ['1.30.3', '1.30.3', '1.30.3']);
  await fixture.kubectl('annotate', 'node', NODE_NAME, `${HOLD_ANNOTATION}=app=istiod,turn=second`);
  await apply('v1.31', 'second');
  const status = await eventually('both pods side by side', async () => {
    const found = valueAt(await deployment('istiod-basic'), 'status');
    return valueAt(found, 'replicas') === 2 && valueAt(found, 'updatedReplicas') === 1 ? found : undefined;
  });
  assert.equal(valueAt(status, 'readyReplicas'), 1, 'the old pod is the one that is ready');
  await sleep(3000);
  assert.deepEqual(await versions(), ['1.31.1', '1.30.3', '1.30.3']);
  const reconciled = conditionOf(await fixture.client.call<Parameters<typeof conditionOf>[0]>(SMCP), 'Reconciled');
  assert.equal(reconciled?.reason, 'PausingUpdate');
  assert.match(reconciled.message, /istio-discovery: Deployment istiod-basic: pods of the old version that still run: 1/);
});

test('once it is ready, injection and then the gateway follow, and at no moment is the gateway without a ready pod', async () => {
  let least = 1;
  const over = new AbortController();
  const watching = (async () => {
    while (!over.signal.aborted) {
      least = Math.min(least, Number(valueAt(await deployment('istio-ingressgateway'), 'status', 'readyReplicas') ?? 0));
      await sleep(20);
    }
  })();
  await fixture.kubectl('annotate', 'node', NODE_NAME, `${HOLD_ANNOTATION}-`);
  await ready();
  over.abort();
  await watching;
  assert.deepEqual(await versions(), ['1.31.1', '1.31.1', '1.31.1']);
  assert.equal(least, 1);
});
