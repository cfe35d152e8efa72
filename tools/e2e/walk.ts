import { letAddonsStart, RUNNABLE_ADDONS, servingCertificates } from './addons.ts';
import { controlPlane, sampleFile } from './control-plane.ts';
import { say } from './screen.ts';
import { answerIs, callsFromPod, containersOf, podsOf, viaRouter, type Stage } from './stage.ts';
import { ASK_FOR_ROUTE, ASK_FOR_SIDECAR, walkProject, workload } from './workloads.ts';
import type { Answer } from '../cluster/ask.ts';

/* Steps 1 to 7 of WALK.md, each seen by requests and by what kubectl shows. */

/** Namespace of the walk's control plane. */
export const WALK_MESH = 'istio-system';
const MESH = WALK_MESH;
const PROJECT = 'microsvc-sample';
const ORDER = JSON.stringify({ user_name: 'Taro', store_id: 1111, store_name: 'Shop_A' });
const POST = { method: 'POST', body: ORDER };
const DOMAIN = 'apps.example.com';
/** A pod of the project that never asks for a sidecar. */
const OUTSIDER = 'outsider';

const seconds = (since: number): string => `${((Date.now() - since) / 1000).toFixed(1)} s`;
const isCreated = ({ status, body }: Answer): boolean => status === 201 && body === '{"user_id":39}';
const isThroughMesh = (answer: Answer): boolean => isCreated(answer) && answer.headers['server'] === 'istio-envoy';

/** The line of `kubectl get`, without name and age. */
async function columns({ kubectl }: Stage, kind: string, name: string): Promise<string> {
  const line = await kubectl('get', kind, name, '-n', MESH, '--no-headers');
  return line.trim().split(/\s{2,}/).slice(1, -1).join('  ');
}

/** Waits until a control plane says that it is installed for what was last asked of it. */
async function isInstalled(stage: Stage): Promise<boolean> {
  return stage.checks.holds('READY n/n, InstallSuccessful or UpdateSuccessful', async () => {
    const seen = await columns(stage, 'servicemeshcontrolplanes.v1.maistra.io', 'basic-install');
    return { isGood: /^(\d+)\/\1 .*(Install|Update)Successful/.test(seen), seen };
  }, { limitMs: 120_000 });
}

async function installControlPlane(stage: Stage, dir: string): Promise<void> {
  say('\n== 1. A control plane from one YAML');
  const { kubectl, feed, checks, client, figures } = stage;
  await kubectl('create', 'namespace', MESH);
  await feed(await servingCertificates(), 'create');
  const since = Date.now();
  await feed([await controlPlane('01-istio-installation.yaml', MESH, RUNNABLE_ADDONS)], 'create');
  await letAddonsStart(stage, dir);
  if (!await isInstalled(stage)) throw new Error('without a control plane nothing else can be played');
  figures['SMCP created → READY'] = seconds(since);
  for (const app of ['istiod', 'istio-ingressgateway', 'istio-egressgateway']) {
    await checks.holds(`${app} runs`, async () => {
      const seen = (await podsOf(client, MESH, `app=${app}`)).map(containersOf).join(', ');
      return { isGood: /^1\/1 \S+$/.test(seen), seen };
    });
  }
}

async function showProject(stage: Stage): Promise<void> {
  say('\n== 2. A project with ordinary Routes');
  const { kubectl, feed, checks } = stage;
  await kubectl('create', 'namespace', PROJECT);
  await feed([...walkProject(PROJECT), workload({ name: OUTSIDER, namespace: PROJECT })], 'apply');
  for (const name of ['sample', 'caller']) {
    await checks.holds(`${name} answers 201 through its own Route`, () => answerIs(viaRouter(stage, `${name}-${PROJECT}.${DOMAIN}`, `/api/${name}/apply`, POST), isCreated), { limitMs: 120_000 });
  }
  for (const name of ['el-sample', 'el-caller']) await kubectl('patch', 'deployment', name, '-n', PROJECT, '-p', ASK_FOR_ROUTE);
}

async function join(stage: Stage): Promise<void> {
  say('\n== 3. The project joins the mesh');
  await stage.kubectl('create', '-f', sampleFile('02-smmr-default.yaml'));
  await stage.checks.holds('the roll says 1/1 Configured', async () => {
    const seen = await columns(stage, 'smmr', 'default');
    return { isGood: seen === '1/1  Configured', seen };
  });
  for (const name of ['el-sample', 'el-caller']) {
    await stage.checks.holds(`${name} stays reachable through its Route`, () => answerIs(viaRouter(stage, `${name}-${PROJECT}.${DOMAIN}`, '/', POST), ({ status }) => status === 202), { limitMs: 30_000 });
  }
}

async function askForSidecars(stage: Stage): Promise<void> {
  say('\n== 4. Two workloads ask for a sidecar');
  for (const name of ['sample', 'caller']) await stage.kubectl('patch', 'deployment', name, '-n', PROJECT, '-p', ASK_FOR_SIDECAR);
  for (const name of ['sample', 'caller']) {
    await stage.checks.holds(`${name} is 2/2 spring-boot istio-proxy`, async () => {
      const seen = (await podsOf(stage.client, PROJECT, `app=${name}`)).map(containersOf).join(', ');
      return { isGood: seen === '2/2 spring-boot istio-proxy', seen };
    }, { limitMs: 120_000 });
  }
  await stage.checks.holds(`${OUTSIDER}, which did not ask, has none`, async () => {
    const seen = (await podsOf(stage.client, PROJECT, `app=${OUTSIDER}`)).map(containersOf).join(', ');
    return { isGood: seen === '1/1 spring-boot', seen };
  });
}

