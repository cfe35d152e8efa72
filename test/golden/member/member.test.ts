import { basename } from 'node:path';
import { test } from 'node:test';
import { memberController } from '../../../src/controllers/member/index.ts';
import { casesIn, playCase, readCase } from '../../support/plan-case.ts';

for (const folder of casesIn(import.meta.dirname)) {
  test(`golden member/${basename(folder)}: ${readCase(folder).head.why}`, () => playCase(memberController({ operatorNamespace: 'operators' }), folder));
}
