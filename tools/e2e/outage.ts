import { setTimeout as sleep } from 'node:timers/promises';
import { SCOPED_API_NAME } from '../../src/api/names.ts';
import { NEWEST_MINOR } from '../../src/domain/versions.ts';
import { gateway, memberRoll, namespaceObject, virtualService } from './istio-objects.ts';
import { isReadyAt, killPods, underLoad, type LivingMesh } from './life.ts';
import { OPERATOR_NAMESPACE } from './operator-steps.ts';
import { say, type Look } from './screen.ts';
import { answerIs, containersOf, podsOf, viaRouter, type Stage } from './stage.ts';
import { service, workload } from './workloads.ts';

/*
 * The scoped API, through which istiods read the cluster, is away: both of its pods are killed, and a quota keeps new ones from coming, for the operator
 * would repair everything else. What goes on, what waits, and what comes back by itself.
 */

const PROJECT = 'microsvc-sample';
const CONTROL_PLANE = 'basic-install';
const LATE = { namespace: 'latecomer', app: 'late', host: 'late.apps.example.com' };
const SCOPED_PODS = `app.kubernetes.io/name=${SCOPED_API_NAME}`;
const ASKS = { 'sidecar.istio.io/inject': 'true' };
const INJECTED = '2/2 spring-boot istio-proxy';
/** Patience for what has to start on a busy machine; how long it took is in the figures. */
const LIMIT_MS = 120_000;
/** Those who ask it wait longer after each failure. */
const LASTS_MS = 10_000;

const QUOTA = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'outage', namespace: OPERATOR_NAMESPACE }, spec: { hard: { pods: '1' } } };
const QUOTA_PATH = `/api/v1/namespaces/${OPERATOR_NAMESPACE}/resourcequotas/${QUOTA.metadata.name}`;

async function seenPods({ client }: Stage, namespace: string, selector: string): Promise<string> {
  return (await podsOf(client, namespace, selector)).map(containersOf).join(', ');
}

/** Out: the time at which the last pod of it was gone. */
async function begin(stage: Stage): Promise<number> {
  const { client, checks, feed } = stage;
  await feed([QUOTA], 'apply');
  await checks.holds('the quota is in force', async () => {
    const { status } = await client.call<{ readonly status?: { readonly hard?: object } }>(QUOTA_PATH);
    return { isGood: status?.hard !== undefined, seen: JSON.stringify(status) };
  }, { times: 1 });
  await killPods(stage, OPERATOR_NAMESPACE, SCOPED_PODS);
  await checks.holds('no pod of the scoped API is left', async () => {
    const seen = await seenPods(stage, OPERATOR_NAMESPACE, SCOPED_PODS);
    return { isGood: seen === '', seen };
  });
  return Date.now();
}

/** Ends it when it has lasted long enough. Out: the time at which a pod of it was ready again. */
async function end(stage: Stage, begun: number): Promise<number> {
  const { checks, figures, kubectl } = stage;
  await sleep(begun + LASTS_MS - Date.now());
  figures['scoped API away, each time'] = `${((Date.now() - begun) / 1000).toFixed(0)} s`;
  await kubectl('delete', 'resourcequota', QUOTA.metadata.name, '-n', OPERATOR_NAMESPACE);
  // Its ReplicaSet waits longer after each refusal; a change of it is looked at at once.
  await kubectl('annotate', 'replicasets', '-n', OPERATOR_NAMESPACE, '-l', SCOPED_PODS, `outage-over=${Date.now()}`, '--overwrite');
  await checks.holds('the scoped API is back', async () => {
    const seen = await seenPods(stage, OPERATOR_NAMESPACE, SCOPED_PODS);
    return { isGood: seen.includes('1/1'), seen };
  }, { times: 1, limitMs: LIMIT_MS });
  return Date.now();
}

/** Waits for something, and keeps how long after the return it came. */
async function comesBack(stage: Stage, what: string, since: number, look: () => Promise<Look>): Promise<void> {
  await stage.checks.holds(what, look, { times: 1, limitMs: LIMIT_MS });
  stage.figures[`scoped API back → ${what}`] = `${((Date.now() - since) / 1000).toFixed(1)} s`;
}

interface Roll {
  readonly spec: { readonly members: readonly string[] };
  readonly status?: { readonly configuredMembers?: readonly string[] };
}

const rollOf = ({ client }: Pick<Stage, 'client'>, mesh: string): Promise<Roll> => client.call<Roll>(`/apis/maistra.io/v1/namespaces/${mesh}/servicemeshmemberrolls/default`);

/** A namespace with a workload behind a host of the mesh's gateway, not a member yet. */
async function prepareLatecomer(stage: Stage): Promise<void> {
  const { checks, feed } = stage;
  const place = { name: LATE.app, namespace: LATE.namespace };
  await feed([namespaceObject(LATE.namespace)], 'apply');
  await feed([
    workload(place), service(place), gateway({ ...place, hosts: [LATE.host], istio: 'ingressgateway' }),
    virtualService(place, { hosts: [LATE.host], gateways: [LATE.app], http: [{ route: [{ destination: { host: LATE.app } }] }] }),
  ], 'apply');
  await checks.holds('the namespace that will join has a workload', async () => {
    const seen = await seenPods(stage, LATE.namespace, `app=${LATE.app}`);
    return { isGood: seen === '1/1 spring-boot', seen };
  }, { times: 1, limitMs: LIMIT_MS });
}

