import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { canonicalJson, sha256Hex } from '../../../src/lib/hash.ts';
import { startCluster } from '../../../tools/cluster/cluster.ts';
import { isAllowed, type NetPod } from '../../support/network-policy-evaluator.ts';
import { conditionOf, controlPlaneReady, root, sample, SMCP_PATH, startFixture, type OperatorFixture } from '../../support/operator-fixture.ts';
import { eventually } from '../../support/eventually.ts';

/* Plain Kubernetes, without any OpenShift API: the same mesh by a project admin's own ServiceMeshMember, killed half-way, bad input, and render. */

let fixture: OperatorFixture;
before(async () => { fixture = await startFixture('kubernetes'); });
after(async () => { await fixture.stop(); });

const run = promisify(execFile);
type Conditioned = Parameters<typeof conditionOf>[0];
const roll = (): Promise<Conditioned> => fixture.client.call('/apis/maistra.io/v1/namespaces/istio-system/servicemeshmemberrolls/default');

test('killed in the middle of an install, the next operator finishes it', async () => {
  await fixture.kubectl('create', 'namespace', 'istio-system');
  await fixture.kubectl('create', '-n', 'istio-system', '-f', sample('01-istio-installation.yaml'));
  await sleep(150);
  fixture.operator().child.kill('SIGKILL');
  await fixture.restart();
  await controlPlaneReady(fixture.client);
  const columns = (await fixture.kubectl('get', 'servicemeshcontrolplanes.v1.maistra.io', '-n', 'istio-system', '--no-headers')).trim().split(/\s+/);
  assert.deepEqual(columns.slice(1, 5), ['9/9', 'InstallSuccessful', 'default', 'v1.31']);
});

test('a ServiceMeshMember makes the roll that is missing, and its project joins', async () => {
  await fixture.kubectl('create', 'namespace', 'microsvc-sample');
  await fixture.kubectl('create', '-f', sample('02b-smm-default.yaml'));
  await eventually('roll configured', async () => conditionOf(await roll(), 'Ready')?.reason === 'Configured');
  const columns = (await fixture.kubectl('get', 'smm', '-n', 'microsvc-sample', '--no-headers')).trim().split(/\s+/);
  assert.deepEqual(columns.slice(0, 3), ['default', 'istio-system/basic-install', 'True']);
});

test('with the policies that are on the cluster now, exposed pods are reachable from the router and others are not', async () => {
  interface Listed { readonly items: readonly KubeObject[] }
  const [policies, namespaces] = await Promise.all([
    fixture.client.call<Listed>('/apis/networking.k8s.io/v1/networkpolicies'), fixture.client.call<Listed>('/api/v1/namespaces')]);
  const labels = Object.fromEntries(namespaces.items.map((item) => [item.metadata.name, item.metadata.labels ?? {}]));
  const cluster = {
    policies: policies.items.map((policy) => ({ ...policy, kind: 'NetworkPolicy', apiVersion: 'networking.k8s.io/v1' })),
    namespaces: { ...labels, router: { 'network.openshift.io/policy-group': 'ingress' }, stranger: {} },
  };
  const member = (name: string, extra: Record<string, string> = {}): NetPod => ({ namespace: 'microsvc-sample', labels: { app: name, ...extra }, ports: [{ name: 'http', port: 8080 }] });
  const exposed = member('el-sample', { 'maistra.io/expose-route': 'true' });
  const hidden = member('sample');
  const from = { router: { namespace: 'router' }, stranger: { namespace: 'stranger' }, mesh: { namespace: 'istio-system' }, member: member('caller') };
  const allowed = (source: NetPod, to: NetPod): boolean => isAllowed(cluster, { from: source, to, port: 8080 });
  assert.deepEqual({
    routerToExposed: allowed(from.router, exposed), routerToHidden: allowed(from.router, hidden), meshToHidden: allowed(from.mesh, hidden),
    memberToHidden: allowed(from.member, hidden), strangerToHidden: allowed(from.stranger, hidden), strangerToExposed: allowed(from.stranger, exposed),
  }, { routerToExposed: true, routerToHidden: false, meshToHidden: true, memberToHidden: true, strangerToHidden: false, strangerToExposed: false });
});

