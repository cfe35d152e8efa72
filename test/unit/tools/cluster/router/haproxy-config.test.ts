import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { selfSigned } from '../../../../../tools/cluster/certificates.ts';
import { haproxyConfig, type HaproxyConfig, type HaproxyPlan } from '../../../../../tools/cluster/router/haproxy-config.ts';
import type { RoutedRoute, RouteTls } from '../../../../../tools/cluster/router/route-table.ts';
import type { Service } from '../../../../../tools/cluster/service-table.ts';

const PLAN: HaproxyPlan = { address: '10.0.0.1', folder: '/r', defaultCertificate: '/r/default.pem', socket: 's' };
const metadata = (name: string) => ({ name, namespace: 'n', uid: name, resourceVersion: '1', creationTimestamp: '2030-01-01T00:00:00Z' });
const WEB: Service = { metadata: metadata('web'), spec: { clusterIP: '10.96.0.9', ports: [{ name: 'http', port: 80 }] } };
const TABLE = { service: () => WEB, backends: () => [{ address: '10.244.0.3', port: 8080 }, { address: '10.244.0.2', port: 8080 }] };

function route(name: string, tls?: RouteTls, { host = `${name}.example.com`, path = '', isAdmitted = 'True' } = {}): RoutedRoute {
  return {
    metadata: metadata(name), spec: { to: { name: 'web' }, ...(path === '' ? {} : { path }), ...(tls === undefined ? {} : { tls }) },
    status: { ingress: [{ host, conditions: [{ type: 'Admitted', status: isAdmitted }] }] },
  };
}

const configOf = (routes: readonly RoutedRoute[], plan: Partial<HaproxyPlan> = {}): HaproxyConfig => haproxyConfig({ ...PLAN, ...plan }, routes, TABLE);

/** Lines of one section, its head left out. */
function section({ text }: HaproxyConfig, head: string): readonly string[] {
  const found = text.split('\n\n').find((part) => part.startsWith(`${head}\n`));
  return found === undefined ? [] : found.trimEnd().split('\n').slice(1).map((line) => line.trim());
}

const choices = (config: HaproxyConfig, head: string): readonly string[] => section(config, head).filter((line) => line.includes('txn.route) str'));

describe('the configuration of HAProxy', () => {
  it('leads a plain Route by its host to the endpoints of its Service', () => {
    const config = configOf([route('a')]);
    assert.deepEqual(choices(config, 'frontend public'), ['http-request set-var(txn.route) str(n:a) if { req.hdr(host),field(1,:),lower -m str a.example.com }']);
    assert.deepEqual(section(config, 'backend n:a').filter((line) => line.startsWith('server')), ['server 10.244.0.2:8080 10.244.0.2:8080', 'server 10.244.0.3:8080 10.244.0.3:8080']);
    assert.deepEqual(choices(config, 'frontend tls'), []);
  });

  it('lets the longest path count, and ends a path at a slash', () => {
    const host = 'h.example.com';
    const lines = choices(configOf([route('deep', undefined, { host, path: '/api' }), route('all', undefined, { host })]), 'frontend public');
    assert.deepEqual(lines.map((line) => line.replace(/.* str\((.*?)\) if \{.*?\}/, '$1')), ['n:all', 'n:deep { path -m str /api }', 'n:deep { path -m beg /api/ }']);
  });

  it('serves an edge Route over TLS, and in the clear only as its policy says', () => {
    const plain = (insecureEdgeTerminationPolicy?: string): readonly string[] =>
      choices(configOf([route('a', { termination: 'edge', ...(insecureEdgeTerminationPolicy === undefined ? {} : { insecureEdgeTerminationPolicy }) })]), 'frontend public').map((line) => /str\((.*?)\)/.exec(line)?.[1] ?? '');
    assert.deepEqual(plain(), []);
    assert.deepEqual(plain('None'), []);
    assert.deepEqual(plain('Redirect'), ['redirect']);
    assert.deepEqual(plain('Allow'), ['n:a']);
    assert.equal(choices(configOf([route('a', { termination: 'edge' })]), 'frontend tls').length, 1);
  });

  it('hands a passthrough Route on by the name in the TLS hello, and never decrypts it', () => {
    const config = configOf([route('a', { termination: 'passthrough', insecureEdgeTerminationPolicy: 'Allow' })]);
    assert.ok(section(config, 'frontend public_tls').includes('use_backend n:a if { req.ssl_sni,lower -m str a.example.com }'));
    assert.equal(section(config, 'backend n:a')[0], 'mode tcp');
    assert.deepEqual([choices(config, 'frontend tls'), choices(config, 'frontend public')], [[], []]);
    const redirected = configOf([route('a', { termination: 'passthrough', insecureEdgeTerminationPolicy: 'Redirect' })]);
    assert.match(choices(redirected, 'frontend public').join(), /str\(redirect\)/);
  });

  it('checks the server of a reencrypt Route against its CA, else that of serving certificates, else has no server', async () => {
    const servers = (config: HaproxyConfig): string => section(config, 'backend n:a').filter((line) => line.startsWith('server')).join('\n');
    const certificate = (await selfSigned('ca', new Date())).split('-----BEGIN RSA')[0] ?? '';
    const own = configOf([route('a', { termination: 'reencrypt', destinationCACertificate: certificate })]);
    assert.match(servers(own), /ssl verify required ca-file \/r\/n_a\.ca\.pem verifyhost web\.n\.svc/);
    assert.equal(own.files['n_a.ca.pem'], `${certificate.trim()}\n`);
    assert.match(servers(configOf([route('a', { termination: 'reencrypt' })], { serviceCa: '/ca.pem' })), /verify required ca-file \/ca\.pem/);
    assert.equal(servers(configOf([route('a', { termination: 'reencrypt' })])), '');
  });

  it('shows a certificate of the Route for its host, and leaves out Routes whose certificate nobody can load', async () => {
    const pem = await selfSigned('a.example.com', new Date());
    const [certificate = '', key = ''] = pem.split(/(?=-----BEGIN RSA)/);
    const config = configOf([route('a', { termination: 'edge', certificate, key })]);
    assert.equal(config.files['certificates.list'], '/r/n_a.pem a.example.com\n');
    assert.match(config.files['n_a.pem'] ?? '', /BEGIN CERTIFICATE[^]+BEGIN RSA PRIVATE KEY/);
    assert.doesNotMatch(config.text, /PRIVATE KEY/);
    const broken = configOf([route('a', { termination: 'edge', certificate: 'x', key }), route('b')]);
    assert.doesNotMatch(broken.text, /n:a/);
    assert.match(broken.text, /n:b/);
  });

  it('has nothing of Routes that are not admitted, or that would end its own lines', () => {
    const bad = [route('a', undefined, { isAdmitted: 'False' }), route('b', undefined, { host: 'x } or { always_true' }), route('c', undefined, { path: '/a b\nbind :1' }), route('d', { termination: 'magic' })];
    assert.equal(configOf(bad).text, configOf([]).text);
  });

  it('is the same for the same Routes in any order', () => {
    const routes = [route('a'), route('b', { termination: 'edge' }), route('c', { termination: 'passthrough' })];
    assert.deepEqual(configOf(routes.toReversed()), configOf(routes));
  });
});
