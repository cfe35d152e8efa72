import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from '../cluster/api-client.ts';
import { startCluster, type Cluster } from '../cluster/cluster.ts';
import { startOperator, type OperatorProcess, type Ports } from '../demo/operator-process.ts';
import { kubectlOf } from '../demo/kubectl.ts';
import { API } from './api.ts';
import { DRIFT } from './drift.ts';
import { INSTALL } from './install.ts';
import { ISOLATION } from './isolation.ts';
import { ISOLATION_SCALE } from './isolation-scale.ts';
import { IOR } from './ior.ts';
import { MESHES, REMOVAL, RESTART } from './life.ts';
import { MEMBERS } from './members.ts';
import { SINGLE } from './single.ts';
import { STARTUP } from './startup.ts';
import { option, say, type Part, type Stage } from './stage.ts';

/*
 * `npm run bench [-- PART… --members 10,100,500 --rest SECONDS --meshes 5x200 --kubernetes --counts --plot FILE --cpu-profile FOLDER --node-flags '…']`: each part on a local cluster, beside a bare writer in the same
 * run where that makes sense. Machines are noisy: read the ratios. docs/bench.md keeps figures and says how they were taken.
 */
const root = join(import.meta.dirname, '..', '..');

/** In this order; a later one may need what an earlier one built. */
const PARTS: readonly Part[] = [STARTUP, INSTALL, MEMBERS, SINGLE, DRIFT, RESTART, REMOVAL, MESHES, IOR, API, ISOLATION, ISOLATION_SCALE];

function chosen(): readonly Part[] {
  const names = process.argv.slice(2).filter((word, at, words) => !word.startsWith('--') && (at === 0 || words[at - 1]?.startsWith('--') !== true || words[at - 1] === '--kubernetes'));
  const unknown = names.find((name) => !PARTS.some((part) => part.name === name));
  if (unknown !== undefined) {
    process.stderr.write(`there is no part "${unknown}"; the parts are ${PARTS.map(({ name }) => name).join(', ')}\n`);
    process.exit(2);
  }
  return names.length === 0 ? PARTS.filter((part) => part !== ISOLATION_SCALE) : PARTS.filter(({ name }) => names.includes(name));
}

function launch({ kubeconfig, dir }: Cluster, ports?: Ports): Promise<OperatorProcess> {
  const folder = option('cpu-profile', '');
  const given = option('node-flags', '').split(' ').filter((flag) => flag !== '');
  return startOperator(kubeconfig, dir, [], { ...(ports === undefined ? {} : { ports }), nodeFlags: [...given, ...(folder === '' ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`])] });
}

async function play(cluster: Cluster, parts: readonly Part[]): Promise<void> {
  await kubectlOf(cluster)('apply', '--server-side', '-f', join(root, 'crds'));
  const client = connect(cluster.server, await readFile(cluster.caFile, 'utf8'), cluster.token('admin'));
  const stage: Stage = {
    cluster, client, operator: await launch(cluster), members: [], bare: [], joined: [],
    restartOperator: async () => {
      await stage.operator.stop();
      stage.operator = await launch(cluster, stage.operator.ports);
    },
  };
  try {
    for (const part of parts) await part.run(stage);
  } finally {
    await stage.operator.stop();
    client.close();
  }
}

const parts = chosen();
const flavour = process.argv.includes('--kubernetes') ? 'kubernetes' : 'openshift';
const cluster = await startCluster({ flavour });
say(`flavour ${flavour}`);
try {
  await play(cluster, parts);
} finally {
  await cluster.stop();
}