test('the member gone, its project is left and the roll made for it is removed', async () => {
  await fixture.kubectl('delete', 'smm', 'default', '-n', 'microsvc-sample', '--timeout=20s');
  await eventually('namespace free', async () => {
    const namespace = await fixture.client.call<KubeObject>('/api/v1/namespaces/microsvc-sample');
    return namespace.metadata.labels?.['maistra.io/member-of'] === undefined && namespace.metadata.annotations?.['tmesh.maistra.io/leaving'] === undefined;
  });
  await eventually('roll gone', async () => await roll().then(() => false, () => true));
});

async function refusal(yaml: string, user: 'admin' | 'alice' = 'admin'): Promise<string> {
  const { code, stdout, stderr } = await fixture.cluster.kubectl(['apply', '-f', '-'], { input: yaml, user });
  assert.notEqual(code, 0, `accepted: ${stdout}`);
  return stderr;
}

const REFUSED: readonly { readonly what: string; readonly yaml: string; readonly says: readonly RegExp[] }[] = [
  { what: 'a roll of another name', yaml: 'apiVersion: maistra.io/v1\nkind: ServiceMeshMemberRoll\nmetadata: {name: mine, namespace: istio-system}\nspec: {members: []}', says: [/default/, /name/] },
  { what: 'a member of another name', yaml: 'apiVersion: maistra.io/v1\nkind: ServiceMeshMember\nmetadata: {name: mine, namespace: microsvc-sample}\nspec: {controlPlaneRef: {namespace: istio-system, name: basic-install}}', says: [/default/, /name/] },
  { what: 'a second control plane in a namespace', yaml: 'apiVersion: maistra.io/v2\nkind: ServiceMeshControlPlane\nmetadata: {name: second, namespace: istio-system}\nspec: {}', says: [/basic-install/] },
  { what: 'an unknown version', yaml: 'apiVersion: maistra.io/v2\nkind: ServiceMeshControlPlane\nmetadata: {name: basic, namespace: default}\nspec: {version: v9.9}', says: [/spec\.version/, /v9\.9/, /v1\.31/] },
  { what: 'a number where a text belongs', yaml: 'apiVersion: maistra.io/v2\nkind: ServiceMeshControlPlane\nmetadata: {name: basic, namespace: default}\nspec: {version: 7}', says: [/spec\.version/] },
  { what: 'a sampling rate out of range', yaml: 'apiVersion: maistra.io/v2\nkind: ServiceMeshControlPlane\nmetadata: {name: basic, namespace: default}\nspec: {tracing: {sampling: 20000}}', says: [/spec\.tracing\.sampling/, /10000/] },
  { what: 'a member name that no namespace can have', yaml: 'apiVersion: maistra.io/v1\nkind: ServiceMeshMemberRoll\nmetadata: {name: default, namespace: default}\nspec: {members: ["Not A Name"]}', says: [/spec\.members/, /Not A Name/] },
  { what: 'the same member twice', yaml: 'apiVersion: maistra.io/v1\nkind: ServiceMeshMemberRoll\nmetadata: {name: default, namespace: default}\nspec: {members: [a, a]}', says: [/spec\.members/] },
];

for (const { what, yaml, says } of REFUSED) {
  test(`${what} is refused at admission, with field, value and the way out`, async () => {
    const text = await refusal(yaml);
    for (const pattern of says) assert.match(text, pattern);
  });
}

