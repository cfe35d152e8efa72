import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { sortedBy } from '../../../src/lib/sort.ts';
import { eventually } from '../../support/eventually.ts';
import { conditionOf, root, startFixture, type OperatorFixture } from '../../support/operator-fixture.ts';

/*
 * What somebody with a shell in a mesh's istiod can do and cannot do: asked of the API server, as that account, and compared with the tables in
 * docs/permissions.md. `UPDATE_GOLDEN=1` writes them anew.
 */

const MESH = 'mesh-a';
const ISTIOD = `system:serviceaccount:${MESH}:istiod-basic`;
const PLACES = { 'mesh namespace': MESH, 'a member': 'shop', 'a member with a gateway of the SMCP': 'edge', 'anywhere else': 'stranger' } as const;

let fixture: OperatorFixture;
before(async () => {
  fixture = await startFixture('kubernetes');
  for (const namespace of Object.values(PLACES)) await fixture.kubectl('create', 'namespace', namespace);
  const addons = { prometheus: { enabled: false }, grafana: { enabled: false }, kiali: { enabled: false } };
  await apply({ apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace: MESH }, spec: { gateways: { ingress: { enabled: false }, egress: { enabled: false }, additionalIngress: { door: { enabled: true, namespace: 'edge' } } }, tracing: { type: 'None' }, addons } });
  await apply({ apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMemberRoll', metadata: { name: 'default', namespace: MESH }, spec: { members: ['shop', 'edge'] } });
  const roll = `/apis/maistra.io/v1/namespaces/${MESH}/servicemeshmemberrolls/default`;
  await eventually('member joined', async () => conditionOf(await fixture.client.call<Parameters<typeof conditionOf>[0]>(roll), 'Ready')?.reason === 'Configured');
  const smcp = `/apis/maistra.io/v2/namespaces/${MESH}/servicemeshcontrolplanes/basic`;
  await eventually('mesh ready', async () => conditionOf(await fixture.client.call<Parameters<typeof conditionOf>[0]>(smcp), 'Ready')?.status === 'True');
});
after(async () => { await fixture.stop(); });

async function apply(object: object): Promise<void> {
  const { code, stderr } = await fixture.cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) });
  assert.equal(code, 0, stderr);
}

type Rights = ReadonlyMap<string, ReadonlySet<string>>;
const ROW = /^(?<resource>[^\s[]*)\s*\[(?<urls>[^\]]*)\]\s+\[(?<names>[^\]]*)\]\s+\[(?<verbs>[^\]]*)\]$/;

/** `kubectl auth can-i --list` of an account in a namespace: resource, or URL, to verbs. */
async function rightsOf(account: string, namespace: string): Promise<Rights> {
  const text = await fixture.kubectl('auth', 'can-i', '--list', '--no-headers', `--as=${account}`, '-n', namespace);
  const rights = new Map<string, Set<string>>();
  for (const line of text.trim().split('\n')) {
    const { resource = '', urls = '', names = '', verbs = '' } = ROW.exec(line.trim())?.groups ?? {};
    assert.notEqual(verbs, '', `a line that is not understood: ${line}`);
    const key = `${resource}${urls}${names === '' ? '' : ` ${names}`}`;
    rights.set(key, new Set([...rights.get(key) ?? [], ...verbs.split(' ')]));
  }
  return rights;
}

/** What an account has beyond what every account has. */
function beyond(rights: Rights, everybody: Rights): Rights {
  const own = [...rights].map(([key, verbs]) => [key, new Set([...verbs].filter((verb) => everybody.get(key)?.has(verb) !== true))] as const);
  return new Map(own.filter(([, verbs]) => verbs.size > 0));
}

const READ = ['get', 'list', 'watch'];

