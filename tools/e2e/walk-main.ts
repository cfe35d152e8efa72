import { join } from 'node:path';
import { messageOf } from '../../src/lib/result.ts';
import { NODE_ADDRESS } from '../cluster/node/addresses.ts';
import { selfSigned } from '../cluster/certificates.ts';
import { HaproxyRouter } from '../cluster/router/haproxy-router.ts';
import { rotateWebhookCertificates } from './certificate-life.ts';
import { accessTo } from './cluster-access.ts';
import { conclude } from './conclude.ts';
import { playExposedRoutes } from './exposed-routes.ts';
import { loseKubelet, type LivingMesh } from './life.ts';
import { installOperator, measureOperator } from './operator-steps.ts';
import { checkPolicies } from './policies/check-policies.ts';
import { Checks, say } from './screen.ts';
import { DEFAULT_NAME, playTlsRoutes } from './tls-routes.ts';
import type { Stage } from './stage.ts';
import { playStranger } from './stranger.ts';
import { playTraffic } from './traffic.ts';
import { playTwoMeshes } from './two-meshes.ts';
import { istiodIsContent, playWalk } from './walk.ts';

/* The walk, inside the node's network: `walk-main.ts FOLDER-OF-THE-CLUSTER FIGURES-SO-FAR`. Exit code 1 when a check failed. */
const [dir = '', figures = '{}'] = process.argv.slice(2);
const WALK: LivingMesh = { namespace: 'istio-system', host: 'sample.apps.example.com' };
const access = await accessTo(dir);
const router = await HaproxyRouter.start({ client: access.client, dir: join(dir, 'router'), address: NODE_ADDRESS, certificate: await selfSigned(DEFAULT_NAME, new Date()) });
const stage: Stage = {
  ...access, checks: new Checks(), router: `http://${NODE_ADDRESS}`,
  figures: JSON.parse(figures) as Record<string, string>,
};

try {
  await installOperator(stage);
  await playWalk(stage, dir);
  await playTlsRoutes(stage, dir);
  await playTraffic(stage);
  await playTwoMeshes(stage);
  await playExposedRoutes(stage, dir);
  await playStranger(stage, dir);
  await rotateWebhookCertificates(stage, WALK);
  await loseKubelet(stage, WALK, dir);
  await istiodIsContent(stage, 'istio-system');
  await measureOperator(stage);
  await checkPolicies({ ...access, checks: stage.checks }, dir);
} catch (thrown) {
  stage.checks.failures.push(messageOf(thrown));
  say(`  FAILED  ${messageOf(thrown)}`);
}
const result = await conclude(stage, { dir, diagnostics: join(import.meta.dirname, '..', '..', '.tmesh', 'e2e-diagnostics') });
await router.stop();
process.send?.(result, () => { process.exit(result.failures.length === 0 ? 0 : 1); });
