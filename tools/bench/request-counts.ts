/** Requests that the operator sent, by `METHOD kind`, read from its own /metrics (tmesh_api_requests_total). Watches are left out. */
export type RequestCounts = ReadonlyMap<string, number>;

const SERIES = /^tmesh_api_requests_total\{([^}]*)\} (\d+)/;

function labelsOf(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/(\w+)="([^"]*)"/g)].map((match) => [match[1] ?? '', match[2] ?? '']));
}

/** Parses Prometheus' text format. */
export function parseCounts(metrics: string): RequestCounts {
  const counts = new Map<string, number>();
  for (const line of metrics.split('\n')) {
    const match = SERIES.exec(line);
    if (match === null) continue;
    const labels = labelsOf(match[1] ?? '');
    const key = `${labels['method'] ?? '?'} ${labels['kind'] ?? '?'}`;
    if (labels['method'] !== 'WATCH') counts.set(key, (counts.get(key) ?? 0) + Number(match[2]));
  }
  return counts;
}

/** What was sent between two readings; kinds without a change are left out. */
export function countsBetween(before: RequestCounts, after: RequestCounts): RequestCounts {
  const between = [...after].map(([key, value]): [string, number] => [key, value - (before.get(key) ?? 0)]);
  return new Map(between.filter(([, value]) => value > 0).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** All requests, and those that write. */
export function totals(counts: RequestCounts): { readonly all: number; readonly writes: number } {
  let all = 0;
  let writes = 0;
  for (const [key, value] of counts) {
    all += value;
    if (!key.startsWith('GET ')) writes += value;
  }
  return { all, writes };
}

/** Reads the operator's metrics now. */
export async function readCounts(metricsUrl: string): Promise<RequestCounts> {
  const answer = await fetch(metricsUrl);
  if (!answer.ok) throw new Error(`${metricsUrl} answered ${answer.status}`);
  return parseCounts(await answer.text());
}
