import assert from 'node:assert/strict';
import { test } from 'node:test';
import { optionsOf } from '../../../../tools/e2e/options.ts';

const KNOWN = ['traffic', 'outage', 'harness'];

test('all acts, unless some are named', () => {
  assert.deepEqual(optionsOf([], KNOWN), { keep: false, acts: KNOWN, on: undefined });
  assert.deepEqual(optionsOf(['--only', 'outage,traffic', '--keep'], KNOWN), { keep: true, acts: ['outage', 'traffic'], on: undefined });
  assert.deepEqual(optionsOf(['--on', 'folder', '--only=outage'], KNOWN), { keep: false, acts: ['outage'], on: 'folder' });
});

test('what is wrong is named, with what can be given', () => {
  assert.throws(() => optionsOf(['--only', 'outage,storm'], KNOWN), { name: 'WrongOptions', message: /^--only: there is no act "storm", only traffic, outage, harness; npm run e2e -- / });
  assert.throws(() => optionsOf(['--only'], KNOWN), { name: 'WrongOptions', message: /--only/ });
  assert.throws(() => optionsOf(['--kep'], KNOWN), { name: 'WrongOptions', message: /--kep/ });
});
