import { dirname, join } from 'node:path';
import { messageOf } from '../../src/lib/result.ts';
import { brickPath } from '../cluster/bricks.ts';
import { startCluster, type Cluster } from '../cluster/cluster.ts';
import type { ProcessImage } from '../cluster/mesh-processes/images.ts';
import { HOST_IP } from '../cluster/node-object.ts';
import { enclose, entrance, isEnclosed, settleIn, wayIn } from './enclosure.ts';
import { keepLogs } from './kept-logs.ts';
import { kubectlOf } from './kubectl.ts';
import { meshImages } from './mesh-images.ts';
import { operatorAccount } from './operator-account.ts';
import { startOperator, type OperatorProcess } from './operator-process.ts';
import { command, headline, say, StepFailed } from './screen.ts';
import { walk } from './walk.ts';

/* `npm run demo [-- --keep]`: a real API server, our operator, and steps 1 to 7 of the walk, with istiod, gateways, sidecars and
 * applications as processes. Exit code 1 when a step does not come true. */
const root = join(import.meta.dirname, '..', '..');

function isKeep(flags: readonly string[]): boolean {
  const unknown = flags.filter((flag) => flag !== '--keep');
  if (unknown.length > 0) {
    process.stderr.write(`demo: unknown option ${unknown[0]}; there is only --keep, which leaves the cluster and the operator running until Ctrl-C\n`);
    process.exit(2);
  }
  return flags.includes('--keep');
}

async function lookAround(cluster: Cluster, operator: OperatorProcess): Promise<void> {
  headline('Look around');
  say(`  ${entrance()}`);
  say(`  export KUBECONFIG=${cluster.kubeconfig} PATH=$PATH:${dirname(await brickPath('kubectl'))}`);
  say('  kubectl get smcp,smmr -A; kubectl explain smcp.spec; kubectl describe smcp -n istio-system');
  say(`  curl -i -X POST -H 'Host: caller.apps.example.com' http://${HOST_IP}/api/caller/apply`);
  say(`  logs: ${operator.logFile}, ${join(cluster.dir, 'pods', '*', 'logs')}`);
}

function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => { resolve(); });
    setInterval(() => undefined, 60_000);
  });
}

async function play(cluster: Cluster, keep: boolean): Promise<void> {
  const kubectl = kubectlOf(cluster);
  headline('0. The operator');
  command('kubectl apply --server-side -f crds/');
  say((await kubectl('apply', '--server-side', '-f', join(root, 'crds'))).trimEnd());
  const account = await operatorAccount({ kubectl, server: cluster.server, caFile: cluster.caFile, dir: cluster.dir });
  command('tmesh run --kubeconfig FILE --webhook-url https://127.0.0.1:PORT');
  const operator = await startOperator(account, cluster.dir);
  say('ready: /readyz answers 200; it runs with the rights of deploy/rbac.yaml and no others');
  try {
    await walk(cluster);
    say();
    say(`All seven steps came true in ${((performance.now() - started) / 1000).toFixed(0)} s.${keep ? '' : ' Run it with `npm run demo -- --keep` to look around by hand.'}`);
    if (keep) {
      await lookAround(cluster, operator);
      say('  stop: Ctrl-C here');
      await untilInterrupted();
    }
  } catch (thrown) {
    await operator.stop();
    throw thrown;
  }
  const code = await operator.stop();
  if (code !== 0) throw new StepFailed(`the operator ended with code ${code} after SIGTERM; its log is ${operator.logFile}`);
}

/** Everything is built or fetched before the network is left behind. */
async function prepare(): Promise<readonly ProcessImage[]> {
  try {
    const way = isEnclosed() ? undefined : await wayIn();
    const images = await meshImages((line) => { say(`  ${line}`); });
    if (way !== undefined) await enclose(way);
    await settleIn();
    return images;
  } catch (thrown) {
    say(`FAILED: ${messageOf(thrown)}`);
    process.exit(1);
  }
}

/** Who started this may be killed without a word to us: then nobody waits for the result any more. */
function endWithParent(): void {
  const parent = process.ppid;
  setInterval(() => { if (process.ppid !== parent) process.exit(1); }, 500).unref();
}

const keep = isKeep(process.argv.slice(2));
endWithParent();
const images = await prepare();
const started = performance.now();
headline('A real Kubernetes API server on this machine, OpenShift flavour, in a network namespace of its own');
const cluster = await startCluster({ flavour: 'openshift', images, log: (line: string) => { say(`  ${line}`); } });
say(`  ready after ${((performance.now() - started) / 1000).toFixed(1)} s at ${cluster.server}`);
try {
  await play(cluster, keep);
} catch (thrown) {
  say();
  say(`FAILED: ${messageOf(thrown)}`);
  say(`The logs of this run are in ${await keepLogs(cluster.dir)}.`);
  process.exitCode = 1;
} finally {
  await cluster.stop();
}
process.exit();
