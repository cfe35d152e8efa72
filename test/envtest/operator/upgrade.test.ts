import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { valueAt } from '../../../src/lib/json.ts';
import { HOLD_ANNOTATION, NODE_NAME } from '../../../tools/cluster/node-stand-in.ts';
import { eventually } from '../../support/eventually.ts';
import { conditionOf, startFixture, type OperatorFixture } from '../../support/operator-fixture.ts';

/* Meshes moved from minor to minor and back, with real Deployments rolling. In the first, istiod's new pod is held not ready beside the old one, and everything waits. */

let fixture: OperatorFixture;
before(async () => {
  fixture = await startFixture('kubernetes');
  for (const name of ['mesh', 'travels']) await fixture.kubectl('create', 'namespace', name);
});
after(async () => { await fixture.stop(); });

const smcpPath = (mesh: string): string => `/apis/maistra.io/v2/namespaces/${mesh}/servicemeshcontrolplanes/basic`;
const SMCP = smcpPath('mesh');

/** A mesh of istiod and an ingress gateway; its pods of istiod say which turn they are of. */
async function apply(version: string, turn: string, mesh = 'mesh'): Promise<void> {
  const addons = { prometheus: { enabled: false }, grafana: { enabled: false }, kiali: { enabled: false } };
  const spec = {
    version, addons, tracing: { type: 'None' }, gateways: { egress: { enabled: false } },
    runtime: { components: { pilot: { pod: { metadata: { labels: { turn } } } } } },
  };
  const object = { apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace: mesh }, spec };
  const { code, stderr } = await fixture.cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) });
  assert.equal(code, 0, stderr);
}

async function deployment(name: string, mesh = 'mesh'): Promise<object> {
  return await fixture.client.call<object>(`/apis/apps/v1/namespaces/${mesh}/deployments/${name}`);
}

async function imageOf(name: string, mesh?: string): Promise<string> {
  const [container] = valueAt(await deployment(name, mesh), 'spec', 'template', 'spec', 'containers') as readonly { readonly image: string }[];
  return container?.image.split(':').at(-1) ?? '';
}

async function injectedVersion(mesh = 'mesh'): Promise<string> {
  const injector = await fixture.client.call(`/api/v1/namespaces/${mesh}/configmaps/istio-sidecar-injector-basic`);
  return (JSON.parse(String(valueAt(injector, 'data', 'values'))) as { readonly global: { readonly tag: string } }).global.tag;
}

/** Versions that istiod and the gateway run, and that would be injected. */
async function versions(mesh?: string): Promise<readonly string[]> {
  return [await imageOf('istiod-basic', mesh), await injectedVersion(mesh), await imageOf('istio-ingressgateway', mesh)];
}

async function ready(mesh = 'mesh'): Promise<void> {
  await eventually('mesh ready', async () => {
    const smcp = await fixture.client.call<Parameters<typeof conditionOf>[0] & { metadata: { generation: number }; status?: { observedGeneration?: number } }>(smcpPath(mesh));
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

const TRAVELS = 'travels';

/**
 * Versions of istiod, of what is injected and of the gateway while something goes on, each state once. What is to change last is read first on the way up,
 * and what is to change first is read last on the way back, so that no state is seen that never was.
 */
async function statesDuring(way: 'up' | 'back', what: () => Promise<void>): Promise<readonly string[]> {
  const states: string[] = [];
  const over = new AbortController();
  const look = async (): Promise<string> => {
    if (way === 'back') return (await versions(TRAVELS)).join(' ');
    const [gateway, injected, istiod] = [await imageOf('istio-ingressgateway', TRAVELS), await injectedVersion(TRAVELS), await imageOf('istiod-basic', TRAVELS)];
    return [istiod, injected, gateway].join(' ');
  };
  const watching = (async () => {
    while (!over.signal.aborted) {
      const state = await look();
      if (state !== states.at(-1)) states.push(state);
      await sleep(10);
    }
  })();
  await what();
  over.abort();
  await watching;
  return states;
}

const move = (version: string) => async (): Promise<void> => {
  await apply(version, 'same', TRAVELS);
  await ready(TRAVELS);
};

test('two minors at once are refused, up and back, and nothing moves', async () => {
  await move('v1.29')();
  await assert.rejects(apply('v1.31', 'same', TRAVELS), /spec\.version.*1\.29\.6, and 1\.31\.1 is 2 minors away; set v1\.30 first/);
  assert.deepEqual(await versions(TRAVELS), ['1.29.6', '1.29.6', '1.29.6']);
});

/** States may be too short to be seen, but only those of the chain are allowed, in its order; some last as long as pods take to roll. */
function assertSeen(states: readonly string[], chain: readonly string[], lasting: readonly number[]): void {
  const places = states.map((state) => chain.indexOf(state));
  assert.deepEqual(places, [...new Set(places)].toSorted((a, b) => a - b), states.join(', '));
  assert.deepEqual(lasting.filter((place) => !places.includes(place)), [], states.join(', '));
  assert.ok(!places.includes(-1), states.join(', '));
}

for (const [version, before, after] of [['v1.30', '1.29.6', '1.30.3'], ['v1.31', '1.30.3', '1.31.1']] as const) {
  test(`up to ${version}: istiod, then what is injected, then the gateway`, async () => {
    const chain = [`${before} ${before} ${before}`, `${after} ${before} ${before}`, `${after} ${after} ${before}`, `${after} ${after} ${after}`];
    assertSeen(await statesDuring('up', move(version)), chain, [0, 1, 3]);
  });
}

for (const [version, before, after] of [['v1.30', '1.31.1', '1.30.3'], ['v1.29', '1.30.3', '1.29.6']] as const) {
  test(`back to ${version}: what is injected, then the gateway, and istiod last`, async () => {
    const chain = [`${before} ${before} ${before}`, `${before} ${after} ${before}`, `${before} ${after} ${after}`, `${after} ${after} ${after}`];
    assertSeen(await statesDuring('back', move(version)), chain, [0, 2, 3]);
  });
}
