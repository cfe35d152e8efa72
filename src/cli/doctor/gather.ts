import { X509Certificate } from 'node:crypto';
import * as kinds from '../../api/kinds.ts';
import { LABEL_MEMBER_OF, OPERATOR_NAME, OTHER_OPERATOR, ROOT_CERT_CONFIGMAP } from '../../api/names.ts';
import type { DoctorFacts, TrustedCertificate } from '../../domain/doctor/facts.ts';
import { labelOf, type KubeObject } from '../../k8s/object.ts';
import { crdNameOf, objectOf, resourcePath, type ResourceType } from '../../k8s/resource.ts';
import { isJsonObject, objectsAt, textAt, valueAt, type JsonObject } from '../../lib/json.ts';
import { sortedUnique } from '../../lib/sort.ts';
import { mapLimited } from '../../runtime/limiter.ts';
import { ApiError, type Rest } from '../../runtime/rest.ts';
import type { ClusterReader } from '../cluster-reader.ts';
import { ALL_SOURCES } from '../controllers.ts';

const AT_ONCE = 8;
const NOT_FOUND = 404;
const OWN_KINDS: readonly ResourceType[] = [kinds.CONTROL_PLANE, kinds.MEMBER_ROLL, kinds.MEMBER];
/** Kinds of Istio that every mesh uses. */
const ISTIO_KINDS: readonly ResourceType[] = [kinds.GATEWAY, kinds.PEER_AUTHENTICATION, kinds.TELEMETRY];
const GATEWAY_CLASS: ResourceType = { group: 'gateway.networking.k8s.io', version: 'v1', kind: 'GatewayClass', plural: 'gatewayclasses', namespaced: false };

/** Who asks, and about which operator. */
export interface DoctorScope {
  readonly rest: Rest;
  readonly reader: ClusterReader;
  readonly serverVersion: string;
  readonly tmeshVersion: string;
  readonly operatorNamespace: string;
  readonly now: Date;
}

const byName = (name: string): string => `metadata.name=${name}`;

function clientConfigs(configuration: KubeObject): readonly JsonObject[] {
  const own = objectsAt(configuration, 'webhooks').map((webhook) => webhook['clientConfig']);
  return [...own, valueAt(configuration, 'spec', 'conversion', 'webhook', 'clientConfig')].filter(isJsonObject);
}

/** When the last certificate of a bundle ends: older ones stay in it until they have ended. */
function endOf(caBundle: unknown): Date | undefined {
  const pem = typeof caBundle === 'string' ? Buffer.from(caBundle, 'base64').toString('utf8') : '';
  const ends = (pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []).flatMap((text) => {
    try {
      return [Date.parse(new X509Certificate(text).validTo)];
    } catch {
      return [];
    }
  });
  return ends.length === 0 ? undefined : new Date(Math.max(...ends));
}

function certificatesOf(configurations: readonly KubeObject[]): readonly TrustedCertificate[] {
  return configurations.filter(({ metadata: { name } }) => /istio|maistra|tenant-mesh/.test(name)).flatMap((configuration) => {
    const ends = clientConfigs(configuration).map(({ caBundle }) => endOf(caBundle)).filter((end) => end !== undefined).toSorted((a, b) => a.getTime() - b.getTime());
    return ends[0] === undefined ? [] : [{ of: `${configuration.kind} ${configuration.metadata.name}`, notAfter: ends[0] }];
  });
}

/** Which Services that webhooks lead to are there. */
async function servicesOf(reader: ClusterReader, configurations: readonly KubeObject[]): Promise<ReadonlyMap<string, boolean>> {
  const services = configurations.flatMap(clientConfigs).map(({ service }) => service).filter(isJsonObject);
  const names = sortedUnique(services.map((service) => `${textAt(service, 'namespace')}/${textAt(service, 'name')}`));
  const before = reader.gaps.length;
  const found = await mapLimited(names, AT_ONCE, async (name): Promise<[string, boolean]> => {
    const [namespace = '', service = ''] = name.split('/');
    return [name, await reader.get(kinds.SERVICE, service, namespace) !== undefined];
  });
  // What may not be read is not missing.
  return new Map(reader.gaps.length === before ? found : []);
}

