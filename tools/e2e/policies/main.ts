import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { messageOf } from '../../../src/lib/result.ts';
import { startCluster } from '../../cluster/cluster.ts';
import { MissingRoot, requireRoot } from '../../cluster/node/enter.ts';
import { readState } from '../../cluster/state.ts';
import { runInside } from '../inside.ts';
import { say } from '../screen.ts';

/*
 * `node tools/e2e/policies/main.ts [--dir FOLDER]`: NetworkPolicies by connections, alone. With a folder on the cluster that stands there
 * (`npm run cluster -- up --node --openshift --dir FOLDER`), which stays; else on one of its own.
 * Exit codes: 0, 1 for a failed check, 2 for a machine where this cannot run.
 */
const root = join(import.meta.dirname, '..', '..', '..');

function playInside(dir: string, hostPid: number): Promise<number> {
  return runInside({ hostPid, script: join(import.meta.dirname, 'inside.ts'), args: [dir] });
}

async function playOn(dir: string): Promise<number> {
  const state = await readState(dir);
  if (state?.isReal !== true) throw new Error(`there is no cluster with a real node in ${dir}`);
  return playInside(dir, state.host.pid);
}

async function playAlone(): Promise<number> {
  const cluster = await startCluster({ flavour: 'openshift', node: true, log: (line) => { say(`  ${line}`); } });
  try {
    return await playInside(cluster.dir, cluster.pids['host'] ?? 0);
  } finally {
    await cluster.stop();
  }
}

const [flag, dir, ...rest] = process.argv.slice(2);
if (flag !== undefined && (flag !== '--dir' || dir === undefined || rest.length > 0)) {
  process.stderr.write('policies: the only option is --dir FOLDER\n');
  process.exit(2);
}
try {
  requireRoot();
  // An operator of yesterday would write the policies of yesterday.
  execFileSync(process.execPath, [join(root, 'tools', 'build', 'bundle.ts'), '--if-stale'], { stdio: 'inherit' });
  process.exitCode = await (dir === undefined ? playAlone() : playOn(dir));
} catch (thrown) {
  process.stderr.write(`policies: ${messageOf(thrown)}\n`);
  process.exitCode = thrown instanceof MissingRoot ? 2 : 1;
}
process.exit();
