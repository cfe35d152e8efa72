import { after, before } from 'node:test';
import { diffCases } from './diff-cases.ts';
import { getCases } from './get-cases.ts';
import { startWalkStage, type WalkStage } from './walk-stage.ts';

/* One cluster for all commands: most of the time goes into its mesh. */
let stage: WalkStage;
before(async () => { stage = await startWalkStage(); });
after(async () => { await stage?.stop(); });

getCases(() => stage);
diffCases(() => stage);
