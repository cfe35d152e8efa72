import { basename } from 'node:path';
import { test } from 'node:test';
import { scopedApiController } from '../../../src/controllers/scoped-api/index.ts';
import { CHARTS, OPERATOR_FACTS, ROOT } from '../../build/control-plane.ts';
import { casesIn, playCase, readCase } from '../../support/plan-case.ts';

for (const folder of casesIn(import.meta.dirname)) {
  const { why, isolation = 'soft' } = readCase(folder).head;
  const facts = { ...OPERATOR_FACTS, isolation, images: { operator: 'registry.example.com/tmesh:9' } };
  test(`golden scoped-api/${basename(folder)}: ${why}`, () => playCase(scopedApiController({ facts, charts: CHARTS, authority: () => ROOT }), folder));
}
