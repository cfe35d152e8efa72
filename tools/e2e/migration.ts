import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { NEWEST_MINOR } from '../../src/domain/versions.ts';
import { kubeconfigFile } from '../cluster/users.ts';
import { OLDER_MINOR } from './images.ts';
import { gateway, namespaceObject, virtualService } from './istio-objects.ts';
import { underLoad } from './life.ts';
import { OLD_MEMBER, OLD_MESH, OLD_NAME, OLD_OPERATOR, OLD_ROLE, OLD_VERSION, asWritten, oldMesh, oldObjects, oldOperator, type OldMesh } from './old-mesh.ts';
import { OPERATOR_NAMESPACE, OPERATOR_SELECTOR } from './operator-steps.ts';
import { say } from './screen.ts';
import { answerIs, containersOf, podsOf, viaRouter, type Stage } from './stage.ts';
import { service, workload } from './workloads.ts';

/* A mesh of OpenShift Service Mesh 2.6 (old-mesh.ts says what stands for it) is handed over by `tmesh migrate`, given back, handed over again, and the move finished: all of it under load. */

const OPERATOR = 'tenant-mesh-operator';
const WEB = { name: 'web', namespace: OLD_MEMBER, annotations: { 'sidecar.istio.io/inject': 'true' }, lingers: 4 };
const HOST = 'web.apps.example.com';
const LOAD = { requests: [{ host: HOST }], perSecond: 20 };
const GATEWAY = [
  gateway({ ...WEB, hosts: [HOST], istio: 'ingressgateway' }),
  virtualService(WEB, { hosts: [HOST], gateways: [WEB.name], http: [{ route: [{ destination: { host: WEB.name } }] }] }),
];

interface Ended {
  readonly code: number;
  readonly text: string;
}

/** The command as a cluster administrator runs it. */
function tmesh(dir: string, ...parameters: readonly string[]): Promise<Ended> {
  const program = join(import.meta.dirname, '..', '..', 'dist', 'tmesh.mjs');
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...parameters, '--kubeconfig', kubeconfigFile(dir, 'admin')], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), text: `${stdout}${stderr}` });
    });
  });
}

/** Runs a step of the move, and checks that it came to its end. */
async function moves(stage: Stage, dir: string, ...step: readonly string[]): Promise<string> {
  const since = Date.now();
  const { code, text } = await tmesh(dir, 'migrate', ...step);
  await stage.checks.holds(`tmesh migrate ${step.join(' ')}`, () => Promise.resolve({ isGood: code === 0, seen: text }), { times: 1, limitMs: 0 });
  stage.figures[`tmesh migrate ${step[0]}`] = `${((Date.now() - since) / 1000).toFixed(1)} s`;
  return text;
}

async function stopOurs({ kubectl, checks }: Stage): Promise<void> {
  await kubectl('scale', 'deployment', OPERATOR, '-n', OPERATOR_NAMESPACE, '--replicas=0');
  await checks.holds('this operator waits at zero, as one that is installed for a move', async () => {
    const seen = await kubectl('get', 'pods', '-n', OPERATOR_NAMESPACE, '-l', OPERATOR_SELECTOR, '-o', 'name');
    return { isGood: seen === '', seen };
  }, { times: 1, limitMs: 60_000 });
  await kubectl('delete', 'validatingwebhookconfiguration,mutatingwebhookconfiguration', OPERATOR, '--ignore-not-found');
}

async function asOldOperator({ feed }: Stage, objects: readonly object[]): Promise<void> {
  await feed(objects, 'apply', '--server-side', '--force-conflicts', '--field-manager=old-operator');
}

/** What the old operator says of its mesh. */
async function oldStatus({ kubectl }: Stage): Promise<void> {
  const status = { status: { operatorVersion: OLD_VERSION, chartVersion: OLD_VERSION, observedGeneration: 1 } };
  await kubectl('patch', 'servicemeshcontrolplanes.v2.maistra.io', OLD_NAME, '-n', OLD_MESH, '--subresource=status', '--type=merge', '-p', JSON.stringify(status));
}

async function rootOf({ kubectl }: Stage, namespace: string): Promise<string> {
  return kubectl('get', 'configmap', 'istio-ca-root-cert', '-n', namespace, '-o', 'jsonpath={.data.root-cert\\.pem}');
}

