import { basename } from 'node:path';
import { test } from 'node:test';
import { controlPlaneController } from '../../../src/controllers/control-plane/index.ts';
import { CHARTS, OPERATOR_FACTS } from '../../build/control-plane.ts';
import { casesIn, playCase, readCase } from '../../support/plan-case.ts';

for (const folder of casesIn(import.meta.dirname)) {
  const { why, isolation = 'soft' } = readCase(folder).head;
  test(`golden control-plane/${basename(folder)}: ${why}`, () =>
    playCase(controlPlaneController({ facts: { ...OPERATOR_FACTS, isolation }, charts: CHARTS }), folder));
}
