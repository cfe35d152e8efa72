import type { Gauge, Histogram } from 'prom-client';
import { CONTROL_PLANES, MEMBER_ROLLS, MEMBERS, PODS } from '../controllers/sources.ts';
import { figuresOf, type Figure, type FleetFigures } from '../domain/fleet/figures.ts';
import { parseRoll } from '../domain/member-roll/claimants.ts';
import { valueAt } from '../lib/json.ts';
import type { KubeObject } from '../k8s/object.ts';
import type { Cache } from '../runtime/cache.ts';
import type { MetricMaker } from '../runtime/metric-maker.ts';
import type { Metrics } from '../runtime/metrics.ts';

const JOIN_BUCKETS = [0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600];

function show<L extends string>(gauge: Gauge<L>, figures: readonly Figure<L>[]): void {
  // What is gone must not stay.
  gauge.reset();
  for (const { labels, value } of figures) gauge.set({ ...labels }, value);
}

function configured(roll: KubeObject | undefined): readonly string[] {
  const names = valueAt(roll, 'status', 'configuredMembers');
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
}

/** Namespaces that a roll names, in its spec or, found by a selector, in its status. */
function wanted(roll: KubeObject): readonly string[] {
  const members = valueAt(roll, 'status', 'members');
  return [...parseRoll(roll).names, ...(Array.isArray(members) ? members.filter((name) => typeof name === 'string') : [])];
}

/**
 * Measures how long joining takes: from when this process first saw a roll or a ServiceMeshMember ask for a namespace until the roll calls it configured.
 * In: the cache; who takes the seconds; a clock in ms. What was asked for before this process started counts from its start.
 */
export function timeJoins(cache: Pick<Cache, 'onChange'>, observe: (seconds: number) => void, nowMs: () => number): void {
  const since = new Map<string, number>();
  const ask = (namespace: string): void => { if (!since.has(namespace)) since.set(namespace, nowMs()); };
  cache.onChange(MEMBERS, (before, after) => {
    if (before === undefined && after?.metadata.namespace !== undefined) ask(after.metadata.namespace);
    if (after === undefined && before?.metadata.namespace !== undefined) since.delete(before.metadata.namespace);
  });
  cache.onChange(MEMBER_ROLLS, (before, after) => {
    const [old, now] = [new Set(configured(before)), new Set(configured(after))];
    const stays = new Set(after === undefined ? [] : wanted(after));
    for (const namespace of stays) if (!now.has(namespace)) ask(namespace);
    for (const namespace of now) {
      const from = since.get(namespace);
      if (from !== undefined && !old.has(namespace)) observe((nowMs() - from) / 1000);
      since.delete(namespace);
    }
    for (const namespace of before === undefined ? [] : wanted(before)) if (!stays.has(namespace)) since.delete(namespace);
  });
}

/** The metrics of meshes, in the registry of the process. */
export interface MeshMetrics {
  readonly gauges: { readonly [K in keyof FleetFigures]: Gauge<Extract<keyof FleetFigures[K][number]['labels'], string>> };
  readonly joins: Histogram;
}

/** Makes them; nothing is counted yet. */
export function createMeshMetrics(maker: MetricMaker): MeshMetrics {
  return {
    gauges: {
      info: maker.gauge('mesh_info', 'A mesh and the Istio version it runs; always 1', ['mesh', 'name', 'istio_version']),
      ready: maker.gauge('mesh_ready', '1 while all components of the mesh are ready', ['mesh']),
      members: maker.gauge('mesh_members', 'Namespaces by how far they are with the mesh: configured, pending or terminating', ['mesh', 'state']),
      routes: maker.gauge('route_state', 'Hosts of Gateways by what the router says: admitted, refused or pending', ['mesh', 'state']),
      conflicts: maker.gauge('mesh_conflicts', 'Things that two parties want: namespace, host, field, control-plane', ['kind']),
      podsNotInjected: maker.gauge('pods_not_injected', 'Pods of members that ask for a sidecar and were made without one', ['mesh']),
      sidecars: maker.gauge('mesh_sidecars', 'Pods of members by their sidecars: current, outdated (of another version or with other settings than the mesh gives now) or missing', ['mesh', 'state']),
    },
    joins: maker.histogram({ name: 'mesh_member_join_seconds', help: 'From when a namespace was asked for until its roll calls it configured', labels: [] }, JOIN_BUCKETS),
  };
}

/** Adds the figures of meshes to the metrics of the process: counted from the cache at each reading. */
export function meshMetrics(metrics: Pick<Metrics, 'maker' | 'onRead'>, cache: Pick<Cache, 'list' | 'onChange'>): void {
  const { gauges, joins } = createMeshMetrics(metrics.maker);
  timeJoins(cache, (seconds) => { joins.observe(seconds); }, () => performance.now());
  metrics.onRead(() => {
    const figures = figuresOf({ controlPlanes: cache.list(CONTROL_PLANES), rolls: cache.list(MEMBER_ROLLS), members: cache.list(MEMBERS), pods: cache.list(PODS) });
    show(gauges.info, figures.info);
    show(gauges.ready, figures.ready);
    show(gauges.members, figures.members);
    show(gauges.routes, figures.routes);
    show(gauges.conflicts, figures.conflicts);
    show(gauges.podsNotInjected, figures.podsNotInjected);
    show(gauges.sidecars, figures.sidecars);
  });
}
