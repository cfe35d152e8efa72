import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';
import { why } from '../../../src/cli/why.ts';
import type { Explanation } from '../../../src/domain/why/explain.ts';
import type { LinkName } from '../../../src/domain/why/link.ts';
import { brickPath } from '../../../tools/cluster/bricks.ts';
import type { User } from '../../../tools/cluster/cluster.ts';
import { kubectlOf } from '../../../tools/demo/kubectl.ts';
import { eventually } from '../../support/eventually.ts';
import { conditionOf, root, startFixture, type OperatorFixture } from '../../support/operator-fixture.ts';

/*
 * `tmesh why` on a real API server with the operator running: faults are made, named, and mended by the very command that it gives.
 * istiod is played by the test: it alone writes root certificates.
 */

let fixture: OperatorFixture;
let bin: string;
before(async () => {
  fixture = await startFixture('openshift');
  bin = await mkdtemp(join(tmpdir(), 'tmesh-why-'));
  await symlink(await brickPath('kubectl'), join(bin, 'kubectl'));
  for (const mesh of ['mesh-a', 'mesh-b']) {
    await fixture.kubectl('create', 'namespace', mesh);
    await create({ apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace: mesh }, spec: SMALL });
    await rootCert(mesh, mesh);
  }
  for (const mesh of ['mesh-a', 'mesh-b']) {
    await eventually(`${mesh} is ready`, async () => conditionOf(await fixture.client.call(`/apis/maistra.io/v2/namespaces/${mesh}/servicemeshcontrolplanes/basic`), 'Ready')?.status === 'True', 60);
  }
  await fixture.kubectl('create', 'namespace', 'pay');
  await joinMesh('pay');
  await rootCert('pay', 'mesh-a');
  await inOrder('pay');
});
after(async () => {
  await fixture?.stop();
  if (bin !== undefined) await rm(bin, { recursive: true, force: true });
});

const SMALL = { addons: { kiali: { enabled: false }, grafana: { enabled: false }, prometheus: { enabled: false } }, tracing: { type: 'None' }, gateways: { enabled: false } };

const create = (object: object): Promise<string> => kubectlOf(fixture.cluster, JSON.stringify(object))('apply', '-f', '-');
const remove = (...what: readonly string[]): Promise<string> => fixture.kubectl('delete', ...what);

