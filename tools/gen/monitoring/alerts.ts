/** One alert of the operator. Every metric it names is one of ours; test/envtest/monitoring plays each with promtool. */
export interface Alert {
  readonly name: string;
  readonly expression: string;
  /** How long it must be so. */
  readonly for: string;
  readonly severity: 'critical' | 'warning';
  readonly summary: string;
  readonly description: string;
}

/** The five alerts of wishes.md 5.4. */
export const ALERTS: readonly Alert[] = [
  {
    name: 'TmeshNoLeader', expression: 'sum(tmesh_leader) == 0 or absent(tmesh_leader)', for: '2m', severity: 'critical',
    summary: 'No operator leads.',
    description: 'No process of tenant-mesh-operator holds the lease, or none is scraped: meshes keep serving, but nothing is installed, joined or repaired. Look at the pods and the Lease in the namespace tenant-mesh-operator.',
  },
  {
    name: 'TmeshWatchSilent', expression: 'max by (pod, source) (tmesh_watch_last_byte_seconds) > 300', for: '1m', severity: 'critical',
    summary: 'The watch of {{ $labels.source }} is silent.',
    description: 'Not a byte for five minutes, though the API server sends a bookmark each minute: changes of {{ $labels.source }} are not seen. The operator opens the watch again by itself; if this stays, look at the way to the API server.',
  },
  {
    name: 'TmeshQueueOld', expression: 'max by (pod, controller) (tmesh_queue_oldest_seconds) > 60', for: '1m', severity: 'warning',
    summary: 'Work of {{ $labels.controller }} waits for more than a minute.',
    description: 'All workers are busy or stuck. Look at tmesh_reconcile_seconds, tmesh_eventloop_lag_seconds and the latency of the API server.',
  },
  {
    name: 'TmeshFieldConflict', expression: 'sum by (controller) (tmesh_drift_fuse_open) > 0', for: '1m', severity: 'warning',
    summary: 'Another writer undoes what {{ $labels.controller }} writes.',
    description: 'The operator leaves the field alone for up to ten minutes at a time. The condition and the Event FieldConflict name the object, the field and the writer; tmesh_drift_repairs_total names the writer too.',
  },
  {
    // A series that begins at 3 has not increased; so what was not there half an hour ago counts as well.
    name: 'TmeshMissedChanges', for: '0m', severity: 'warning',
    expression: 'sum by (source) (increase(tmesh_relist_found_missed_total[30m]) > 0 or (tmesh_relist_found_missed_total unless tmesh_relist_found_missed_total offset 30m) > 0)',
    summary: 'A list of {{ $labels.source }} showed changes that the watch had not brought.',
    description: 'What was missed is known now and was carried out late. It should never happen: report it, with the log of the operator around that time.',
  },
];

/** The rules as Prometheus reads them, one group. */
export function ruleGroups(): object {
  const rules = ALERTS.map(({ name, expression, severity, summary, description, for: duration }) => ({
    alert: name, expr: expression, for: duration, labels: { severity }, annotations: { summary, description },
  }));
  return { groups: [{ name: 'tenant-mesh-operator', rules }] };
}
