import * as kinds from '../api/kinds.ts';
import { idOf } from '../domain/migrate/plan.ts';
import { ROOT_CERT_CONFIGMAP } from '../api/names.ts';
import type { KubeObject } from '../k8s/object.ts';
import { objectOf, type ResourceType } from '../k8s/resource.ts';
import type { ObjectReader } from './cluster-reader.ts';
import type { OperatorFacts } from '../domain/control-plane/facts.ts';
import { meshControllers } from './controllers.ts';
import { OfflineCluster } from './offline-cluster.ts';
import { playControllers } from './play.ts';
import { UNKNOWN_CERTIFICATE, withScopedApi } from './unpublished.ts';

/** What is read to be played with. Secrets are not: nobody has to trust us with them for a plan. */
const PLAYED: readonly ResourceType[] = [
  kinds.NAMESPACE, kinds.CONTROL_PLANE, kinds.MEMBER_ROLL, kinds.MEMBER, kinds.GATEWAY, kinds.INGRESS_CONTROLLER, kinds.PEER_AUTHENTICATION, kinds.TELEMETRY, kinds.KIALI,
  kinds.DEPLOYMENT, kinds.SERVICE, kinds.CONFIG_MAP, kinds.SERVICE_ACCOUNT, kinds.ROLE, kinds.ROLE_BINDING, kinds.CLUSTER_ROLE, kinds.CLUSTER_ROLE_BINDING, kinds.NETWORK_POLICY,
  kinds.HPA, kinds.PDB, kinds.MUTATING_WEBHOOK, kinds.VALIDATING_WEBHOOK, kinds.ROUTE, kinds.POD, kinds.NETWORK_ATTACHMENT_DEFINITION,
];
/** Inputs, not objects that anybody makes for a mesh. */
const GIVEN: ReadonlySet<string> = new Set([kinds.NAMESPACE, kinds.CONTROL_PLANE, kinds.MEMBER_ROLL, kinds.MEMBER, kinds.GATEWAY, kinds.INGRESS_CONTROLLER, kinds.POD].map(({ kind }) => kind));
const LISTS_AT_ONCE = 6;

async function lists(reader: ObjectReader, types: readonly ResourceType[]): Promise<ReadonlyMap<ResourceType, readonly KubeObject[]>> {
  const found = new Map<ResourceType, readonly KubeObject[]>();
  for (let at = 0; at < types.length; at += LISTS_AT_ONCE) {
    await Promise.all(types.slice(at, at + LISTS_AT_ONCE).map(async (type) => { found.set(type, await reader.list(type)); }));
  }
  return found;
}

/** The webhooks of a mesh wait for the root that istiod publishes. A must-gather may lack it, though a mesh that runs has it. */
function withRoot(cluster: OfflineCluster, namespace: string, configMaps: readonly KubeObject[]): void {
  if (configMaps.some(({ metadata }) => metadata.name === ROOT_CERT_CONFIGMAP && metadata.namespace === namespace)) return;
  cluster.put(kinds.CONFIG_MAP, objectOf(kinds.CONFIG_MAP, { name: ROOT_CERT_CONFIGMAP, namespace }, { data: { 'root-cert.pem': UNKNOWN_CERTIFICATE } }));
}

/** Plays the operator's own controllers in a copy of the cluster: what they would apply, and remove. */
function played(found: ReadonlyMap<ResourceType, readonly KubeObject[]>, facts: OperatorFacts): { readonly wanted: readonly KubeObject[]; readonly removed: ReadonlySet<string> } {
  const hasKiali = (found.get(kinds.KIALI) ?? []).length > 0;
  const cluster = new OfflineCluster(hasKiali ? [] : [kinds.KIALI]);
  for (const [type, objects] of found) for (const object of objects) cluster.put(type, object);
  for (const plane of found.get(kinds.CONTROL_PLANE) ?? []) withRoot(cluster, plane.metadata.namespace ?? '', found.get(kinds.CONFIG_MAP) ?? []);
  withScopedApi(cluster, facts.operatorNamespace);
  const { objects, removed } = playControllers(meshControllers(facts), cluster);
  const gone = removed.map(({ type, name, namespace }) => idOf({ kind: type.kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } }));
  return { wanted: objects, removed: new Set(gone) };
}

/** A cluster that was read, and what the operator would do there. */
export interface PlayedCluster {
  readonly of: (type: ResourceType) => readonly KubeObject[];
  readonly wanted: readonly KubeObject[];
  readonly removed: ReadonlySet<string>;
}

/** Reads what a cluster holds, and kinds that are asked for besides, and plays the operator's controllers in a copy of it. In: also what that operator knows of itself. */
export async function readPlayed(reader: ObjectReader, facts: OperatorFacts, besides: readonly ResourceType[] = []): Promise<PlayedCluster> {
  const found = await lists(reader, [...PLAYED, ...besides]);
  return { ...played(new Map([...found].filter(([type]) => PLAYED.includes(type))), facts), of: (type) => found.get(type) ?? [] };
}

/** Everything of kinds that the operator writes. */
export function writtenObjects({ of }: PlayedCluster): readonly KubeObject[] {
  return PLAYED.filter(({ kind }) => !GIVEN.has(kind)).flatMap(of);
}
