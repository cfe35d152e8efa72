import { CONTROL_PLANE_DASHBOARD } from './control-plane.ts';
import { dashboardJson, type Dashboard } from './dashboard.ts';
import { MESH_DASHBOARD } from './mesh.ts';
import { SERVICE_DASHBOARD } from './service.ts';
import { WORKLOAD_DASHBOARD } from './workload.ts';

/** The dashboards that every Grafana of ours shows. Metric names: istio.io, "Istio Standard Metrics" and "pilot-discovery, Exported metrics". */
export const DASHBOARDS: readonly Dashboard[] = [MESH_DASHBOARD, SERVICE_DASHBOARD, WORKLOAD_DASHBOARD, CONTROL_PLANE_DASHBOARD];

/** File name → content, as Grafana reads them from a folder. Always the same, so it is written once. */
export const DASHBOARD_FILES: Readonly<Record<string, string>> = Object.fromEntries(DASHBOARDS.map((dashboard) => [`${dashboard.uid}.json`, JSON.stringify(dashboardJson(dashboard))]));
