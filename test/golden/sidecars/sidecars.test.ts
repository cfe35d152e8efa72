import { basename } from 'node:path';
import { test } from 'node:test';
import { sidecarsController } from '../../../src/controllers/sidecars/index.ts';
import { casesIn, playCase, readCase } from '../../support/plan-case.ts';

for (const folder of casesIn(import.meta.dirname)) {
  test(`golden sidecars/${basename(folder)}: ${readCase(folder).head.why}`, () => playCase(sidecarsController({ operatorNamespace: 'operators' }), folder));
}
