import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { stringify } from 'yaml';
import { AccessError } from '../../../src/runtime/credentials.ts';
import { loadAccess, type AccessSearch } from '../../../src/runtime/kube-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'kube-config-'));
after(() => rmSync(folder, { recursive: true }));

let files = 0;
function file(content: string | object, name = `file-${files++}`): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : stringify(content));
  return path;
}

interface Parts { readonly server?: string; readonly cluster?: object; readonly user?: object; readonly name?: string; readonly namespace?: string; readonly context?: object }

/** A kubeconfig with one cluster, user and context of a name. */
function kubeconfig({ server = 'https://api.example.com:6443', cluster = {}, user = { token: 'abc' }, name = 'main', namespace, context = {} }: Parts = {}): object {
  return {
    apiVersion: 'v1', kind: 'Config', 'current-context': name,
    clusters: [{ name, cluster: { server, ...cluster } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name, namespace, ...context } }],
  };
}

/** The message for the user when it cannot be loaded. */
function complaint(search: AccessSearch): string {
  try {
    loadAccess(search);
  } catch (error) {
    assert.ok(error instanceof AccessError, String(error));
    assert.ok(!error.message.includes('\n'), 'one line');
    return error.message;
  }
  return assert.fail('it was loaded');
}

const headersOf = async (search: AccessSearch): Promise<Readonly<Record<string, string>>> => (await loadAccess(search).credentials()).headers;

test('a token, a CA and a namespace are taken from the current context', async () => {
  const path = file(kubeconfig({ namespace: 'mine', server: 'https://api.example.com:6443/', cluster: { 'certificate-authority-data': Buffer.from('CA').toString('base64') } }));
  const access = loadAccess({ kubeconfig: path });
  assert.deepEqual([access.server, access.namespace, access.proxyUrl], ['https://api.example.com:6443', 'mine', undefined]);
  const { headers, tls } = await access.credentials();
  assert.equal(headers['authorization'], 'Bearer abc');
  assert.equal(String(tls.ca), 'CA');
  assert.equal(tls.rejectUnauthorized, undefined);
});

test('files named in a kubeconfig are found beside it; client certificate, server name and skipped verification are kept', async () => {
  for (const name of ['ca.crt', 'me.crt', 'me.key']) file(`PEM of ${name}`, `beside/${name}`);
  const cluster = { 'certificate-authority': 'ca.crt', 'tls-server-name': 'kubernetes', 'insecure-skip-tls-verify': true };
  const path = file(kubeconfig({ cluster, user: { 'client-certificate': 'me.crt', 'client-key': 'me.key' } }), 'beside/config');
  const { tls } = await loadAccess({ kubeconfig: path }).credentials();
  assert.deepEqual([tls.ca, tls.cert, tls.key].map(String), ['PEM of ca.crt', 'PEM of me.crt', 'PEM of me.key']);
  assert.deepEqual([tls.servername, tls.rejectUnauthorized], ['kubernetes', false]);
});

test('a token file is read again when asked for fresh credentials', async () => {
  const token = file('first\n', 'token/value');
  const access = loadAccess({ kubeconfig: file(kubeconfig({ user: { token: 'ignored', tokenFile: 'value' } }), 'token/config') });
  assert.equal((await access.credentials()).headers['authorization'], 'Bearer first');
  writeFileSync(token, 'second\n');
  assert.equal((await access.credentials({ fresh: true })).headers['authorization'], 'Bearer second');
});

test('an exec plugin is run, and told that nobody sits at a terminal', async () => {
  const print = 'console.log(JSON.stringify({status: {token: "from-plugin-" + JSON.parse(process.env.KUBERNETES_EXEC_INFO).spec.interactive}}))';
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath, args: ['-e', print] };
  assert.equal((await headersOf({ kubeconfig: file(kubeconfig({ user: { exec } })) }))['authorization'], 'Bearer from-plugin-false');
});

test('an exec plugin that is not there is a sentence', async () => {
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: join(folder, 'no-such-plugin') };
  await assert.rejects(headersOf({ kubeconfig: file(kubeconfig({ user: { exec } })) }), /the credentials of context main cannot be used: .*no-such-plugin/);
});

test('a context without a user is anonymous and still verifies the server', async () => {
  const cluster = { 'certificate-authority-data': Buffer.from('CA').toString('base64') };
  const { headers, tls } = await loadAccess({ kubeconfig: file(kubeconfig({ cluster, context: { user: undefined } })) }).credentials();
  assert.deepEqual(headers, {});
  assert.equal(String(tls.ca), 'CA');
});

test('plain http, as of kubectl proxy, is allowed', async () => {
  const path = file(kubeconfig({ server: 'http://127.0.0.1:8001', user: {} }));
  assert.equal(loadAccess({ kubeconfig: path }).server, 'http://127.0.0.1:8001');
  assert.deepEqual(await headersOf({ kubeconfig: path }), {});
});

test('another context can be chosen', () => {
  const config = { ...kubeconfig({ name: 'b' }), 'current-context': 'nothing' };
  assert.equal(loadAccess({ kubeconfig: file(config), context: 'b' }).server, 'https://api.example.com:6443');
});

