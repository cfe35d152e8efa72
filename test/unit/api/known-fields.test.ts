import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlPlaneSpecSchema } from '../../../src/api/maistra-v2/control-plane.ts';
import { knownFields } from '../../../src/api/schema/known-fields.ts';

test('fields that the schema does not know are left out, at any depth; free maps stay whole', () => {
  const spec = {
    proxi: 1, proxy: { concurrency: 2, colour: 'red' }, techPreview: { any: { thing: 1 } },
    runtime: { components: { mine: { pod: { tolerations: [{ operator: 'Exists', colour: 'red' }], nodeSelector: { any: 'label' } } } } },
  };
  assert.deepEqual(knownFields(controlPlaneSpecSchema, spec), {
    proxy: { concurrency: 2 }, techPreview: { any: { thing: 1 } },
    runtime: { components: { mine: { pod: { tolerations: [{ operator: 'Exists' }], nodeSelector: { any: 'label' } } } } },
  });
});
