import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { viaRouter, type Stage } from './stage.ts';

/* Sampling below 100 %: of many requests, as many traces as the control plane asks for, give or take. */

const MESH = 'istio-system';
const GATEWAY = `istio-ingressgateway.${MESH}`;
const PERCENT = 20;
const REQUESTS = 400;
/** Four standard deviations of a binomial distribution: one run in 16,000 is further off by chance. */
const TOLERANCE = Math.round(4 * Math.sqrt(REQUESTS * PERCENT / 100 * (1 - PERCENT / 100)));
const AT_ONCE = 8;
/** Proxies hand their spans over in batches; when no more came for so long, all are there. */
const SETTLED_MS = 3000;

/** `spec.tracing.sampling` counts hundredths of a percent (spec of the v2 API). */
async function askFor({ kubectl, checks }: Stage, percent: number): Promise<void> {
  const patch = JSON.stringify({ spec: { tracing: { sampling: percent * 100 } } });
  await kubectl('patch', 'servicemeshcontrolplanes.v2.maistra.io', 'basic-install', '-n', MESH, '--type=merge', '-p', patch);
  await checks.holds(`the gateway is told to sample ${percent} %`, async () => {
    const dump = await kubectl('exec', '-n', MESH, 'deploy/istio-ingressgateway', '--', 'pilot-agent', 'request', 'GET', 'config_dump?resource=dynamic_listeners');
    const shares = [...new Set([...dump.matchAll(/"random_sampling":\s*\{\s*"value":\s*([\d.]+)/g)].map(([, value]) => Number(value)))];
    return { isGood: shares.length === 1 && shares[0] === percent, seen: `random_sampling ${shares.join(', ')}` };
  }, { limitMs: 30_000 });
}

/** Out: how many were answered as the service answers. */
async function sendMarked(stage: Stage, { host, path }: SampledService, mark: string): Promise<number> {
  let left = REQUESTS;
  let answered = 0;
  const client = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const { status } = await viaRouter(stage, host, `${path}?${mark}`, { method: 'POST', body: '{}' });
      if (status === 201) answered += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
  return answered;
}

/** Something in the mesh to ask, by the host that the gateway serves. */
export interface SampledService {
  readonly host: string;
  readonly path: string;
}

/**
 * Asks for a fifth, counts, and asks for all again. In: the service, and a way to count the traces at the gateway whose address holds a mark.
 */
export async function playSampling(stage: Stage, service: SampledService, countTraces: (gateway: string, mark: string) => Promise<number>): Promise<void> {
  const mark = randomBytes(8).toString('hex');
  const expected = REQUESTS * PERCENT / 100;
  await askFor(stage, PERCENT);
  const answered = await sendMarked(stage, service, mark);
  await stage.checks.holds(`tracing.sampling ${PERCENT} %: of ${REQUESTS} requests ${expected} ± ${TOLERANCE} leave a trace`, async () => {
    const first = await countTraces(GATEWAY, mark);
    await sleep(SETTLED_MS);
    const count = await countTraces(GATEWAY, mark);
    stage.figures[`traces of ${REQUESTS} requests at ${PERCENT} %`] = String(count);
    return { isGood: answered === REQUESTS && count === first && Math.abs(count - expected) <= TOLERANCE, seen: `${answered} answered; ${first} traces, then ${count}` };
  }, { times: 1, limitMs: 45_000 });
  await askFor(stage, 100);
}
