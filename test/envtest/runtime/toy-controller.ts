import { CONFIG_MAP } from '../../../src/api/kinds.ts';
import { nextConditions, type Condition } from '../../../src/k8s/condition.ts';
import { keyOf, keyOfObject, splitKey } from '../../../src/k8s/key.ts';
import { isDeleting, type KubeObject } from '../../../src/k8s/object.ts';
import { EMPTY_PLAN, type Plan, type Step, type StatusWrite } from '../../../src/k8s/plan.ts';
import { refOf } from '../../../src/k8s/ref.ts';
import { valueAt } from '../../../src/lib/json.ts';
import type { Controller, Reader, Source } from '../../../src/runtime/controller.ts';
import { FINALIZER, OUR_LABELS, WIDGET } from './fixture.ts';

export const WIDGETS: Source = { id: 'widgets', type: WIDGET };
const COPIES: Source = { id: 'copies', type: CONFIG_MAP, labelSelector: 'app.kubernetes.io/managed-by=runtime-test' };

interface Observed {
  readonly widget: KubeObject;
  readonly copies: readonly KubeObject[];
}

/** `spec.copies` config maps per widget, with a finalizer and a status. `spec.poison` makes it throw: the bug of the tests. */
export function toyController(options: { readonly onBegin?: (key: string) => void; readonly onEnd?: (key: string) => void } = {}): Controller<Observed> {
  return {
    name: 'toy',
    primary: WIDGETS,
    workers: 16,
    watches: [
      { source: WIDGETS, toKeys: (widget) => [keyOfObject(widget)] },
      { source: COPIES, toKeys: ({ metadata }) => (metadata.labels?.['widget'] === undefined ? [] : [keyOf(metadata.labels['widget'], metadata.namespace)]) },
    ],
    observe(key: string, read: Reader): Observed | undefined {
      options.onBegin?.(key);
      const { name, namespace } = splitKey(key);
      const widget = read.get(WIDGETS, name, namespace);
      const copies = read.list(COPIES, namespace).filter(({ metadata }) => metadata.labels?.['widget'] === name);
      return widget === undefined ? undefined : { widget, copies };
    },
    plan,
    status: (observed, plan, outcome, now) => {
      options.onEnd?.(keyOfObject(observed.widget));
      return status(observed, plan, outcome, now);
    },
  };
}

function plan({ widget, copies }: Observed): Plan {
  const primary = refOf(WIDGET, widget);
  if (isDeleting(widget)) {
    return { ...EMPTY_PLAN, finalizer: 'release', primary, stages: [copies.map((copy): Step => ({ do: 'remove', ref: refOf(CONFIG_MAP, copy) }))] };
  }
  if (widget.metadata.finalizers?.includes(FINALIZER) !== true) return { ...EMPTY_PLAN, finalizer: 'ensure', primary };
  if (valueAt(widget, 'spec', 'poison') === true) throw new Error('a bug in the planner');
  const count = Number(valueAt(widget, 'spec', 'copies') ?? 1);
  return { ...EMPTY_PLAN, finalizer: 'ensure', primary, stages: [Array.from({ length: count }, (_, index) => copyOf(widget, index))] };
}

function copyOf(widget: KubeObject, index: number): Step {
  const { name, namespace = '' } = widget.metadata;
  const metadata = { name: `${name}-${index}`, namespace, labels: { ...OUR_LABELS, widget: name } };
  return { do: 'apply', type: CONFIG_MAP, object: { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { size: String(valueAt(widget, 'spec', 'size')) } } };
}

function status({ widget, copies }: Observed, _plan: Plan, { complete }: { readonly complete: boolean }, now: Date): readonly StatusWrite[] {
  if (isDeleting(widget) || widget.metadata.finalizers === undefined) return [];
  const before = valueAt(widget, 'status', 'conditions') as readonly Condition[] | undefined;
  const isReady = complete && copies.length === Number(valueAt(widget, 'spec', 'copies') ?? 1);
  const conditions = nextConditions(before, [{ type: 'Ready', status: isReady ? 'True' : 'False', reason: isReady ? 'AllThere' : 'Copying', message: isReady ? 'all copies are there' : 'copying' }], now);
  return [{ type: WIDGET, object: widget, status: { conditions: conditions.map((condition) => ({ ...condition })) } }];
}
