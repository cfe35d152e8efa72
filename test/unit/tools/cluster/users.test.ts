import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatTokens, kubeconfigText, parseTokens } from '../../../../tools/cluster/users.ts';

const TOKENS = { admin: 'a1', alice: 'b2', bob: 'c3' };

describe('the users of a local cluster', () => {
  it('are an administrator and two tenants in groups of their own', () => {
    assert.deepEqual(formatTokens(TOKENS).trim().split('\n'), [
      'a1,admin,admin-uid,"system:masters"', 'b2,alice,alice-uid,"tenant-a"', 'c3,bob,bob-uid,"tenant-b"',
    ]);
  });

  it('are read back as they were written', () => {
    assert.deepEqual(parseTokens(formatTokens(TOKENS)), TOKENS);
  });

  it('are made anew when the file is empty or one of them is missing', () => {
    assert.equal(parseTokens(''), undefined);
    assert.equal(parseTokens('a1,admin,admin-uid,"system:masters"\n'), undefined);
  });

  it('get a kubeconfig that needs no other file', () => {
    const config = JSON.parse(kubeconfigText('alice', 'b2', 'https://127.0.0.1:1', 'PEM')) as {
      clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }]; users: [{ user: { token: string } }];
    };
    assert.equal(config.clusters[0].cluster.server, 'https://127.0.0.1:1');
    assert.equal(Buffer.from(config.clusters[0].cluster['certificate-authority-data'], 'base64').toString(), 'PEM');
    assert.equal(config.users[0].user.token, 'b2');
  });
});
