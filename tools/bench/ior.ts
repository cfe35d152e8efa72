import type { ApiClient } from '../cluster/api-client.ts';
import { writeBare, type BareWrite } from './bare-writer.ts';
import { readCounts } from './request-counts.ts';
import { cpuDuring, createNamespaces, MESH, printCounts, requestsDuring, say, settled, until, type Part, type Stage } from './stage.ts';

const GATEWAYS = 200;
const HOSTS_EACH = 5;
const BARE = 'bare-ior';
const gatewaysOf = (namespace: string): string => `/apis/networking.istio.io/v1/namespaces/${namespace}/gateways`;
const routesOf = (namespace: string): string => `/apis/route.openshift.io/v1/namespaces/${namespace}/routes`;

const hostsOf = (gateway: number, domain: string): string[] => Array.from({ length: HOSTS_EACH }, (_, i) => `h-${i}.g-${gateway}.${domain}`);

function gatewayWrite(namespace: string, at: number, domain: string): BareWrite {
  return { method: 'POST', path: gatewaysOf(namespace), body: {
    apiVersion: 'networking.istio.io/v1', kind: 'Gateway', metadata: { name: `bench-${at}`, namespace },
    spec: { selector: { istio: 'ingressgateway' }, servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: hostsOf(at, domain) }] },
  } };
}

/** A Route with all that ours have. */
function routeWrite(host: string, at: number): BareWrite {
  return { method: 'POST', path: routesOf(BARE), body: {
    apiVersion: 'route.openshift.io/v1', kind: 'Route',
    metadata: {
      name: `${BARE}-bench-${at}-${host}`, namespace: BARE, annotations: { 'maistra.io/original-host': host },
      labels: { 'maistra.io/generated-by': 'bare', 'maistra.io/gateway-namespace': BARE, 'maistra.io/gateway-name': `bench-${at}` },
    },
    spec: { host, wildcardPolicy: 'None', to: { kind: 'Service', name: 'istio-ingressgateway' }, port: { targetPort: 'http2' } },
  } };
}

const all = <Value>(make: (at: number) => Value): Value[] => Array.from({ length: GATEWAYS }, (_, at) => make(at));

interface Page { readonly items: readonly unknown[]; readonly metadata: { readonly remainingItemCount?: number } }

/** Routes of the mesh's namespace: a page of one and how many follow, for whole lists would keep the API server busy. */
async function routeCount(client: ApiClient): Promise<number> {
  const { items, metadata } = await client.call<Page>(`${routesOf(MESH)}?limit=1`);
  return items.length + (metadata.remainingItemCount ?? 0);
}

async function createAll(stage: Stage, others: number): Promise<void> {
  const { client } = stage;
  const { result, counts } = await requestsDuring(stage, () => cpuDuring(stage, async () => {
    const started = performance.now();
    await writeBare(client, all((at) => gatewayWrite(MESH, at, 'example.com')));
    await until(`${GATEWAYS * HOSTS_EACH} Routes`, 300, async () => await routeCount(client) === others + GATEWAYS * HOSTS_EACH);
    return (performance.now() - started) / 1000;
  }));
  const gateways = await writeBare(client, all((at) => gatewayWrite(BARE, at, 'bare.example.com')));
  const routes = await writeBare(client, all((at) => hostsOf(at, 'bare.example.com').map((host) => routeWrite(host, at))).flat());
  say(`${GATEWAYS * HOSTS_EACH} hosts in ${GATEWAYS} Gateways: ${result.result.toFixed(2)} s, bare writer ${(gateways + routes).toFixed(2)} s, ratio ${(result.result / (gateways + routes)).toFixed(2)}; CPU of the operator ${result.operator.toFixed(2)} s`);
  printCounts(counts);
}

async function addOne(stage: Stage, others: number): Promise<void> {
  const { client } = stage;
  const more = [...hostsOf(0, 'example.com'), 'one-more.example.com'];
  const { result, counts } = await requestsDuring(stage, async () => {
    const body = { spec: { servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: more }] } };
    await client.call(`${gatewaysOf(MESH)}/bench-0`, { method: 'PATCH', body, contentType: 'application/merge-patch+json' });
    return until('one more Route', 30, async () => await routeCount(client) === others + GATEWAYS * HOSTS_EACH + 1);
  }, 4000);
  say(`one host added to ${GATEWAYS * HOSTS_EACH}: ${result.toFixed(2)} s; requests, those of the report in the status included:`);
  printCounts(counts);
}

async function restartBeside(stage: Stage): Promise<void> {
  await stage.restartOperator();
  await settled(stage.client);
  const counts = new Map([...await readCounts(stage.operator.metricsUrl)].filter(([key]) => !key.startsWith('GET ') && !key.endsWith(' leases')));
  say(`restart with ${GATEWAYS * HOSTS_EACH + 1} Routes: ${[...counts.values()].reduce((sum, count) => sum + count, 0)} writes`);
  printCounts(counts);
}

/** A thousand hosts, one more, a restart, and away with them. Needs the mesh of the part `install`, on the OpenShift flavour. */
export const IOR: Part = {
  name: 'ior',
  run: async (stage) => {
    const { client } = stage;
    await createNamespaces(client, [BARE]);
    await settled(client);
    // Those of the control plane itself.
    const others = await routeCount(client);
    await createAll(stage, others);
    await addOne(stage, others);
    await restartBeside(stage);
    const seconds = await cpuDuring(stage, async () => {
      await writeBare(client, all((at) => ({ method: 'DELETE', path: `${gatewaysOf(MESH)}/bench-${at}` })));
      return until('no Route is left', 300, async () => await routeCount(client) === others);
    });
    say(`all ${GATEWAYS} Gateways deleted: Routes gone ${seconds.result.toFixed(2)} s later`);
  },
};
