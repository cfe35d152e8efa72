import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { connect, type ApiClient } from '../../../tools/cluster/api-client.ts';
import { startCluster, type Cluster } from '../../../tools/cluster/cluster.ts';
import type { Route } from '../../../tools/cluster/route-admission.ts';
import { eventually } from '../../support/eventually.ts';

interface Named {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

describe('a local cluster of the OpenShift flavour', () => {
  let cluster: Cluster;
  let admin: ApiClient;

  before(async () => {
    cluster = await startCluster({ flavour: 'openshift' });
    admin = connect(cluster.server, await readFile(cluster.caFile, 'utf8'), cluster.token('admin'));
    for (const name of ['mesh-a', 'mesh-b']) await admin.call('/api/v1/namespaces', { method: 'POST', body: { metadata: { name } } });
  });
  after(async () => {
    admin.close();
    await cluster.stop();
  });

  const routes = (namespace: string): string => `/apis/route.openshift.io/v1/namespaces/${namespace}/routes`;
  const get = (namespace: string, name: string): Promise<Route> => admin.call(`${routes(namespace)}/${name}`);
  const manifest = (name: string, spec: object): object =>
    ({ apiVersion: 'route.openshift.io/v1', kind: 'Route', metadata: { name }, spec: { to: { kind: 'Service', name: 'gateway' }, ...spec } });
  const create = (namespace: string, name: string, spec: object = {}): Promise<unknown> =>
    admin.call(routes(namespace), { method: 'POST', body: manifest(name, spec) });
  const tryAs = (user: ApiClient, spec: object): Promise<unknown> =>
    user.call(`${routes('mesh-a')}?dryRun=All`, { method: 'POST', body: manifest('tried', spec) });
  const admitted = async (namespace: string, name: string): Promise<string> => {
    const condition = (await get(namespace, name)).status?.ingress?.[0]?.conditions?.find(({ type }) => type === 'Admitted');
    return condition === undefined ? 'pending' : `${condition.status} ${condition.reason ?? ''}`.trim();
  };
  const becomes = (namespace: string, name: string, wanted: string): Promise<true> =>
    eventually(`${namespace}/${name} is ${wanted}`, async () => await admitted(namespace, name) === wanted);

  it('has the configuration of a cluster with OVN-Kubernetes', async () => {
    const network = await admin.call<Named>('/apis/config.openshift.io/v1/networks/cluster');
    assert.equal(network.spec['networkType'], 'OVNKubernetes');
    assert.equal(network.status?.['networkType'], 'OVNKubernetes');
    assert.equal((await admin.call<Named>('/apis/config.openshift.io/v1/ingresses/cluster')).spec['domain'], 'apps.example.com');
  });

  it('has the namespace of the router, labelled for network policies', async () => {
    const namespace = await admin.call<Named>('/api/v1/namespaces/openshift-ingress');
    assert.equal(namespace.metadata.labels['network.openshift.io/policy-group'], 'ingress');
  });

  it('serves network attachment definitions', async () => {
    const body = { apiVersion: 'k8s.cni.cncf.io/v1', kind: 'NetworkAttachmentDefinition', metadata: { name: 'istio-cni' } };
    const made = await admin.call<Named>('/apis/k8s.cni.cncf.io/v1/namespaces/mesh-a/network-attachment-definitions', { method: 'POST', body });
    assert.equal(made.metadata.name, 'istio-cni');
  });

  it('makes up a host for a route without one, and admits it', async () => {
    await create('mesh-a', 'web');
    await becomes('mesh-a', 'web', 'True');
    const route = await get('mesh-a', 'web');
    assert.equal(route.spec.host, 'web-mesh-a.apps.example.com');
    assert.equal(route.status?.ingress?.[0]?.host, route.spec.host);
    assert.equal(route.metadata.annotations?.['openshift.io/host.generated'], 'true');
  });

  it('refuses a host that another namespace has, until that one lets go', async () => {
    await create('mesh-a', 'shop', { host: 'shop.example.com' });
    await becomes('mesh-a', 'shop', 'True');
    // The router goes by age in whole seconds.
    await eventually('a second has passed', async () => Date.now() - Date.parse((await get('mesh-a', 'shop')).metadata.creationTimestamp) > 1100);
    await create('mesh-b', 'shop', { host: 'shop.example.com' });
    await becomes('mesh-b', 'shop', 'False HostAlreadyClaimed');
    assert.equal(await admitted('mesh-a', 'shop'), 'True');
    await admin.call(`${routes('mesh-a')}/shop`, { method: 'DELETE' });
    await becomes('mesh-b', 'shop', 'True');
  });

  it('refuses wildcards, as a router does by default', async () => {
    await create('mesh-a', 'wild', { host: 'wildcard.example.com', wildcardPolicy: 'Subdomain' });
    await becomes('mesh-a', 'wild', 'False RouteNotAdmitted');
  });

  it('lets only those choose a host who have the right to routes/custom-host', async () => {
    const alice = connect(cluster.server, await readFile(cluster.caFile, 'utf8'), cluster.token('alice'));
    const rules = ['--verb=create,update,get', '--resource=routes.route.openshift.io'];
    await cluster.kubectl(['create', 'role', 'routes', ...rules, '-n', 'mesh-a']);
    await cluster.kubectl(['create', 'rolebinding', 'routes', '--role=routes', '--user=alice', '-n', 'mesh-a']);
    await eventually('alice may make a route', () => tryAs(alice, {}).then(() => true, () => false));
    await assert.rejects(tryAs(alice, { host: 'mine.example.com' }), /you do not have permission to set the host field of the route/);
    await cluster.kubectl(['create', 'rolebinding', 'edit', '--clusterrole=edit', '--user=alice', '-n', 'mesh-a']);
    await eventually('the role edit holds that right', () => tryAs(alice, { host: 'mine.example.com' }).then(() => true, () => false));
    alice.close();
  });

  it('keeps its routes when the API server restarts', async () => {
    await cluster.restartApiServer();
    await create('mesh-b', 'later');
    await becomes('mesh-b', 'later', 'True');
  });
});
