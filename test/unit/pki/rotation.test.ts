import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { isSignedBy, readCertificate } from '../../../src/pki/certificate.ts';
import { carryOut, createSet } from '../../../src/pki/rotate.ts';
import { bundleOf, defaultPolicy, rotationStep, type CertificateSet, type RotationStep } from '../../../src/pki/rotation.ts';

const DAY = 86_400_000;
const MINUTE = 60_000;
const start = new Date('2030-01-01T00:00:00Z');
const policy = defaultPolicy(['localhost', '127.0.0.1']);
const after = (ms: number): Date => new Date(start.getTime() + ms);

let fresh: CertificateSet;
let announced: CertificateSet;
before(async () => {
  fresh = await createSet(policy, start);
  announced = await carryOut('announce', fresh, policy, after(250 * DAY));
});

const stepAt = (set: CertificateSet | undefined, now: Date, isPublished = true): RotationStep => rotationStep(set, policy, { now, isPublished });

test('without certificates there is only one thing to do', () => {
  assert.equal(stepAt(undefined, start), 'create');
});

test('a new set needs nothing for two months', () => {
  assert.equal(stepAt(fresh, start), 'none');
  assert.equal(stepAt(fresh, after(59 * DAY)), 'none');
});

test('a serving certificate is renewed in the last third of its life', () => {
  assert.equal(stepAt(fresh, after(60 * DAY)), 'renew');
});

test('a renewed certificate comes from the same authority and clients learn nothing new', async () => {
  const renewed = await carryOut('renew', fresh, policy, after(60 * DAY));
  assert.equal(bundleOf(renewed), bundleOf(fresh));
  assert.notEqual(renewed.serving.certPem, fresh.serving.certPem);
  assert.ok(isSignedBy(renewed.serving.certPem, fresh.authority.certPem));
});

test('a host that the certificate is not good for renews it at once', () => {
  assert.equal(rotationStep(fresh, { ...policy, hosts: ['localhost', '10.0.0.1'] }, { now: start, isPublished: true }), 'renew');
});

test('hosts are added, so that two processes with different URLs do not replace each other for ever', async () => {
  const other = { ...policy, hosts: ['10.0.0.1'] };
  const both = await carryOut('renew', fresh, other, start);
  assert.equal(rotationStep(both, other, { now: start, isPublished: true }), 'none');
  assert.equal(stepAt(both, start), 'none');
});

test('the next authority is announced in the last third of the old one\'s life', () => {
  assert.equal(stepAt(fresh, after(243 * DAY)), 'renew');
  assert.equal(stepAt(fresh, after(244 * DAY)), 'announce');
});

test('announcing publishes the new authority and changes nothing that is served', () => {
  assert.equal(announced.serving.certPem, fresh.serving.certPem);
  assert.equal(bundleOf(announced), fresh.authority.certPem + (announced.next?.certPem ?? ''));
});

test('nothing is signed by a new authority before the overlap is over', () => {
  assert.notEqual(stepAt(announced, after(250 * DAY + 9 * MINUTE)), 'activate');
  assert.equal(stepAt(announced, after(250 * DAY + 10 * MINUTE)), 'activate');
});

test('nothing is signed by a new authority before its bundle is published, however late it is', () => {
  assert.notEqual(stepAt(announced, after(300 * DAY), false), 'activate');
});

test('an expired authority is replaced without waiting for anybody', () => {
  assert.equal(stepAt(announced, after(366 * DAY), false), 'activate');
  assert.equal(stepAt(fresh, after(366 * DAY), false), 'create');
});

test('after the change both authorities are trusted, until the old one has expired', async () => {
  const active = await carryOut('activate', announced, policy, after(251 * DAY));
  assert.equal(active.authority.certPem, announced.next?.certPem);
  assert.equal(active.next, undefined);
  assert.ok(isSignedBy(active.serving.certPem, active.authority.certPem));
  assert.ok(bundleOf(active).includes(fresh.authority.certPem));
  assert.equal(stepAt(active, after(252 * DAY)), 'none');
  const renewed = await carryOut('renew', active, policy, after(364 * DAY));
  assert.equal(stepAt(renewed, after(364 * DAY)), 'none');
  assert.equal(stepAt(renewed, after(366 * DAY)), 'forget');
  const forgotten = await carryOut('forget', renewed, policy, after(366 * DAY));
  assert.equal(bundleOf(forgotten), renewed.authority.certPem);
});

test('a certificate that lasts as long as its authority is not renewed again and again', async () => {
  const late = after(364 * DAY);
  const renewed = await carryOut('renew', announced, policy, late);
  assert.equal(stepAt(renewed, late, false), 'none');
});

test('a certificate of a foreign authority, or with a foreign key, is replaced and the authority kept', async () => {
  const foreign = await createSet(policy, start);
  assert.equal(stepAt({ ...fresh, serving: foreign.serving }, start), 'renew');
  assert.equal(stepAt({ ...fresh, serving: { ...fresh.serving, keyPem: foreign.serving.keyPem } }, start), 'renew');
});

test('an authority without its key cannot sign, so everything begins anew', () => {
  assert.equal(stepAt({ ...fresh, authority: { ...fresh.authority, keyPem: fresh.serving.keyPem } }, start), 'create');
});

test('over two years nothing is served that clients do not trust or that is past its end', async () => {
  const authoritiesOf = (set: CertificateSet): string[] => [set.authority.certPem, ...(set.next === undefined ? [] : [set.next.certPem]), ...set.retired];
  let steps = 0;
  let old = await createSet(policy, start);
  for (let day = 0; day <= 730; day += 8) {
    const now = after(day * DAY);
    const step = stepAt(old, now);
    const set = await carryOut(step, old, policy, now);
    if (step !== 'none') steps += 1;
    assert.ok(authoritiesOf(old).some((authority) => isSignedBy(set.serving.certPem, authority)), 'clients with the old bundle trust the new certificate');
    assert.ok(authoritiesOf(set).some((authority) => isSignedBy(old.serving.certPem, authority)), 'clients with the new bundle trust the old certificate');
    assert.ok((readCertificate(set.serving.certPem)?.notAfter.getTime() ?? 0) > now.getTime(), `day ${day}`);
    old = set;
  }
  assert.ok(steps > 10, `${steps} steps`);
});
