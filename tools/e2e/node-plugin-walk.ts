import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { CNI_NAME } from '../../src/api/names.ts';
import { isJsonObject, valueAt } from '../../src/lib/json.ts';
import { messageOf } from '../../src/lib/result.ts';
import { sortedUnique } from '../../src/lib/sort.ts';
import { accessTo } from './cluster-access.ts';
import { controlPlane } from './control-plane.ts';
import { ask } from '../cluster/ask.ts';
import { askedBy } from '../cluster/audit.ts';
import { readState } from '../cluster/state.ts';
import type { StoredImage } from '../images/store.ts';
import { importImages } from './images.ts';
import { installStandIn } from './multus/stand-in.ts';
import { Checks, say, type Look } from './screen.ts';
import { containersOf, podAddress, podsOf, type WalkResult } from './stage.ts';
import { service, workload } from './workloads.ts';

/*
 * What the node plug-in, and istiod by itself, do on a real node. `node-plugin-walk.ts FOLDER-OF-THE-CLUSTER FOLDER-OF-PLUG-INS FOLDER-OF-THEIR-CHAIN
 * FLAVOUR IMAGE-OF-THE-AGENT`, inside the node's network. On OpenShift a stand-in calls the plug-in as Multus does (multus/plugin.ts).
 */
const [dir = '', binaries = '', configuration = '', flavour = '', agent = ''] = process.argv.slice(2);
const isMultus = flavour === 'openshift';
/** Where agents write. */
const agentFolder = isMultus ? join(dir, 'multus') : configuration;
/** Of the node, before there is a mesh and afterwards. */
const OWN_CHAIN = isMultus ? 'bridge portmap multus-stand-in' : 'bridge portmap';
const OPERATOR = 'tenant-mesh-operator';
const [MESH, MEMBER] = ['mesh-a', 'shop'];
const { client, kubectl, feed } = await accessTo(dir);
const checks = new Checks();
const long = { limitMs: 120_000, times: 1 };
const root = join(import.meta.dirname, '..', '..');

/** The plug-ins that the node runs for each pod, in order. */
async function chain(): Promise<string> {
  const files = await Promise.all((await readdir(configuration)).map(async (file): Promise<unknown> => JSON.parse(await readFile(join(configuration, file), 'utf8'))));
  const plugins = files.flatMap((file) => { const list = valueAt(file, 'plugins'); return Array.isArray(list) ? list.filter(isJsonObject) : []; });
  return plugins.map(({ type }) => String(type)).join(' ');
}

const is = (seen: string, wanted: string): Look => ({ isGood: seen === wanted, seen });

/** What a pod gets when it calls `sample`, three times: status and the server that answers. */
async function callFrom(app: string): Promise<string> {
  const query = new URLSearchParams({ url: `http://sample.${MEMBER}.svc.cluster.local:8080/`, n: '3' });
  const { body } = await ask(`http://${await podAddress(client, MEMBER, `app=${app}`)}:8080/call?${query.toString()}`, { timeoutMs: 20_000 });
  return [...new Set(body.trim().split('\n').map((line) => line.split(' ').slice(0, 2).join(' ')))].join(', ');
}

