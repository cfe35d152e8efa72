import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { krewManifest } from '../../../../tools/build/kubectl-plugin.ts';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: { readonly version: string; readonly shortDescription: string; readonly platforms: readonly { readonly uri: string; readonly sha256: string; readonly bin: string }[] };
}

test('the manifest keeps the rules that krew checks (krew, internal/index/validation)', () => {
  const { apiVersion, kind, metadata, spec } = parse(krewManifest({ url: 'https://example.org/v1/', homepage: 'https://example.org', version: '1.2.3' }, 'a'.repeat(64))) as Manifest;
  assert.deepEqual([apiVersion, kind, spec.version], ['krew.googlecontainertools.github.com/v1alpha2', 'Plugin', 'v1.2.3']);
  assert.match(metadata.name, /^[\w-]+$/);
  assert.ok(spec.shortDescription.length <= 50 && !spec.shortDescription.endsWith('.'), 'krew-index asks for a short line without a dot');
  const [platform] = spec.platforms;
  assert.equal(platform?.uri, 'https://example.org/v1/kubectl-tmesh.tar.gz');
  assert.match(platform.sha256, /^[0-9a-f]{64}$/);
  assert.doesNotMatch(platform.bin, /^\/|\.\./);
});
