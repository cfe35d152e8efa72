import { basename } from 'node:path';
import { test } from 'node:test';
import { controlPlaneController } from '../../../src/controllers/control-plane/index.ts';
import { CHARTS, OPERATOR_FACTS } from '../../build/control-plane.ts';
import { casesIn, playCase, readCase } from '../../support/plan-case.ts';

for (const folder of casesIn(import.meta.dirname)) {
  test(`golden control-plane/${basename(folder)}: ${readCase(folder).head.why}`, () =>
    playCase(controlPlaneController({ facts: OPERATOR_FACTS, charts: CHARTS }), folder));
}
