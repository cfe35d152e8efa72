import { join } from 'node:path';
import { messageOf } from '../../src/lib/result.ts';
import { NEWEST_MINOR } from '../../src/domain/versions.ts';
import { startCluster, type Cluster, type Flavour } from '../cluster/cluster.ts';
import { MissingGo } from '../cluster/go-tool.ts';
import { ensurePackages } from '../cluster/node/debian-packages.ts';
import { MissingRoot, requireRoot } from '../cluster/node/enter.ts';
import { installCniImage } from '../images/catalogue.ts';
import { storeImage, type StoredImage } from '../images/store.ts';
import { importImages, makeImages } from './images.ts';
import { runInside } from './inside.ts';
import { say } from './screen.ts';
import type { WalkResult } from './stage.ts';

/*
 * `node tools/e2e/node-plugin-main.ts`: Istio's real node plug-in on a real node, installed by the operator: in the node's own chain as on plain
 * Kubernetes, then called as Multus calls it on OpenShift. What is checked is in node-plugin-walk.ts, which runs inside the node's network. Exit codes: 0, 1 for a failed check, 2 for a machine where this cannot run.
 */

const AGENT = `${NEWEST_MINOR.hub}/${NEWEST_MINOR.images.cni}:${NEWEST_MINOR.defaultPatch}`;

/** The agent's image is handed over by the walk, so that agents have to wait for it. */
async function playInside(cluster: Cluster, flavour: Flavour, agent: StoredImage): Promise<WalkResult> {
  const packages = await ensurePackages();
  const folders = [join(packages['containernetworking-plugins'], 'usr', 'lib', 'cni'), join(cluster.dir, 'cni')];
  let result: WalkResult = { passed: 0, failures: ['the walk did not come to its end'] };
  await runInside({
    hostPid: cluster.pids['host'] ?? 0, script: join(import.meta.dirname, 'node-plugin-walk.ts'), args: [cluster.dir, ...folders, flavour, JSON.stringify(agent)],
    onMessage: (message) => { result = message as WalkResult; },
  });
  return result;
}

async function play(flavour: Flavour, images: readonly StoredImage[], agent: StoredImage): Promise<WalkResult> {
  const cluster = await startCluster({ flavour, node: true, audit: true, log: (line) => { say(`  ${line}`); } });
  try {
    await importImages(images, cluster.pids['host'] ?? 0);
    return await playInside(cluster, flavour, agent);
  } finally {
    await cluster.stop();
  }
}

try {
  requireRoot();
  const agent = await storeImage(await installCniImage(AGENT));
  const images = await makeImages();
  const results = [await play('kubernetes', images, agent), await play('openshift', images, agent)];
  const sum = (of: (result: WalkResult) => number): number => results.reduce((all, result) => all + of(result), 0);
  const [passed, failed] = [sum((result) => result.passed), sum(({ failures }) => failures.length)];
  say(`\n${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
} catch (thrown) {
  process.stderr.write(`e2e: ${messageOf(thrown)}\n`);
  process.exitCode = thrown instanceof MissingRoot || thrown instanceof MissingGo ? 2 : 1;
}
process.exit();
