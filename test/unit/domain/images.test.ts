import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IMAGE_DIGESTS, istioOverride, versionedImageName } from '../../../src/domain/images.ts';
import { relatedImages as fromEnvironment } from '../../../src/cli/related-images.ts';
import { relatedImages } from '../../../tools/olm/images.ts';

test('an installation names an image for one version, or for all; the one for the version counts', () => {
  const overrides = { 'pilot': 'mirror/pilot:any', 'pilot-1-31-1': 'mirror/pilot@sha256:1' };
  assert.equal(istioOverride(overrides, 'pilot', '1.31.1'), 'mirror/pilot@sha256:1');
  assert.equal(istioOverride(overrides, 'pilot', '1.30.3'), 'mirror/pilot:any');
  assert.equal(istioOverride(overrides, 'proxyv2', '1.31.1'), undefined);
  assert.equal(versionedImageName('install-cni', '1.31.1'), 'install-cni-1-31-1');
});

test('the variables that packages set are read back under the names that the planners ask for', () => {
  const environment = Object.fromEntries(relatedImages().map(({ variable, reference }) => [variable, reference]));
  assert.deepEqual(fromEnvironment(environment), Object.fromEntries(relatedImages().map(({ name, reference }) => [name, reference])));
});

test('a digest is a digest', () => {
  assert.ok(Object.entries(IMAGE_DIGESTS).every(([image, digest]) => /^[^@]+:[^:@/]+$/.test(image) && /^sha256:[0-9a-f]{64}$/.test(digest)));
});
