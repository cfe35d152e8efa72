import { DEPLOYMENT, findKind, NETWORK_POLICY, SECRET } from '../../api/kinds.ts';
import { SCOPED_API_AUTHORITY } from '../../api/names.ts';
import { valueAt } from '../../lib/json.ts';
import { sortedUnique } from '../../lib/sort.ts';
import type { KubeObject } from '../../k8s/object.ts';
import type { MintRecipe } from '../../k8s/plan.ts';
import { injectionTemplates, renderFolder, type Charts } from './charts.ts';
import { COMPONENTS, type ComponentName, type ComponentRow } from './components.ts';
import type { TypedObject } from './member-copies.ts';
import { withRuntime } from './placement.ts';
import { isInMesh, type GatewayValues } from './values/gateways.ts';
import type { ValuesInput } from './values/input.ts';
import { kialiRuntime } from './values/kiali.ts';
import { ADDON_SECRET, ADDON_USER } from './values/oauth-proxy.ts';
import { computeValues, type Values } from './values/order.ts';
import { autoscaleOf, componentRuntime, disruptionOf, type ComponentRuntime } from './values/runtime.ts';

/** An object of a component. With `mint` it is a Secret that is created once, with these values made up. */
export interface WantedObject extends TypedObject {
  readonly mint?: Readonly<Record<string, MintRecipe>>;
}

/** A component with everything it consists of. */
export interface RenderedComponent {
  readonly name: ComponentName;
  readonly wave: number;
  readonly objects: readonly WantedObject[];
  /** Kinds that some of it has and that are not served yet. */
  readonly unservedKinds: readonly string[];
  /** What it has to wait for besides, in a sentence each. */
  readonly lacking: readonly string[];
  /** Gateways left out until their namespace joins, in a sentence each. They hold nobody else up. */
  readonly absentGateways: readonly string[];
}

/** A whole mesh as data. */
export interface RenderedMesh {
  readonly components: readonly RenderedComponent[];
  /** Webhooks of the mesh; empty until istiod has published its root. They gate nothing. */
  readonly webhooks: readonly WantedObject[];
}

/** What is made up for the add-ons' Secret. The session key is 32 characters and the signing key 16, as their readers demand. */
const ADDON_SECRET_VALUES: Readonly<Record<string, MintRecipe>> = {
  [ADDON_SECRET.passwordKey]: { recipe: 'random', bytes: 48 },
  [ADDON_SECRET.htpasswdKey]: { recipe: 'htpasswd', user: ADDON_USER, passwordFrom: ADDON_SECRET.passwordKey },
  [ADDON_SECRET.sessionKey]: { recipe: 'random', bytes: 24 },
  [ADDON_SECRET.signingKey]: { recipe: 'random', bytes: 12 },
};

/** An object of the charts with its kind. */
export function typed(object: KubeObject): WantedObject {
  const type = findKind(object.apiVersion, object.kind);
  if (type === undefined) throw new Error(`the charts make ${object.apiVersion} ${object.kind}, which is not in api/kinds.ts`);
  return type === SECRET ? { type, object, mint: ADDON_SECRET_VALUES } : { type, object };
}

/** The Deployment of a component with the user's settings, its autoscaler and its disruption budget. */
export function withScaling(objects: readonly KubeObject[], runtime: ComponentRuntime, input: ValuesInput, charts: Charts): KubeObject[] {
  return objects.flatMap((object) => {
    if (object.kind !== DEPLOYMENT.kind) return [object];
    const limit = disruptionOf(input.spec, runtime);
    const scaling = {
      name: object.metadata.name, namespace: object.metadata.namespace, autoscale: autoscaleOf(runtime) ?? false,
      disruption: limit === undefined ? false : { selector: valueAt(object, 'spec', 'selector'), ...limit },
    };
    return [withRuntime(object, runtime), ...renderFolder(charts, input.version.minor, 'scaling', { scaling })];
  });
}

function renderGateways(gateways: readonly GatewayValues[], values: Values, input: ValuesInput, charts: Charts): KubeObject[] {
  return gateways.flatMap((gateway) => {
    const objects = renderFolder(charts, input.version.minor, 'gateway', { ...values, gateway });
    return withScaling(objects, gateway.runtime, input, charts);
  });
}

/** Kinds that this mesh does without: NetworkPolicies that the user manages himself. */
function isWanted({ type }: WantedObject, input: ValuesInput): boolean {
  return type !== NETWORK_POLICY || input.spec.security?.manageNetworkPolicy !== false;
}

/** An istiod without its kubeconfig would go to the API server, which refuses it everything. */
const NO_AUTHORITY = `the operator has not published the authority of the scoped API yet (ConfigMap ${SCOPED_API_AUTHORITY}); if that lasts, its log says why`;

function lackingOf(row: ComponentRow, { facts, scopedApiAuthority, scopedApiObstacle }: ValuesInput): readonly string[] {
  if (row.name !== 'istio-discovery' || facts.isolation === 'soft') return [];
  if (scopedApiAuthority === '') return [NO_AUTHORITY];
  return scopedApiObstacle === undefined ? [] : [scopedApiObstacle];
}

/** While Istio's CRDs are being installed, its kinds cannot be applied yet. */
function isServed({ type }: WantedObject, input: ValuesInput): boolean {
  return input.facts.servesIstio || !type.group.endsWith('.istio.io');
}

function runtimeOf(row: ComponentRow, { spec }: ValuesInput): ComponentRuntime {
  return row.name === 'kiali' ? kialiRuntime(spec) : componentRuntime(spec, row.runtimeNames);
}

function renderComponent(row: ComponentRow, values: Values, input: ValuesInput, charts: Charts): RenderedComponent {
  const gateways = values.gateways.filter(({ component }) => component === row.name);
  const folder = row.folder(input.facts);
  const objects = folder === 'gateway'
    ? renderGateways(gateways.filter((gateway) => isInMesh(gateway, input)), values, input, charts)
    : withScaling(renderFolder(charts, input.version.minor, folder, values), runtimeOf(row, input), input, charts);
  const lacking = lackingOf(row, input);
  const all = objects.map(typed).filter((object) => isWanted(object, input) && !(lacking.length > 0 && isWorkload(object)));
  const absent = gateways.filter((gateway) => !isInMesh(gateway, input));
  return {
    name: row.name, wave: row.wave, lacking, objects: all.filter((object) => isServed(object, input)),
    unservedKinds: sortedUnique(all.filter((object) => !isServed(object, input)).map(({ type }) => type.kind)),
    absentGateways: absent.map(({ name, namespace }) => `gateway ${name} waits for namespace ${namespace} to join the mesh`),
  };
}

/**
 * Renders a mesh. In: what its values are made from, and the charts. Out: every object, by component.
 * Pure; throws for a fault of the charts only.
 */
export function renderMesh(input: ValuesInput, charts: Charts): RenderedMesh {
  const values = computeValues(input, injectionTemplates(charts, input.proxyVersion.minor));
  const rows = COMPONENTS.filter((row) => row.isEnabled(values));
  const webhooks = input.rootCertificate === '' ? [] : renderFolder(charts, input.version.minor, 'mesh-webhooks', values);
  return { components: rows.map((row) => renderComponent(row, values, input, charts)), webhooks: webhooks.map(typed) };
}

/** True for what holds configuration only; used where workloads come after everything else. */
export function isWorkload({ type }: TypedObject): boolean {
  return type === DEPLOYMENT;
}

