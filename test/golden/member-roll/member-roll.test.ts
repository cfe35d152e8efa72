import { basename } from 'node:path';
import { test } from 'node:test';
import { memberRollController } from '../../../src/controllers/member-roll/index.ts';
import { casesIn, playCase, readCase } from '../../support/plan-case.ts';

for (const folder of casesIn(import.meta.dirname)) {
  test(`golden member-roll/${basename(folder)}: ${readCase(folder).head.why}`, () => playCase(memberRollController({ operatorNamespace: 'operators' }), folder));
}
