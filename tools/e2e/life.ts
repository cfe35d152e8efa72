import { readdir, readFile } from 'node:fs/promises';
import { NODE_NAME } from '../cluster/node/addresses.ts';
import { readState } from '../cluster/state.ts';
import { BUSY_GATEWAY, controlPlane } from './control-plane.ts';
import { shownFailures, startLoad, type LoadRequest, type LoadResult } from './load.ts';
import { OPERATOR_NAMESPACE, OPERATOR_SELECTOR } from './operator-steps.ts';
import { say } from './screen.ts';
import { answerIs, podsOf, viaRouter, type Stage } from './stage.ts';

/* What a mesh must live through: an upgrade while it serves, and the sudden end of each part that steers it. */

const PER_SECOND = 50;

/** The mesh to play with, and a host that its gateway serves. */
export interface LivingMesh {
  readonly namespace: string;
  readonly host: string;
}

/** SIGKILL without notice; its Deployment makes another. */
export async function killPods({ kubectl }: Stage, namespace: string, selector: string): Promise<void> {
  await kubectl('delete', 'pods', '-n', namespace, '-l', selector, '--grace-period=0', '--force', '--wait=false');
}

/** Ends the operator in the middle of whatever it does. */
export async function killOperator(stage: Stage): Promise<void> {
  await killPods(stage, OPERATOR_NAMESPACE, OPERATOR_SELECTOR);
}

/** Requests that come in while something else happens. */
export interface LoadPlan {
  /** Names the figures. */
  readonly what: string;
  readonly requests: readonly LoadRequest[];
  /** Default: 50. */
  readonly perSecond?: number;
}

/** Does something while requests come in at a gateway, and checks that none failed. */
export async function underLoad(stage: Stage, { what, requests, perSecond = PER_SECOND }: LoadPlan, action: () => Promise<unknown>): Promise<void> {
  const load = startLoad(stage, requests, perSecond);
  await action();
  const { sent, seconds, failures }: LoadResult = await load.stop();
  stage.figures[`${what}, requests`] = `${sent} in ${seconds.toFixed(0)} s, ${failures.length} failed`;
  await stage.checks.holds(`no request failed meanwhile: ${sent - failures.length} of ${sent} answered, ${perSecond} per second`, () =>
    Promise.resolve({ isGood: sent > 0 && failures.length === 0, seen: `${failures.length} failed\n${shownFailures(failures)}` }), { times: 1, limitMs: 0 });
}

interface MeshView {
  readonly status?: { readonly chartVersion?: string; readonly observedGeneration?: number; readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string }[] };
  readonly metadata: { readonly generation: number };
}

/** Waits until a control plane is ready for what was last asked, at that version. */
export async function isReadyAt({ checks, client }: Stage, namespace: string, version: string, limitMs = 120_000): Promise<boolean> {
  return checks.holds(`the control plane is ready at ${version}`, async () => {
    const { metadata, status } = await client.call<MeshView>(`/apis/maistra.io/v2/namespaces/${namespace}/servicemeshcontrolplanes/basic-install`);
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    const isGood = ready?.status === 'True' && status?.chartVersion === version && status.observedGeneration === metadata.generation;
    return { isGood, seen: `${ready?.reason} ${status?.chartVersion}, generation ${status?.observedGeneration} of ${metadata.generation}` };
  }, { limitMs });
}

/** Images of a mesh's own pods, one each; those that are going left out. */
async function imagesOf({ client }: Stage, namespace: string): Promise<readonly string[]> {
  const pods = await podsOf(client, namespace, 'app in (istiod, istio-ingressgateway, istio-egressgateway)');
  return pods.flatMap(({ spec }) => spec.containers.map(({ image }) => image));
}

/** Moves a mesh to another patch while its gateway serves; the operator is killed in the middle. */
export async function upgradeUnderLoad(stage: Stage, mesh: LivingMesh, version: string): Promise<void> {
  say(`\n== Life: ${mesh.namespace} moves to ${version} under load; the operator is killed on the way`);
  await underLoad(stage, { what: 'upgrade of a mesh', requests: [mesh] }, async () => {
    await stage.feed([await controlPlane('04-istio-installation-mtls.yaml', mesh.namespace, { ...BUSY_GATEWAY, version: `v${version}` })], 'apply');
    await killOperator(stage);
    await isReadyAt(stage, mesh.namespace, version);
    await stage.checks.holds('every pod of the mesh is of the new version', async () => {
      const images = await imagesOf(stage, mesh.namespace);
      return { isGood: images.length === 3 && images.every((image) => image.endsWith(`:${version}`)), seen: images.join() };
    }, { limitMs: 60_000 });
  });
}

