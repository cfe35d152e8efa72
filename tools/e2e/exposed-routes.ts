import { join } from 'node:path';
import { selfSigned } from '../cluster/certificates.ts';
import { HaproxyRouter } from '../cluster/router/haproxy-router.ts';
import { idOfContainer, processOfContainer } from './container-process.ts';
import { startEnforcer } from './policies/enforcer.ts';
import { say, type Look } from './screen.ts';
import { answerIs, containersOf, podsOf, viaRouter, type Stage } from './stage.ts';
import { DEFAULT_NAME } from './tls-routes.ts';
import { workload } from './workloads.ts';

/*
 * expose-route end to end: policies in force, and a router that is a pod among others. What the node itself sends passes every policy, so
 * HAProxy runs in the network of a pod, in a namespace with OpenShift's label for routers.
 */
const ROUTER = 'router-pods';
const PROJECT = 'microsvc-sample';
const MESH = 'istio-system';
const HOST = `el-sample-${PROJECT}.apps.example.com`;
/** How soon a label must take effect: wishes.md W16. */
const SOON_MS = 5000;

async function routerPod({ client, feed, checks }: Stage): Promise<{ readonly address: string; readonly pid: number }> {
  await feed([
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: ROUTER, labels: { 'network.openshift.io/policy-group': 'ingress' } } },
    workload({ name: 'router', namespace: ROUTER }),
  ], 'apply');
  await checks.holds('a pod for the router is ready', async () => {
    const seen = (await podsOf(client, ROUTER, 'app=router')).map(containersOf).join();
    return { isGood: seen.startsWith('1/1'), seen };
  }, { times: 1, limitMs: 60_000 });
  const [pod] = await podsOf(client, ROUTER, 'app=router');
  if (pod?.status.podIP === undefined) throw new Error('the pod for the router is gone');
  return { address: pod.status.podIP, pid: await processOfContainer(idOfContainer(pod.status.containerStatuses?.[0]?.containerID)) };
}

interface Roll {
  readonly status?: { readonly memberStatuses?: readonly { readonly namespace: string; readonly conditions?: readonly { readonly type: string; readonly message?: string }[] }[] };
}

/** What the mesh's roll says of the project's Routes. */
async function blockedMessage({ client }: Stage): Promise<string> {
  const { status } = await client.call<Roll>(`/apis/maistra.io/v1/namespaces/${MESH}/servicemeshmemberrolls/default`);
  const conditions = status?.memberStatuses?.find(({ namespace }) => namespace === PROJECT)?.conditions ?? [];
  return conditions.find(({ type }) => type === 'ExternalAccessBlocked')?.message ?? '';
}

async function label({ client, kubectl }: Stage, change: string): Promise<void> {
  for (const { metadata } of await podsOf(client, PROJECT, 'app=el-sample')) await kubectl('label', 'pod', metadata.name, '-n', PROJECT, change);
}

function isServed(stage: Stage): Promise<Look> {
  return answerIs(viaRouter(stage, HOST, '/', { method: 'POST', body: '{}', timeoutMs: 2000 }), ({ status }) => status === 202);
}

async function play(stage: Stage): Promise<void> {
  const { checks } = stage;
  await checks.holds('el-sample answers through its Route: its pod is exposed', () => isServed(stage));
  await checks.holds('a workload without the label does not: no server is reached', () =>
    answerIs(viaRouter(stage, `caller-${PROJECT}.apps.example.com`, '/', { timeoutMs: 10_000 }), ({ status }) => [503, 504].includes(status)), { limitMs: 30_000 });
  await checks.holds('and the roll names that Route', async () => {
    const seen = await blockedMessage(stage);
    return { isGood: /Route caller/.test(seen) && !/Route el-sample/.test(seen), seen };
  });
  await label(stage, 'maistra.io/expose-route-');
  await checks.holds('the label is taken off: the Route leads nowhere', () => answerIs(viaRouter(stage, HOST, '/', { timeoutMs: 10_000 }), ({ status }) => [503, 504].includes(status)), { times: 1 });
  await checks.holds('and within 5 s the roll says so', async () => {
    const seen = await blockedMessage(stage);
    return { isGood: /Route el-sample/.test(seen), seen };
  }, { times: 1, limitMs: SOON_MS });
  await label(stage, 'maistra.io/expose-route=true');
  await checks.holds('the label is back: within 5 s it answers again', () => isServed(stage), { times: 1, limitMs: SOON_MS });
  await checks.holds('and the roll has no more to say of it', async () => {
    const seen = await blockedMessage(stage);
    return { isGood: !/Route el-sample/.test(seen), seen };
  }, { times: 1, limitMs: SOON_MS });
}

/** Plays it while microsvc-sample is a member. In: the cluster's folder. */
export async function playExposedRoutes(stage: Stage, dir: string): Promise<void> {
  say('\n== expose-route: policies in force, the router is a pod');
  const { address, pid } = await routerPod(stage);
  const enforcer = await startEnforcer(stage.client, dir);
  const router = await HaproxyRouter.start({ client: stage.client, dir: join(dir, 'router-pod'), address, certificate: await selfSigned(DEFAULT_NAME, new Date()), inNetworkOf: pid });
  try {
    await play({ ...stage, router: `http://${address}` });
  } finally {
    await router.stop();
    await enforcer.stop();
    await stage.kubectl('delete', 'namespace', ROUTER, '--wait=false');
  }
}