test('a project admin without the right to use a mesh is told so', async () => {
  const text = await fixture.cluster.kubectl(['create', 'clusterrole', 'smm-writer', '--verb=create,get,patch', '--resource=servicemeshmembers.maistra.io']).then(async () => {
    await fixture.kubectl('create', 'rolebinding', 'alice-writes', '--clusterrole=smm-writer', '--user=alice', '-n', 'microsvc-sample');
    return await refusal('apiVersion: maistra.io/v1\nkind: ServiceMeshMember\nmetadata: {name: default, namespace: microsvc-sample}\nspec: {controlPlaneRef: {namespace: istio-system, name: basic-install}}', 'alice');
  });
  assert.match(text, /user "alice" does not have permission to use ServiceMeshControlPlane istio-system\/basic-install/);
  await fixture.kubectl('create', 'rolebinding', 'alice-uses', '--role=mesh-user', '--user=alice', '-n', 'istio-system');
  const { code, stderr } = await fixture.cluster.kubectl(['apply', '-f', sample('02b-smm-default.yaml')], { user: 'alice' });
  assert.equal(code, 0, stderr);
  await eventually('joined', async () => conditionOf(await roll(), 'Ready')?.reason === 'Configured');
});

test('an old version and an unknown field are accepted with a warning that names them', async () => {
  await fixture.kubectl('create', 'namespace', 'old-yaml');
  const yaml = 'apiVersion: maistra.io/v2\nkind: ServiceMeshControlPlane\nmetadata: {name: basic, namespace: old-yaml}\nspec: {version: v2.5, noSuchField: {a: 1}}';
  const { code, stderr } = await fixture.cluster.kubectl(['apply', '-f', '-'], { input: yaml });
  assert.equal(code, 0, stderr);
  assert.match(stderr, /v2\.5/);
  assert.match(stderr, /noSuchField/);
  const smcp = await fixture.client.call<{ spec: object }>('/apis/maistra.io/v2/namespaces/old-yaml/servicemeshcontrolplanes/basic');
  assert.deepEqual(smcp.spec, { version: 'v2.5', noSuchField: { a: 1 } });
});

const HOSTILE = ['"{{value}}"', 'a\nkind: Secret\nmetadata: {name: evil}', 'x: y', '*/ # --- ', '{{#each .}}{{/each}}', "'\"`\\", '---\napiVersion: v1', 'é\u2028\u0001'];

test('hostile strings in a control plane reach the mesh as text and break nothing', async () => {
  await fixture.kubectl('create', 'namespace', 'hostile');
  const env = Object.fromEntries(HOSTILE.map((value, i) => [`HOSTILE_${i}`, value]));
  const smcp = { apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace: 'hostile' }, spec: { runtime: { components: { pilot: { container: { env } } } } } };
  const { code, stderr } = await fixture.cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(smcp) });
  assert.equal(code, 0, stderr);
  const deployment = await eventually('istiod of the hostile mesh', async () =>
    await fixture.client.call<{ spec: { template: { spec: { containers: { env: { name: string; value?: string }[] }[] } } } }>('/apis/apps/v1/namespaces/hostile/deployments/istiod-basic').catch(() => undefined));
  const rendered = deployment.spec.template.spec.containers[0]?.env ?? [];
  HOSTILE.forEach((value, i) => assert.equal(rendered.find((variable) => variable.name === `HOSTILE_${i}`)?.value, value));
  await eventually('ready', async () => conditionOf(await fixture.client.call<Conditioned>('/apis/maistra.io/v2/namespaces/hostile/servicemeshcontrolplanes/basic'), 'Ready')?.status === 'True', 60);
});

test('a megabyte in one field is refused, and the operator lives', async () => {
  await fixture.kubectl('create', 'namespace', 'huge');
  const smcp = { apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace: 'huge' }, spec: { runtime: { components: { pilot: { container: { env: { HUGE: 'x'.repeat(1_000_000) } } } } } } };
  const path = '/apis/maistra.io/v2/namespaces/huge/servicemeshcontrolplanes';
  const created = await fixture.client.call(path, { method: 'POST', body: smcp }).then(() => 'accepted', (error: Error) => /spec.*is too large/.exec(error.message)?.[0] ?? error.message);
  assert.match(created, /^spec "1000\d+ characters" is too large$/);
  assert.equal((await fetch(`${fixture.operator().healthUrl}/livez`)).status, 200);
  assert.equal(fixture.operator().child.exitCode, null);
});