/** Image tags of the containers of a mesh's pods. */
async function versions({ client }: Stage, namespace: string, app: string): Promise<string> {
  return (await podsOf(client, namespace, `app=${app}`)).map((pod) => `${containersOf(pod).split(' ')[0] ?? ''} ${pod.spec.containers.map(({ image }) => image.split(':').at(-1) ?? '').join(' ')}`).join(', ');
}

async function runsAt(stage: Stage, version: string): Promise<void> {
  for (const app of ['istiod', 'istio-ingressgateway']) {
    await stage.checks.holds(`${app} runs Istio ${version}`, async () => {
      const seen = await versions(stage, OLD_MESH, app);
      return { isGood: seen === `1/1 ${version}`, seen };
    }, { limitMs: 120_000 });
  }
}

/** Out: all that the old operator makes of its mesh. */
async function installOld(stage: Stage, mesh: OldMesh): Promise<readonly object[]> {
  const { checks, client, feed } = stage;
  await stopOurs(stage);
  await feed([namespaceObject(OLD_OPERATOR.namespace), ...mesh.namespaces], 'apply');
  await feed([asWritten(mesh), mesh.roll], 'apply', '--server-side');
  await feed(oldOperator(), 'apply');
  await oldStatus(stage);
  await asOldOperator(stage, await oldObjects(client, mesh, GATEWAY));
  await checks.holds('the old istiod publishes its root, in its member too', async () => {
    const [own, member] = await Promise.all([rootOf(stage, OLD_MESH), rootOf(stage, OLD_MEMBER)]);
    return { isGood: own.includes('BEGIN CERTIFICATE') && own === member, seen: own.slice(0, 60) };
  }, { limitMs: 120_000 });
  const objects = await oldObjects(client, mesh, GATEWAY, await rootOf(stage, OLD_MESH));
  await asOldOperator(stage, objects);
  return objects;
}

async function letItServe(stage: Stage): Promise<void> {
  const { checks, feed } = stage;
  await feed([...GATEWAY, service(WEB), workload(WEB)], 'apply');
  await hasSidecar(stage, OLDER_MINOR.defaultPatch);
  await runsAt(stage, OLDER_MINOR.defaultPatch);
  await checks.holds('the old mesh serves, with mTLS behind its gateway', () =>
    answerIs(viaRouter(stage, HOST, '/'), ({ status, body }) => status === 200 && body.includes(`spiffe://cluster.local/ns/${OLD_MESH}/`)), { limitMs: 60_000 });
}

async function hasSidecar(stage: Stage, version: string): Promise<void> {
  await stage.checks.holds(`web has a sidecar of Istio ${version}`, async () => {
    const seen = await versions(stage, OLD_MEMBER, WEB.name);
    return { isGood: seen === `2/2 1 ${version}`, seen };
  }, { limitMs: 120_000 });
}

async function planSays(stage: Stage, dir: string): Promise<void> {
  const { code, text } = await tmesh(dir, 'migrate', 'plan');
  await stage.checks.holds('the plan: everything can be moved, the Deployment of the gateway is replaced', () => {
    const replaced = `Deployment ${OLD_MESH}/istio-ingressgateway: spec.selector is another`;
    return Promise.resolve({ isGood: code === 0 && text.includes(replaced), seen: text });
  }, { times: 1, limitMs: 0 });
}

interface DeploymentView {
  readonly spec: { readonly replicas: number; readonly selector: { readonly matchLabels: Readonly<Record<string, string>> } };
}

