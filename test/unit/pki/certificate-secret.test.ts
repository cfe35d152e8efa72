import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { secretDataOf, setOfSecret, splitPem } from '../../../src/pki/certificate-secret.ts';
import { carryOut, createSet } from '../../../src/pki/rotate.ts';
import { bundleOf, defaultPolicy, type CertificateSet } from '../../../src/pki/rotation.ts';

const now = new Date('2030-01-01T00:00:00Z');
const policy = defaultPolicy(['localhost']);
const secretOf = (data: Readonly<Record<string, unknown>>): KubeObject => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data });

let fresh: CertificateSet;
let announced: CertificateSet;
let active: CertificateSet;
before(async () => {
  fresh = await createSet(policy, now);
  announced = await carryOut('announce', fresh, policy, now);
  active = await carryOut('activate', announced, policy, now);
});

test('a set survives being written to a Secret and read back, in every state of a rotation', () => {
  for (const set of [fresh, announced, active]) assert.deepEqual(setOfSecret(secretOf(secretDataOf(set))), set);
});

test('people and tools find certificate, key and trust where a TLS Secret has them', () => {
  const data = secretDataOf(announced);
  assert.equal(Buffer.from(data['tls.crt'] ?? '', 'base64').toString(), announced.serving.certPem);
  assert.equal(Buffer.from(data['ca.crt'] ?? '', 'base64').toString(), bundleOf(announced));
});

test('the key of a retired authority is thrown away', () => {
  assert.ok(!Object.values(secretDataOf(active)).includes(Buffer.from(fresh.authority.keyPem).toString('base64')));
});

test('a Secret with a part missing, broken or swapped holds no set', () => {
  const data = secretDataOf(fresh);
  for (const key of ['tls.crt', 'tls.key', 'authority.crt', 'authority.key']) {
    assert.equal(setOfSecret(secretOf({ ...data, [key]: 'AAAA' })), undefined, key);
    assert.equal(setOfSecret(secretOf({ ...data, [key]: 7 })), undefined, key);
  }
  assert.equal(setOfSecret(secretOf({ ...data, 'tls.key': data['authority.key'] })), undefined);
  assert.equal(setOfSecret({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } }), undefined);
});

test('a broken next authority is as good as none', () => {
  assert.deepEqual(setOfSecret(secretOf({ ...secretDataOf(announced), 'next-authority.key': 'AAAA' })), fresh);
});

test('a bundle falls apart into its certificates', () => {
  assert.deepEqual(splitPem(bundleOf(active)), [active.authority.certPem, fresh.authority.certPem]);
  assert.deepEqual(splitPem('no certificate in here'), []);
});