test('an explicit file comes before $KUBECONFIG, that before the service account, that before the home folder', async () => {
  const home = join(folder, 'home');
  file(kubeconfig({ user: { token: 'home' } }), 'home/.kube/config');
  const kubeconfigEnv = file(kubeconfig({ user: { token: 'env' } }));
  const explicit = file(kubeconfig({ user: { token: 'explicit' } }));
  assert.equal((await headersOf({ kubeconfig: explicit, kubeconfigEnv, home }))['authorization'], 'Bearer explicit');
  assert.equal((await headersOf({ kubeconfigEnv, home }))['authorization'], 'Bearer env');
  assert.equal((await headersOf({ home, serviceAccountRoot: join(folder, 'nowhere') }))['authorization'], 'Bearer home');
});

test('in a pod the service account is used: server from the environment, namespace from the file', async (t) => {
  const root = join(folder, 'pod');
  for (const [name, content] of [['token', 'sa-token\n'], ['ca.crt', 'CA'], ['namespace', 'operators\n']] as const) file(content, `pod/var/run/secrets/kubernetes.io/serviceaccount/${name}`);
  t.after(() => {
    delete process.env['KUBERNETES_SERVICE_HOST'];
    delete process.env['KUBERNETES_SERVICE_PORT'];
  });
  assert.match(complaint({ serviceAccountRoot: root }), /KUBERNETES_SERVICE_HOST is not set/);
  process.env['KUBERNETES_SERVICE_HOST'] = 'fd00::1';
  process.env['KUBERNETES_SERVICE_PORT'] = '443';
  const access = loadAccess({ serviceAccountRoot: root });
  assert.deepEqual([access.server, access.namespace], ['https://[fd00::1]:443', 'operators']);
  const { headers, tls } = await access.credentials();
  assert.equal(headers['authorization'], 'Bearer sa-token');
  assert.equal(String(tls.ca), 'CA');
});

test('several files in $KUBECONFIG are merged, the first one wins, absent ones do not count', async () => {
  const first = file({ ...kubeconfig({ name: 'a', user: { token: 'first' } }) });
  const second = file({ ...kubeconfig({ name: 'b', server: 'https://b.example.com' }), users: [{ name: 'a', user: { token: 'late' } }, { name: 'b', user: { token: 'b' } }] });
  const kubeconfigEnv = [first, join(folder, 'absent'), second].join(delimiter);
  assert.equal((await headersOf({ kubeconfigEnv }))['authorization'], 'Bearer first');
  assert.equal(loadAccess({ kubeconfigEnv, context: 'b' }).server, 'https://b.example.com');
});

test('the proxy comes from the kubeconfig, or else from the environment', () => {
  const proxy = { httpsProxy: 'http://env.proxy:3128' };
  assert.equal(loadAccess({ kubeconfig: file(kubeconfig({ cluster: { 'proxy-url': 'http://own.proxy:80' } })), proxy }).proxyUrl, 'http://own.proxy:80');
  assert.equal(loadAccess({ kubeconfig: file(kubeconfig()), proxy }).proxyUrl, 'http://env.proxy:3128');
  assert.match(complaint({ kubeconfig: file(kubeconfig({ cluster: { 'proxy-url': 'socks5://own.proxy:80' } })) }), /not an http\(s\) address/);
});

test('every mistake names the file and the way out', () => {
  const absent = join(folder, 'absent');
  assert.match(complaint({ kubeconfig: absent }), new RegExp(`^kubeconfig ${absent} cannot be read: .*; name another with --kubeconfig$`));
  assert.match(complaint({ kubeconfigEnv: absent }), /cannot be read/);
  assert.match(complaint({ kubeconfig: folder }), /cannot be read: EISDIR/);
  assert.match(complaint({ kubeconfig: file('a: [b') }), /is not YAML: .*; correct the file/);
  assert.match(complaint({ kubeconfig: file('') }), /is empty or not a kubeconfig/);
  assert.match(complaint({ kubeconfig: file('just text') }), /is empty or not a kubeconfig/);
  assert.match(complaint({ kubeconfig: file({ clusters: [{ name: 'x' }] }) }), /cannot be used: clusters\[0\]\.cluster is missing; correct the file/);
  assert.match(complaint({ kubeconfig: file({ kind: 'Config' }) }), /has no current context; choose one with --context \(there are: none\)/);
  assert.match(complaint({ kubeconfig: file(kubeconfig()), context: 'other' }), /has no context named other; there are: main/);
  assert.match(complaint({ kubeconfig: file(kubeconfig({ context: { cluster: 'lost' } })) }), /context main names cluster lost, which is not there/);
  assert.match(complaint({ kubeconfig: file(kubeconfig({ context: { user: 'lost' } })) }), /context main names user lost, which is not there/);
  assert.match(complaint({ kubeconfig: file(kubeconfig({ server: 'api.example.com' })) }), /the server "api\.example\.com" of context main is not an http\(s\) address/);
  assert.match(complaint({ home: join(folder, 'nobody'), serviceAccountRoot: folder }), /no kubeconfig was found; name one with --kubeconfig or \$KUBECONFIG/);
});

test('a mistake never shows a token', () => {
  const path = file('users: [{name: a, user: {token: hunter2\n');
  assert.ok(!complaint({ kubeconfig: path }).includes('hunter2'));
});
