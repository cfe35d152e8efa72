import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** A metric as the reference of metrics shows it. */
export interface MetricNote {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
}

const PREFIX = 'tmesh_';

/** Makes metrics with our prefix in a registry of its own, and keeps a list of what it made. */
export class MetricMaker {
  readonly registry = new Registry();
  readonly #notes: MetricNote[] = [];

  /** All that was made, in order. */
  get notes(): readonly MetricNote[] {
    return this.#notes;
  }

  counter<L extends string>(name: string, help: string, labels: readonly L[]): Counter<L> {
    return new Counter(this.#described('counter', name, help, labels));
  }

  gauge<L extends string>(name: string, help: string, labels: readonly L[]): Gauge<L> {
    return new Gauge(this.#described('gauge', name, help, labels));
  }

  /** In: the upper bounds of the buckets as well. */
  histogram<L extends string>(note: { readonly name: string; readonly help: string; readonly labels: readonly L[] }, buckets: readonly number[]): Histogram<L> {
    return new Histogram({ ...this.#described('histogram', note.name, note.help, note.labels), buckets: [...buckets] });
  }

  #described<L extends string>(type: MetricNote['type'], name: string, help: string, labels: readonly L[]): { name: string; help: string; labelNames: L[]; registers: Registry[] } {
    this.#notes.push({ name: `${PREFIX}${name}`, type, help, labels });
    return { name: `${PREFIX}${name}`, help, labelNames: [...labels], registers: [this.registry] };
  }
}
