import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { operatorFacts } from '../../src/cli/controllers.ts';
import { loadCharts } from '../../src/cli/charts.ts';
import { compileCharts } from '../../src/domain/control-plane/charts.ts';
import { DEFAULT_EXPOSE_ROUTE_PEER } from '../../src/domain/control-plane/network-policies.ts';
import { viewOf } from '../../src/domain/control-plane/mesh-view.ts';
import type { ControlPlaneObserved } from '../../src/domain/control-plane/observed.ts';
import { convertControlPlane } from '../../src/domain/conversion/control-plane.ts';
import type { KubeObject } from '../../src/k8s/object.ts';
import { writeBare } from './bare-writer.ts';
import { createNamespaces, median, say, until, type ListOf, type Part, type Stage } from './stage.ts';

const TIMES = 1000;
const RENDERS = 300;
const OBJECTS = 200;
const READS = 9;
const SAMPLE = join(import.meta.dirname, '..', '..', 'test', 'samples', '01-istio-installation.yaml');
const SET = join(import.meta.dirname, '..', '..', 'test', 'golden', 'every-field', 'specs.json');
const V1 = 'maistra.io/v1';
const V2 = 'maistra.io/v2';
/** Longer than a Service's name may be: admitted, and never built. 200 meshes are not what is measured here. */
const NAME = 'only-read'.padEnd(60, 'x');

/** Milliseconds of each run by the clock, sorted. */
interface Timing {
  readonly all: readonly number[];
  /** Of those in which the kernel gave our CPU to nobody else: on a busy machine the longest of all tell of the others. */
  readonly uninterrupted: readonly number[];
  /** Runs per second of this thread's CPU, garbage collection included. */
  readonly perSecond: number;
}

const interruptions = (): number => process.resourceUsage().involuntaryContextSwitches;
const sorted = (times: readonly number[]): readonly number[] => times.toSorted((a, b) => a - b);

/** Times many runs; a tenth before them, in which code is compiled, does not count. */
function timed(times: number, work: () => unknown): Timing {
  for (let warm = 0; warm < times / 10; warm += 1) work();
  const before = process.threadCpuUsage();
  const runs = Array.from({ length: times }, () => {
    const [switches, started] = [interruptions(), performance.now()];
    work();
    const ms = performance.now() - started;
    return { ms, isWhole: interruptions() === switches };
  });
  const { user, system } = process.threadCpuUsage(before);
  return { all: sorted(runs.map(({ ms }) => ms)), uninterrupted: sorted(runs.filter(({ isWhole }) => isWhole).map(({ ms }) => ms)), perSecond: times / ((user + system) / 1_000_000) };
}

const at = (times: readonly number[], share: number): string => (times[Math.floor(times.length * share)] ?? Number.NaN).toFixed(2);

function shown({ all, uninterrupted, perSecond }: Timing, goal: number): string {
  const whole = uninterrupted.length === 0 ? `no run was left alone (goal ${goal} ms)`
    : `median ${at(uninterrupted, 0.5)} ms, p99 ${at(uninterrupted, 0.99)} ms (goal ${goal}) in ${uninterrupted.length} runs that nobody interrupted`;
  return `${whole}; all ${all.length}: median ${at(all, 0.5)} ms, p99 ${at(all, 0.99)} ms; ${Math.round(perSecond)} per CPU second`;
}

function converted(object: KubeObject, to: string): KubeObject {
  const result = convertControlPlane(object, to);
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

function reportConversion(what: string, object: KubeObject): void {
  for (const [from, to] of [[V2, V1], [V1, V2]] as const) {
    const source = converted(object, from);
    say(`conversion of ${what}, ${from.slice(-2)} to ${to.slice(-2)}: ${shown(timed(TIMES, () => converted(source, to)), 2)}`);
  }
}

function observed(smcp: KubeObject): ControlPlaneObserved {
  const facts = { ...operatorFacts({ operatorNamespace: 'operators', isolation: 'soft' }, {}), exposeRoute: DEFAULT_EXPOSE_ROUTE_PEER, servesRoutes: true, servesKiali: false, servesNetworkAttachments: true, servesIstio: true };
  return { name: smcp.metadata.name, namespace: smcp.metadata.namespace ?? '', smcp, siblings: [], members: [], managed: [], kialis: [], facts };
}

function reportRendering(what: string, smcp: KubeObject): void {
  const charts = compileCharts(loadCharts());
  const state = observed(smcp);
  const timing = timed(RENDERS, () => viewOf(state, charts));
  const view = viewOf(state, charts);
  const count = view.state === 'buildable' ? view.components.reduce((sum, { objects }) => sum + objects.length, 0) : view.state;
  say(`rendering ${what} (${count} objects): ${shown(timing, 50)}`);
}

/** SMCPs with the status of one that runs: reading status is half of reading. */
async function createObjects({ client }: Stage, like: KubeObject): Promise<void> {
  const namespaces = Array.from({ length: OBJECTS }, (_, index) => `read-${index}`);
  await createNamespaces(client, namespaces);
  const collection = (namespace: string): string => `/apis/maistra.io/v2/namespaces/${namespace}/servicemeshcontrolplanes`;
  await writeBare(client, namespaces.map((namespace) => ({ method: 'POST', path: collection(namespace), body: { apiVersion: V2, kind: like.kind, metadata: { name: NAME, namespace }, spec: like['spec'] } })));
  await until('every SMCP refused', 120, async () => (await client.call<ListOf>('/apis/maistra.io/v2/servicemeshcontrolplanes')).items.filter((item) => item.metadata.name === NAME && item['status'] !== undefined).length === OBJECTS);
  const view = viewOf(observed(like), compileCharts(loadCharts()));
  const appliedSpec = view.state === 'buildable' ? view.appliedSpec : {};
  await writeBare(client, namespaces.map((namespace) => ({ method: 'PATCH', path: `${collection(namespace)}/${NAME}/status`, body: { status: { appliedSpec, appliedValues: { istio: {} } } } })));
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

async function reportReads({ cluster, client }: Stage): Promise<void> {
  for (const version of ['v1', 'v2']) {
    const [listed, printed]: [number[], number[]] = [[], []];
    for (let time = 0; time < READS; time += 1) {
      listed.push(await secondsOf(() => client.call(`/apis/maistra.io/${version}/servicemeshcontrolplanes`)));
      printed.push(await secondsOf(() => cluster.kubectl(['get', `servicemeshcontrolplanes.${version}.maistra.io`, '-A'])));
    }
    say(`${OBJECTS} objects as ${version}${version === 'v2' ? ', which is stored' : ''}: listed in ${median(listed).toFixed(2)} s, printed by kubectl get -A in ${median(printed).toFixed(2)} s (medians of ${READS})`);
  }
}

/** Speed of the API of control planes: conversion, rendering, and reading many in the version that is not stored. */
export const API: Part = {
  name: 'api',
  run: async (stage) => {
    const sample = converted(parse(await readFile(SAMPLE, 'utf8')) as KubeObject, V2);
    const walk = { ...sample, metadata: { ...sample.metadata, namespace: 'istio-system', generation: 1 } };
    const [spec] = JSON.parse(await readFile(SET, 'utf8')) as readonly KubeObject[];
    const full: KubeObject = { ...walk, spec };
    reportConversion('the walk\'s SMCP', walk);
    reportConversion(`an SMCP of ${Math.round(JSON.stringify(spec).length / 1000)} kB with nearly every field`, full);
    reportRendering('the walk\'s control plane', walk);
    reportRendering('a control plane with nearly every field', full);
    await createObjects(stage, walk);
    await reportReads(stage);
  },
};
