import { createInterface } from 'node:readline';
import { CONFIG_MAP } from '../../../src/api/kinds.ts';
import { resourcePath } from '../../../src/k8s/resource.ts';
import { CachePool } from '../../../src/runtime/cache-pool.ts';
import { loadAccess } from '../../../src/runtime/kube-config.ts';
import { createLogger } from '../../../src/runtime/logger.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import { createRest } from '../../../src/runtime/rest-client.ts';
import { createRunner } from '../../../src/runtime/runner.ts';
import { FINALIZER } from './fixture.ts';

/*
 * A process that leads with a short lease and writes all the time.
 * In: a line `freeze`: it hands over a hundred writes at once and stops itself with SIGSTOP in the same moment. It does so itself because nobody can call
 * back a request that is just being written to its socket; here all of them are still in line. The test sends SIGCONT.
 * Out: a line `leading` or `not leading` on each change.
 */

const kubeconfig = process.argv[2] ?? '';
const rest = createRest(loadAccess({ kubeconfig }), { userAgent: 'standalone-writer/1' });
const runner = createRunner({
  rest, cache: new CachePool(rest), controllers: [], logger: createLogger({ level: 'silent' }), metrics: createMetrics(), finalizer: FINALIZER,
  minter: () => Promise.reject(new Error('nothing to mint here')),
  lease: { namespace: 'frozen', name: 'leader', identity: `child-${process.pid}`, times: { durationMs: 3000, renewDeadlineMs: 2000, retryMs: 400 } },
});
runner.start();

let count = 0;
let wasLeading = false;

function write(): void {
  count += 1;
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `written-${count}`, namespace: 'frozen', annotations: { by: 'child' } } };
  void runner.rest.call({ method: 'POST', path: resourcePath(CONFIG_MAP, { namespace: 'frozen' }), body }).catch(() => undefined);
}

const ticking = setInterval(() => {
  write();
  if (runner.isLeader() === wasLeading) return;
  wasLeading = runner.isLeader();
  console.log(wasLeading ? 'leading' : 'not leading');
}, 5);

createInterface({ input: process.stdin }).on('line', () => {
  for (let more = 0; more < 100; more += 1) write();
  process.kill(process.pid, 'SIGSTOP');
});

process.once('SIGTERM', () => {
  clearInterval(ticking);
  void runner.stop().then(() => process.exit(0));
});