async function install(): Promise<void> {
  await kubectl('apply', '--server-side', '-f', join(root, 'crds'), '-f', join(root, 'deploy', 'rbac.yaml'), '-f', join(root, 'deploy', 'operator.yaml'));
  await kubectl('set', 'env', `deployment/${OPERATOR}`, '-n', OPERATOR, `CNI_BIN_DIR=${binaries}`, `CNI_CONF_DIR=${agentFolder}`);
  await kubectl('rollout', 'status', `deployment/${OPERATOR}`, '-n', OPERATOR, '--timeout=90s');
  for (const namespace of [MESH, MEMBER]) await kubectl('create', 'namespace', namespace);
  const smcp = await controlPlane('01-istio-installation.yaml', MESH, { istio: { istio_cni: { enabled: true } } });
  await checks.holds('a control plane that asks for the node plug-in is taken', async () => is((await feed([smcp], 'apply')).split(' ').at(-1)?.trim() ?? '', 'created'), long);
  await feed([{ apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMemberRoll', metadata: { name: 'default', namespace: MESH }, spec: { members: [MEMBER] } }], 'create');
}

const MESH_PATH = `/apis/maistra.io/v2/namespaces/${MESH}/servicemeshcontrolplanes/basic-install`;

/** `Ready=True/ComponentsReady` for the conditions of some types that the mesh has. */
async function conditions(...types: readonly string[]): Promise<string> {
  const list = valueAt(await client.call(MESH_PATH), 'status', 'conditions');
  const found = (Array.isArray(list) ? list.filter(isJsonObject) : []).filter(({ type }) => types.includes(String(type)));
  return found.map(({ type, status, reason }) => `${String(type)}=${String(status)}/${String(reason)}`).join(' ');
}

/** The agent's image is not on the node yet, and there is no registry to have it from. */
async function agentsAreMissed(): Promise<void> {
  await checks.holds('all parts of the mesh are there, but it is not ready: no node has an agent', async () =>
    is(await conditions('Reconciled', 'Ready', 'NodePluginNotReady'), 'Reconciled=True/InstallSuccessful Ready=False/NodePluginNotReady NodePluginNotReady=True/NodePluginNotReady'), long);
  const state = await readState(dir);
  await importImages([JSON.parse(agent) as StoredImage], state?.host.pid ?? 0);
}

/** Files that agents wrote for Multus, each with its name and plug-in. */
async function filesForMultus(): Promise<string> {
  const files = (await readdir(agentFolder)).filter((file) => file.endsWith('.conf'));
  const contents = await Promise.all(files.map(async (file): Promise<unknown> => JSON.parse(await readFile(join(agentFolder, file), 'utf8'))));
  return contents.map((content, at) => `${files[at]}: ${String(valueAt(content, 'name'))} ${String(valueAt(content, 'type'))}`).join(', ');
}

async function isLeftToMultus(): Promise<void> {
  await checks.holds('it has written a file of its own for Multus, and left the chain of the node alone', async () => is(`${await filesForMultus()}; ${await chain()}`, `istio-cni.conf: istio-cni istio-cni; ${OWN_CHAIN}`));
  await checks.holds('the NetworkAttachmentDefinition of that name is in namespace default', async () =>
    is(await kubectl('get', 'network-attachment-definitions.k8s.cni.cncf.io', '-n', 'default', '-o', 'name'), 'networkattachmentdefinition.k8s.cni.cncf.io/istio-cni\n'));
}

async function agentsServe(): Promise<void> {
  await checks.holds('the agent runs beside the operator', async () => {
    const ready = valueAt(await client.call(`/apis/apps/v1/namespaces/${OPERATOR}/daemonsets/istio-cni-node`), 'status', 'numberReady');
    return is(String(ready), '1');
  }, long);
  await (isMultus ? isLeftToMultus() : checks.holds("it has put the plug-in at the end of the node's chain", async () => is(await chain(), 'bridge portmap istio-cni')));
  await checks.holds('and says that it is ready, and no more of the node plug-in', async () => is(await conditions('Ready', 'NodePluginNotReady'), 'Ready=True/ComponentsReady'), long);
}

/** Does anything listen there? Nothing on this node enforces NetworkPolicies, so the answer is istiod's own. */
function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (isOpen: boolean) => (): void => { socket.destroy(); resolve(isOpen); };
    socket.once('connect', end(true)).once('error', end(false));
  });
}

/** What istiod itself keeps closed, also where no engine enforces NetworkPolicies. */
async function istiodIsClosed(): Promise<void> {
  const istiod = await podAddress(client, MESH, 'app=istiod');
  await checks.holds('istiod serves configuration with TLS only', async () =>
    is(`${await listens(istiod, 15_010)} ${await listens(istiod, 15_012)}`, 'false true'));
  await checks.holds('its debug pages want a token, on both ports that have them', async () => {
    const answers = await Promise.all([8080, 15_014].map((port) => ask(`http://${istiod}:${port}/debug/registryz`)));
    return is(answers.map(({ status }) => status).join(' '), '401 401');
  });
  await checks.holds('metrics are there for Prometheus', async () => is(String((await ask(`http://${istiod}:15014/metrics`)).status), '200'));
}

