import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { volumeFiles, type VolumeSources } from '../../../../../tools/cluster/mesh-processes/volume-files.ts';
import type { Pod, Volume } from '../../../../../tools/cluster/pod.ts';

const POD: Pod = {
  metadata: { name: 'p', namespace: 'n', uid: 'u', resourceVersion: '1', creationTimestamp: '2030-01-01T00:00:00Z', labels: { app: 'a' } },
  spec: { containers: [{ name: 'c', resources: { limits: { cpu: '2' } } }] },
};
const SOURCES: VolumeSources = {
  place: { podIP: '10.244.0.9', hostIP: '10.244.255.1', capacity: { cpu: 4, memory: 1000 } },
  configMap: async (name) => (name === 'root' ? { 'root-cert.pem': 'PEM', other: 'x' } : undefined),
  secret: async (name) => (name === 'certs' ? { 'tls.crt': 'CRT' } : undefined),
  token: async (audience = 'api', seconds = 0) => `token for ${audience}, ${seconds} s`,
};
const files = (volume: Volume): Promise<Readonly<Record<string, string>>> => volumeFiles(POD, volume, SOURCES);

describe('the files of a volume', () => {
  it('are the keys of a ConfigMap or Secret, or those picked', async () => {
    assert.deepEqual(await files({ configMap: { name: 'root' } }), { 'root-cert.pem': 'PEM', other: 'x' });
    assert.deepEqual(await files({ configMap: { name: 'root', items: [{ key: 'other', path: 'deep/file' }] } }), { 'deep/file': 'x' });
    assert.deepEqual(await files({ secret: { secretName: 'certs' } }), { 'tls.crt': 'CRT' });
  });

  it('are none for an empty folder, and for an optional Secret that is not there', async () => {
    assert.deepEqual(await files({ emptyDir: {} }), {});
    assert.deepEqual(await files({ secret: { secretName: 'gone', optional: true } }), {});
  });

  it('are token, certificate and fields side by side in a projected volume', async () => {
    const sources = [
      { serviceAccountToken: { path: 'istio-token', audience: 'istio-ca', expirationSeconds: 43_200 } }, { configMap: { name: 'root', items: [{ key: 'other', path: 'other' }] } },
      { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }, { path: 'cpu', resourceFieldRef: { containerName: 'c', resource: 'limits.cpu' } }] } },
    ];
    assert.deepEqual(await files({ projected: { sources } }), { 'istio-token': 'token for istio-ca, 43200 s', other: 'x', labels: 'app="a"', cpu: '2' });
  });

  it('of a kind that needs a node are refused by name', async () => {
    await assert.rejects(files({ name: 'data' }), /volume data .* real node/);
  });
});