const deploymentOf = ({ client }: Stage, namespace: string, name: string): Promise<DeploymentView> => client.call<DeploymentView>(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`);

/** Who has the mesh: whose gateway it is, and which operator runs. */
async function isWith(stage: Stage, who: 'old' | 'new'): Promise<void> {
  await stage.checks.holds(`the mesh is with the ${who} operator`, async () => {
    const [door, old, ours] = await Promise.all([deploymentOf(stage, OLD_MESH, 'istio-ingressgateway'), deploymentOf(stage, OLD_OPERATOR.namespace, OLD_OPERATOR.name), deploymentOf(stage, OPERATOR_NAMESPACE, OPERATOR)]);
    const seen = [door.spec.selector.matchLabels['maistra-control-plane'] === undefined ? 'new' : 'old', old.spec.replicas, ours.spec.replicas].join();
    return { isGood: seen === (who === 'old' ? 'old,1,0' : 'new,0,1'), seen };
  });
}

async function handOver(stage: Stage, dir: string): Promise<void> {
  const root = await rootOf(stage, OLD_MEMBER);
  await underLoad(stage, { ...LOAD, what: 'moving in' }, async () => {
    await moves(stage, dir, 'apply', '--timeout', '3m');
    await isWith(stage, 'new');
    await runsAt(stage, NEWEST_MINOR.defaultPatch);
  });
  await hasSidecar(stage, OLDER_MINOR.defaultPatch);
  await stage.checks.holds('its member keeps the root, so old and new proxies trust each other', async () => {
    const seen = await rootOf(stage, OLD_MEMBER);
    return { isGood: seen === root, seen: seen.slice(0, 80) };
  }, { times: 1 });
}

/** The old operator, which is no more than a Deployment here, would apply its objects again and say so: it is done in its place. */
async function giveBack(stage: Stage, dir: string, objects: readonly object[]): Promise<void> {
  await underLoad(stage, { ...LOAD, what: 'going back' }, async () => {
    await moves(stage, dir, 'undo');
    await isWith(stage, 'old');
    await stage.checks.holds('a control plane can be written to, with nobody of this operator left to ask', async () => {
      const seen = await stage.kubectl('annotate', 'servicemeshcontrolplanes.v2.maistra.io', OLD_NAME, '-n', OLD_MESH, 'seen-by=its-user', '--overwrite');
      return { isGood: seen !== '', seen };
    }, { times: 1 });
    await asOldOperator(stage, objects);
    await oldStatus(stage);
    await runsAt(stage, OLDER_MINOR.defaultPatch);
  });
}

async function finish(stage: Stage, dir: string): Promise<void> {
  const { checks, kubectl } = stage;
  await underLoad(stage, { ...LOAD, what: 'moving in again, workloads restarted, finished' }, async () => {
    await moves(stage, dir, 'apply', '--timeout', '3m');
    await isWith(stage, 'new');
    await runsAt(stage, NEWEST_MINOR.defaultPatch);
    await kubectl('rollout', 'restart', `deployment/${WEB.name}`, '-n', OLD_MEMBER);
    await hasSidecar(stage, NEWEST_MINOR.defaultPatch);
    await moves(stage, dir, 'finish');
  });
  await checks.holds('nothing of the old operator is left in the cluster but itself', async () => {
    const seen = await kubectl('get', 'clusterrole,clusterrolebinding', OLD_ROLE, '--ignore-not-found', '-o', 'name');
    return { isGood: seen === '', seen };
  });
  const { code, text } = await tmesh(dir, 'migrate', 'undo');
  await checks.holds('there is no way back any more, and undo says so', () => Promise.resolve({ isGood: code !== 0 && text.includes('it is finished'), seen: text }), { times: 1, limitMs: 0 });
}

async function tidyUp({ kubectl }: Stage): Promise<void> {
  await kubectl('delete', 'validatingwebhookconfiguration', `${OLD_OPERATOR.namespace}.servicemesh-resources.maistra.io`, '--ignore-not-found');
  await kubectl('scale', 'deployment', OPERATOR, '-n', OPERATOR_NAMESPACE, '--replicas=1');
  await kubectl('rollout', 'status', `deployment/${OPERATOR}`, '-n', OPERATOR_NAMESPACE, '--timeout=90s');
  await kubectl('delete', 'namespace', OLD_MEMBER, OLD_OPERATOR.namespace, '--ignore-not-found', '--wait=false');
  await kubectl('delete', 'servicemeshcontrolplanes.v2.maistra.io', OLD_NAME, '-n', OLD_MESH, '--ignore-not-found', '--timeout=90s');
  await kubectl('delete', 'namespace', OLD_MESH, '--ignore-not-found', '--wait=false');
}

/** Plays it. This operator's other meshes serve on meanwhile, also while it waits at zero. In: the cluster's folder. */
export async function playMigration(stage: Stage, dir: string): Promise<void> {
  say('\n== Moving in: a mesh of OpenShift Service Mesh 2.6 is handed over, given back, and handed over for good');
  try {
    const objects = await installOld(stage, await oldMesh());
    await letItServe(stage);
    await planSays(stage, dir);
    await handOver(stage, dir);
    await giveBack(stage, dir, objects);
    await finish(stage, dir);
  } finally {
    await tidyUp(stage);
  }
}
