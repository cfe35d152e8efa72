import { NEWEST_MINOR } from '../../src/domain/versions.ts';
import { messageOf } from '../../src/lib/result.ts';
import { BUSY_GATEWAY, controlPlane } from './control-plane.ts';
import { gateway, memberRoll, namespaceObject, virtualService } from './istio-objects.ts';
import { ask, wordsOf } from '../cluster/ask.ts';
import { olderPatch } from './images.ts';
import { deleteMesh, killOperator, loseIstiod, upgradeUnderLoad } from './life.ts';
import { say } from './screen.ts';
import { answerIs, callsFromHost, containersOf, podAddress, podsOf, viaRouter, type Stage } from './stage.ts';
import { ASK_FOR_SIDECAR, service, workload, type Workload } from './workloads.ts';
import { istiodIsContent } from './walk.ts';

/* Step 8 of WALK.md: a second control plane of the same name, with a tenant of its own. */

const FIRST = { mesh: 'istio-system', member: 'microsvc-sample', members: ['microsvc-sample', 'weather-forecast'], host: 'sample.apps.example.com', caller: 'caller.apps.example.com' };
const SECOND = { mesh: 'mesh-b', member: 'tenant-b', host: 'shop.apps.example.com' };
const OLDER = olderPatch(NEWEST_MINOR.defaultPatch);
const SHOP: Workload = { name: 'shop', namespace: SECOND.member };

async function installSecond(stage: Stage): Promise<void> {
  const place = { name: 'shop', namespace: SECOND.member };
  await stage.feed([namespaceObject(SECOND.mesh), namespaceObject(SECOND.member)], 'apply');
  await stage.feed([
    workload(SHOP), service(SHOP), memberRoll(SECOND.mesh, [SECOND.member]), gateway({ ...place, hosts: [SECOND.host], istio: 'ingressgateway' }),
    virtualService(place, { hosts: [SECOND.host], gateways: ['shop'], http: [{ route: [{ destination: { host: 'shop' } }] }] }),
  ], 'apply');
  await stage.checks.holds('its workload runs before there is a mesh', async () => {
    const seen = (await podsOf(stage.client, SECOND.member, 'app=shop')).map(containersOf).join();
    return { isGood: seen === '1/1 spring-boot', seen };
  }, { limitMs: 30_000 });
  const since = Date.now();
  await stage.feed([await controlPlane('04-istio-installation-mtls.yaml', SECOND.mesh, { ...BUSY_GATEWAY, version: `v${OLDER}` })], 'create');
  say('          the operator is killed while it installs');
  await killOperator(stage);
  await stage.checks.holds('the first 200 through its gateway', () => answerIs(viaRouter(stage, SECOND.host, '/'), ({ status }) => status === 200), { times: 1, limitMs: 90_000 });
  stage.figures['second mesh: SMCP created → first 200 through its gateway, operator killed on the way'] = `${((Date.now() - since) / 1000).toFixed(1)} s`;
  await stage.kubectl('patch', 'deployment', 'shop', '-n', SECOND.member, '-p', ASK_FOR_SIDECAR);
  await stage.checks.holds('shop is 2/2 spring-boot istio-proxy', async () => {
    const seen = (await podsOf(stage.client, SECOND.member, 'app=shop')).map(containersOf).join();
    return { isGood: seen === '2/2 spring-boot istio-proxy', seen };
  }, { limitMs: 120_000 });
  await stage.checks.holds(`${SECOND.host} answers, with mTLS behind its gateway`, () =>
    answerIs(viaRouter(stage, SECOND.host, '/'), ({ status, body }) => status === 200 && body.includes(`spiffe://cluster.local/ns/${SECOND.mesh}/`)));
}

/** A request straight to a mesh's ingress gateway. */
async function atGateway(stage: Stage, mesh: string, host: string): ReturnType<typeof ask> {
  // A listener that is being taken away may accept a connection and never answer on it.
  return ask(`http://${await podAddress(stage.client, mesh, 'app=istio-ingressgateway')}:8080/`, { host, timeoutMs: 2000 });
}

/** What a proxy or an istiod of one mesh says must not name the other's member. */
async function knowsOnlyItsOwn(stage: Stage, mesh: string, stranger: string): Promise<void> {
  const dumps: readonly (readonly [string, string, string, string])[] = [
    ['the ingress gateway', 'deploy/istio-ingressgateway', 'pilot-agent', 'config_dump?include_eds'],
    ['istiod', 'deploy/istiod-basic-install', 'pilot-discovery', '/debug/registryz'],
  ];
  for (const [who, target, program, path] of dumps) {
    await stage.checks.holds(`${who} of ${mesh} knows nothing of ${stranger}`, async () => {
      const dump = await stage.kubectl('exec', '-n', mesh, target, '--', program, 'request', 'GET', path);
      return { isGood: dump.length > 1000 && !dump.includes(stranger), seen: `${dump.length} characters, ${dump.split(stranger).length - 1} mentions` };
    }, { times: 1 });
  }
}

