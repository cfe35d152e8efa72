import { loadCharts } from '../../src/cli/charts.ts';
import { parseControlPlane } from '../../src/api/maistra-v2/control-plane.ts';
import { compileCharts, type Charts } from '../../src/domain/control-plane/charts.ts';
import { viewOf, type BuildableMesh } from '../../src/domain/control-plane/mesh-view.ts';
import { DEFAULT_EXPOSE_ROUTE_PEER } from '../../src/domain/control-plane/network-policies.ts';
import type { ControlPlaneObserved } from '../../src/domain/control-plane/observed.ts';
import { resolveProfiles } from '../../src/domain/control-plane/profiles.ts';
import { renderMesh, type RenderedMesh, type WantedObject } from '../../src/domain/control-plane/render.ts';
import type { ClusterFacts, OperatorFacts } from '../../src/domain/control-plane/facts.ts';
import type { Spec, ValuesInput } from '../../src/domain/control-plane/values/input.ts';
import { chooseVersion } from '../../src/domain/versions.ts';
import type { JsonObject } from '../../src/lib/json.ts';
import type { KubeObject } from '../../src/k8s/object.ts';
import { CREATED } from './mesh-objects.ts';

/* Makers for what a mesh is rendered from. Each takes what a test is about and fills in the rest. */

/** The charts as they are in the project. */
export const CHARTS: Charts = compileCharts(loadCharts());

export const OPERATOR_FACTS: OperatorFacts & Pick<ClusterFacts, 'exposeRoute'> = {
  isolation: 'soft', operatorVersion: '0.1.0', operatorNamespace: 'operators', images: {}, routeDomain: 'apps.example.com', exposeRoute: DEFAULT_EXPOSE_ROUTE_PEER,
};

/** Facts of an OpenShift cluster without the Kiali operator. */
export const OPENSHIFT: ClusterFacts = { ...OPERATOR_FACTS, servesRoutes: true, servesKiali: false, servesNetworkAttachments: true, servesIstio: true };
/** Facts of a plain Kubernetes cluster. */
export const PLAIN: ClusterFacts = { ...OPENSHIFT, servesRoutes: false, servesNetworkAttachments: false };

export const MESH = 'istio-system';
export const NAME = 'basic';
export const ROOT = '-----BEGIN CERTIFICATE-----\nroot\n-----END CERTIFICATE-----\n';

/** A user's spec with profiles applied, as values read it. Throws if it has mistakes. */
export function appliedSpec(spec: JsonObject = {}): Spec {
  const resolved = resolveProfiles(spec);
  if (resolved.problems.length > 0) throw new Error(resolved.problems.map(({ message }) => message).join('; '));
  const parsed = parseControlPlane({ apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: NAME }, spec: resolved.spec });
  if (!parsed.ok) throw new Error(parsed.error.map(({ message }) => message).join('; '));
  return parsed.value.spec;
}

/** What values are made from: a user's spec on plain Kubernetes, before istiod is there. */
export function valuesInput(spec: JsonObject = {}, more: Partial<ValuesInput> = {}): ValuesInput {
  const version = chooseVersion(typeof spec['version'] === 'string' ? spec['version'] : undefined);
  if (!version.ok) throw new Error(version.error.message);
  return {
    name: NAME, namespace: MESH, spec: appliedSpec(spec), version: version.value, proxyVersion: version.value, istiodVersion: version.value, members: [], rootCertificate: '', scopedApiAuthority: '', isIstiodAvailable: false, facts: PLAIN, ...more,
  };
}

/** All objects of a mesh, those of its webhooks last. */
export function objectsOf(mesh: RenderedMesh): WantedObject[] {
  return [...mesh.components.flatMap(({ objects }) => objects), ...mesh.webhooks];
}

/** Renders a user's spec and finds one object of it. Throws if it is not there. */
export function renderedObject(input: ValuesInput, kind: string, name: string): KubeObject {
  const found = objectsOf(renderMesh(input, CHARTS)).find(({ object }) => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name} was rendered`);
  return found.object;
}

/** A day on which the Istio project supports every minor that we have. */
export const SUPPORTED_DAY = new Date('2026-06-15T12:00:00Z');

/** An SMCP of API v2 as the API server has it before the first pass. */
export function controlPlane(spec: JsonObject = {}, more: { readonly status?: JsonObject; readonly meta?: Partial<KubeObject['metadata']> } = {}): KubeObject {
  return {
    apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane',
    metadata: { name: NAME, namespace: MESH, uid: 'uid-smcp', generation: 1, creationTimestamp: CREATED, ...more.meta },
    spec, ...(more.status === undefined ? {} : { status: more.status }),
  };
}

/** What the controller observes: the SMCP in a labelled namespace, and nothing else. */
export function observed(smcp: KubeObject | undefined, more: Partial<ControlPlaneObserved> = {}): ControlPlaneObserved {
  return {
    name: smcp?.metadata.name ?? NAME, namespace: MESH, siblings: [], members: [], managed: [], kialis: [], facts: PLAIN,
    namespaceObject: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: MESH, uid: 'uid-namespace', labels: { 'maistra.io/member-of': MESH } } },
    ...(smcp === undefined ? {} : { smcp }), ...more,
  };
}

/** The DaemonSet of a node plug-in in a namespace, ready on some of its nodes. */
export function nodePlugin(namespace: string, numberReady: number, desiredNumberScheduled: number): KubeObject {
  return { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'istio-cni-node', namespace }, status: { observedGeneration: 1, desiredNumberScheduled, numberReady } };
}

/** A Deployment as it is when all its pods are ready. */
export function available(deployment: KubeObject): KubeObject {
  const status = {
    observedGeneration: 1, replicas: 1, readyReplicas: 1, updatedReplicas: 1, availableReplicas: 1, conditions: [{ type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable' }],
  };
  return { ...deployment, metadata: { ...deployment.metadata, generation: 1 }, status };
}

/** An object as it is after the controller applied it. */
export function live(object: KubeObject): KubeObject {
  const managedFields = [{ manager: 'tmesh-control-plane', operation: 'Apply' }];
  return { ...object, metadata: { ...object.metadata, uid: `uid-${object.kind}-${object.metadata.name}`.toLowerCase(), managedFields } };
}

/** The view of a mesh that has no mistakes. */
export function buildable(state: ControlPlaneObserved): BuildableMesh {
  const view = viewOf(state, CHARTS);
  if (view.state !== 'buildable') throw new Error(`the mesh is ${view.state}`);
  return view;
}

/** Everything a mesh consists of, in place and available. In: its SMCP. */
export function inPlace(smcp: KubeObject, more: Partial<ControlPlaneObserved> = {}): KubeObject[] {
  const { components, webhooks } = buildable(observed(smcp, more));
  return objectsOf({ components, webhooks }).map(({ object }) => (object.kind === 'Deployment' ? available(live(object)) : live(object)));
}
