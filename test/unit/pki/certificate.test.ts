import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { before, test } from 'node:test';
import { covers, createAuthority, createServing, isKeyOf, isSignedBy, readCertificate, type KeyedCertificate } from '../../../src/pki/certificate.ts';

const now = new Date('2030-01-01T00:00:00Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const HOSTS = ['tmesh.mesh-operator.svc', '127.0.0.1', '::1'];

let authority: KeyedCertificate;
let serving: KeyedCertificate;
before(async () => {
  authority = await createAuthority('test CA', { now, validityMs: 365 * DAY });
  serving = await createServing(authority, HOSTS, { now, validityMs: 90 * DAY });
});

test('an authority is marked as one and may sign leaves only', () => {
  const certificate = new X509Certificate(authority.certPem);
  assert.equal(certificate.ca, true);
  assert.equal(certificate.subject, 'CN=test CA');
  assert.equal(certificate.issuer, certificate.subject);
  assert.equal(certificate.signatureAlgorithm, 'sha256WithRSAEncryption');
  assert.ok(isSignedBy(authority.certPem, authority.certPem));
});

test('a serving certificate is signed by its authority, is none itself and is for servers', () => {
  const certificate = new X509Certificate(serving.certPem);
  assert.equal(certificate.ca, false);
  assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1']);
  assert.ok(isSignedBy(serving.certPem, authority.certPem));
  assert.ok(certificate.checkIssued(new X509Certificate(authority.certPem)));
});

test('a serving certificate is good for every host it was asked for and for no other', () => {
  for (const host of [...HOSTS, '[::1]']) assert.ok(covers(serving.certPem, host), host);
  for (const host of ['other.svc', '127.0.0.2', '::2', 'sub.tmesh.mesh-operator.svc']) assert.equal(covers(serving.certPem, host), false, host);
});

test('hosts read back from a certificate cover themselves', () => {
  const hosts = readCertificate(serving.certPem)?.hosts ?? [];
  assert.equal(hosts.length, HOSTS.length);
  for (const host of hosts) assert.ok(covers(serving.certPem, host), host);
});

test('certificates start an hour before they are made and last as long as asked', () => {
  const facts = readCertificate(serving.certPem);
  assert.equal(facts?.createdAt.getTime(), now.getTime());
  assert.equal(facts?.notAfter.getTime(), now.getTime() + 90 * DAY);
  assert.equal(new X509Certificate(serving.certPem).validFromDate.getTime(), now.getTime() - HOUR);
});

test('a serving certificate never outlives its authority', async () => {
  const late = new Date(now.getTime() + 300 * DAY);
  const certificate = await createServing(authority, HOSTS, { now: late, validityMs: 90 * DAY });
  assert.equal(readCertificate(certificate.certPem)?.notAfter.getTime(), readCertificate(authority.certPem)?.notAfter.getTime());
});

test('a key belongs to its own certificate only', () => {
  assert.ok(isKeyOf(authority));
  assert.equal(isKeyOf({ certPem: authority.certPem, keyPem: serving.keyPem }), false);
});

test('two certificates never share a serial number', async () => {
  const other = await createServing(authority, HOSTS, { now, validityMs: DAY });
  assert.notEqual(new X509Certificate(other.certPem).serialNumber, new X509Certificate(serving.certPem).serialNumber);
});

test('text that is no certificate is an answer, not a crash', () => {
  for (const junk of ['', 'x', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', '\u0000'.repeat(100)]) {
    assert.equal(readCertificate(junk), undefined);
    assert.equal(covers(junk, 'a'), false);
    assert.equal(isSignedBy(junk, authority.certPem), false);
    assert.equal(isSignedBy(authority.certPem, junk), false);
    assert.equal(isKeyOf({ certPem: authority.certPem, keyPem: junk }), false);
  }
});

test('making a key does not stop the event loop', async () => {
  let turns = 0;
  let isDone = false;
  const turn = (): void => {
    turns += 1;
    if (!isDone) setImmediate(turn);
  };
  setImmediate(turn);
  await createAuthority('another', { now, validityMs: DAY });
  isDone = true;
  assert.ok(turns > 10, `the loop turned ${turns} times`);
});
