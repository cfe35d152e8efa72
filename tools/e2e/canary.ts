import { NEWEST_MINOR } from '../../src/domain/versions.ts';
import type { Answer } from '../cluster/ask.ts';
import { SMALL_MESH, controlPlane } from './control-plane.ts';
import { OLDER_MINOR } from './images.ts';
import { gateway, memberRoll, namespaceObject, virtualService } from './istio-objects.ts';
import { isReadyAt, underLoad } from './life.ts';
import type { LoadRequest } from './load.ts';
import { startRolloutWatch } from './rollout-watch.ts';
import { say, type Look } from './screen.ts';
import { answerIs, callsFromPod, containersOf, podsOf, viaRouter, type Stage } from './stage.ts';
import { service, workload, type Workload } from './workloads.ts';

/*
 * A newer Istio minor beside the mesh's own, with real proxies: one member moves, calls go to and fro between it and the one that stays, and it goes back, then
 * by the operator's own hand. Both minors are one build under two names (docs/e2e.md): what differs is what the operator makes of them.
 */

const MESH = 'mesh-canary';
const NAME = 'basic-install';
const [STAYS, MOVES] = ['stays', 'moves'];
const OWN = OLDER_MINOR.defaultPatch;
const NEWER = NEWEST_MINOR.defaultPatch;
/** So long a proxy needs to be told that a pod goes. */
const LINGERS = 4;

const member = (name: string, namespace: string): Workload => ({ name, namespace, annotations: { 'sidecar.istio.io/inject': 'true' }, lingers: LINGERS });
const FRONT = member('front', STAYS);
const BACK = member('back', MOVES);
/** A second one that moves, which nobody calls: order is seen between two. */
const SIDE = member('side', MOVES);
const OUTSIDER: Workload = { name: 'outsider', namespace: STAYS };

const hostOf = ({ name }: Workload): string => `${name}.apps.example.com`;
const nameOf = ({ name, namespace }: Workload): string => `${name}.${namespace}.svc.cluster.local`;
/** The one told to call the other: through the gateway to a sidecar, from there to the other's. Any address will do, the sidecar goes by the name; and nobody asks DNS 20 times a second. */
const callOf = (from: Workload, to: Workload): LoadRequest => ({ host: hostOf(from), path: `/call?${new URLSearchParams({ url: 'http://192.0.2.1:8080/', host: nameOf(to) }).toString()}`, isGood: isCalled });
const isCalled = ({ status, body }: Answer): boolean => status === 200 && body.startsWith('200 envoy ');
const TO_AND_FRO = [callOf(FRONT, BACK), callOf(BACK, FRONT)];
/** Each passes five proxies and two workloads. */
const PER_SECOND = 20;

function exposed(one: Workload): readonly object[] {
  const { name } = one;
  return [
    workload(one), service(one), gateway({ name, namespace: one.namespace, hosts: [hostOf(one)], istio: 'ingressgateway' }),
    virtualService({ name, namespace: one.namespace }, { hosts: [hostOf(one)], gateways: [name], http: [{ route: [{ destination: { host: name } }] }] }),
  ];
}

/** The sidecar's image of each pod of a workload that is wholly there. */
async function sidecars({ client }: Stage, { name, namespace }: Workload): Promise<string> {
  const pods = await podsOf(client, namespace, `app=${name}`);
  return pods.map((pod) => `${containersOf(pod)} ${pod.spec.containers.find((container) => container.name === 'istio-proxy')?.image.split(':').at(-1) ?? ''}`).join(', ');
}

async function hasSidecar(stage: Stage, one: Workload, version: string): Promise<void> {
  await stage.checks.holds(`${one.name} has a sidecar of Istio ${version}`, async () => {
    const seen = await sidecars(stage, one);
    return { isGood: seen === `2/2 spring-boot istio-proxy ${version}`, seen };
  }, { limitMs: 120_000 });
}

