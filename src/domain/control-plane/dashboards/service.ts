import { quantiles, rate, requests, successShare, type Dashboard } from './dashboard.ts';

const RECEIVED = 'reporter="destination",destination_service="$service"';
/* What callers saw, proxies and network included; this is where timeouts and refused connections show. */
const SEEN = 'reporter="source",destination_service="$service"';

/** One service, from its own side and from that of its callers. */
export const SERVICE_DASHBOARD: Dashboard = {
  uid: 'tmesh-service', title: 'Service',
  variables: [{ name: 'service', label: 'Service', values: 'label_values(istio_requests_total, destination_service)' }],
  panels: [
    { title: 'Requests', unit: 'reqps', isNumber: true, queries: [{ expression: requests(RECEIVED) }] },
    { title: 'Success rate', unit: 'percentunit', isNumber: true, queries: [{ expression: successShare(RECEIVED) }] },
    { title: 'Requests as callers see them', unit: 'reqps', isNumber: true, queries: [{ expression: requests(SEEN) }] },
    { title: 'Success rate as callers see it', unit: 'percentunit', isNumber: true, queries: [{ expression: successShare(SEEN) }] },
    { title: 'Requests by answer', unit: 'reqps', queries: [{ expression: requests(RECEIVED, 'response_code'), legend: '{{response_code}}' }] },
    { title: 'Failures by reason, as callers see them', unit: 'reqps', queries: [{ expression: requests(`${SEEN},response_flags!="-"`, 'response_flags'), legend: '{{response_flags}}' }] },
    { title: 'Latency', unit: 'ms', queries: quantiles('istio_request_duration_milliseconds', RECEIVED) },
    { title: 'Latency as callers see it', unit: 'ms', queries: quantiles('istio_request_duration_milliseconds', SEEN) },
    { title: 'Requests by caller', unit: 'reqps', queries: [{ expression: requests(RECEIVED, 'source_workload_namespace, source_workload'), legend: '{{source_workload_namespace}}/{{source_workload}}' }] },
    { title: 'Requests by version', unit: 'reqps', queries: [{ expression: requests(RECEIVED, 'destination_workload, destination_version'), legend: '{{destination_workload}} {{destination_version}}' }] },
    { title: 'Size of requests', unit: 'bytes', queries: quantiles('istio_request_bytes', RECEIVED) },
    { title: 'Size of answers', unit: 'bytes', queries: quantiles('istio_response_bytes', RECEIVED) },
    { title: 'TCP connections opened', unit: 'cps', queries: [{ expression: rate('istio_tcp_connections_opened_total', RECEIVED) }] },
    { title: 'TCP connections closed', unit: 'cps', queries: [{ expression: rate('istio_tcp_connections_closed_total', RECEIVED) }] },
  ],
};
