import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { REDACTED, Redactor, isSecretName, redactText } from '../../../../src/cli/diagnostics/redact.ts';

test('a name says whether its value is a secret; one that only points at a secret does not count', () => {
  for (const name of ['password', 'DB_PASSWORD', 'rawPassword', 'basicAuthPassword', 'client-secret', 'apiKey', 'API_KEY', 'AWS_SECRET_ACCESS_KEY', 'signing_key', 'cookieSecret', 'auth', 'token', 'PASSWORD_PROD', 'pwd']) {
    assert.ok(isSecretName(name), name);
  }
  for (const name of ['secretName', 'client-secret-file', 'TOKEN_AUDIENCES', 'imagePullSecrets-names', 'credentialName', 'tokenTtl', 'caBundle', 'authority', 'JWT_POLICY', 'key', 'data']) {
    assert.ok(!isSecretName(name), name);
  }
});

const CASES: readonly (readonly [string, string])[] = [
  ['password: hunter2', `password: ${REDACTED}`],
  ['  - dbPassword: "hunter2"\n    user: joe', `  - dbPassword: ${REDACTED}\n    user: joe`],
  ['client_secret: |\n  line one\n  line two\nhost: x', `client_secret: ${REDACTED}\nhost: x`],
  ['{"user":"joe","password":"hunter2","port":1}', `{"user":"joe","password":"${REDACTED}","port":1}`],
  [String.raw`{\"password\":\"hunter2\",\"a\":\"b\"}`, String.raw`{\"password\":\"${REDACTED}\",\"a\":\"b\"}`],
  ['GET /login?user=joe&access_token=abcdef HTTP/1.1', `GET /login?user=joe&access_token=${REDACTED} HTTP/1.1`],
  ['--client-secret=abc --tls-key=/etc/x', `--client-secret=${REDACTED} --tls-key=/etc/x`],
  ['Authorization: Bearer abc123def456', `Authorization: ${REDACTED}`],
  ['sent Bearer abc123def456 to x', `sent Bearer ${REDACTED} to x`],
  ['postgres://joe:hunter2@db:5432/x', `postgres://${REDACTED}@db:5432/x`],
  ['token eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlIn0.c2ln was refused', `token ${REDACTED} was refused`],
  ['a\n-----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY-----\nb', 'a\n<private key redacted>\nb'],
  // A log that broke off in the middle of a key.
  ['-----BEGIN PRIVATE KEY-----\nMHcC', '<private key redacted>'],
];

for (const [text, expected] of CASES) {
  test(`${JSON.stringify(text).slice(0, 60)} loses its secret and nothing else`, () => { assert.equal(redactText(text), expected); });
}

test('what only speaks of secrets stays readable', () => {
  for (const text of [
    'secret: ""', 'token: true', 'secretName: istio-ca-secret', 'failed to get secrets "cacerts" not found', 'basicAuthPassword: $ADDON_PASSWORD', '-cookie-secret-file=/etc/proxy/session_secret',
    'Bearer authentication is required', 'JWT_POLICY=third-party-jwt', 'https://istiod.istio-system.svc:15012/debug@x', 'tokenAudience: istio-ca',
  ]) assert.equal(redactText(text), text);
});

test('redacting twice is redacting once', () => {
  for (const [text] of CASES) assert.equal(redactText(redactText(text)), redactText(text));
  fc.assert(fc.property(fc.string(), (text) => { assert.equal(redactText(redactText(text)), redactText(text)); }));
});

test('a long line costs time in proportion to its length', () => {
  for (const unit of ['a', 'token', 'password=', 'secret: ', '"token":"', 'a.b-c']) {
    const text = unit.repeat(Math.ceil(400_000 / unit.length));
    const started = performance.now();
    redactText(text);
    assert.ok(performance.now() - started < 4000, `${unit}: ${performance.now() - started} ms`);
  }
});

test('environment, flags with a value of their own, and annotations of an object', () => {
  const pod = { spec: { containers: [{
    name: 'app', args: ['--user', 'joe', '--password', 'hunter2', '--tls-secret-name', 'tls'],
    env: [{ name: 'DB_PASSWORD', value: 'hunter2' }, { name: 'MODE', value: 'fast' }, { name: 'API_TOKEN', valueFrom: { secretKeyRef: { name: 'a', key: 'password' } } }],
  }] }, metadata: { annotations: { 'x/api-key': 'k1', note: 'see https://joe:pw1@host/' } } };
  assert.deepEqual(new Redactor().value(pod), { spec: { containers: [{
    name: 'app', args: ['--user', 'joe', '--password', REDACTED, '--tls-secret-name', 'tls'],
    env: [{ name: 'DB_PASSWORD', value: REDACTED }, { name: 'MODE', value: 'fast' }, { name: 'API_TOKEN', valueFrom: { secretKeyRef: { name: 'a', key: 'password' } } }],
  }] }, metadata: { annotations: { 'x/api-key': REDACTED, note: `see https://${REDACTED}@host/` } } });
});

test('the value of a Secret is found wherever it was copied to; certificates and short words are not looked for', () => {
  const redactor = new Redactor();
  const encoded = (text: string): string => Buffer.from(text).toString('base64');
  redactor.learn({ data: { motto: encoded('correct horse\n'), 'ca.crt': encoded('-----BEGIN CERTIFICATE-----'), namespace: encoded('istio-system'), on: encoded('true') } });
  assert.equal(redactor.text('motto is correct horse in istio-system, true'), `motto is ${REDACTED} in istio-system, true`);
  assert.deepEqual(redactor.value({ copy: encoded('correct horse\n'), list: ['correct horse'] }), { copy: REDACTED, list: [REDACTED] });
  assert.equal(redactor.text('-----BEGIN CERTIFICATE-----'), '-----BEGIN CERTIFICATE-----');
});