async function install(stage: Stage): Promise<void> {
  const { feed } = stage;
  await feed([MESH, STAYS, MOVES].map((name) => namespaceObject(name)), 'apply');
  await feed([memberRoll(MESH, [STAYS, MOVES]), await controlPlane('04-istio-installation-mtls.yaml', MESH, { ...SMALL_MESH, version: `v${OLDER_MINOR.minor}` })], 'apply');
  await isReadyAt(stage, MESH, OWN);
  await feed([...exposed(FRONT), ...exposed(BACK), workload(SIDE), workload(OUTSIDER)], 'apply');
  for (const one of [FRONT, BACK, SIDE]) await hasSidecar(stage, one, OWN);
  await areCalled(stage);
}

async function areCalled(stage: Stage): Promise<void> {
  for (const { host, path = '' } of TO_AND_FRO) await stage.checks.holds(`${host} calls the other`, () => answerIs(viaRouter(stage, host, path), isCalled));
}

/** What the control plane is asked for beside its settings; this field is of v2. */
async function strategy({ kubectl }: Stage, updateStrategy: object): Promise<void> {
  await kubectl('patch', 'servicemeshcontrolplanes.v2.maistra.io', NAME, '-n', MESH, '--type=merge', '-p', JSON.stringify({ spec: { updateStrategy } }));
}

interface Condition {
  readonly type: string;
  readonly reason?: string;
  readonly message?: string;
}

interface Plane {
  readonly status: { readonly conditions: readonly Condition[]; readonly sidecars?: { readonly outdated?: number; readonly restarts?: { readonly heldBack?: readonly { readonly workload: string; readonly reason: string }[] } } };
}

async function statusOf({ client }: Stage): Promise<Plane['status']> {
  return (await client.call<Plane>(`/apis/maistra.io/v2/namespaces/${MESH}/servicemeshcontrolplanes/${NAME}`)).status;
}

async function canarySays(stage: Stage): Promise<string> {
  const found = (await statusOf(stage)).conditions.find(({ type }) => type === 'Canary');
  return found === undefined ? '' : `${found.reason}: ${found.message}`;
}

/** Proxies that are connected to an istiod of the mesh, as it says itself. */
async function connectedTo({ kubectl }: Stage, istiod: string): Promise<string> {
  return kubectl('exec', '-n', MESH, `deploy/${istiod}`, '--', 'pilot-discovery', 'request', 'GET', '/debug/syncz');
}

/** Whose istiod the proxies of a workload are at. */
async function isAt(stage: Stage, one: Workload, istiod: string, other: string): Promise<void> {
  await stage.checks.holds(`${one.name} is connected to ${istiod}, and not to the other istiod`, async (): Promise<Look> => {
    const [here, there] = await Promise.all([connectedTo(stage, istiod), connectedTo(stage, other)]);
    const named = `"${one.name}-`;
    return { isGood: here.includes(named) && !there.includes(named), seen: `here ${here.includes(named)}, there ${there.includes(named)}` };
  }, { times: 1, limitMs: 60_000 });
}

const OWN_ISTIOD = `istiod-${NAME}`;
const CANARY_ISTIOD = `istiod-${NAME}-canary`;

async function restart({ kubectl }: Stage, ...names: readonly string[]): Promise<void> {
  for (const name of names) {
    await kubectl('rollout', 'restart', `deployment/${name}`, '-n', MOVES);
    await kubectl('rollout', 'status', `deployment/${name}`, '-n', MOVES, '--timeout=120s');
  }
}

async function goThere(stage: Stage): Promise<void> {
  const since = Date.now();
  await strategy(stage, { canary: { version: `v${NEWEST_MINOR.minor}`, namespaces: [MOVES] } });
  await stage.checks.holds('the canary serves, and new pods of the member get its sidecars', async () => {
    const seen = await canarySays(stage);
    return { isGood: seen.startsWith('CanaryServing: ') && seen.includes(MOVES), seen };
  }, { limitMs: 120_000 });
  stage.figures['canary asked for → serving'] = `${((Date.now() - since) / 1000).toFixed(1)} s`;
  await restart(stage, BACK.name, SIDE.name);
  await hasSidecar(stage, BACK, NEWER);
  await hasSidecar(stage, FRONT, OWN);
}