function shownVerbs(verbs: ReadonlySet<string> = new Set()): string {
  const isRead = READ.every((verb) => verbs.has(verb));
  const others = sortedBy([...verbs].filter((verb) => !isRead || !READ.includes(verb)), (verb) => verb);
  return [...(isRead ? ['read'] : []), ...others].join(', ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** What must never be possible, by where. */
const EVERYWHERE = Object.values(PLACES);
const OUTSIDE = EVERYWHERE.filter((place) => place !== MESH);

const NEVER: readonly { readonly what: string; readonly question: readonly string[]; readonly where: readonly string[] }[] = [
  { what: 'read a Secret of a stranger', question: ['list', 'secrets'], where: ['stranger', '-A'] },
  { what: 'read a Secret of a member without a gateway', question: ['list', 'secrets'], where: ['shop'] },
  { what: 'read ConfigMaps of a stranger', question: ['list', 'configmaps'], where: ['stranger', '-A'] },
  { what: 'read pods and namespaces of the cluster', question: ['list', 'pods'], where: ['stranger', '-A'] },
  { what: 'list namespaces', question: ['list', 'namespaces'], where: ['-A'] },
  { what: 'ask whose a token is', question: ['create', 'tokenreviews.authentication.k8s.io'], where: ['-A'] },
  { what: 'write a Secret outside of the mesh namespace', question: ['update', 'secrets'], where: OUTSIDE },
  { what: 'create a Secret, and so a token of another account', question: ['create', 'secrets'], where: OUTSIDE },
  { what: 'ask for a token of another account', question: ['create', 'serviceaccounts/token'], where: EVERYWHERE },
  { what: 'write a ConfigMap outside of the mesh', question: ['update', 'configmaps'], where: ['stranger'] },
  { what: 'run a pod', question: ['create', 'pods'], where: EVERYWHERE },
  { what: 'get into a pod', question: ['create', 'pods/exec'], where: EVERYWHERE },
  { what: 'change a workload', question: ['patch', 'deployments.apps'], where: EVERYWHERE },
  { what: 'bind a role', question: ['create', 'rolebindings.rbac.authorization.k8s.io'], where: EVERYWHERE },
  { what: 'change Istio configuration', question: ['create', 'virtualservices.networking.istio.io'], where: EVERYWHERE },
  { what: 'change NetworkPolicies', question: ['patch', 'networkpolicies.networking.k8s.io'], where: EVERYWHERE },
  { what: 'redirect admission of pods', question: ['patch', 'mutatingwebhookconfigurations.admissionregistration.k8s.io'], where: ['-A'] },
  { what: 'switch validation off', question: ['update', 'validatingwebhookconfigurations.admissionregistration.k8s.io'], where: ['-A'] },
  { what: 'label a namespace into the mesh', question: ['patch', 'namespaces'], where: ['-A'] },
  { what: 'act as somebody else', question: ['impersonate', 'users'], where: ['-A'] },
  { what: 'use the mesh for a project, or change it', question: ['patch', 'servicemeshcontrolplanes.maistra.io'], where: [MESH] },
];

async function isAllowed(question: readonly string[], where: string): Promise<boolean> {
  const { code, stdout } = await fixture.cluster.kubectl(['auth', 'can-i', ...question, `--as=${ISTIOD}`, ...(where === '-A' ? ['-A'] : ['-n', where])]);
  assert.match(stdout, /^(yes|no)/, `${question.join(' ')}: no answer`);
  return code === 0;
}

/** The text between two marks of the document; with UPDATE_GOLDEN=1 it is written first. */
function compareWithDocument(mark: string, text: string): void {
  const file = join(root, 'docs', 'permissions.md');
  const [begin, end] = [`<!-- ${mark}: checked by test/envtest/operator/permissions.test.ts -->\n`, `\n<!-- end of ${mark} -->`];
  const document = readFileSync(file, 'utf8');
  const [from, to] = [document.indexOf(begin) + begin.length, document.indexOf(end)];
  assert.ok(from >= begin.length && to >= from, `${file} has no place for ${mark}`);
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, document.slice(0, from) + text + document.slice(to));
  assert.equal(readFileSync(file, 'utf8').slice(from, readFileSync(file, 'utf8').indexOf(end)), text, `${file}: what it says of ${mark} is not so`);
}

test("istiod's account may do what the document says, and no more", async () => {
  const everybody = await rightsOf('system:serviceaccount:stranger:default', 'stranger');
  const rights = await Promise.all(Object.values(PLACES).map(async (namespace) => beyond(await rightsOf(ISTIOD, namespace), everybody)));
  const resources = sortedBy([...new Set(rights.flatMap((here) => [...here.keys()]))], (resource) => resource);
  assert.ok(resources.length > 20, 'the server listed the rights');
  compareWithDocument('rights of istiod', table(['Resource', ...Object.keys(PLACES)], resources.map((resource) => [`\`${resource}\``, ...rights.map((here) => shownVerbs(here.get(resource)))])));
});

test('what would reach beyond the mesh is refused', async () => {
  const answers = await Promise.all(NEVER.flatMap(({ what, question, where }) => where.map(async (place) => [`${what} in ${place}`, await isAllowed(question, place)] as const)));
  assert.deepEqual(answers.filter(([, isYes]) => isYes).map(([what]) => what), []);
  const placeOf = (where: readonly string[]): string => (where.includes('-A') ? 'in the cluster' : where.map((name) => Object.entries(PLACES).find(([, place]) => place === name)?.[0] ?? name).join(', '));
  compareWithDocument('refusals of istiod', table(['May not', 'Where', 'Asked as'], NEVER.map(({ what, question, where }) => [what, placeOf(where), `\`${question.join(' ')}\``])));
});

test('the account gets its rights when the mesh comes, and loses those in a member that leaves', async () => {
  await fixture.kubectl('delete', 'smmr', 'default', '-n', MESH, '--timeout=30s');
  await eventually('the member has left', async () => !await isAllowed(['update', 'configmaps'], 'shop'));
  assert.ok(await isAllowed(['update', 'configmaps'], MESH));
});

test('in soft isolation it reads Secrets of the whole cluster: the choice of an administrator, and taken back with it', async () => {
  const secretsOfStrangers = (): Promise<boolean> => isAllowed(['list', 'secrets'], 'stranger');
  const kubeconfig = async (): Promise<string> => fixture.kubectl('get', 'configmap', '-n', MESH, '--ignore-not-found', '-o', 'name', '--field-selector=metadata.name=istio-kubeconfig');
  const proxies = async (): Promise<string> => fixture.kubectl('get', 'deployment,service,networkpolicy,poddisruptionbudget,serviceaccount', '-n', 'tenant-mesh-operator', '-o', 'name', '-l', 'app.kubernetes.io/component=scoped-api');
  assert.equal((await proxies()).trim().split('\n').length, 5);
  await fixture.operator().stop();
  await fixture.restart(['--isolation', 'soft']);
  await eventually('soft', async () => await secretsOfStrangers() && await kubeconfig() === '' && await proxies() === '', 60);
  await fixture.operator().stop();
  await fixture.restart();
  await eventually('hard again', async () => !await secretsOfStrangers() && await kubeconfig() !== '' && await proxies() !== '', 60);
});
