import { quantiles, rate, requests, successShare, type Dashboard } from './dashboard.ts';

const IN = 'reporter="destination",destination_workload_namespace="$namespace",destination_workload="$workload"';
const OUT = 'reporter="source",source_workload_namespace="$namespace",source_workload="$workload"';

/** One workload: what comes in and what goes out. */
export const WORKLOAD_DASHBOARD: Dashboard = {
  uid: 'tmesh-workload', title: 'Workload',
  variables: [
    { name: 'namespace', label: 'Namespace', values: 'label_values(istio_requests_total, destination_workload_namespace)' },
    { name: 'workload', label: 'Workload', values: 'label_values(istio_requests_total{destination_workload_namespace="$namespace"}, destination_workload)' },
  ],
  panels: [
    { title: 'Requests in', unit: 'reqps', isNumber: true, queries: [{ expression: requests(IN) }] },
    { title: 'Success rate in', unit: 'percentunit', isNumber: true, queries: [{ expression: successShare(IN) }] },
    { title: 'Requests out', unit: 'reqps', isNumber: true, queries: [{ expression: requests(OUT) }] },
    { title: 'Success rate out', unit: 'percentunit', isNumber: true, queries: [{ expression: successShare(OUT) }] },
    { title: 'Requests in, by answer', unit: 'reqps', queries: [{ expression: requests(IN, 'response_code'), legend: '{{response_code}}' }] },
    { title: 'Requests in, by caller', unit: 'reqps', queries: [{ expression: requests(IN, 'source_workload_namespace, source_workload'), legend: '{{source_workload_namespace}}/{{source_workload}}' }] },
    { title: 'Latency in', unit: 'ms', queries: quantiles('istio_request_duration_milliseconds', IN) },
    { title: 'Latency out', unit: 'ms', queries: quantiles('istio_request_duration_milliseconds', OUT) },
    { title: 'Requests out, by service', unit: 'reqps', queries: [{ expression: requests(OUT, 'destination_service'), legend: '{{destination_service}}' }] },
    { title: 'Failures out, by service and answer', unit: 'reqps', queries: [{ expression: requests(`${OUT},response_code!~"2..|3.."`, 'destination_service, response_code'), legend: '{{destination_service}} {{response_code}}' }] },
    { title: 'gRPC messages in', unit: 'cps', queries: [{ expression: rate('istio_request_messages_total', IN) }] },
    { title: 'gRPC messages out', unit: 'cps', queries: [{ expression: rate('istio_response_messages_total', OUT) }] },
  ],
};
