import type { KubeObject } from '../../../src/k8s/object.ts';
import type { ResourceType } from '../../../src/k8s/resource.ts';
import { Consistency } from '../../../src/runtime/consistency.ts';
import type { Source } from '../../../src/runtime/controller.ts';
import { EventRecorder } from '../../../src/runtime/events.ts';
import { Limiter } from '../../../src/runtime/limiter.ts';
import { LiveObjects } from '../../../src/runtime/live-objects.ts';
import { createMetrics, type Metrics } from '../../../src/runtime/metrics.ts';
import type { LoopContext } from '../../../src/runtime/reconcile.ts';
import { FakeTime } from '../../support/fake-time.ts';
import { ManualCache, RecordingLogger, RecordingRest } from './doubles.ts';

export const CONFIG_MAP: ResourceType = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true };
export const SECRET: ResourceType = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true };
export const WIDGET: ResourceType = { group: 'unit.test', version: 'v1', kind: 'Widget', plural: 'widgets', namespaced: true };
export const CONFIG_MAPS: Source = { id: 'configmaps', type: CONFIG_MAP };
export const SECRETS: Source = { id: 'secrets', type: SECRET, metadataOnly: true };
export const WIDGETS: Source = { id: 'widgets', type: WIDGET };
export const FINALIZER = 'unit.test/finalizer';

export function configMap(data: Readonly<Record<string, string>>, meta: object = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace: 'ns', ...meta }, data };
}

export function widget(name: string, meta: object = {}, body: object = {}): KubeObject {
  return { apiVersion: 'unit.test/v1', kind: 'Widget', metadata: { name, namespace: 'ns', uid: `uid-${name}`, resourceVersion: '1', ...meta }, ...body };
}

/** Everything around a loop, made of stand-ins. */
export interface UnitBench {
  readonly time: FakeTime;
  readonly rest: RecordingRest;
  readonly cache: ManualCache;
  readonly logger: RecordingLogger;
  readonly metrics: Metrics;
  readonly woken: string[];
  readonly context: LoopContext;
}

export function unitBench(): UnitBench {
  const [time, rest, cache, logger, metrics] = [new FakeTime(), new RecordingRest(), new ManualCache([CONFIG_MAPS, SECRETS, WIDGETS]), new RecordingLogger(), createMetrics()];
  metrics.close();
  const woken: string[] = [];
  const live = new LiveObjects(cache);
  const consistency = new Consistency({ cache, live, time, wake: (waiter) => woken.push(waiter) });
  const events = new EventRecorder({ rest, time, metrics, logger });
  const minter: LoopContext['minter'] = (request) => Promise.resolve({ ...request.object, stringData: { key: 'minted' } });
  const context = { rest, cache, live, consistency, limiter: new Limiter(32), metrics, time, logger, events, minter, finalizer: FINALIZER };
  return { time, rest, cache, logger, metrics, woken, context };
}

/** The value of a metric line, for example `tmesh_apply_total{kind="ConfigMap",result="changed"}`; 0 when it is not there. */
export async function figure(metrics: Metrics, line: string): Promise<number> {
  const found = (await metrics.text()).split('\n').find((each) => each.startsWith(`${line} `));
  return Number(found?.slice(line.length + 1) ?? 0);
}