/** istiod lives through it: what is asked of it meanwhile is done afterwards. */
async function outageWithIstiod(stage: Stage, mesh: LivingMesh): Promise<void> {
  const { checks, feed } = stage;
  const begun = await begin(stage);
  await feed([workload({ name: 'meanwhile', namespace: PROJECT, annotations: ASKS })], 'apply');
  const { spec: { members } } = await rollOf(stage, mesh.namespace);
  await feed([memberRoll(mesh.namespace, [...members.filter((member) => member !== LATE.namespace), LATE.namespace])], 'apply');
  await checks.holds('a pod made meanwhile has its sidecar, which waits for a certificate', async () => {
    const seen = await seenPods(stage, PROJECT, 'app=meanwhile');
    return { isGood: /^[01]\/2 spring-boot istio-proxy$/.test(seen), seen };
  }, { limitMs: 60_000 });
  await checks.holds('the operator takes a namespace in', async () => {
    const configured = (await rollOf(stage, mesh.namespace)).status?.configuredMembers ?? [];
    return { isGood: configured.includes(LATE.namespace), seen: configured.join() };
  });
  await checks.holds('istiod is ready all the same', async () => {
    const seen = await seenPods(stage, mesh.namespace, 'app=istiod');
    return { isGood: seen.startsWith('1/1'), seen };
  }, { times: 1 });
  const since = await end(stage, begun);
  await comesBack(stage, 'pod made meanwhile is 2/2', since, async () => {
    const seen = await seenPods(stage, PROJECT, 'app=meanwhile');
    return { isGood: seen === INJECTED, seen };
  });
  await comesBack(stage, 'host of the namespace that joined answers', since, () => answerIs(viaRouter(stage, LATE.host, '/'), ({ status }) => status === 200));
}

/** What condition Ready of the control plane says. */
async function saidOf({ client }: Stage, mesh: string): Promise<string> {
  const { status } = await client.call<{ readonly status: { readonly conditions: readonly { readonly type: string; readonly reason?: string; readonly message?: string }[] } }>(`/apis/maistra.io/v2/namespaces/${mesh}/servicemeshcontrolplanes/${CONTROL_PLANE}`);
  const ready = status.conditions.find(({ type }) => type === 'Ready');
  return `${ready?.reason ?? ''}: ${ready?.message ?? ''}`;
}

/** istiod is killed meanwhile: another one cannot begin, and does as soon as it can. */
async function outageWithoutIstiod(stage: Stage, mesh: LivingMesh): Promise<void> {
  const { checks, feed } = stage;
  const begun = await begin(stage);
  await killPods(stage, mesh.namespace, 'app=istiod');
  await checks.holds('another istiod waits, and the control plane says for what', async () => {
    const [pods, said] = await Promise.all([seenPods(stage, mesh.namespace, 'app=istiod'), saidOf(stage, mesh.namespace)]);
    return { isGood: pods === '0/1 discovery' && said.includes(SCOPED_API_NAME), seen: `${pods}; ${said}` };
  }, { limitMs: 60_000 });
  const since = await end(stage, begun);
  await comesBack(stage, 'istiod ready, its container not restarted', since, async () => {
    const [pod] = await podsOf(stage.client, mesh.namespace, 'app=istiod');
    const [container] = pod?.status.containerStatuses ?? [];
    return { isGood: container?.ready === true && container.restartCount === 0, seen: JSON.stringify(container) };
  });
  // Its webhooks insist on an answer again from then on.
  await isReadyAt(stage, mesh.namespace, NEWEST_MINOR.defaultPatch);
  await feed([workload({ name: 'afterwards', namespace: PROJECT, annotations: ASKS })], 'apply');
  await comesBack(stage, 'control plane Ready, a new pod is 2/2', since, async () => {
    const seen = await seenPods(stage, PROJECT, 'app=afterwards');
    return { isGood: seen === INJECTED, seen };
  });
}

async function tidyUp({ client, feed, kubectl }: Stage, mesh: LivingMesh): Promise<void> {
  const { spec: { members } } = await rollOf({ client }, mesh.namespace);
  await feed([memberRoll(mesh.namespace, members.filter((member) => member !== LATE.namespace))], 'apply');
  await kubectl('delete', 'resourcequota', QUOTA.metadata.name, '-n', OPERATOR_NAMESPACE, '--ignore-not-found');
  await kubectl('delete', 'deployment', 'meanwhile', 'afterwards', '-n', PROJECT, '--ignore-not-found', '--wait=false');
  await kubectl('delete', 'namespace', LATE.namespace, '--ignore-not-found', '--wait=false');
}

/** Plays both. In: a mesh whose gateway serves and of which microsvc-sample is a member. istiod's log has complaints afterwards. */
export async function playOutage(stage: Stage, mesh: LivingMesh): Promise<void> {
  say('\n== Life: the scoped API is away, under load');
  try {
    await prepareLatecomer(stage);
    await underLoad(stage, { what: 'scoped API away', requests: [mesh] }, () => outageWithIstiod(stage, mesh));
    await underLoad(stage, { what: 'scoped API away and istiod killed', requests: [mesh] }, () => outageWithoutIstiod(stage, mesh));
  } finally {
    await tidyUp(stage, mesh);
  }
}