/** Asked when the load is over: each question is a program of its own in istiod's container. */
async function isAsItShouldBe(stage: Stage): Promise<void> {
  await isAt(stage, BACK, CANARY_ISTIOD, OWN_ISTIOD);
  await isAt(stage, FRONT, OWN_ISTIOD, CANARY_ISTIOD);
  await stage.checks.holds('the mesh asks for mTLS: a pod without a sidecar reaches neither of them', async () => {
    const lines = await Promise.all([FRONT, BACK].map(async (to) => (await callsFromPod(stage, STAYS, OUTSIDER.name, { url: `http://${nameOf(to)}:8080/` })).join()));
    return { isGood: lines.every((line) => line.startsWith('000 ')), seen: lines.join('\n') };
  });
  await areCalled(stage);
}

/** A budget that allows nothing for one of the two. */
const BUDGET = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: BACK.name, namespace: MOVES }, spec: { minAvailable: 1, selector: { matchLabels: { app: BACK.name } } } };

/** The operator restarts the workloads: one at a time, and none against its budget. */
async function goBackInOrder(stage: Stage): Promise<void> {
  const { checks, feed, kubectl } = stage;
  await feed([BUDGET], 'apply');
  const rollouts = startRolloutWatch(stage.client, MOVES);
  await strategy(stage, { canary: null, updateWorkloads: true });
  await checks.holds('back is left alone: its PodDisruptionBudget allows nothing', async () => {
    const heldBack = (await statusOf(stage)).sidecars?.restarts?.heldBack ?? [];
    return { isGood: heldBack.length === 1 && heldBack[0]?.workload.includes(BACK.name) === true && heldBack[0].reason.includes(`PodDisruptionBudget ${BACK.name}`), seen: JSON.stringify(heldBack) };
  }, { limitMs: 120_000 });
  await hasSidecar(stage, SIDE, OWN);
  await hasSidecar(stage, BACK, NEWER);
  await kubectl('delete', 'poddisruptionbudget', BACK.name, '-n', MOVES);
  await hasSidecar(stage, BACK, OWN);
  await checks.holds('with its last sidecar the istiod of the canary goes', async () => {
    const seen = await kubectl('get', 'deployments', '-n', MESH, '-o', 'name');
    return { isGood: !seen.includes(CANARY_ISTIOD) && await canarySays(stage) === '', seen: `${seen} ${await canarySays(stage)}` };
  }, { limitMs: 60_000 });
  const { most, looks, seen } = await rollouts.stop();
  await checks.holds(`both were restarted, never two at a time (${looks} looks)`, () => Promise.resolve({ isGood: most === 1 && seen.join() === [BACK.name, SIDE.name].join(), seen: `${most} at a time; ${seen.join()}` }), { times: 1, limitMs: 0 });
}

/** Plays it in a mesh of its own, which is gone afterwards. */
export async function playCanary(stage: Stage): Promise<void> {
  say(`\n== A newer minor beside the mesh's own: ${OWN}, and ${NEWER} for one member`);
  try {
    await install(stage);
    await underLoad(stage, { what: 'a member moves to the canary', requests: TO_AND_FRO, perSecond: PER_SECOND }, () => goThere(stage));
    await isAsItShouldBe(stage);
    say('          and back, the workloads restarted by the operator');
    await underLoad(stage, { what: 'the member goes back, restarted by the operator', requests: TO_AND_FRO, perSecond: PER_SECOND }, () => goBackInOrder(stage));
  } finally {
    await stage.kubectl('delete', 'namespace', STAYS, MOVES, '--ignore-not-found', '--wait=false');
    await stage.kubectl('delete', 'servicemeshcontrolplanes.v2.maistra.io', NAME, '-n', MESH, '--ignore-not-found', '--timeout=90s');
    await stage.kubectl('delete', 'namespace', MESH, '--ignore-not-found', '--wait=false');
  }
}
