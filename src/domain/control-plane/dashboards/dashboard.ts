import type { JsonObject } from '../../../lib/json.ts';

/** Name under which dashboards find their data source. */
export const DATASOURCE_UID = 'mesh-prometheus';

/** One line, or family of lines, of a panel. `{{label}}` in the legend is Grafana's. */
export interface Query {
  readonly expression: string;
  readonly legend?: string;
}

/** One picture. Units are Grafana's: reqps, percentunit, ms, bytes, Bps, short. */
export interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly queries: readonly Query[];
  /** A single number instead of lines. */
  readonly isNumber?: boolean;
}

/** A choice at the top of a dashboard, filled from the values of a label. */
export interface Variable {
  readonly name: string;
  readonly label: string;
  /** `label_values(metric, label)`. */
  readonly values: string;
}

/** A dashboard as we write it down. */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly variables: readonly Variable[];
  readonly panels: readonly Panel[];
}

const DATASOURCE: JsonObject = { type: 'prometheus', uid: DATASOURCE_UID };

/** Grafana's grid is 24 wide: four numbers, or two pictures, side by side. */
const NUMBER = { w: 6, h: 4 };
const PICTURE = { w: 12, h: 8 };
const GRID_WIDTH = 24;

/** Panels in reading order, each in the next free place of its row; another size begins another row. */
function placed(panels: readonly Panel[]): readonly JsonObject[] {
  let [x, y, height] = [0, 0, 0];
  return panels.map((panel) => {
    const { w, h } = panel.isNumber === true ? NUMBER : PICTURE;
    if (x + w > GRID_WIDTH || (x > 0 && h !== height)) [x, y] = [0, y + height];
    const gridPos = { x, y, w, h };
    [x, height] = [x + w, h];
    return gridPos;
  });
}

function panelJson(panel: Panel, gridPos: JsonObject, id: number): JsonObject {
  return {
    id, title: panel.title, type: panel.isNumber === true ? 'stat' : 'timeseries', datasource: DATASOURCE, gridPos,
    fieldConfig: { defaults: { unit: panel.unit, min: 0 }, overrides: [] },
    options: panel.isNumber === true ? { reduceOptions: { calcs: ['lastNotNull'] } } : { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
    targets: panel.queries.map(({ expression, legend }, index) => ({ refId: String.fromCodePoint(65 + index), datasource: DATASOURCE, expr: expression, legendFormat: legend ?? '' })),
  };
}

function variableJson({ name, label, values }: Variable): JsonObject {
  return { type: 'query', name, label, datasource: DATASOURCE, query: { query: values, refId: name }, refresh: 2, sort: 1, includeAll: false, multi: false };
}

/** The JSON model that Grafana reads. Source: Grafana documentation, "Dashboard JSON model". Numbers never start below zero. */
export function dashboardJson({ uid, title, variables, panels }: Dashboard): JsonObject {
  const places = placed(panels);
  return {
    uid, title, tags: ['istio'], schemaVersion: 39, version: 1, editable: false, refresh: '30s', time: { from: 'now-30m', to: 'now' }, timezone: 'browser',
    templating: { list: variables.map(variableJson) },
    panels: panels.map((panel, index) => panelJson(panel, places[index] ?? {}, index + 1)),
  };
}

/** Requests per second of what a selector finds. `$__rate_interval` is Grafana's: long enough for the scrape interval. */
export function requests(selector: string, by?: string): string {
  return `sum${by === undefined ? '' : ` by (${by})`} (rate(istio_requests_total{${selector}}[$__rate_interval]))`;
}

/** Share of requests without an answer of 5xx. */
export function successShare(selector: string): string {
  return `${requests(`${selector},response_code!~"5.."`)} / ${requests(selector)}`;
}

/** A quantile of a histogram. */
export function quantile(of: number, histogram: string, selector: string, by?: string): string {
  return `histogram_quantile(${of}, sum by (le${by === undefined ? '' : `, ${by}`}) (rate(${histogram}_bucket{${selector}}[$__rate_interval])))`;
}

/** Half, nine tenths and nearly all. */
export function quantiles(histogram: string, selector: string): readonly Query[] {
  return [[0.5, 'p50'], [0.9, 'p90'], [0.99, 'p99']].map(([of, legend]) => ({ expression: quantile(Number(of), histogram, selector), legend: String(legend) }));
}

/** Per second, of any counter. */
export function rate(counter: string, selector: string, by?: string): string {
  return `sum${by === undefined ? '' : ` by (${by})`} (rate(${counter}${selector === '' ? '' : `{${selector}}`}[$__rate_interval]))`;
}
