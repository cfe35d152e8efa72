import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { moduleFile } from '../../../tools/cluster/module-files.ts';
import { eventually } from '../../support/eventually.ts';
import { installWalk, joinWalk, sample, SMCP_PATH, startFixture, type OperatorFixture } from '../../support/operator-fixture.ts';

/* IOR on plain Kubernetes, in order: no Route API, Ingresses instead, and a Service that is reached from outside. */

interface Smcp { readonly status?: { readonly ior?: Readonly<Record<string, unknown>>; readonly routes?: readonly unknown[] } }
interface Ingresses { readonly items: readonly { readonly metadata: { readonly name: string; readonly uid: string }; readonly spec: { readonly rules: readonly { readonly host: string }[] } }[] }

const INGRESSES = '/apis/networking.k8s.io/v1/namespaces/istio-system/ingresses';
const MERGE = 'application/merge-patch+json';

let fixture: OperatorFixture;
before(async () => {
  fixture = await startFixture('kubernetes');
  await installWalk(fixture);
  await joinWalk(fixture);
  await fixture.kubectl('apply', '-n', 'microsvc-sample', '-f', sample('03-vs-gw.yaml'));
});
after(async () => { await fixture.stop(); });

const patch = (body: object): Promise<unknown> => fixture.client.call(SMCP_PATH, { method: 'PATCH', body, contentType: MERGE });
const ior = async (): Promise<Readonly<Record<string, unknown>> | undefined> => (await fixture.client.call<Smcp>(SMCP_PATH)).status?.ior;
const ingresses = async (): Promise<Ingresses['items']> => (await fixture.client.call<Ingresses>(INGRESSES)).items;

test('without the Route API the mesh is ready, and the status says once what to do', async () => {
  const told = await eventually('the message', async () => {
    const found = await ior();
    return typeof found?.['message'] === 'string' && found['message'] !== '' ? found : undefined;
  }, 15);
  assert.match(String(told['message']), /does not serve route\.openshift\.io Routes/);
  assert.deepEqual((await fixture.client.call<Smcp>(SMCP_PATH)).status?.routes, []);
});

test('asked for Ingresses, IOR makes one per host, repairs them, and removes them with the Gateway', async () => {
  await patch({ metadata: { annotations: { 'maistra.io/ior-target': 'ingress' } } });
  const made = await eventually('two Ingresses', async () => {
    const items = await ingresses();
    return items.length === 2 ? items : undefined;
  }, 15);
  assert.deepEqual(made.flatMap(({ spec }) => spec.rules.map(({ host }) => host)).toSorted(), ['caller.apps.example.com', 'sample.apps.example.com']);
  const [first] = made;
  await fixture.client.call(`${INGRESSES}/${first?.metadata.name}`, { method: 'PATCH', body: { spec: { rules: null, defaultBackend: { service: { name: 'x', port: { number: 1 } } } } }, contentType: MERGE });
  await eventually('the rules again, the same object', async () => (await ingresses()).some(({ metadata, spec }) => metadata.uid === first?.metadata.uid && (spec.rules ?? []).length === 1), 15);
  await eventually('the status', async () => {
    const found = await ior();
    return found?.['target'] === 'Ingress' && found['message'] === '' && found['pending'] === 2;
  }, 15);
  await fixture.kubectl('delete', 'gateway', 'sample-gateway', '-n', 'microsvc-sample');
  await eventually('no Ingress', async () => (await ingresses()).length === 0, 15);
});

test('the gateway\'s Service can be asked to be reached from outside', async () => {
  for (const type of ['NodePort', 'LoadBalancer']) {
    await patch({ spec: { gateways: { ingress: { service: { type } } } } });
    await eventually(type, async () => (await fixture.client.call<{ spec: { type: string } }>('/api/v1/namespaces/istio-system/services/istio-ingressgateway')).spec.type === type, 30);
  }
});

test('the Route API that comes later is used at once: same Gateway, Routes instead of Ingresses, and no more to say', async () => {
  await patch({ metadata: { annotations: { 'maistra.io/ior-target': null } } });
  await fixture.kubectl('apply', '-n', 'microsvc-sample', '-f', sample('03-vs-gw.yaml'));
  await eventually('the message', async () => String((await ior())?.['message']).startsWith('this cluster does not serve'), 15);
  await fixture.kubectl('apply', '--server-side', '-f', await moduleFile('openshift-route-crd'));
  await eventually('two Routes', async () => (await fixture.client.call<{ items: readonly unknown[] }>('/apis/route.openshift.io/v1/namespaces/istio-system/routes?labelSelector=maistra.io%2Fgenerated-by%3Dior')).items.length === 2, 30);
  await eventually('nothing more to say', async () => {
    const found = await ior();
    return found?.['message'] === '' && found['total'] === 2;
  }, 15);
});
