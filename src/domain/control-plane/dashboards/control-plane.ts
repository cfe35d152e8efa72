import { quantile, rate, type Dashboard } from './dashboard.ts';

/** istiod: is what users configure reaching the proxies, and how fast. */
export const CONTROL_PLANE_DASHBOARD: Dashboard = {
  uid: 'tmesh-control-plane', title: 'Control plane', variables: [],
  panels: [
    { title: 'Proxies connected', unit: 'short', isNumber: true, queries: [{ expression: 'sum(pilot_xds)' }] },
    { title: 'Services known', unit: 'short', isNumber: true, queries: [{ expression: 'max(pilot_services)' }] },
    { title: 'Configuration refused by proxies', unit: 'cps', isNumber: true, queries: [{ expression: rate('pilot_total_xds_rejects', '') }] },
    { title: 'Time until proxies have a change, p99', unit: 's', isNumber: true, queries: [{ expression: quantile(0.99, 'pilot_proxy_convergence_time', '') }] },
    { title: 'Pushes by type', unit: 'cps', queries: [{ expression: rate('pilot_xds_pushes', '', 'type'), legend: '{{type}}' }] },
    { title: 'Reasons of pushes', unit: 'cps', queries: [{ expression: rate('pilot_push_triggers', '', 'type'), legend: '{{type}}' }] },
    { title: 'Configuration refused, by type', unit: 'cps', queries: [{ expression: rate('pilot_total_xds_rejects', '', 'type'), legend: '{{type}}' }] },
    { title: 'Size of configuration, p99', unit: 'bytes', queries: [{ expression: quantile(0.99, 'pilot_xds_config_size_bytes', '', 'type'), legend: '{{type}}' }] },
    { title: 'Sidecars injected', unit: 'cps', queries: [{ expression: rate('sidecar_injection_success_total', ''), legend: 'injected' }, { expression: rate('sidecar_injection_failure_total', ''), legend: 'failed' }] },
    { title: 'Objects checked', unit: 'cps', queries: [{ expression: rate('galley_validation_passed', ''), legend: 'accepted' }, { expression: rate('galley_validation_failed', ''), legend: 'refused' }] },
    { title: 'CPU', unit: 'short', queries: [{ expression: 'rate(process_cpu_seconds_total{job="istiod"}[$__rate_interval])', legend: '{{pod}}' }] },
    { title: 'Memory', unit: 'bytes', queries: [{ expression: 'process_resident_memory_bytes{job="istiod"}', legend: '{{pod}}' }] },
  ],
};
