import { basename } from 'node:path';
import { test } from 'node:test';
import { cniController } from '../../../src/controllers/cni/index.ts';
import { CHARTS, OPERATOR_FACTS } from '../../build/control-plane.ts';
import { casesIn, playCase, readCase } from '../../support/plan-case.ts';

for (const folder of casesIn(import.meta.dirname)) {
  test(`golden cni/${basename(folder)}: ${readCase(folder).head.why}`, () => playCase(cniController({ facts: OPERATOR_FACTS, charts: CHARTS }), folder));
}