/** Kinds that the operator's account may not list; undefined when it has no account here, or when nobody may ask. */
async function deniedTo({ rest, reader, operatorNamespace }: DoctorScope): Promise<readonly ResourceType[] | undefined> {
  if (await reader.get(kinds.SERVICE_ACCOUNT, OPERATOR_NAME, operatorNamespace) === undefined) return undefined;
  const types = [...new Map(ALL_SOURCES.map(({ type }) => [crdNameOf(type), type])).values()].filter((type) => type !== kinds.SECRET);
  try {
    const allowed = await mapLimited(types, AT_ONCE, async ({ group, plural }) => {
      const spec = { user: `system:serviceaccount:${operatorNamespace}:${OPERATOR_NAME}`, groups: ['system:serviceaccounts', 'system:authenticated'], resourceAttributes: { verb: 'list', group, resource: plural } };
      const body = { ...objectOf(kinds.SUBJECT_ACCESS_REVIEW, { name: '' }, { spec }), metadata: {} };
      return valueAt(await rest.call<unknown>({ method: 'POST', path: resourcePath(kinds.SUBJECT_ACCESS_REVIEW), body }), 'status', 'allowed') === true;
    });
    return types.filter((_, at) => allowed[at] !== true);
  } catch (thrown) {
    if (!(thrown instanceof ApiError) || thrown.status === 0) throw thrown;
    reader.gaps.push({ what: resourcePath(kinds.SUBJECT_ACCESS_REVIEW), why: thrown.message, status: thrown.status, type: kinds.SUBJECT_ACCESS_REVIEW });
    return undefined;
  }
}

async function deploymentsOf(reader: ClusterReader): Promise<readonly KubeObject[]> {
  const lists = await Promise.all([
    reader.list(kinds.DEPLOYMENT, { fieldSelector: byName(OPERATOR_NAME) }), reader.list(kinds.DEPLOYMENT, { fieldSelector: byName(OTHER_OPERATOR) }), reader.list(kinds.DEPLOYMENT, { labelSelector: 'app=istiod' }),
  ]);
  return [...new Map(lists.flat().map((object) => [`${object.metadata.namespace ?? ''}/${object.metadata.name}`, object])).values()];
}

function podsOf(reader: ClusterReader, namespaces: readonly KubeObject[]): Promise<readonly KubeObject[]> {
  const members = namespaces.filter((namespace) => labelOf(namespace, LABEL_MEMBER_OF) !== undefined);
  return mapLimited(members, AT_ONCE, ({ metadata: { name } }) => reader.list(kinds.POD, { namespace: name })).then((lists) => lists.flat());
}

/** Reads everything that the checks go by, with the rights of whoever asks. @throws ApiError when the API server does not answer */
export async function gatherFacts(scope: DoctorScope): Promise<DoctorFacts> {
  const { reader, serverVersion, tmeshVersion, operatorNamespace, now } = scope;
  const list = (type: ResourceType): Promise<readonly KubeObject[]> => reader.list(type);
  const [controlPlanes, rolls, members, namespaces, daemonSets, validatingWebhooks, mutatingWebhooks, gateways, ingressControllers, gatewayClasses] = await Promise.all([
    list(kinds.CONTROL_PLANE), list(kinds.MEMBER_ROLL), list(kinds.MEMBER), list(kinds.NAMESPACE), list(kinds.DAEMON_SET), list(kinds.VALIDATING_WEBHOOK), list(kinds.MUTATING_WEBHOOK),
    list(kinds.GATEWAY), list(kinds.INGRESS_CONTROLLER), list(GATEWAY_CLASS),
  ] as const);
  const [definitions, ownDefinitions, istios, revisions, rootCerts, lease, deployments] = await Promise.all([
    reader.list(kinds.CUSTOM_RESOURCE_DEFINITION, { isMetadataOnly: true }), Promise.all(OWN_KINDS.map((type) => reader.get(kinds.CUSTOM_RESOURCE_DEFINITION, crdNameOf(type)))),
    list(kinds.ISTIO), list(kinds.ISTIO_REVISION), reader.list(kinds.CONFIG_MAP, { fieldSelector: byName(ROOT_CERT_CONFIGMAP) }), reader.get(kinds.LEASE, OPERATOR_NAME, operatorNamespace), deploymentsOf(reader),
  ] as const);
  const own = ownDefinitions.filter((definition) => definition !== undefined);
  const hooked = [...validatingWebhooks, ...mutatingWebhooks, ...own];
  const [webhookServices, pods, denied, routes] = await Promise.all([servicesOf(reader, hooked), podsOf(reader, namespaces), deniedTo(scope), reader.list(kinds.ROUTE, { fieldSelector: byName('none') })] as const);
  await Promise.all(ISTIO_KINDS.filter((type) => type !== kinds.GATEWAY).map(list));
  const isUnserved = (type: ResourceType): boolean => reader.gaps.some((gap) => gap.type === type && gap.status === NOT_FOUND);
  return {
    now, tmeshVersion, serverVersion, operatorNamespace, controlPlanes, rolls, members, namespaces, definitions, ownDefinitions: own, unserved: ISTIO_KINDS.filter(isUnserved),
    isOpenShift: routes.length > 0 || !isUnserved(kinds.ROUTE), deployments, daemonSets, istios: [...istios, ...revisions], gatewayClasses, validatingWebhooks, mutatingWebhooks, webhookServices,
    certificates: certificatesOf(hooked), rootCerts, pods, gateways, ingressControllers,
    ...(lease === undefined ? {} : { lease }), ...(denied === undefined ? {} : { denied }),
    unread: new Map(reader.gaps.filter(({ status }) => status !== NOT_FOUND).map(({ type, why }) => [type?.kind ?? '', why])),
  };
}
