import * as kinds from '../../src/api/kinds.ts';
import { meshControllers, operatorFacts } from '../../src/cli/controllers.ts';
import { OfflineCluster } from '../../src/cli/offline-cluster.ts';
import { playControllers } from '../../src/cli/play.ts';
import { withAuthority } from '../../src/cli/unpublished.ts';
import type { KubeObject } from '../../src/k8s/object.ts';
import { objectOf, type ResourceType } from '../../src/k8s/resource.ts';

/*
 * A platform of five meshes with two hundred namespaces each, as its API server would hold it: users' objects are written here, and everything else
 * (copies, Deployments, Routes, and every status) is what the operator's own controllers make of them, played offline. Always the same.
 */

const OPERATOR_NAMESPACE = 'tenant-mesh-operator';
/** When the operator looked. */
const NOW = new Date('2027-01-11T09:30:00Z');
const AREAS = ['checkout', 'catalogue', 'billing', 'fraud', 'loyalty', 'search', 'shipping', 'returns', 'pricing', 'inbox'] as const;
const PARTS = ['api', 'worker', 'web', 'batch', 'cache', 'events', 'admin', 'reports', 'gateway', 'import'] as const;
const STAGES = ['dev', 'prod'] as const;

/** The meshes; a version is what its SMCP asks for. */
const MESHES = [
  { namespace: 'mesh-payments', version: 'v1.31' }, { namespace: 'mesh-retail', version: 'v1.31' }, { namespace: 'mesh-logistics', version: 'v1.30' },
  { namespace: 'mesh-insights', version: 'v1.30' }, { namespace: 'mesh-partners', version: 'v1.29' },
] as const;

const teamOf = (mesh: string): string => mesh.replace('mesh-', '');

/** Names of the namespaces of a mesh: `payments-checkout-api-dev` and 199 more. */
function membersOf(mesh: string): readonly string[] {
  return AREAS.flatMap((area) => PARTS.flatMap((part) => STAGES.map((stage) => `${teamOf(mesh)}-${area}-${part}-${stage}`)));
}

/** Hosts of the first few teams of a mesh: enough rows to look at. */
const GATEWAYS_PER_MESH = 6;

const withType = (type: ResourceType, name: string, namespace: string | undefined, body: Readonly<Record<string, unknown>> = {}): KubeObject =>
  objectOf(type, { name, ...(namespace === undefined ? {} : { namespace }), creationTimestamp: '2027-01-04T08:00:00Z' }, body);

const specOf = (version: string): Readonly<Record<string, unknown>> => ({
  version, tracing: { type: 'None' }, addons: { prometheus: { enabled: false }, grafana: { enabled: false }, kiali: { enabled: false } },
  gateways: { openshiftRoute: { enabled: true } }, proxy: { networking: { initialization: { type: 'InitContainer' } } },
});

function meshObjects({ namespace, version }: typeof MESHES[number]): readonly (readonly [ResourceType, KubeObject])[] {
  const members = membersOf(namespace);
  const gateway = (member: string): readonly [ResourceType, KubeObject] => [kinds.GATEWAY, withType(kinds.GATEWAY, 'public', member, {
    spec: { selector: { istio: 'ingressgateway' }, servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: [`${member}.apps.example.com`] }] },
  })];
  return [
    [kinds.NAMESPACE, withType(kinds.NAMESPACE, namespace, undefined)],
    [kinds.CONTROL_PLANE, withType(kinds.CONTROL_PLANE, 'basic', namespace, { spec: specOf(version) })],
    [kinds.MEMBER_ROLL, withType(kinds.MEMBER_ROLL, 'default', namespace, { spec: { members } })],
    ...members.map((name) => [kinds.NAMESPACE, withType(kinds.NAMESPACE, name, undefined)] as const),
    ...members.filter((name) => name.endsWith('-web-prod')).slice(0, GATEWAYS_PER_MESH).map(gateway),
  ];
}
type Put = readonly [ResourceType, KubeObject];

