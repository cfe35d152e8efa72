import { quantile, rate, type Dashboard } from '../../../src/domain/control-plane/dashboards/dashboard.ts';

/* Dashboards of the operator's own metrics, for the Grafana that watches the cluster. Replicas see the same meshes: `max` makes one of them. */

/** Is the operator alive, quick and at peace with other writers. */
const OPERATOR: Dashboard = {
  uid: 'tmesh-operator', title: 'Tenant mesh operator', variables: [],
  panels: [
    { title: 'Leaders', unit: 'short', isNumber: true, queries: [{ expression: 'sum(tmesh_leader)' }] },
    { title: 'Oldest work waiting', unit: 's', isNumber: true, queries: [{ expression: 'max(tmesh_queue_oldest_seconds)' }] },
    { title: 'Longest silence of a watch', unit: 's', isNumber: true, queries: [{ expression: 'max(tmesh_watch_last_byte_seconds)' }] },
    { title: 'Changes a watch missed', unit: 'short', isNumber: true, queries: [{ expression: 'sum(tmesh_relist_found_missed_total) or vector(0)' }] },
    { title: 'Passes by controller', unit: 'cps', queries: [{ expression: rate('tmesh_reconcile_total', '', 'controller'), legend: '{{controller}}' }] },
    { title: 'Passes by result', unit: 'cps', queries: [{ expression: rate('tmesh_reconcile_total', '', 'result'), legend: '{{result}}' }] },
    { title: 'Duration of passes, p99', unit: 's', queries: [{ expression: quantile(0.99, 'tmesh_reconcile_seconds', '', 'controller'), legend: '{{controller}}' }] },
    { title: 'Keys that wait', unit: 'short', queries: [{ expression: 'sum by (controller) (tmesh_queue_depth)', legend: '{{controller}}' }] },
    { title: 'Writes by kind', unit: 'cps', queries: [{ expression: rate('tmesh_apply_total', '', 'kind'), legend: '{{kind}}' }] },
    { title: 'Writes needed and not', unit: 'cps', queries: [{ expression: rate('tmesh_apply_total', '', 'result'), legend: '{{result}}' }, { expression: rate('tmesh_apply_skipped_total', ''), legend: 'skipped' }] },
    { title: 'Status writes', unit: 'cps', queries: [{ expression: rate('tmesh_status_writes_total', '', 'kind, result'), legend: '{{kind}} {{result}}' }] },
    { title: 'Requests to the API server', unit: 'cps', queries: [{ expression: rate('tmesh_api_requests_total', '', 'method, code'), legend: '{{method}} {{code}}' }] },
    { title: 'Fields put right, by who changed them', unit: 'short', queries: [{ expression: 'sum by (kind, manager) (tmesh_drift_repairs_total)', legend: '{{kind}} {{manager}}' }] },
    { title: 'Fields left alone', unit: 'short', queries: [{ expression: 'sum by (controller) (tmesh_drift_fuse_open)', legend: '{{controller}}' }] },
    { title: 'Watches opened again', unit: 'short', queries: [{ expression: 'sum by (cause) (tmesh_watch_restarts_total) or vector(0)', legend: '{{cause}}' }] },
    { title: 'Objects held', unit: 'short', queries: [{ expression: 'max by (source) (tmesh_cache_objects)', legend: '{{source}}' }] },
    { title: 'Events', unit: 'cps', queries: [{ expression: rate('tmesh_events_total', '', 'result'), legend: '{{result}}' }] },
    { title: 'Delay of the event loop', unit: 's', queries: [{ expression: 'max(tmesh_eventloop_lag_seconds)', legend: 'longest' }] },
    { title: 'Memory', unit: 'bytes', queries: [{ expression: 'max by (pod) (tmesh_resident_memory_bytes)', legend: '{{pod}}' }] },
  ],
};

/** How the meshes of the cluster are. */
const MESHES: Dashboard = {
  uid: 'tmesh-meshes', title: 'Meshes', variables: [],
  panels: [
    { title: 'Meshes', unit: 'short', isNumber: true, queries: [{ expression: 'count(max by (mesh, name) (tmesh_mesh_info))' }] },
    { title: 'Ready', unit: 'short', isNumber: true, queries: [{ expression: 'sum(max by (mesh) (tmesh_mesh_ready))' }] },
    { title: 'Members', unit: 'short', isNumber: true, queries: [{ expression: 'sum(max by (mesh, state) (tmesh_mesh_members{state="configured"}))' }] },
    { title: 'Pods without sidecar', unit: 'short', isNumber: true, queries: [{ expression: 'sum(max by (mesh) (tmesh_pods_not_injected))' }] },
    { title: 'Members by mesh', unit: 'short', queries: [{ expression: 'max by (mesh, state) (tmesh_mesh_members)', legend: '{{mesh}} {{state}}' }] },
    { title: 'Versions', unit: 'short', queries: [{ expression: 'count by (istio_version) (max by (mesh, name, istio_version) (tmesh_mesh_info))', legend: '{{istio_version}}' }] },
    { title: 'Routes', unit: 'short', queries: [{ expression: 'max by (mesh, state) (tmesh_route_state)', legend: '{{mesh}} {{state}}' }] },
    { title: 'Conflicts', unit: 'short', queries: [{ expression: 'max by (kind) (tmesh_mesh_conflicts)', legend: '{{kind}}' }] },
    { title: 'Time to join, p50 and p99', unit: 's', queries: [
      { expression: quantile(0.5, 'tmesh_mesh_member_join_seconds', ''), legend: 'p50' }, { expression: quantile(0.99, 'tmesh_mesh_member_join_seconds', ''), legend: 'p99' }] },
    { title: 'Sidecars, by mesh and state', unit: 'short', queries: [{ expression: 'max by (mesh, state) (tmesh_mesh_sidecars)', legend: '{{mesh}} {{state}}' }] },
    { title: 'Pods without sidecar, by mesh', unit: 'short', queries: [{ expression: 'max by (mesh) (tmesh_pods_not_injected)', legend: '{{mesh}}' }] },
  ],
};

export const OPERATOR_DASHBOARDS: readonly Dashboard[] = [OPERATOR, MESHES];
