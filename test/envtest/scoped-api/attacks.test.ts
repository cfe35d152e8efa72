import assert from 'node:assert/strict';
import { request } from 'node:https';
import { after, before, test } from 'node:test';
import { startScopedFixture, type RunningProxy, type ScopedFixture } from './scoped-fixture.ts';

/*
 * An attacker with the token of the istiod of mesh-a (member: shop), at the scoped API. Requests go over the wire exactly as written here: nothing takes a
 * dot or an escape out of a path. Whatever is answered, it is a refusal, and nothing of a stranger is in it.
 */

let fixture: ScopedFixture;
let proxy: RunningProxy;
let token: string;

before(async () => {
  fixture = await startScopedFixture();
  await fixture.twoMeshes();
  proxy = await fixture.proxy();
  token = await fixture.token('mesh-a');
});
after(async () => { await fixture.stop(); });

interface Attack {
  readonly what: string;
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

interface Answer { readonly status: number; readonly body: string }

function send({ path, method = 'GET', headers = {}, body }: Omit<Attack, 'what'>): Promise<Answer> {
  const { hostname, port } = new URL(proxy.url);
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, path, method, ca: proxy.ca, headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers } }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => { parts.push(part); });
      answer.on('end', () => { resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(parts).toString('utf8') }); });
      // What is streamed to the attacker for a second is enough to look at.
      setTimeout(() => { answer.destroy(); resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(parts).toString('utf8') }); }, 1000).unref();
    });
    outgoing.on('upgrade', (answer) => { resolve({ status: answer.statusCode ?? 101, body: '' }); });
    outgoing.on('error', reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const SECRETS = '/api/v1/namespaces/stranger/secrets';
const REVIEW = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
const POD = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'evil' }, spec: { containers: [{ name: 'c', image: 'i' }] } };

