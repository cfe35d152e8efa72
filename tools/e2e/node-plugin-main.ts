import { join } from 'node:path';
import { messageOf } from '../../src/lib/result.ts';
import { NEWEST_MINOR } from '../../src/domain/versions.ts';
import { startCluster, type Cluster } from '../cluster/cluster.ts';
import { MissingGo } from '../cluster/go-tool.ts';
import { ensurePackages } from '../cluster/node/debian-packages.ts';
import { MissingRoot, requireRoot } from '../cluster/node/enter.ts';
import { installCniImage } from '../images/catalogue.ts';
import { storeImage, type StoredImage } from '../images/store.ts';
import { importImages, makeImages } from './images.ts';
import { runInside } from './inside.ts';
import { say } from './screen.ts';

/*
 * `node tools/e2e/node-plugin-main.ts`: Istio's real node plug-in on a real node without Multus, installed by the operator. What is checked is in
 * node-plugin-walk.ts, which runs inside the node's network. Exit codes: 0, 1 for a failed check, 2 for a machine where this cannot run.
 */

async function playInside(cluster: Cluster, agent: StoredImage): Promise<number> {
  const packages = await ensurePackages();
  const folders = [join(packages['containernetworking-plugins'], 'usr', 'lib', 'cni'), join(cluster.dir, 'cni')];
  return await runInside({ hostPid: cluster.pids['host'] ?? 0, script: join(import.meta.dirname, 'node-plugin-walk.ts'), args: [cluster.dir, ...folders, JSON.stringify(agent)] });
}

async function play(): Promise<number> {
  const agent = `${NEWEST_MINOR.hub}/${NEWEST_MINOR.images.cni}:${NEWEST_MINOR.defaultPatch}`;
  const images = await makeImages();
  // Handed over later, so that the agents have to wait for it.
  const agentImage = await storeImage(await installCniImage(agent));
  const cluster = await startCluster({ flavour: 'kubernetes', node: true, log: (line) => { say(`  ${line}`); } });
  try {
    await importImages(images, cluster.pids['host'] ?? 0);
    return await playInside(cluster, agentImage);
  } finally {
    await cluster.stop();
  }
}

try {
  requireRoot();
  process.exitCode = await play();
} catch (thrown) {
  process.stderr.write(`e2e: ${messageOf(thrown)}\n`);
  process.exitCode = thrown instanceof MissingRoot || thrown instanceof MissingGo ? 2 : 1;
}
process.exit();