function member(namespace: string, mesh: string, name: string): object {
  return { apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMember', metadata: { name: 'default', namespace }, spec: { controlPlaneRef: { namespace: mesh, name } } };
}

async function joinMesh(namespace: string): Promise<void> {
  await create(member(namespace, 'mesh-a', 'basic'));
}

function rootCert(namespace: string, mesh: string): Promise<string> {
  return create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio-ca-root-cert', namespace }, data: { 'root-cert.pem': `root of ${mesh}` } });
}

const ask = (namespace: string, user: User = 'admin'): Promise<Explanation> =>
  why(namespace, { kubeconfig: fixture.cluster.kubeconfigFor(user), output: 'json' }, {});

const linkOf = (explanation: Explanation, link: LinkName) => explanation.links.find((found) => found.link === link);

async function inOrder(namespace: string): Promise<void> {
  await eventually(`${namespace} is in order`, async () => {
    const explanation = await ask(namespace);
    if (!explanation.isInOrder) throw new Error(JSON.stringify(explanation.links.filter((link) => link.state !== 'holds')));
    return true;
  });
}

/** Runs a line as its reader would: in a shell, as the administrator. */
function shell(command: string): Promise<string> {
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`, KUBECONFIG: fixture.cluster.kubeconfig, KUBE_EDITOR: "sed -i 's/team: x/team: z/'" };
  return new Promise((resolve, reject) => {
    execFile('/bin/sh', ['-c', command], { env }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout); else reject(new Error(`${command}: ${stderr}`));
    });
  });
}

function workload(name: string, labels: Readonly<Record<string, string>>): object {
  return {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: 'pay' },
    spec: { replicas: 1, selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name, ...labels } }, spec: { containers: [{ name: 'app', image: 'example.org/app' }] } } },
  };
}

const policy = (namespace: string): object => ({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'istio-mesh-basic', namespace }, spec: { podSelector: {} } });

interface Fault {
  readonly what: string;
  readonly namespace: string;
  readonly seed: () => Promise<unknown>;
  readonly link: LinkName;
  readonly reason: string;
  readonly says: RegExp;
  /** The command must match; it is run. */
  readonly command: RegExp;
  /** What the command only points to is done by the test. */
  readonly finish?: () => Promise<unknown>;
  /** `note`: something to know, and the namespace is in order all the same. */
  readonly state?: 'note';
  /** Nothing more is asked of the namespace: it was made for this. */
  readonly leave?: true;
}

const alive: readonly Fault[] = [
  {
    what: 'the namespace does not exist', namespace: 'ghost', seed: async () => {}, link: 'exists', reason: 'NamespaceNotExists', says: /"ghost" does not exist/,
    command: /^kubectl create namespace ghost$/, leave: true,
  },
  {
    what: 'the namespace is held up in its deletion', namespace: 'held', link: 'exists', reason: 'NamespaceNotExists', says: /"held" is being deleted; held up by: .*example\.org\/hold/s,
    command: /^kubectl get namespace held /, leave: true,
    seed: async () => {
      await fixture.kubectl('create', 'namespace', 'held');
      await create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'held', namespace: 'held', finalizers: ['example.org/hold'] } });
      await remove('namespace', 'held', '--wait=false');
    },
    finish: () => fixture.kubectl('patch', 'configmap', 'held', '-n', 'held', '--type=merge', '-p', '{"metadata":{"finalizers":null}}'),
  },
  {
    what: 'nobody claims it', namespace: 'free', seed: () => fixture.kubectl('create', 'namespace', 'free'), link: 'claimed', reason: 'Unclaimed',
    says: /nobody claims namespace "free".*mesh-a\/basic, mesh-b\/basic/, command: /"kind":"ServiceMeshMember".*kubectl apply -f -$/, finish: () => rootCert('free', 'mesh-a'),
  },
  {
    what: 'a second mesh selects it', namespace: 'pay', link: 'claimed', reason: 'ReferencesDifferentControlPlane',
    says: /"pay" already belongs to mesh mesh-a \(ServiceMeshMember pay\/default\).*the claim of mesh mesh-b \(ServiceMeshMemberRoll mesh-b\/default\) has no effect/,
    command: /^kubectl edit servicemeshmemberroll default -n mesh-b$/,
    seed: async () => {
      await create({ apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMemberRoll', metadata: { name: 'default', namespace: 'mesh-b' }, spec: { memberSelectors: [{ matchLabels: { team: 'x' } }] } });
      await fixture.kubectl('label', 'namespace', 'pay', 'team=x');
    },
  },
  {
    what: 'the member names a control plane that is not there', namespace: 'typo', link: 'control plane', reason: 'ErrorControlPlaneMissing',
    says: /asks for ServiceMeshControlPlane mesh-a\/basics, which does not exist \("basic" does\)/, command: /^kubectl delete servicemeshmember default -n typo && echo /,
    seed: async () => { await fixture.kubectl('create', 'namespace', 'typo'); await create(member('typo', 'mesh-a', 'basics')); await rootCert('typo', 'mesh-a'); },
  },
  {
    what: 'the control plane is not ready', namespace: 'pay', link: 'control plane', reason: 'ControlPlaneNotReady', says: /mesh-a\/basic is not ready \(ComponentsNotReady: /,
    command: /^kubectl get deployments,pods -n mesh-a$/,
    seed: async () => {
      await create({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'none', namespace: 'mesh-a' }, spec: { hard: { pods: '0' } } });
      await eventually('the quota counts', async () => (await fixture.kubectl('get', 'resourcequota', 'none', '-n', 'mesh-a', '-o', 'jsonpath={.status.hard.pods}')) === '0');
      await remove('pods', '-n', 'mesh-a', '--all', '--grace-period=0', '--force');
    },
    finish: async () => {
      await remove('resourcequota', 'none', '-n', 'mesh-a');
      await fixture.kubectl('rollout', 'restart', 'deployment/istiod-basic', '-n', 'mesh-a');
    },
  },
  {
    what: "somebody else's policy has a name that the mesh needs", namespace: 'busy', link: 'label', reason: 'ErrorConfiguringNamespace', says: /NetworkPolicy busy\/istio-mesh-basic exists and is not the mesh's/,
    command: /^kubectl delete networkpolicy istio-mesh-basic -n busy$/,
    seed: async () => { await fixture.kubectl('create', 'namespace', 'busy'); await create(policy('busy')); await joinMesh('busy'); await rootCert('busy', 'mesh-a'); },
  },
  {
    what: 'a label keeps the injection webhook away', namespace: 'pay', seed: () => fixture.kubectl('label', 'namespace', 'pay', 'maistra.io/ignore-namespace=true'),
    link: 'webhook', reason: 'NotSelected', says: /leaves namespace "pay" out because of its label maistra\.io\/ignore-namespace/, command: /^kubectl label namespace pay maistra\.io\/ignore-namespace-$/,
  },
  {
    what: 'injection is disabled by label', namespace: 'pay', seed: () => fixture.kubectl('label', 'namespace', 'pay', 'istio-injection=disabled'),
    link: 'webhook', reason: 'NotSelected', says: /because of its label istio-injection/, command: /^kubectl label namespace pay istio-injection-$/,
  },
  {
    what: 'the root certificate is missing', namespace: 'pay', seed: () => remove('configmap', 'istio-ca-root-cert', '-n', 'pay'), link: 'root certificate', reason: 'RootCertificateMissing',
    says: /pay\/istio-ca-root-cert is missing/, command: /^kubectl rollout restart deployment\/istiod-basic -n mesh-a$/, finish: () => rootCert('pay', 'mesh-a'),
  },
  {
    what: 'the root certificate is that of another mesh', namespace: 'pay', seed: () => rootCert('pay', 'mesh-b'), link: 'root certificate', reason: 'RootCertificateDiffers',
    says: /is not that of mesh mesh-a/, command: /^kubectl delete configmap istio-ca-root-cert -n pay$/, finish: () => rootCert('pay', 'mesh-a'),
  },
  {
    what: 'pods do not ask for a sidecar', namespace: 'pay', link: 'pods', reason: 'PodsDoNotAsk', state: 'note', says: /1 of 1 pods do not ask for a sidecar .*: silent-/,
    seed: () => create(workload('silent', {})), command: /^kubectl patch deployment\/silent -n pay --type=merge -p '.*sidecar\.istio\.io\/inject/, finish: () => remove('deployment', 'silent', '-n', 'pay'),
  },
  {
    what: 'pods are older than their membership', namespace: 'pay', link: 'pods', reason: 'PodsNotInjected', says: /1 of 1 pods should have a sidecar and have none.*: early-/,
    seed: async () => {
      await remove('smm', 'default', '-n', 'pay');
      await eventually('it has left', async () => !(await fixture.kubectl('get', 'namespace', 'pay', '--show-labels')).includes('member-of'));
      await create(workload('early', { 'sidecar.istio.io/inject': 'true' }));
      await fixture.kubectl('rollout', 'status', 'deployment/early', '-n', 'pay', '--timeout=60s');
      await joinMesh('pay');
      await rootCert('pay', 'mesh-a');
    },
    command: /^kubectl rollout restart deployment\/early -n pay$/, finish: () => remove('deployment', 'early', '-n', 'pay'),
  },
  {
    what: 'a Route leads to pods that the router cannot reach', namespace: 'pay', link: 'routes', reason: 'ExternalAccessBlocked',
    says: /cannot reach the pods behind Route shop: shop-.*maistra\.io\/expose-route/, command: /^kubectl patch deployment\/shop -n pay .*expose-route/,
    seed: async () => {
      await create(workload('shop', {}));
      await create({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'shop', namespace: 'pay' }, spec: { selector: { app: 'shop' }, ports: [{ port: 80 }] } });
      await create({ apiVersion: 'route.openshift.io/v1', kind: 'Route', metadata: { name: 'shop', namespace: 'pay' }, spec: { host: 'shop.example.org', to: { kind: 'Service', name: 'shop' } } });
    },
  },
];

test('the member itself names the Route that was cut off, by condition and Warning Event, until the pods are exposed', async () => {
  const path = '/apis/maistra.io/v1/namespaces/pay/servicemeshmembers/default';
  await create(workload('blog', {}));
  await create({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'blog', namespace: 'pay' }, spec: { selector: { app: 'blog' }, ports: [{ port: 80 }] } });
  await create({ apiVersion: 'route.openshift.io/v1', kind: 'Route', metadata: { name: 'blog', namespace: 'pay' }, spec: { host: 'blog.example.org', to: { kind: 'Service', name: 'blog' } } });
  const blocked = await eventually('the condition is there', async () => conditionOf(await fixture.client.call(path), 'ExternalAccessBlocked'));
  assert.match(blocked.message, /cannot reach the pods behind Route blog: blog-/);
  assert.equal(conditionOf(await fixture.client.call(path), 'Ready')?.status, 'True');
  interface Events { readonly items: readonly { readonly reason: string; readonly type: string }[] }
  await eventually('a Warning', async () => (await fixture.client.call<Events>('/api/v1/namespaces/pay/events')).items.some((event) => event.reason === 'ExternalAccessBlocked' && event.type === 'Warning'));
  await fixture.kubectl('patch', 'deployment', 'blog', '-n', 'pay', '--type=merge', '-p', '{"spec":{"template":{"metadata":{"labels":{"maistra.io/expose-route":"true"}}}}}');
  await eventually('the condition is gone', async () => conditionOf(await fixture.client.call(path), 'ExternalAccessBlocked') === undefined);
  for (const kind of ['route', 'service', 'deployment']) await remove(kind, 'blog', '-n', 'pay');
  await eventually('its pods are gone', async () => (await fixture.client.call<Listed>('/api/v1/namespaces/pay/pods')).items.length === 0);
});

interface Listed { readonly items: readonly unknown[] }

async function broken(fault: Fault): Promise<string> {
  const { link, reason, namespace } = fault;
  const found = await eventually(`${link} of ${namespace} is ${fault.state ?? 'broken'}`, async () => {
    const explanation = await ask(namespace);
    const at = linkOf(explanation, link);
    if (at?.state !== (fault.state ?? 'broken') || at.reason !== reason) throw new Error(JSON.stringify(explanation.links.filter((other) => other.state !== 'holds')));
    assert.equal(explanation.isInOrder, fault.state === 'note');
    assert.match(at.message, fault.says);
    if (fault.state === undefined) assert.equal(explanation.links.find((other) => other.state === 'broken')?.link, link, 'it is the first broken link');
    return at;
  });
  assert.match(found.command ?? '', fault.command);
  return found.command ?? '';
}

for (const fault of alive) {
  test(`${fault.what}: why says so, and its command mends it`, async () => {
    await fault.seed();
    await shell(await broken(fault));
    await fault.finish?.();
    if (fault.leave === undefined) await inOrder(fault.namespace);
    else await eventually('that link holds or the namespace is gone', async () => linkOf(await ask(fault.namespace), fault.link)?.message !== undefined);
  });
}

test('a project admin without the right to use a mesh is told whom to ask, and the command gives it to him', async () => {
  await fixture.kubectl('create', 'namespace', 'bobs');
  await fixture.kubectl('create', 'rolebinding', 'bob', '-n', 'bobs', '--clusterrole=admin', '--user=bob');
  await fixture.kubectl('create', 'clusterrole', 'mesh-reader', '--verb=get,list', '--resource=servicemeshcontrolplanes.maistra.io,servicemeshmemberrolls.maistra.io,servicemeshmembers.maistra.io');
  await fixture.kubectl('create', 'clusterrolebinding', 'mesh-readers', '--clusterrole=mesh-reader', '--user=bob');
  const refused = linkOf(await ask('bobs', 'bob'), 'claimed');
  assert.equal(refused?.reason, 'NotPermitted');
  assert.match(refused?.message ?? '', /user "bob" does not have permission to use ServiceMeshControlPlane mesh-a\/basic/);
  await shell(refused?.command ?? '');
  await eventually('bob may', async () => linkOf(await ask('bobs', 'bob'), 'claimed')?.reason === 'Unclaimed');
});

test('what the user may not read is unknown, not broken', async () => {
  const explanation = await ask('pay', 'alice');
  const exists = linkOf(explanation, 'exists');
  assert.equal(exists?.state, 'unknown');
  assert.match(exists?.message ?? '', /namespaces could not be read \(403 Forbidden\)/);
});

function tmesh(...parameters: readonly string[]): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(root, 'src', 'main.ts'), ...parameters], { env: { ...process.env, KUBECONFIG: fixture.cluster.kubeconfig } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

test('the command ends with 0 in order, 1 broken, 2 for a wrong command line, and prints JSON when asked', async () => {
  const fine = await tmesh('why', 'pay');
  assert.deepEqual([fine.code, fine.stderr], [0, '']);
  assert.match(fine.stdout, /namespace pay is in order in mesh mesh-a\n$/);
  const ghost = await tmesh('why', 'nobody-here', '-o', 'json');
  assert.equal(ghost.code, 1);
  const explanation = JSON.parse(ghost.stdout) as Explanation;
  assert.deepEqual([explanation.namespace, explanation.links[0]?.state, explanation.links.length], ['nobody-here', 'broken', 10]);
  const wrong = await tmesh('why', 'Not_A_Name');
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /"Not_A_Name" is not the name of a namespace/);
  const nowhere = join(bin, 'nowhere');
  await writeFile(nowhere, JSON.stringify({ apiVersion: 'v1', kind: 'Config', clusters: [], contexts: [], users: [] }));
  assert.equal((await tmesh('why', 'pay', '--kubeconfig', nowhere)).code, 2);
});

const dead: readonly { readonly what: string; readonly link: LinkName; readonly damage: () => Promise<unknown>; readonly says: RegExp }[] = [
  { what: 'the label', link: 'label', damage: () => fixture.kubectl('label', 'namespace', 'pay', 'maistra.io/member-of-'), says: /label maistra\.io\/member-of=mesh-a is missing; the operator has not put that right/ },
  { what: 'a policy', link: 'policies', damage: () => remove('networkpolicy', 'istio-mesh-basic', '-n', 'pay'), says: /NetworkPolicy istio-mesh-basic of the mesh is missing/ },
  { what: 'the injection webhook', link: 'webhook', damage: () => remove('mutatingwebhookconfiguration', 'istiod-basic-mesh-a'), says: /the injection webhook of mesh mesh-a is missing/ },
];

for (const { what, link, damage, says } of dead) {
  test(`${what} is gone while no operator runs: why points to the operator, and starting it mends it`, async () => {
    await fixture.operator().stop();
    await damage();
    const found = linkOf(await ask('pay'), link);
    assert.deepEqual([found?.state, found?.reason], ['broken', 'OperatorNotActing']);
    assert.match(found?.message ?? '', says);
    assert.equal(found?.command, 'kubectl rollout restart deployment/tenant-mesh-operator -n tenant-mesh-operator');
    await fixture.restart();
    await inOrder('pay');
  });
}
