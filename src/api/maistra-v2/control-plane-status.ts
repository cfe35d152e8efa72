import * as z from 'zod';
import { freeForm, integer, list, looseObject, map, section, text, textMap } from '../schema/fields.ts';
import { conditions } from '../kubernetes/condition.ts';
import { sidecarCounts } from '../schema/sidecars.ts';

const componentStatus = looseObject({
  resource: text('Name of the component.'),
  conditions: conditions('State of the component.'),
}).meta({ description: 'State of one component.' });

const iorStatus = {
  target: text('Kind that Gateways become: Route or Ingress.'),
  message: text('Why there are none, if there are none. Empty: all is well.'),
  total: integer('Routes that exist.'),
  admitted: integer('Routes that a router serves.'),
  refused: integer('Routes that routers refuse, and hosts that have none.'),
  pending: integer('Routes that no router has answered yet.'),
};

const routeStatus = looseObject({
  gateway: text('Gateway, as namespace/name.'),
  host: text('The host that is served or refused; for "*" the one that was made up.'),
  route: text('The Route or Ingress, as namespace/name.'),
  admitted: text('True, False or Unknown.'),
  reason: text('One word: Admitted, Pending, HostAlreadyClaimed, NoMatchingGatewayService, ...'),
  message: text('What is wrong, who holds the host, and the way out.'),
  routers: text('Routers (shards) that answered, by name.'),
}).meta({ description: 'One host.' });

const memberSidecars = looseObject({
  namespace: text('The member.'),
  ...sidecarCounts,
  pods: text('Some of these pods, with what they have.'),
}).meta({ description: 'Sidecars of one member.' });

const heldBackWorkload = looseObject({
  workload: text('Kind, namespace and name.'),
  reason: text('Why it is not restarted, with the way out.'),
}).meta({ description: 'A workload that is left as it is.' });

const restartStatus = {
  state: text('Done, Waiting (for the control plane), Restarting, Stopped (a workload did not come back) or HeldBack (what is left may not be restarted).'),
  message: text('Which workload, and what it waits for.'),
  left: integer('Workloads that are still to come.'),
  heldBack: list('Workloads that are not restarted; at most 50.', heldBackWorkload),
};

const sidecarStatus = {
  given: text('Istio versions of the sidecars that pods are given now.'),
  current: integer('Pods with the sidecar that the mesh gives now.'),
  ...sidecarCounts,
  namespaces: list('Members with pods that should be made anew; at most 100.', memberSidecars),
  restarts: section('Restarts of workloads; absent unless spec.updateStrategy.updateWorkloads asks for them.', restartStatus),
};

/** Top-level fields of the status that IOR writes. */
export const IOR_STATUS_FIELDS = ['ior', 'routes'] as const;
/** Those that the sidecars controller writes. */
export const SIDECAR_STATUS_FIELDS = ['sidecars'] as const;
/** All that are not the control-plane controller's. */
export const SHARED_STATUS_FIELDS = [...IOR_STATUS_FIELDS, ...SIDECAR_STATUS_FIELDS] as const;

/** `status` of a v2 ServiceMeshControlPlane (spec/api-smcp.md 4). Written by the operator only. */
export const controlPlaneStatusSchema = looseObject({
  annotations: textMap('readyComponentCount (ready/total) and alwaysReadyComponents.'),
  conditions: conditions('Installed, Reconciled and Ready; Reconciling, Stalled and EndOfSupport while they are true.'),
  observedGeneration: integer('Generation that is done: carried out, or refused until somebody acts.'),
  reconciledGeneration: integer('Generation that the last successful pass carried out.'),
  operatorVersion: text('Version of the operator that did it.'),
  chartVersion: text('Istio version that runs, for example 1.31.1.'),
  components: list('State of each component.', componentStatus),
  readiness: section('Components by state.', { components: map('Names by ready, unready and pending.', z.array(z.string()).nullable().meta({ 'x-kubernetes-list-type': 'atomic' })) }),
  ior: section('Routes of Gateways (IOR); absent while it is off.', iorStatus),
  routes: list('Hosts of Gateways: refused ones first, then pending ones; at most 200.', routeStatus),
  sidecars: section('How the pods of the members stand with their sidecars.', sidecarStatus),
  appliedSpec: freeForm('What applies: your spec, with profiles and defaults filled in.'),
  appliedValues: freeForm('The same in the words of v1: template, version and istio.'),
});
