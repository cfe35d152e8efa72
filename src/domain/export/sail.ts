import { GENERATED_BY_IOR, LABEL_GENERATED_BY, LABEL_MEMBER_OF, LABEL_OWNER } from '../../api/names.ts';
import { NAMESPACE } from '../../api/kinds.ts';
import { sortedBy } from '../../lib/sort.ts';
import { labelOf, type KubeObject } from '../../k8s/object.ts';
import { objectOf } from '../../k8s/resource.ts';
import { chooseVersion, NEWEST_MINOR } from '../versions.ts';
import { valueAt } from '../../lib/json.ts';
import { asOwn } from './clean.ts';
import { injectedGateway, isGatewayDeployment, secretReader } from './gateways.ts';
import { cniObject, istioObject, revisionOf } from './istio.ts';
import { stepsText } from './steps.ts';

/** A cluster that is to do without the operator. */
export interface ExportObjects {
  readonly controlPlanes: readonly KubeObject[];
  readonly namespaces: readonly KubeObject[];
  readonly routes: readonly KubeObject[];
  /** What the operator makes there. */
  readonly wanted: readonly KubeObject[];
}

/** File name → objects, and the page that says in which order to apply them. */
export interface SailExport {
  readonly files: ReadonlyMap<string, readonly KubeObject[]>;
  readonly steps: string;
}

/** The mesh's own configuration, which Sail does not write. */
const CONFIGURATION = new Set(['PeerAuthentication', 'Telemetry']);
/** What a gateway needs besides its Deployment. */
const GATEWAY_PARTS = new Set(['Service', 'ServiceAccount', 'HorizontalPodAutoscaler', 'PodDisruptionBudget']);
const WEBHOOKS = new Set(['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']);
const GATEWAY_COMPONENTS = /^istio-(?:ingress|egress)|^additional/;

function versionOf(plane: KubeObject): string {
  const [wanted, runs] = [valueAt(plane, 'spec', 'version'), valueAt(plane, 'status', 'chartVersion')];
  const chosen = chooseVersion(typeof wanted === 'string' ? wanted : undefined, typeof runs === 'string' ? runs : undefined);
  return chosen.ok ? chosen.value.patch : NEWEST_MINOR.defaultPatch;
}

const isOf = (object: KubeObject, mesh: string): boolean => labelOf(object, LABEL_OWNER) === mesh || labelOf(object, LABEL_MEMBER_OF) === mesh;

function isGatewayPart(object: KubeObject): boolean {
  return GATEWAY_PARTS.has(object.kind) && GATEWAY_COMPONENTS.test(labelOf(object, 'app.kubernetes.io/component') ?? '');
}

/** Members keep the label that the mesh's discoverySelectors go by; the revision says whose webhook injects. */
function memberObjects(plane: KubeObject, namespaces: readonly KubeObject[]): readonly KubeObject[] {
  const mesh = plane.metadata.namespace ?? '';
  const members = namespaces.filter((namespace) => labelOf(namespace, LABEL_MEMBER_OF) === mesh && namespace.metadata.name !== mesh);
  return [
    objectOf(NAMESPACE, { name: mesh, labels: { [LABEL_MEMBER_OF]: mesh } }),
    ...sortedBy(members, ({ metadata }) => metadata.name).map(({ metadata: { name } }) => objectOf(NAMESPACE, { name, labels: { [LABEL_MEMBER_OF]: mesh, 'istio.io/rev': revisionOf(plane) } })),
  ];
}

/** Old istiods are selected by their own labels; the policies for them go with them. */
function policyOf(policy: KubeObject, plane: KubeObject): KubeObject {
  const own = asOwn(policy);
  if (policy.metadata.name !== `istio-istiod-${plane.metadata.name}`) return own;
  return JSON.parse(JSON.stringify(own).replaceAll(`"istio.io/rev":"${plane.metadata.name}"`, `"istio.io/rev":"${revisionOf(plane)}"`)) as KubeObject;
}

function meshFiles(plane: KubeObject, { wanted, namespaces, routes }: ExportObjects): readonly (readonly [string, readonly KubeObject[]])[] {
  const mesh = plane.metadata.namespace ?? '';
  const revision = revisionOf(plane);
  const ours = wanted.filter((object) => isOf(object, mesh));
  const gateways = ours.filter((object) => isGatewayDeployment(object) || isGatewayPart(object));
  const shown: readonly (readonly [string, readonly KubeObject[]])[] = [
    ['istio', [istioObject({ plane, wanted }, versionOf(plane))]],
    ['namespaces', memberObjects(plane, namespaces)],
    ['configuration', ours.filter(({ kind }) => CONFIGURATION.has(kind)).map(asOwn)],
    ['network-policies', ours.filter(({ kind }) => kind === 'NetworkPolicy').map((policy) => policyOf(policy, plane))],
    ['gateways', gateways.map((object) => (object.kind === 'Deployment' ? injectedGateway(object, revision) : asOwn(object)))],
    ['gateway-access', gateways.filter(({ kind }) => kind === 'Deployment').flatMap(secretReader)],
    ['routes', routes.filter((route) => labelOf(route, LABEL_GENERATED_BY) === GENERATED_BY_IOR && route.metadata.namespace === mesh).map(asOwn)],
  ];
  return shown.map(([name, objects]) => [`${revision}/${name}.yaml`, objects]);
}

/** `kind name` of the webhooks that send pods and configuration to the istiod that goes. */
function webhooksOf({ metadata: { namespace = '' } }: KubeObject, wanted: readonly KubeObject[]): readonly string[] {
  return wanted.filter((object) => WEBHOOKS.has(object.kind) && isOf(object, namespace)).map(({ kind, metadata }) => `${kind.toLowerCase()} ${metadata.name}`);
}

/**
 * What keeps the meshes working without the operator, for the Sail operator (OpenShift Service Mesh 3): an Istio object each, the labels of members,
 * gateways, Routes, NetworkPolicies and the mesh's own configuration. Pure: the same cluster gives the same files. Files without an object are left out.
 */
export function sailExport(objects: ExportObjects): SailExport {
  const planes = sortedBy(objects.controlPlanes, ({ metadata }) => `${metadata.namespace ?? ''} ${metadata.name}`);
  const versions = planes.map(versionOf).toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const files = [['istio-cni.yaml', [cniObject(versions.at(-1) ?? NEWEST_MINOR.defaultPatch)]] as const, ...planes.flatMap((plane) => meshFiles(plane, objects))];
  const kept = new Map(planes.length === 0 ? [] : files.filter(([, content]) => content.length > 0));
  const names = [...kept.keys()];
  return { files: kept, steps: stepsText(planes.map((plane) => ({ plane, webhooks: webhooksOf(plane, objects.wanted), files: names }))) };
}