async function rootOf({ kubectl }: Stage, namespace: string): Promise<string> {
  return kubectl('get', 'configmap', 'istio-ca-root-cert', '-n', namespace, '-o', 'jsonpath={.data.root-cert\\.pem}');
}

async function areApart(stage: Stage): Promise<void> {
  const { checks } = stage;
  await checks.holds(`the gateway of ${FIRST.mesh} does not know ${SECOND.host}`, () => answerIs(atGateway(stage, FIRST.mesh, SECOND.host), ({ status }) => status === 404));
  await checks.holds(`the gateway of ${SECOND.mesh} does not know ${FIRST.host}`, () => answerIs(atGateway(stage, SECOND.mesh, FIRST.host), ({ status }) => status === 404));
  await knowsOnlyItsOwn(stage, FIRST.mesh, SECOND.member);
  await knowsOnlyItsOwn(stage, SECOND.mesh, FIRST.member);
  await checks.holds('each member has the root of its own mesh', async () => {
    const [first, ofFirst, second, ofSecond] = await Promise.all([FIRST.mesh, FIRST.member, SECOND.mesh, SECOND.member].map((namespace) => rootOf(stage, namespace)));
    return { isGood: first !== '' && first === ofFirst && second === ofSecond && first !== second, seen: `${first?.slice(0, 80)} / ${second?.slice(0, 80)}` };
  });
  await checks.holds('a sidecar of the one is refused by a workload of the other', async () => {
    const seen = await callShop(stage);
    return { isGood: /^(000|502|503) /.test(seen), seen };
  });
}

/** caller, a workload of the first mesh, calls shop. */
async function callShop(stage: Stage): Promise<string> {
  const [line = ''] = await callsFromHost(stage, FIRST.caller, { url: `http://shop.${SECOND.member}.svc.cluster.local:8080/` });
  return line;
}

async function move(stage: Stage): Promise<void> {
  say('\n== 8. A namespace moves to the other mesh');
  const { checks, feed, kubectl } = stage;
  await feed([memberRoll(SECOND.mesh, [])], 'apply');
  await checks.holds(`${SECOND.member} has left: no root, no label`, async () => {
    const [labels, root] = await Promise.all([
      kubectl('get', 'namespace', SECOND.member, '-o', 'jsonpath={.metadata.labels}'), rootOf(stage, SECOND.member).catch(() => ''),
    ]);
    return { isGood: root === '' && !labels.includes('member-of'), seen: `${labels} ${root.slice(0, 60)}` };
  });
  await feed([memberRoll(FIRST.mesh, [...FIRST.members, SECOND.member])], 'apply');
  await checks.holds('it has the root of its new mesh', async () => {
    const [first, moved] = await Promise.all([rootOf(stage, FIRST.mesh), rootOf(stage, SECOND.member)]);
    return { isGood: first === moved, seen: moved.slice(0, 80) };
  });
  await kubectl('rollout', 'restart', 'deployment/shop', '-n', SECOND.member);
  await kubectl('rollout', 'status', 'deployment/shop', '-n', SECOND.member, '--timeout=120s');
  // That mesh asks for mTLS: without a certificate of its own the workload would not be reached.
  await checks.holds('after a restart its pods are of the new mesh: caller reaches shop', async () => {
    const seen = await callShop(stage);
    return { isGood: seen.startsWith('200 envoy '), seen };
  });
  await checks.holds(`the gateway of ${SECOND.mesh}, now without hosts, listens no more`, async () => {
    const seen = await atGateway(stage, SECOND.mesh, SECOND.host).then(wordsOf, messageOf);
    return { isGood: /^404 |ECONNREFUSED/.test(seen), seen };
  }, { limitMs: 60_000 });
}

/** Plays them. Throws only where nothing can follow. */
export async function playTwoMeshes(stage: Stage): Promise<void> {
  say('\n== 8. A second mesh of the same name');
  await installSecond(stage);
  await areApart(stage);
  await istiodIsContent(stage, SECOND.mesh);
  const living = { namespace: SECOND.mesh, host: SECOND.host };
  await upgradeUnderLoad(stage, living, NEWEST_MINOR.defaultPatch);
  await loseIstiod(stage, living);
  await move(stage);
  await deleteMesh(stage, SECOND.mesh);
}
