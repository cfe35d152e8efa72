import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { imageFor, isRunnable, repositoryOf, type ProcessImage } from '../../../../../tools/cluster/mesh-processes/images.ts';
import type { Pod } from '../../../../../tools/cluster/pod.ts';

const PILOT: ProcessImage = { repository: '/istio/pilot', entrypoint: ['/usr/local/bin/pilot-discovery'], files: {}, user: 1337 };
const METADATA = { name: 'p', namespace: 'n', uid: 'u', resourceVersion: '1', creationTimestamp: '2030-01-01T00:00:00Z' };

describe('an image whose program is on this machine', () => {
  it('is known by its repository, whatever registry, port, tag or digest', () => {
    assert.equal(repositoryOf('docker.io/istio/pilot:1.31.1'), 'docker.io/istio/pilot');
    assert.equal(repositoryOf('localhost:5000/istio/pilot'), 'localhost:5000/istio/pilot');
    assert.equal(repositoryOf('localhost:5000/istio/pilot:1@sha256:00'), 'localhost:5000/istio/pilot');
    assert.equal(imageFor('quay.io/istio/pilot:1.30.0', [PILOT]), PILOT);
  });

  it('is not one whose name only begins alike', () => {
    assert.equal(imageFor('docker.io/istio/pilot-agent:1.31.1', [PILOT]), undefined);
    assert.equal(imageFor(undefined, [PILOT]), undefined);
  });

  it('makes a pod runnable only if every container has one', () => {
    const pod = (images: readonly string[], init: readonly string[] = []): Pod => ({
      metadata: METADATA,
      spec: { containers: images.map((image) => ({ name: image, image })), initContainers: init.map((image) => ({ name: image, image })) },
    });
    assert.equal(isRunnable(pod(['x/istio/pilot:1']), [PILOT]), true);
    assert.equal(isRunnable(pod(['x/istio/pilot:1', 'docker.io/grafana/grafana:12']), [PILOT]), false);
    assert.equal(isRunnable(pod(['x/istio/pilot:1'], ['busybox']), [PILOT]), false);
  });
});
