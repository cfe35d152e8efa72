import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operatorConfig } from '../../../src/cli/config.ts';
import { UsageError } from '../../../src/cli/usage-error.ts';

const flags = { leaderElect: true };
const says = (part: string) => (error: unknown): boolean => error instanceof UsageError && error.message.includes(part);

test('without flags the operator serves webhooks through its Service on all addresses', () => {
  const config = operatorConfig(flags, {});
  assert.deepEqual({ ...config }, {
    kubeconfig: undefined, context: undefined, webhookUrl: undefined, webhookPort: 9443, webhookCertDir: undefined, webhookCertSecret: undefined, healthPort: 8081, metricsPort: 8080, bindAddress: '0.0.0.0',
    leaderElect: true, leaseTimes: undefined, operatorNamespace: 'tenant-mesh-operator', ingressNamespaceLabel: undefined, takeover: false, isolation: 'hard', logLevel: 'info',
  });
  assert.ok(Object.isFrozen(config));
});

test('a webhook URL decides the port and keeps the server on loopback', () => {
  const config = operatorConfig({ ...flags, webhookUrl: 'https://127.0.0.1:12345/' }, {});
  assert.equal(config.webhookUrl, 'https://127.0.0.1:12345');
  assert.equal(config.webhookPort, 12_345);
  assert.equal(config.bindAddress, '127.0.0.1');
  assert.equal(operatorConfig({ ...flags, webhookUrl: 'https://hooks.example.com' }, {}).webhookPort, 443);
});

test('isolation is hard unless somebody says soft, and nothing else is taken for either', () => {
  assert.equal(operatorConfig(flags, { ISOLATION: 'soft' }).isolation, 'soft');
  assert.equal(operatorConfig({ ...flags, isolation: 'hard' }, { ISOLATION: 'soft' }).isolation, 'hard');
  assert.throws(() => operatorConfig(flags, { ISOLATION: 'sotf' }), says('ISOLATION sotf: unknown isolation; hard'));
});

test('flags win over the environment, the environment over defaults', () => {
  const environment = { POD_NAMESPACE: 'from-env', LOG_LEVEL: 'debug' };
  assert.equal(operatorConfig(flags, environment).operatorNamespace, 'from-env');
  assert.equal(operatorConfig(flags, environment).logLevel, 'debug');
  assert.equal(operatorConfig({ ...flags, operatorNamespace: 'given', logLevel: 'warn' }, environment).operatorNamespace, 'given');
});

test('the times of the lease keep the proportions of client-go', () => {
  assert.deepEqual(operatorConfig({ ...flags, leaseDuration: '60' }, {}).leaseTimes, { durationMs: 60_000, renewDeadlineMs: 40_000, retryMs: 8_000 });
  for (const wrong of ['1', '2.5', '301', 'soon']) assert.throws(() => operatorConfig({ ...flags, leaseDuration: wrong }, {}), says(`--lease-duration ${wrong}: give whole seconds from 2 to 300`));
});

test('a value that cannot be used is named together with the way out', () => {
  assert.throws(() => operatorConfig({ ...flags, healthPort: 'http' }, {}), says('--health-port http: not a port; give a number'));
  assert.throws(() => operatorConfig({ ...flags, metricsPort: '70000' }, {}), says('--metrics-port 70000'));
  assert.throws(() => operatorConfig({ ...flags, webhookUrl: 'http://127.0.0.1:1' }, {}), says('https only'));
  assert.throws(() => operatorConfig({ ...flags, webhookUrl: 'nonsense' }, {}), says('--webhook-url nonsense'));
  assert.throws(() => operatorConfig({ ...flags, operatorNamespace: 'Not_A_Name' }, {}), says('Not_A_Name: not a namespace name'));
  assert.throws(() => operatorConfig({ ...flags, logLevel: 'loud' }, {}), says('one of debug, info'));
  assert.throws(() => operatorConfig({ ...flags, ingressNamespaceLabel: 'just-a-key' }, {}), says('KEY=VALUE'));
});
