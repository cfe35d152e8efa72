import { CONFIG_MAP, DEPLOYMENT, HPA, MUTATING_WEBHOOK, PDB, SERVICE } from '../../api/kinds.ts';
import { ISTIOD_KUBECONFIG } from '../../api/names.ts';
import type { ResourceType } from '../../k8s/resource.ts';
import type { Canary } from './canary.ts';
import { injectionTemplates, renderFolder, type Charts } from './charts.ts';
import type { ControlPlaneObserved } from './observed.ts';
import { proxyVersion } from './proxy-version.ts';
import { typed, withScaling, type WantedObject } from './render.ts';
import { canaryRevision, istiodName, type ValuesInput } from './values/input.ts';
import { ISTIOD_RUNTIME_NAMES } from './values/istiod.ts';
import { computeValues } from './values/order.ts';
import { componentRuntime } from './values/runtime.ts';

/** What the canary adds to a mesh: to component istio-discovery, and to the webhooks. */
export interface RenderedCanary {
  readonly objects: readonly WantedObject[];
  readonly webhooks: readonly WantedObject[];
}

/** Kinds of which the canary has its own. It shares the account of the mesh's istiod, and so its rights; and that one's NetworkPolicy is over every istiod of the namespace. */
const OWN_KINDS: readonly ResourceType[] = [CONFIG_MAP, SERVICE, DEPLOYMENT, HPA, PDB];

/** The kubeconfig is for the account: one for both. */
function isOwn({ type, object }: WantedObject): boolean {
  return OWN_KINDS.includes(type) && object.metadata.name !== ISTIOD_KUBECONFIG;
}

/** The mesh again, under the canary's revision and version. */
function inputOf(mesh: ValuesInput, canary: Canary, observed: ControlPlaneObserved): ValuesInput {
  const name = canaryRevision(mesh);
  const { version } = canary;
  return {
    ...mesh, name, version, istiodVersion: version, proxyVersion: proxyVersion({ ...observed, name }, version),
    isIstiodAvailable: canary.obstacle === '', onlyNamespaces: canary.namespaces, aliasHosts: [],
  };
}

/**
 * Renders the canary. In: what the mesh's own values are made from. An alias is a Service alone, of the canary's name, before the mesh's own pods.
 * Its injection webhook is there from when members have moved.
 */
export function renderCanary(mesh: ValuesInput, canary: Canary, { observed, charts }: { readonly observed: ControlPlaneObserved; readonly charts: Charts }): RenderedCanary {
  const input = inputOf(mesh, canary, observed);
  const values = computeValues(input, injectionTemplates(charts, input.proxyVersion.minor));
  const own = { ...values, istiod: { ...values.istiod, account: istiodName(mesh) } };
  if (canary.served === 'alias') {
    const services = renderFolder(charts, input.version.minor, 'istio-discovery', { ...own, revision: mesh.name }).map(typed).filter(({ type }) => type === SERVICE);
    return { objects: services, webhooks: [] };
  }
  const scaled = withScaling(renderFolder(charts, input.version.minor, 'istio-discovery', own), componentRuntime(input.spec, ISTIOD_RUNTIME_NAMES), input, charts);
  const hooks = input.rootCertificate === '' || canary.namespaces.length === 0 ? [] : renderFolder(charts, input.version.minor, 'mesh-webhooks', own);
  return {
    objects: scaled.map(typed).filter(isOwn),
    webhooks: hooks.map(typed).filter(({ type }) => type === MUTATING_WEBHOOK),
  };
}
