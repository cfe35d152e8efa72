import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pullSecretsOf } from '../../../../src/domain/control-plane/pod-spec.ts';

test('a pull secret that is named twice is used once, and one without a name not at all', () => {
  assert.deepEqual(pullSecretsOf({ container: { imagePullSecrets: [{ name: 'a' }, { name: 'b' }, {}, { name: 'a' }] } }), [{ name: 'a' }, { name: 'b' }]);
  assert.deepEqual(pullSecretsOf({}), []);
});
