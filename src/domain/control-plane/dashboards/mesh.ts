import { quantile, rate, requests, successShare, type Dashboard } from './dashboard.ts';

/* Each request is counted by who sent it and by who got it; the receiver's count is the one that has no gaps for callers outside. */
const RECEIVED = 'reporter="destination"';
const SERVICE = 'destination_service';

/** The mesh at a glance. */
export const MESH_DASHBOARD: Dashboard = {
  uid: 'tmesh-mesh', title: 'Mesh', variables: [],
  panels: [
    { title: 'Requests', unit: 'reqps', isNumber: true, queries: [{ expression: requests(RECEIVED) }] },
    { title: 'Success rate', unit: 'percentunit', isNumber: true, queries: [{ expression: successShare(RECEIVED) }] },
    { title: 'Answers 4xx', unit: 'reqps', isNumber: true, queries: [{ expression: requests(`${RECEIVED},response_code=~"4.."`) }] },
    { title: 'Answers 5xx', unit: 'reqps', isNumber: true, queries: [{ expression: requests(`${RECEIVED},response_code=~"5.."`) }] },
    { title: 'Requests by service', unit: 'reqps', queries: [{ expression: requests(RECEIVED, SERVICE), legend: `{{${SERVICE}}}` }] },
    { title: 'Answers 5xx by service', unit: 'reqps', queries: [{ expression: requests(`${RECEIVED},response_code=~"5.."`, SERVICE), legend: `{{${SERVICE}}}` }] },
    { title: 'Latency p99 by service', unit: 'ms', queries: [{ expression: quantile(0.99, 'istio_request_duration_milliseconds', RECEIVED, SERVICE), legend: `{{${SERVICE}}}` }] },
    { title: 'Requests without mutual TLS by service', unit: 'reqps', queries: [{ expression: requests(`${RECEIVED},connection_security_policy!="mutual_tls"`, SERVICE), legend: `{{${SERVICE}}}` }] },
    { title: 'TCP received by service', unit: 'Bps', queries: [{ expression: rate('istio_tcp_received_bytes_total', RECEIVED, SERVICE), legend: `{{${SERVICE}}}` }] },
    { title: 'TCP sent by service', unit: 'Bps', queries: [{ expression: rate('istio_tcp_sent_bytes_total', RECEIVED, SERVICE), legend: `{{${SERVICE}}}` }] },
  ],
};
