import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distinctRouteName, labelValue, routeName } from '../../../../src/domain/ior/route-name.ts';

const gateway = { namespace: 'pay', name: 'web' };

/* The old operator's names, spec/ior.md 2: the hash is the first 8 bytes of SHA-256 of the host as written in the Gateway. */
for (const [original, hash] of [['*', '684888c0ebb17f37'], ['one.org', '2316a6b13ebc9ad8']] as const) {
  test(`the Route for ${original} is named as by the old operator: hash ${hash}`, () => {
    assert.equal(routeName(gateway, original, 'istio-system'), `pay-web-${hash}`);
  });
}

test('the hash of the word "star", which versions before 2.4 used for *, is not used', () => {
  assert.notEqual(routeName(gateway, '*', 'istio-system'), 'pay-web-525eca1d5089dbdc');
  assert.equal(routeName(gateway, 'star', 'istio-system'), 'pay-web-525eca1d5089dbdc', 'the reference hash itself');
});

test('the namespace part of a host counts, as it was in the old hash', () => {
  assert.notEqual(routeName(gateway, './one.org', 'istio-system'), routeName(gateway, 'one.org', 'istio-system'));
});

test('a name that fits is never shortened, up to 253 characters', () => {
  const long = { namespace: 'pay', name: 'g'.repeat(253 - 'pay--'.length - 16) };
  assert.equal(routeName(long, 'one.org', 'istio-system').length, 253);
  assert.ok(routeName(long, 'one.org', 'istio-system').endsWith('g-2316a6b13ebc9ad8'));
});

test('a longer one is cut and told apart by a hash of the Gateway', () => {
  const long = { namespace: 'pay', name: 'g'.repeat(250) };
  const name = routeName(long, 'one.org', 'istio-system');
  assert.equal(name.length, 253);
  assert.notEqual(name, routeName({ namespace: 'pay', name: `${'g'.repeat(249)}h` }, 'one.org', 'istio-system'));
});

test('where OpenShift makes the host from name and namespace, both fit into one DNS label', () => {
  const name = routeName({ namespace: 'a'.repeat(30), name: 'b'.repeat(30) }, '*', 'istio-system');
  assert.ok(`${name}-istio-system`.length <= 63, name);
  assert.match(name, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
});

test('a distinct name tells Gateways apart that have the same ordinary one', () => {
  const [one, other] = [{ namespace: 'a-b', name: 'c' }, { namespace: 'a', name: 'b-c' }];
  assert.equal(routeName(one, 'one.org', 'x'), routeName(other, 'one.org', 'x'));
  assert.notEqual(distinctRouteName(one, 'one.org'), distinctRouteName(other, 'one.org'));
});

test('a label value of up to 63 characters stays, a longer one is cut and hashed', () => {
  assert.equal(labelValue('x'.repeat(63)), 'x'.repeat(63));
  const cut = labelValue('x'.repeat(64));
  assert.equal(cut.length, 63);
  assert.notEqual(cut, labelValue('x'.repeat(65)));
});