/** Ends istiod while the gateway serves. */
export async function loseIstiod(stage: Stage, mesh: LivingMesh): Promise<void> {
  say(`\n== Life: istiod of ${mesh.namespace} is killed under load`);
  await underLoad(stage, { what: 'istiod killed', requests: [mesh] }, async () => {
    const before = (await podsOf(stage.client, mesh.namespace, 'app=istiod')).map(({ metadata }) => metadata.name).join();
    await killPods(stage, mesh.namespace, 'app=istiod');
    await stage.checks.holds('another istiod is ready', async () => {
      const pods = await podsOf(stage.client, mesh.namespace, 'app=istiod');
      const isGood = pods.length === 1 && pods.every(({ metadata, status }) => metadata.name !== before && status.containerStatuses?.[0]?.ready === true);
      return { isGood, seen: pods.map(({ metadata }) => metadata.name).join() };
    }, { limitMs: 60_000 });
  });
}

interface NodeView {
  readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string; readonly lastHeartbeatTime: string }[] };
}

/** Processes that were started with this very command line (proc(5)). */
async function pidsOf(command: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return pids.filter((_pid, at) => commands[at] === command);
}

/** Looks in a row, for some seconds. */
const SEVERAL = 15;

/**
 * Ends the kubelet while a gateway serves: no pod may notice. In: the cluster's folder. The load ends with the kubelet's absence: another one calls every pod
 * unready until it has probed it, and for that moment a Service has no endpoints. Source: Kubernetes 1.34, kubelet, prober manager, UpdatePodStatus.
 */
export async function loseKubelet(stage: Stage, mesh: LivingMesh, dir: string): Promise<void> {
  say('\n== Life: the kubelet is killed under load');
  const { checks, client, kubectl } = stage;
  const kubelet = (await readState(dir))?.processes['kubelet'];
  if (kubelet === undefined) throw new Error('the cluster has no kubelet');
  const pods = (): Promise<string> => kubectl('get', 'pods', '-n', mesh.namespace, '-o', 'jsonpath={range .items[*]}{.metadata.uid} {.status.containerStatuses[*].restartCount}{"\\n"}{end}', '--sort-by=.metadata.uid');
  const before = await pods();
  const at = Date.now();
  await underLoad(stage, { what: 'kubelet killed', requests: [mesh] }, async () => {
    const command = await readFile(`/proc/${kubelet.pid}/cmdline`, 'utf8');
    process.kill(kubelet.pid, 'SIGKILL');
    await checks.holds('another kubelet is started', async () => {
      const pids = (await pidsOf(command)).filter((pid) => pid !== String(kubelet.pid));
      return { isGood: pids.length > 0, seen: pids.join() };
    }, { times: 1, limitMs: 60_000 });
  });
  await checks.holds('it says that the node is ready', async () => {
    const { status } = await client.call<NodeView>(`/api/v1/nodes/${NODE_NAME}`);
    const ready = status.conditions.find(({ type }) => type === 'Ready');
    return { isGood: ready?.status === 'True' && Date.parse(ready.lastHeartbeatTime) > at, seen: `${ready?.status} ${ready?.lastHeartbeatTime}` };
  }, { times: 1, limitMs: 60_000 });
  await checks.holds('it has probed the pods anew, and the gateway serves as before', () => answerIs(viaRouter(stage, mesh.host, '/'), ({ status }) => status === 200), { times: SEVERAL, limitMs: 60_000 });
  await checks.holds('every pod of the mesh is the one it was, and none was restarted', async () => {
    const seen = await pods();
    return { isGood: seen === before, seen };
  });
}

/** Deletes a control plane, the operator killed on the way, and waits until nothing of it is left in the cluster. */
export async function deleteMesh(stage: Stage, namespace: string): Promise<void> {
  say(`\n== Life: the control plane in ${namespace} is deleted; the operator is killed on the way`);
  const { kubectl, checks } = stage;
  await kubectl('delete', 'servicemeshcontrolplanes.v2.maistra.io', 'basic-install', '-n', namespace, '--wait=false');
  await killOperator(stage);
  await checks.holds('the control plane is gone', async () => {
    const seen = await kubectl('get', 'servicemeshcontrolplanes.v2.maistra.io', '-n', namespace, '-o', 'name');
    return { isGood: seen === '', seen };
  }, { limitMs: 90_000 });
  await checks.holds('and all that was made for it', async () => {
    const inside = await kubectl('get', 'deployments,services,configmaps,networkpolicies,roles,rolebindings,routes.route.openshift.io', '-n', namespace, '-l', `maistra.io/owner=${namespace}`, '-o', 'name');
    const outside = await kubectl('get', 'clusterroles,clusterrolebindings,mutatingwebhookconfigurations,validatingwebhookconfigurations', '-l', `maistra.io/owner=${namespace}`, '-o', 'name');
    return { isGood: inside + outside === '', seen: inside + outside };
  });
}
