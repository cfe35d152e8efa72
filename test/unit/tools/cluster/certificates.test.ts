import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ensureCertificates } from '../../../../tools/cluster/certificates.ts';

const NOW = new Date();
const YEAR_MS = 365 * 86_400_000;

describe('the certificates of a local cluster', () => {
  let dir = '';
  before(async () => { dir = await mkdtemp(join(tmpdir(), 'tmesh-certificates-')); });
  after(() => rm(dir, { recursive: true }));

  it('are a CA and a serving certificate for the names of an API server', async () => {
    const files = await ensureCertificates(dir, NOW);
    const ca = new X509Certificate(await readFile(files.caFile));
    const server = new X509Certificate(await readFile(files.serverFile));
    assert.ok(ca.ca);
    assert.ok(server.checkIssued(ca) && server.verify(ca.publicKey));
    assert.equal(server.checkIP('127.0.0.1'), '127.0.0.1');
    assert.equal(server.checkHost('kubernetes.default.svc'), 'kubernetes.default.svc');
    assert.ok(server.checkPrivateKey(createPrivateKey(await readFile(files.serverKeyFile))));
  });

  it('keep keys to their owner', async () => {
    const files = await ensureCertificates(dir, NOW);
    for (const file of [files.caKeyFile, files.serverKeyFile, files.serviceAccountKeyFile]) assert.equal((await stat(file)).mode & 0o777, 0o600);
  });

  it('are kept for the next start', async () => {
    const before = await readFile((await ensureCertificates(dir, NOW)).caFile, 'utf8');
    assert.equal(await readFile((await ensureCertificates(dir, NOW)).caFile, 'utf8'), before);
  });

  it('are made anew in the week before they end', async () => {
    const { serverFile } = await ensureCertificates(dir, NOW);
    const before = await readFile(serverFile, 'utf8');
    await ensureCertificates(dir, new Date(NOW.getTime() + YEAR_MS - 6 * 86_400_000));
    assert.notEqual(await readFile(serverFile, 'utf8'), before);
  });

  it('are made anew when a file is damaged', async () => {
    const { caFile, serverFile } = await ensureCertificates(dir, NOW);
    await writeFile(serverFile, 'not a certificate');
    await ensureCertificates(dir, NOW);
    assert.ok(new X509Certificate(await readFile(serverFile)).verify(new X509Certificate(await readFile(caFile)).publicKey));
  });
});
