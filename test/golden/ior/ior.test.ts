import { basename } from 'node:path';
import { test } from 'node:test';
import { iorController } from '../../../src/controllers/ior/index.ts';
import { casesIn, playCase, readCase } from '../../support/plan-case.ts';

for (const folder of casesIn(import.meta.dirname)) {
  test(`golden ior/${basename(folder)}: ${readCase(folder).head.why}`, () => playCase(iorController(), folder));
}