/** What the operator and `kubectl apply` of a rendering have in common: everything but what the server or the owner adds. */
function essence(object: KubeObject): string {
  const { metadata, status: _status, ...rest } = object;
  const { name, namespace, labels, annotations } = metadata;
  return sha256Hex(canonicalJson({ ...rest, metadata: { name, namespace, labels, annotations } }));
}

test('`kubectl apply` of a rendering, elsewhere, gives the same objects as the operator', async () => {
  const folder = fixture.cluster.dir;
  const smcp = await fixture.client.call<KubeObject>(SMCP_PATH);
  await writeFile(join(folder, 'smcp.json'), JSON.stringify({ apiVersion: smcp.apiVersion, kind: smcp.kind, metadata: { name: 'basic-install', namespace: 'istio-system', generation: smcp.metadata.generation }, spec: smcp['spec'] }));
  // What only the running operator knows: the authority of its scoped API.
  await writeFile(join(folder, 'authority.json'), await fixture.kubectl('get', 'configmap', 'tmesh-scoped-api-authority', '-n', 'tenant-mesh-operator', '-o', 'json'));
  const { stdout } = await run(process.execPath, [join(root, 'dist', 'tmesh.mjs'), 'render', '-f', join(folder, 'smcp.json'), '-f', join(folder, 'authority.json'), '-f', sample('02b-smm-default.yaml'), '-o', 'json'], { maxBuffer: 64_000_000 });
  const rendered = (JSON.parse(stdout) as { items: KubeObject[] }).items.filter((object) => object.kind !== 'Secret');
  assert.ok(rendered.length > 25, `only ${rendered.length} objects rendered`);
  const other = await startCluster({ flavour: 'kubernetes', kubelet: false });
  try {
    for (const args of [['apply', '--server-side', '-f', join(root, 'crds')], ['create', 'namespace', 'istio-system'], ['create', 'namespace', 'microsvc-sample']]) assert.equal((await other.kubectl(args)).code, 0);
    const crds = JSON.parse(await readFile(join(root, 'dist', 'istio-crds.json'), 'utf8')) as KubeObject[];
    const list = (items: readonly KubeObject[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    assert.equal((await other.kubectl(['apply', '--server-side', '-f', '-'], { input: list(crds) })).code, 0);
    await other.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
    const applied = await other.kubectl(['apply', '--server-side', '-f', '-'], { input: list(rendered) });
    assert.equal(applied.code, 0, applied.stderr);
    for (const object of rendered) {
      const args = ['get', `${object.kind}.${object.apiVersion.includes('/') ? object.apiVersion.split('/').toReversed().join('.') : `${object.apiVersion}.`}`, object.metadata.name, ...(object.metadata.namespace === undefined ? [] : ['-n', object.metadata.namespace]), '-o', 'json'];
      const [there, here] = await Promise.all([other.kubectl(args), fixture.cluster.kubectl(args)]);
      const [a, b] = [there, here].map(({ stdout: text, stderr }) => {
        assert.notEqual(text, '', `${args.join(' ')}: ${stderr}`);
        return essence(withoutServerFields(JSON.parse(text) as KubeObject));
      });
      assert.equal(a, b, `${object.kind} ${object.metadata.name} differs`);
    }
  } finally {
    await other.stop();
  }
});

/** Cluster IPs are chosen by each server. */
function withoutServerFields(object: KubeObject): KubeObject {
  const { clusterIP: _ip, clusterIPs: _ips, ...spec } = (object['spec'] ?? {}) as Record<string, unknown>;
  const { 'deployment.kubernetes.io/revision': _revision, ...annotations } = object.metadata.annotations ?? {};
  return { ...object, metadata: { ...object.metadata, annotations }, ...(object['spec'] === undefined ? {} : { spec }) };
}
