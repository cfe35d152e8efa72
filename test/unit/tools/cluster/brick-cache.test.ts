import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { cacheKey, cacheRoot } from '../../../../tools/cluster/brick-cache.ts';

describe('the folder of the brick cache', () => {
  it('is under XDG_CACHE_HOME when that is set', () => {
    assert.equal(cacheRoot({ XDG_CACHE_HOME: '/somewhere' }), '/somewhere/tenant-mesh-operator/bricks');
  });

  it('is under ~/.cache when it is not set, empty or relative', () => {
    const usual = join(homedir(), '.cache', 'tenant-mesh-operator', 'bricks');
    for (const env of [{}, { XDG_CACHE_HOME: '' }, { XDG_CACHE_HOME: 'relative' }]) assert.equal(cacheRoot(env), usual);
  });
});

describe('the key of a brick', () => {
  it('can be read: it starts with the brick and its version', () => {
    assert.match(cacheKey('etcd', 'v3.6.5', ['go.mod text']), /^etcd-v3\.6\.5-[0-9a-f]{12}$/);
  });

  it('is the same for the same parts', () => {
    assert.equal(cacheKey('etcd', 'v1', ['a', 'b']), cacheKey('etcd', 'v1', ['a', 'b']));
  });

  it('differs when any part differs, also when only the border between two parts moves', () => {
    const parts = fc.array(fc.string(), { maxLength: 4 });
    fc.assert(fc.property(parts, parts, (some, others) => {
      const isSame = JSON.stringify(some) === JSON.stringify(others);
      assert.equal(cacheKey('b', 'v', some) === cacheKey('b', 'v', others), isSame);
    }));
    assert.notEqual(cacheKey('b', 'v', ['ab', 'c']), cacheKey('b', 'v', ['a', 'bc']));
  });
});