/** Both services through the gateway, as the walk's curl does it. */
async function answersThroughGateway(stage: Stage, names: readonly string[]): Promise<void> {
  for (const name of names) {
    await stage.checks.holds(`POST http://${name}.${DOMAIN}/api/${name}/apply: 201 {"user_id":39}, server: istio-envoy`, () =>
      answerIs(viaRouter(stage, `${name}.${DOMAIN}`, `/api/${name}/apply`, POST), isThroughMesh));
  }
}

async function exposeHosts(stage: Stage): Promise<void> {
  say('\n== 5. A Gateway becomes Routes, and requests go through it');
  await stage.kubectl('apply', '-f', sampleFile('03-vs-gw.yaml'), '-n', PROJECT);
  await stage.checks.holds('a Route for each host, to port http2 of the ingress gateway', async () => {
    const seen = await stage.kubectl('get', 'routes', '-n', MESH, '-l', 'maistra.io/generated-by=ior', '-o', 'jsonpath={range .items[*]}{.spec.host} {.spec.to.name}:{.spec.port.targetPort}{"\\n"}{end}');
    return { isGood: seen.trim().split('\n').toSorted().join() === ['caller', 'sample'].map((name) => `${name}.${DOMAIN} istio-ingressgateway:http2`).join(), seen };
  });
  await answersThroughGateway(stage, ['sample', 'caller']);
  await stage.checks.holds('the gateway came to the workload with its certificate (mTLS)', () =>
    answerIs(viaRouter(stage, `sample.${DOMAIN}`, '/headers'), ({ body }) => body.includes(`URI=spiffe://cluster.local/ns/${MESH}/sa/istio-ingressgateway-service-account`)));
  await stage.checks.holds('a host that no Gateway names: 404 or no Route', () => answerIs(viaRouter(stage, `other.${DOMAIN}`, '/'), ({ status }) => [404, 503].includes(status)));
}

async function plainCall(stage: Stage): Promise<string> {
  const [line = ''] = await callsFromPod(stage, PROJECT, OUTSIDER, { url: `http://caller.${PROJECT}.svc.cluster.local:8080/api/caller/apply`, method: 'POST', body: ORDER });
  return line;
}

async function requireMtls(stage: Stage): Promise<void> {
  say('\n== 6. One setting asks for mTLS');
  const { checks, feed } = stage;
  await checks.holds('a pod without a sidecar can call caller', async () => {
    const seen = await plainCall(stage);
    return { isGood: seen.startsWith('201 '), seen };
  });
  await feed([await controlPlane('04-istio-installation-mtls.yaml', MESH, RUNNABLE_ADDONS)], 'apply');
  await checks.holds('now its connection is reset', async () => {
    const seen = await plainCall(stage);
    return { isGood: seen.startsWith('000 ') && /ECONNRESET|socket hang up/.test(seen), seen };
  }, { limitMs: 30_000 });
  await answersThroughGateway(stage, ['sample', 'caller']);
  await isInstalled(stage);
}

async function authorize(stage: Stage): Promise<void> {
  say('\n== 7. Who may call sample');
  await stage.kubectl('apply', '-f', sampleFile('05-authz-policy.yaml'));
  await stage.checks.holds('sample through the gateway: 403 RBAC: access denied', () =>
    answerIs(viaRouter(stage, `sample.${DOMAIN}`, '/api/sample/apply', POST), ({ status, body }) => status === 403 && body === 'RBAC: access denied'));
  await answersThroughGateway(stage, ['caller']);
  await stage.kubectl('delete', '-f', sampleFile('05-authz-policy.yaml'));
}

/** The scoped API's Service that was just made again: DNS may answer for some seconds that there is none, and istiod asks again. Source: CoreDNS, plug-in cache. */
const UNKNOWN_YET = /watch error.*dial tcp: lookup \S+-scoped-api\.\S+ on \S+: (?:server misbehaving|no such host)/;

/** What must not be in istiod's log: a proxy that refused its configuration, a right that was missed. */
export async function istiodIsContent(stage: Stage, namespace: string): Promise<void> {
  await stage.checks.holds(`istiod of ${namespace} logged no ACK ERROR, forbidden or watch error`, async () => {
    const log = await stage.kubectl('logs', '-n', namespace, '-l', 'app=istiod', '--tail=-1');
    const bad = log.split('\n').filter((line) => /ACK ERROR|forbidden|watch error/i.test(line) && !UNKNOWN_YET.test(line));
    return { isGood: log !== '' && bad.length === 0, seen: bad.slice(0, 5).join('\n') };
  }, { times: 1 });
}

/** Plays steps 1 to 7. In: the cluster's folder. Throws only where nothing can follow. */
export async function playWalk(stage: Stage, dir: string): Promise<void> {
  const since = Date.now();
  await installControlPlane(stage, dir);
  await showProject(stage);
  await join(stage);
  await askForSidecars(stage);
  await exposeHosts(stage);
  await requireMtls(stage);
  await authorize(stage);
  stage.figures['walk, steps 1 to 7'] = seconds(since);
}