async function trafficIsRedirected(): Promise<void> {
  const annotations = { 'sidecar.istio.io/inject': 'true' };
  await feed([
    workload({ name: 'sample', namespace: MEMBER, role: 'sample', annotations }), service({ name: 'sample', namespace: MEMBER }),
    workload({ name: 'caller', namespace: MEMBER, role: 'caller', annotations }), workload({ name: 'plain', namespace: MEMBER, role: 'caller' }),
  ], 'create');
  const seen = async (app: string): Promise<string> => (await podsOf(client, MEMBER, `app=${app}`)).map(containersOf).join(', ');
  for (const app of ['sample', 'caller']) await checks.holds(`${app} has a sidecar`, async () => is(await seen(app), '2/2 spring-boot istio-proxy'), long);
  await checks.holds('plain has none', async () => is(await seen('plain'), '1/1 spring-boot'), long);
  await checks.holds('no injected pod has an init container with privileges', async () => {
    const { items } = await client.call<{ items: readonly object[] }>(`/api/v1/namespaces/${MEMBER}/pods`);
    const inits = items.flatMap((pod) => { const list = valueAt(pod, 'spec', 'initContainers'); return Array.isArray(list) ? list.filter(isJsonObject) : []; });
    return is([...new Set(inits.map(({ name, securityContext }) => `${String(name)} ${String(valueAt(securityContext, 'runAsNonRoot'))}`))].join(', '), 'istio-validation true');
  });
  if (isMultus) {
    await checks.holds('each names the network that Multus is to attach', async () =>
      is(await kubectl('get', 'pods', '-n', MEMBER, '-l', 'app in (sample, caller)', '-o', 'jsonpath={.items[*].metadata.annotations.k8s\\.v1\\.cni\\.cncf\\.io/networks}'), 'default/istio-cni default/istio-cni'));
  }
  await checks.holds('requests out of a pod with a sidecar go through it', async () => is(await callFrom('caller'), '200 envoy'), long);
  await checks.holds('requests into one as well', async () => is(await callFrom('plain'), '200 istio-envoy'));
  await feed([{ apiVersion: 'security.istio.io/v1', kind: 'PeerAuthentication', metadata: { name: 'sample', namespace: MEMBER }, spec: { selector: { matchLabels: { app: 'sample' } }, mtls: { mode: 'STRICT' } } }], 'create');
  await checks.holds('with mutual TLS demanded, a pod without a sidecar is cut off', async () => is(await callFrom('plain'), '000 -'), long);
  await checks.holds('and one with a sidecar is not', async () => is(await callFrom('caller'), '200 envoy'));
}

/** Where the API server has streaming lists, as here, a client of Go watches without listing first. */
const ELSEWHERE = 'list pods.';

/** ClusterRole tmesh-istio-cni, by the API server's record: the plug-in gets the pod that is being made, the agent watches those of its node. */
async function rightsAreUsed(): Promise<void> {
  await checks.holds('its account gets and watches pods, was refused nothing, and asked for nothing else', async () => {
    const asked = askedBy(dir, `${OPERATOR}:${CNI_NAME}`);
    return is(sortedUnique([ELSEWHERE, ...asked.map(({ use, code }) => (code === 403 ? `${use} refused` : use))]).join(', '), 'get pods., list pods., watch pods.');
  });
}

async function goesWithTheMesh(): Promise<void> {
  await kubectl('delete', 'smcp', 'basic-install', '-n', MESH, '--timeout=60s');
  await checks.holds('with its last mesh the agent is gone', async () => is((await podsOf(client, OPERATOR, 'k8s-app=istio-cni-node')).map(containersOf).join(', '), ''), long);
  await checks.holds('and the node is as it was', async () => {
    const left = (await readdir(binaries)).filter((file) => file.includes('istio'));
    return is([await chain(), ...left, ...isMultus ? [await filesForMultus()].filter((text) => text !== '') : []].join(' '), OWN_CHAIN);
  }, long);
}

let takeStandInAway = async (): Promise<void> => Promise.resolve();
try {
  say(`\n== Istio's node plug-in, ${isMultus ? 'called as Multus calls it' : "in the node's own chain"}`);
  if (isMultus) takeStandInAway = await installStandIn({ cluster: dir, binaries, chain: configuration, configurations: agentFolder });
  await install();
  await agentsAreMissed();
  await agentsServe();
  await istiodIsClosed();
  await trafficIsRedirected();
  await rightsAreUsed();
  await goesWithTheMesh();
} catch (thrown) {
  checks.failures.push(messageOf(thrown));
  say(`  FAILED  ${messageOf(thrown)}`);
}
await takeStandInAway();
const { passed, failures } = checks;
process.send?.({ passed, failures } satisfies WalkResult, () => { process.exit(failures.length === 0 ? 0 : 1); });
