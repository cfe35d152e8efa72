import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { JsonObject } from '../../src/lib/json.ts';
import { ask } from '../cluster/ask.ts';
import { brickPath } from '../cluster/bricks.ts';
import { selfSigned } from '../cluster/certificates.ts';
import { kubeconfigFile } from '../cluster/users.ts';
import { injectTrustedCertificates } from './policies/meshes.ts';
import { playSampling } from './sampling.ts';
import { say, type Look } from './screen.ts';
import { viaRouter, type Stage } from './stage.ts';

/* Step 7 of the issue: Prometheus and Jaeger of the walk's mesh, asked as their own page asks them. */

const MESH = 'istio-system';
const PROJECT = 'microsvc-sample';
const CALLER = 'caller.apps.example.com';
/** Namespaces whose processes Prometheus may scrape at that time. */
const OURS = [MESH, PROJECT];

/** What of the walk's add-ons can run here: of Grafana and Kiali there are no images. */
export const RUNNABLE_ADDONS: JsonObject = { istio: { prometheus: { enabled: true }, tracing: { enabled: true } } };

/** Serving certificates of the add-ons, which OpenShift makes. To be there before the add-ons are. */
export async function servingCertificates(): Promise<readonly object[]> {
  return Promise.all(['prometheus', 'jaeger'].map(async (name) => {
    const [certificate = '', key = ''] = (await selfSigned(`${name}.${MESH}.svc`, new Date())).split(/(?=-----BEGIN RSA)/);
    return { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata: { name: `${name}-tls`, namespace: MESH }, stringData: { 'tls.crt': certificate, 'tls.key': key } };
  }));
}

/** OpenShift's part while the control plane is installed. In: the cluster's folder. */
export async function letAddonsStart(stage: Stage, dir: string): Promise<void> {
  await injectTrustedCertificates(stage, MESH, dir);
}

interface Forward {
  readonly url: string;
  readonly stop: () => void;
}

/** `kubectl port-forward` to a port that is open on the pod's loopback only. */
async function forward(dir: string, target: string, port: number): Promise<Forward> {
  const child = spawn(await brickPath('kubectl'), ['port-forward', '-n', MESH, target, `:${port}`], { env: { ...process.env, KUBECONFIG: kubeconfigFile(dir, 'admin') }, stdio: ['ignore', 'pipe', 'inherit'] });
  const first = createInterface({ input: child.stdout });
  const local = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => { reject(new Error(`kubectl port-forward ${target} ended`)); });
    first.once('line', (line) => { resolve(/127\.0\.0\.1:(\d+)/.exec(line)?.[1] ?? ''); });
  });
  return { url: `http://127.0.0.1:${local}`, stop: () => { child.kill(); } };
}

async function json<T>(url: string): Promise<T> {
  const { status, body } = await ask(url);
  if (status !== 200) throw new Error(`${status} ${body.slice(0, 200)}`);
  return JSON.parse(body) as T;
}

interface Targets {
  readonly data: { readonly activeTargets: readonly { readonly health: string; readonly scrapeUrl: string; readonly discoveredLabels: Readonly<Record<string, string>> }[] };
}

async function scrapesMembersOnly(url: string): Promise<Look> {
  const { data: { activeTargets } } = await json<Targets>(`${url}/api/v1/targets?state=active`);
  const namespaces = [...new Set(activeTargets.map(({ discoveredLabels }) => discoveredLabels['__meta_kubernetes_namespace'] ?? ''))].toSorted();
  const sick = activeTargets.filter(({ health }) => health !== 'up');
  return { isGood: namespaces.join() === OURS.toSorted().join() && sick.length === 0, seen: `${activeTargets.length} targets in ${namespaces.join()}, not up: ${sick.map(({ scrapeUrl }) => scrapeUrl).join()}` };
}

interface Result {
  readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
}

/** More than the sidecar's scrapes and probes can make in the time: these come every few seconds. */
const REQUESTS = 60;

/** Requests at the sidecar of sample so far. Istio's own metrics need Istio's own Envoy; this one counts with its own names. */
async function countedAtSample(url: string): Promise<number> {
  const query = `sum({__name__=~"envoy_http_.*downstream_rq_completed",namespace="${PROJECT}",pod=~"sample-.*"})`;
  const { data } = await json<Result>(`${url}/api/v1/query?query=${encodeURIComponent(query)}`);
  return Number(data.result[0]?.value[1] ?? 0);
}

async function askPrometheus(stage: Stage, dir: string): Promise<void> {
  const { url, stop } = await forward(dir, 'deploy/prometheus', 9090);
  try {
    await stage.checks.holds('Prometheus scrapes the mesh and its member, each target is up, and nobody else', () => scrapesMembersOnly(url), { times: 1, limitMs: 60_000 });
    const before = await countedAtSample(url);
    for (let n = 0; n < REQUESTS; n += 1) await viaRouter(stage, CALLER, '/api/caller/apply', { method: 'POST', body: '{}' });
    await stage.checks.holds(`it counts ${REQUESTS} more requests at the sidecar of sample when so many were made`, async () => {
      const more = await countedAtSample(url) - before;
      return { isGood: more >= REQUESTS, seen: `${more} more than ${before}` };
    }, { times: 1, limitMs: 60_000 });
  } finally {
    stop();
  }
}

interface Traces {
  readonly data: readonly { readonly spans: readonly { readonly processID: string; readonly tags: readonly { readonly key: string; readonly value: unknown }[] }[]; readonly processes: Readonly<Record<string, { readonly serviceName: string }>> }[];
}

const LOOKBACK_MS = 600_000;

/** Traces of a service, of the last ten minutes, with a request whose address holds a mark. */
async function tracesOf(url: string, service: string, mark: string): Promise<Traces['data']> {
  const [start, end] = [Date.now() - LOOKBACK_MS, Date.now()].map((ms) => ms * 1000);
  const { data } = await json<Traces>(`${url}/api/traces?service=${service}&limit=2000&start=${start}&end=${end}`);
  return data.filter(({ spans }) => spans.some(({ tags }) => tags.some(({ value }) => String(value).includes(mark))));
}

/** Services that took part in the one request whose address holds a mark. */
async function servicesOf(url: string, mark: string): Promise<readonly string[]> {
  const [trace] = await tracesOf(url, `istio-ingressgateway.${MESH}`, mark);
  return [...new Set(trace?.spans.map(({ processID }) => trace.processes[processID]?.serviceName ?? ''))].toSorted();
}

async function askJaeger(stage: Stage, dir: string): Promise<void> {
  const { url, stop } = await forward(dir, 'deploy/jaeger', 16_686);
  const mark = randomBytes(8).toString('hex');
  try {
    await viaRouter(stage, CALLER, `/api/caller/apply?${mark}`, { method: 'POST', body: '{}' });
    await stage.checks.holds('Jaeger has the spans of one request, unmarked by its client: gateway, caller and sample', async () => {
      const services = await servicesOf(url, mark);
      return { isGood: services.join() === `caller.${PROJECT},istio-ingressgateway.${MESH},sample.${PROJECT}`, seen: services.join() };
    }, { times: 1, limitMs: 30_000 });
    await playSampling(stage, { host: CALLER, path: '/api/caller/apply' }, async (gateway, marked) => (await tracesOf(url, gateway, marked)).length);
  } finally {
    stop();
  }
}

/** Asks both. In: the cluster's folder. To be played while microsvc-sample is the only member. */
export async function playAddons(stage: Stage, dir: string): Promise<void> {
  say('\n== Add-ons: Prometheus and Jaeger');
  await askPrometheus(stage, dir);
  await askJaeger(stage, dir);
}