const ATTACKS: readonly Attack[] = [
  { what: 'list the Secrets of a stranger', path: SECRETS },
  { what: 'get a Secret of a stranger', path: `${SECRETS}/key` },
  { what: 'watch the Secrets of a stranger', path: `${SECRETS}?watch=true` },
  { what: 'list the Secrets of the other mesh', path: '/api/v1/namespaces/mesh-b/secrets' },
  { what: 'get the key of the other mesh', path: '/api/v1/namespaces/mesh-b/secrets/key' },
  { what: 'list the Secrets of a member of the other mesh', path: '/api/v1/namespaces/bank/secrets' },
  { what: 'get a ConfigMap of a stranger', path: '/api/v1/namespaces/stranger/configmaps/kube-root-ca.crt' },
  { what: 'get a pod of a stranger', path: '/api/v1/namespaces/stranger/pods/any' },
  { what: 'get the namespace of a stranger', path: '/api/v1/namespaces/stranger' },
  { what: 'step out of a member with two dots', path: '/api/v1/namespaces/shop/../stranger/secrets' },
  { what: 'step out with escaped dots', path: '/api/v1/namespaces/shop/%2e%2e/stranger/secrets' },
  { what: 'hide a slash by an escape', path: '/api/v1/namespaces/shop%2f..%2fstranger/secrets' },
  { what: 'hide a slash by a double escape', path: '/api/v1/namespaces/shop%252f..%252fstranger/secrets' },
  { what: 'put an empty segment between', path: '/api/v1/namespaces//stranger/secrets' },
  { what: 'put a backslash for a slash', path: String.raw`/api/v1/namespaces/shop\..\stranger\secrets` },
  { what: 'end the path early with a semicolon', path: '/api/v1/namespaces/shop;x=/../stranger/secrets' },
  { what: 'write the namespace in capitals', path: '/api/v1/namespaces/STRANGER/secrets' },
  { what: 'escape a letter of the name', path: '/api/v1/namespaces/%73tranger/secrets' },
  { what: 'put a second question mark before the path', path: '/api/v1/namespaces/shop/secrets?x=1?/../stranger/secrets' },
  { what: 'put the path into a fragment', path: '/api/v1/namespaces/shop/secrets#/../stranger' },
  { what: 'use the old watch path', path: '/api/v1/watch/namespaces/stranger/secrets' },
  { what: 'use the old watch path for the cluster', path: '/api/v1/watch/secrets' },
  { what: 'use an absolute address of another server', path: 'https://kubernetes.default.svc/api/v1/secrets' },
  { what: "use the other mesh's address as a prefix", path: '/mesh-b/api/v1/secrets' },
  { what: 'act as the cluster administrator', path: '/api/v1/secrets', headers: { 'impersonate-user': 'admin', 'impersonate-group': 'system:masters' } },
  { what: 'act as an uid', path: '/api/v1/secrets', headers: { 'impersonate-uid': '1' } },
  { what: 'act as somebody else for a front proxy', path: '/api/v1/secrets', headers: { 'x-remote-user': 'admin', 'x-remote-group': 'system:masters' } },
  { what: 'upgrade the connection', path: '/api/v1/secrets', headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1' } },
  { what: 'execute a command in a pod', path: '/api/v1/namespaces/shop/pods/web/exec?command=sh', method: 'POST' },
  { what: 'attach to a pod', path: '/api/v1/namespaces/shop/pods/web/attach', method: 'POST' },
  { what: 'forward a port of a pod', path: '/api/v1/namespaces/shop/pods/web/portforward', method: 'POST' },
  { what: 'go through a pod as a proxy', path: '/api/v1/namespaces/shop/pods/web/proxy/', method: 'GET' },
  { what: 'go through a service as a proxy', path: '/api/v1/namespaces/shop/services/web/proxy/' },
  { what: 'go through a node as a proxy', path: '/api/v1/nodes/node1/proxy/pods' },
  { what: 'read the log of a pod', path: '/api/v1/namespaces/shop/pods/web/log' },
  { what: 'ask for a token of an account in a member', path: '/api/v1/namespaces/shop/serviceaccounts/default/token', method: 'POST', body: REVIEW },
  { what: 'ask for a token of an account of a stranger', path: '/api/v1/namespaces/stranger/serviceaccounts/default/token', method: 'POST', body: REVIEW },
  { what: "ask for a token of istiod's own account", path: '/api/v1/namespaces/mesh-a/serviceaccounts/istiod-basic/token', method: 'POST', body: REVIEW },
  { what: 'run a pod in a member', path: '/api/v1/namespaces/shop/pods', method: 'POST', body: POD },
  { what: 'put a container into a running pod', path: '/api/v1/namespaces/shop/pods/web/ephemeralcontainers', method: 'PATCH', body: {} },
  { what: 'bind a role', path: '/apis/rbac.authorization.k8s.io/v1/namespaces/mesh-a/rolebindings', method: 'POST', body: { metadata: { name: 'x' } } },
  { what: 'read roles of the cluster', path: '/apis/rbac.authorization.k8s.io/v1/clusterroles' },
  { what: 'redirect admission', path: '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/x', method: 'PATCH', body: {} },
  { what: 'label a stranger into the mesh', path: '/api/v1/namespaces/stranger', method: 'PATCH', body: { metadata: { labels: { 'maistra.io/member-of': 'mesh-a' } } } },
  { what: 'delete all Secrets of the cluster', path: '/api/v1/secrets', method: 'DELETE' },
  { what: 'delete all ConfigMaps of the control plane at once', path: '/api/v1/namespaces/mesh-a/configmaps', method: 'DELETE' },
  { what: 'write a Secret into a member', path: '/api/v1/namespaces/shop/secrets', method: 'POST', body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'planted' } } },
  { what: 'have the list streamed', path: '/api/v1/secrets?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true' },
  { what: 'go on with a page token that somebody else got', path: '/api/v1/secrets?limit=1&continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ' },
  { what: 'read an older state of the cluster', path: '/api/v1/secrets?resourceVersion=1&resourceVersionMatch=Exact' },
  { what: 'read metrics of the API server', path: '/metrics' },
  { what: 'read debug pages of the API server', path: '/debug/pprof/heap' },
  { what: 'read logs of the node', path: '/logs/' },
  { what: 'read the OpenAPI of the cluster', path: '/openapi/v2' },
  { what: 'use another method than HTTP knows', path: '/api/v1/secrets', method: 'PROPFIND' },
];

const REFUSED = new Set([400, 403, 404, 405, 410, 422]);

for (const { what, ...attack } of ATTACKS) {
  test(`refused: ${what}`, async () => {
    const { status, body } = await send(attack);
    assert.ok(REFUSED.has(status), `${status}: ${body.slice(0, 200)}`);
    assert.doesNotMatch(body, /crown-jewels|Y3Jvd24tamV3ZWxz/);
  });
}

test('the same requests about the own mesh are answered: it is not the whole that is shut', async () => {
  assert.equal((await send({ path: '/api/v1/namespaces/mesh-a/secrets/key' })).status, 200);
  const { status, body } = await send({ path: '/api/v1/secrets' });
  assert.equal(status, 200);
  const names = (JSON.parse(body) as { items: readonly { metadata: { namespace: string } }[] }).items.map(({ metadata }) => metadata.namespace);
  assert.deepEqual([...new Set(names)].toSorted(), ['mesh-a', 'shop']);
  assert.doesNotMatch(body, new RegExp(['bank', 'stranger', 'mesh-b'].map((name) => Buffer.from(`crown-jewels-of-${name}`).toString('base64')).join('|')));
});
