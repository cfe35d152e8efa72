import { join } from 'node:path';
import { messageOf } from '../../src/lib/result.ts';
import { NODE_ADDRESS } from '../cluster/node/addresses.ts';
import { selfSigned } from '../cluster/certificates.ts';
import { HaproxyRouter } from '../cluster/router/haproxy-router.ts';
import { playActs } from './acts.ts';
import { accessTo } from './cluster-access.ts';
import { conclude } from './conclude.ts';
import { Checks, say } from './screen.ts';
import { DEFAULT_NAME } from './tls-routes.ts';
import type { Stage } from './stage.ts';

/* The walk, inside the node's network: `walk-main.ts FOLDER-OF-THE-CLUSTER FIGURES-SO-FAR ACT…`. Exit code 1 when a check failed. */
const [dir = '', figures = '{}', ...acts] = process.argv.slice(2);
const access = await accessTo(dir);
const router = await HaproxyRouter.start({ client: access.client, dir: join(dir, 'router'), address: NODE_ADDRESS, certificate: await selfSigned(DEFAULT_NAME, new Date()) });
const stage: Stage = {
  ...access, checks: new Checks(), router: `http://${NODE_ADDRESS}`,
  figures: JSON.parse(figures) as Record<string, string>,
};

try {
  await playActs(stage, dir, acts);
} catch (thrown) {
  stage.checks.failures.push(messageOf(thrown));
  say(`  FAILED  ${messageOf(thrown)}`);
}
const result = await conclude(stage, { dir, diagnostics: join(import.meta.dirname, '..', '..', '.tmesh', 'e2e-diagnostics') });
await router.stop();
process.send?.(result, () => { process.exit(result.failures.length === 0 ? 0 : 1); });