/** What goes wrong on a platform of this size on any day: two claims of one namespace, one of one host, a typing error, a router that refuses. */
function troubles(): readonly Put[] {
  const roll = (mesh: string, more: readonly string[]): Put => [kinds.MEMBER_ROLL, withType(kinds.MEMBER_ROLL, 'default', mesh, { spec: { members: [...membersOf(mesh), ...more] } })];
  const claimed = withType(kinds.GATEWAY, 'public', 'partners-catalogue-api-prod', {
    spec: { selector: { istio: 'ingressgateway' }, servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['retail-search-web-prod.apps.example.com'] }] },
  });
  return [
    roll('mesh-retail', ['payments-fraud-api-prod']), roll('mesh-logistics', ['logistics-shiping-api-prod']),
    [kinds.GATEWAY, { ...claimed, metadata: { ...claimed.metadata, creationTimestamp: '2027-01-10T08:00:00Z' } }],
  ];
}

/** Of a Deployment that has lost its pods. */
const UNHEALTHY = { observedGeneration: 1, replicas: 1, unavailableReplicas: 1, conditions: [{ type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable' }] };

/** The router's answer to a Route. */
function answered(route: KubeObject): KubeObject {
  const refused = route.metadata.annotations?.['maistra.io/original-host'] === 'logistics-billing-web-prod.apps.example.com';
  const admitted = refused ? { status: 'False', reason: 'HostAlreadyClaimed', message: 'route legacy in namespace legacy-shop claims logistics-billing-web-prod.apps.example.com' } : { status: 'True' };
  return { ...route, status: { ingress: [{ routerName: 'default', host: route.metadata.annotations?.['maistra.io/original-host'], conditions: [{ type: 'Admitted', ...admitted }] }] } };
}

/** As the operator tells of fields that it put right (`src/runtime/field-conflicts.ts`). */
function repair(object: { readonly kind: string; readonly namespace: string; readonly name: string }, message: string, told: { readonly count: number; readonly last: string }): Put {
  const event = withType(kinds.EVENT, `${object.name}.repaired`, object.namespace, { type: 'Normal', reason: 'Repaired', message, count: told.count, lastTimestamp: told.last, involvedObject: object });
  return [kinds.EVENT, event];
}

const REPAIRS: readonly Put[] = [
  repair({ kind: 'NetworkPolicy', namespace: 'retail-pricing-web-prod', name: 'istio-mesh-basic' }, 'spec.ingress was changed by "kubectl-edit" and is put right', { count: 2, last: '2027-01-11T08:12:40Z' }),
  repair({ kind: 'Deployment', namespace: 'mesh-payments', name: 'istiod-basic' }, 'spec.template.spec.containers[0].image was changed by "image-updater" and is put right', { count: 7, last: '2027-01-11T09:21:05Z' }),
];

/** Everything of the platform that a report is told from. Takes some ten seconds: a thousand memberships are planned, twice. */
export function fleetObjects(): readonly KubeObject[] {
  const cluster = new OfflineCluster([kinds.KIALI]);
  const all = (type: ResourceType): readonly KubeObject[] => cluster.list({ id: 'pictures', type });
  const put = (entries: readonly Put[]): void => { for (const [type, object] of entries) cluster.put(type, object); };
  const play = (): void => { playControllers(meshControllers(operatorFacts({ operatorNamespace: OPERATOR_NAMESPACE, isolation: 'hard' }, {})), cluster, NOW); };
  put([...MESHES.flatMap(meshObjects), ...troubles(), ...REPAIRS]);
  withAuthority(cluster, OPERATOR_NAMESPACE);
  play();
  put(all(kinds.ROUTE).map((route) => [kinds.ROUTE, answered(route)]));
  const lost = all(kinds.DEPLOYMENT).find(({ metadata }) => metadata.namespace === 'mesh-insights' && metadata.name === 'istio-ingressgateway');
  if (lost !== undefined) cluster.putStatus(kinds.DEPLOYMENT, lost, UNHEALTHY);
  play();
  return [kinds.CONTROL_PLANE, kinds.MEMBER_ROLL, kinds.DEPLOYMENT, kinds.EVENT].flatMap(all);
}
