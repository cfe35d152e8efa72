import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openMountedCertificates } from '../../../src/cli/mounted-certificates.ts';
import { operatorConfig } from '../../../src/cli/config.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { messageOf } from '../../../src/lib/result.ts';
import { createSet } from '../../../src/pki/rotate.ts';
import { defaultPolicy } from '../../../src/pki/rotation.ts';

const folder = mkdtempSync(join(tmpdir(), 'tmesh-mounted-'));
after(() => { rmSync(folder, { recursive: true }); });

interface Pair { readonly keyPem: string; readonly certPem: string }
let [first, second]: Pair[] = [];
before(async () => {
  [first, second] = await Promise.all([1, 2].map(async () => (await createSet(defaultPolicy(['localhost']), new Date())).serving));
});

const write = (cert: Pair | undefined, key: Pair | undefined): void => {
  writeFileSync(join(folder, 'tls.crt'), cert?.certPem ?? '');
  writeFileSync(join(folder, 'tls.key'), key?.keyPem ?? '');
};

test('a renewed certificate is served without a restart, and only what changed is told', () => {
  write(first, first);
  const certificates = openMountedCertificates(folder);
  let told = 0;
  const stop = certificates.onChange(() => { told += 1; });
  assert.equal(certificates.reload(), false);
  write(second, second);
  assert.equal(certificates.reload(), true);
  assert.equal(certificates.current().cert, second?.certPem);
  stop();
  write(first, first);
  assert.equal(certificates.reload(), true);
  assert.equal(told, 1);
});

test('half of a renewal is not taken: what was in use stays in use', () => {
  write(first, first);
  const certificates = openMountedCertificates(folder);
  write(second, first);
  assert.throws(() => certificates.reload(), /key values mismatch/i);
  assert.deepEqual(certificates.current(), { cert: first?.certPem, key: first?.keyPem, caBundlePem: '' });
});

const secretOf = (pair: Pair | undefined, key = pair): KubeObject => {
  const encode = (text = ''): string => Buffer.from(text).toString('base64');
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'operator-service-cert', namespace: 'meshes' }, data: { 'tls.crt': encode(pair?.certPem), 'tls.key': encode(key?.keyPem) } };
};

test('the Secret behind the folder is served at once, and its older copy in the folder never again', () => {
  write(first, first);
  const certificates = openMountedCertificates(folder);
  let told = 0;
  certificates.onChange(() => { told += 1; });
  assert.equal(certificates.offer(secretOf(first)), false, 'it is the one in use');
  assert.equal(certificates.offer(secretOf(second)), true);
  assert.equal(certificates.current().cert, second?.certPem);
  assert.equal(certificates.reload(), false, 'the kubelet has not been there yet');
  assert.equal(certificates.current().cert, second?.certPem);
  assert.equal(told, 1);
});

test('a Secret without a matching pair is told and changes nothing, and the folder is still followed', () => {
  write(first, first);
  const certificates = openMountedCertificates(folder);
  const outcomes: unknown[] = [];
  for (const secret of [secretOf(second, first), secretOf(undefined)]) certificates.offerFrom(secret, (outcome) => { outcomes.push('error' in outcome ? messageOf(outcome.error) : outcome); });
  assert.deepEqual(outcomes, Array(2).fill('Secret meshes/operator-service-cert has no matching tls.crt and tls.key'));
  assert.equal(certificates.current().cert, first?.certPem);
  write(second, second);
  assert.equal(certificates.reload(), true);
});

test('a folder without a usable pair is refused with its name and the way out', () => {
  write(second, first);
  assert.throws(() => openMountedCertificates(folder), new RegExp(`--webhook-cert-dir ${folder}: .*mismatch.*; put a matching tls\\.crt and tls\\.key there`, 's'));
  assert.throws(() => openMountedCertificates(join(folder, 'absent')), /absent: ENOENT.*leave the option out/s);
});

test('the folder comes from the flag, else from the environment, as OLM sets it', () => {
  assert.equal(operatorConfig({ leaderElect: true }, { WEBHOOK_CERT_DIR: '/a' }).webhookCertDir, '/a');
  assert.equal(operatorConfig({ leaderElect: true, webhookCertDir: '/b' }, { WEBHOOK_CERT_DIR: '/a' }).webhookCertDir, '/b');
  assert.equal(operatorConfig({ leaderElect: true }, {}).webhookCertDir, undefined);
});

test('the Secret behind the folder comes from the flag, else from the environment, and only with a folder', () => {
  const environment = { WEBHOOK_CERT_DIR: '/a', WEBHOOK_CERT_SECRET: 'cert' };
  assert.equal(operatorConfig({ leaderElect: true }, environment).webhookCertSecret, 'cert');
  assert.equal(operatorConfig({ leaderElect: true, webhookCertSecret: 'other' }, environment).webhookCertSecret, 'other');
  assert.throws(() => operatorConfig({ leaderElect: true, webhookCertSecret: 'cert' }, {}), /--webhook-cert-secret cert: name the folder where it is mounted as well, with --webhook-cert-dir/);
  assert.throws(() => operatorConfig({ leaderElect: true, webhookCertSecret: 'A b' }, environment), /--webhook-cert-secret A b: not the name of a Secret/);
});
