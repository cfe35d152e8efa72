import { messageOf } from '../../../src/lib/result.ts';
import { accessTo } from '../cluster-access.ts';
import { Checks, say } from '../screen.ts';
import { checkPolicies } from './check-policies.ts';
import { ensureOperator } from './operator.ts';

/* The checks, inside the node's network: `inside.ts FOLDER-OF-THE-CLUSTER`. Exit code 1 when one failed. */
const [dir = ''] = process.argv.slice(2);
const access = await accessTo(dir);
const checks = new Checks();
let stopOperator = async (): Promise<void> => Promise.resolve();
let since = Date.now();
try {
  stopOperator = await ensureOperator(access, dir);
  since = Date.now();
  await checkPolicies({ ...access, checks }, dir);
} catch (thrown) {
  checks.failures.push(messageOf(thrown));
  say(`  FAILED  ${messageOf(thrown)}`);
}
await stopOperator();
say(`\n  on the standing node: ${((Date.now() - since) / 1000).toFixed(1)} s`);
say(`\n${checks.passed} passed, ${checks.failures.length} failed`);
process.exit(checks.failures.length === 0 ? 0 : 1);
