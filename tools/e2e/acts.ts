import { rotateWebhookCertificates } from './certificate-life.ts';
import { playAddons } from './addons.ts';
import { playCanary } from './canary.ts';
import { playExposedRoutes } from './exposed-routes.ts';
import { loseKubelet, type LivingMesh } from './life.ts';
import { installOperator, measureOperator } from './operator-steps.ts';
import { playMigration } from './migration.ts';
import { playOutage } from './outage.ts';
import { checkPolicies } from './policies/check-policies.ts';
import type { Stage } from './stage.ts';
import { playStranger } from './stranger.ts';
import { playTlsRoutes } from './tls-routes.ts';
import { playTraffic } from './traffic.ts';
import { playTwoMeshes } from './two-meshes.ts';
import { istiodIsContent, playWalk, WALK_MESH } from './walk.ts';

const WALK: LivingMesh = { namespace: WALK_MESH, host: 'sample.apps.example.com' };

/** A part of the e2e that can be played alone, on the ground that the walk's steps 1 to 7 leave. In: the cluster's folder. */
interface Act {
  readonly name: string;
  readonly play: (stage: Stage, dir: string) => Promise<void>;
}

/** All acts that are played inside the node's network, in their order. */
const ACTS: readonly Act[] = [
  { name: 'addons', play: playAddons },
  { name: 'tls-routes', play: playTlsRoutes },
  { name: 'traffic', play: playTraffic },
  { name: 'two-meshes', play: playTwoMeshes },
  { name: 'exposed-routes', play: playExposedRoutes },
  { name: 'stranger', play: playStranger },
  { name: 'certificates', play: (stage) => rotateWebhookCertificates(stage, WALK) },
  { name: 'kubelet', play: (stage, dir) => loseKubelet(stage, WALK, dir) },
  { name: 'content', play: (stage) => istiodIsContent(stage, WALK_MESH) },
  { name: 'operator-figures', play: measureOperator },
  { name: 'outage', play: (stage) => playOutage(stage, WALK) },
  { name: 'canary', play: playCanary },
  { name: 'migration', play: playMigration },
  { name: 'policies', play: ({ client, kubectl, feed, checks }, dir) => checkPolicies({ client, kubectl, feed, checks }, dir) },
];

/** The harness killed and started again: played by the process that holds the cluster, after all others. */
export const HARNESS_ACT = 'harness';

/** Every name that may be asked for. */
export const ACT_NAMES: readonly string[] = [...ACTS.map(({ name }) => name), HARNESS_ACT];

async function hasWalk({ kubectl }: Stage): Promise<boolean> {
  return (await kubectl('get', 'namespace', WALK_MESH, '--ignore-not-found', '-o', 'name')) !== '';
}

/** The ground of all acts, which a cluster that was kept has already: the operator, and the walk's steps 1 to 7. Then the acts that were asked for, in their own order. */
export async function playActs(stage: Stage, dir: string, names: readonly string[]): Promise<void> {
  if (!await hasWalk(stage)) {
    await installOperator(stage);
    await playWalk(stage, dir);
  }
  for (const { name, play } of ACTS) if (names.includes(name)) await play(stage, dir);
}
