import { ANNOTATION_MESH_GENERATION, ANNOTATION_SIDECAR, LABEL_VERSION } from '../../src/api/names.ts';
import { asRead, renderObjects } from '../../src/cli/render.ts';
import { isJsonObject, valueAt, type JsonObject } from '../../src/lib/json.ts';
import type { KubeObject } from '../../src/k8s/object.ts';
import type { ApiClient } from '../cluster/api-client.ts';
import { SMALL_MESH, controlPlane } from './control-plane.ts';
import { OLDER_MINOR } from './images.ts';
import { memberRoll, namespaceObject } from './istio-objects.ts';
import { workload } from './workloads.ts';

/*
 * A mesh as OpenShift Service Mesh 2.6 leaves it, with istiod, gateway and sidecars that run. There is no build of that operator or of its patched Istio here:
 * its objects are those that this one renders for soft isolation and the older minor, in the old one's dress: its selectors, its rights, its versions, none of our marks.
 */

export const OLD_MESH = 'mesh-old';
export const OLD_MEMBER = 'shop';
export const OLD_OPERATOR = { namespace: 'openshift-operators', name: 'istio-operator' };
export const OLD_NAME = 'basic-install';
/** The role that the old operator gives istiod; nothing of the new mesh uses it. */
export const OLD_ROLE = `istiod-clusterrole-${OLD_NAME}-${OLD_MESH}`;
export const OLD_VERSION = '2.6.4';
/** The label by which the old operator's gateways are selected, too. */
const OLD_SELECTOR = { 'maistra-control-plane': OLD_MESH };
const OWNED = { 'maistra.io/owner': OLD_MESH, 'maistra.io/owner-name': OLD_NAME, 'app.kubernetes.io/managed-by': 'maistra-istio-operator' };
const FINALIZERS = ['maistra.io/istio-operator'];
/** Rights that istiod has of this operator in several roles. */
const ISTIOD_ROLES = ['tmesh-istiod-soft', 'tmesh-istiod-control-plane', 'tmesh-istiod-member'];

/** The old operator as far as others see it: its Deployment, which runs anything, and a webhook that nobody answers once it is stopped. */
export function oldOperator(): readonly object[] {
  const { name, namespace } = OLD_OPERATOR;
  const webhook = {
    name: 'smcp.validation.maistra.io', admissionReviewVersions: ['v1'], sideEffects: 'None', failurePolicy: 'Fail', clientConfig: { service: { name: 'maistra-admission-controller', namespace, path: '/validate' } },
    rules: [{ apiGroups: ['maistra.io'], apiVersions: ['*'], operations: ['CREATE', 'UPDATE'], resources: ['servicemeshcontrolplanes'] }],
  };
  return [
    workload({ name, namespace }),
    { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration', metadata: { name: `${namespace}.servicemesh-resources.maistra.io` }, webhooks: [webhook] },
  ];
}

/** What a user of the old operator has written, with a Gateway of a member. */
export interface OldMesh {
  readonly plane: KubeObject;
  readonly roll: KubeObject;
  readonly namespaces: readonly object[];
}

/** The user's objects. */
export async function oldMesh(): Promise<OldMesh> {
  const written = asRead(await controlPlane('04-istio-installation-mtls.yaml', OLD_MESH, { ...SMALL_MESH, version: `v${OLDER_MINOR.minor}` }) as unknown as KubeObject);
  if (written === undefined) throw new Error('the walk\'s control plane cannot be read');
  const label = { 'maistra.io/member-of': OLD_MESH };
  return {
    plane: { ...written.object, metadata: { ...written.object.metadata, finalizers: FINALIZERS } },
    roll: memberRoll(OLD_MESH, [OLD_MEMBER]) as KubeObject, namespaces: [OLD_MESH, OLD_MEMBER].map((name) => namespaceObject(name, label)),
  };
}

/** The control plane as it is written down: its version is one of the old operator's. */
export function asWritten({ plane }: OldMesh): KubeObject {
  return { ...plane, spec: { ...plane['spec'] as JsonObject, version: 'v2.6' } };
}

/** Rights of the old istiod: cluster-wide, in one role. */
async function oldRights(client: ApiClient): Promise<readonly object[]> {
  const rules = await Promise.all(ISTIOD_ROLES.map(async (name) => (await client.call<{ readonly rules: readonly object[] }>(`/apis/rbac.authorization.k8s.io/v1/clusterroles/${name}`)).rules));
  const metadata = { name: OLD_ROLE, labels: { ...OWNED, 'app.kubernetes.io/component': 'istio-discovery' } };
  const subjects = [{ kind: 'ServiceAccount', name: `istiod-${OLD_NAME}`, namespace: OLD_MESH }];
  return [
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata, rules: rules.flat() },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: OLD_ROLE }, subjects },
  ];
}

function undressed(object: KubeObject): KubeObject {
  const { annotations = {}, labels = {}, ...metadata } = object.metadata;
  const kept = Object.fromEntries(Object.entries(annotations).filter(([name]) => !name.startsWith('tmesh.')));
  const versioned = labels[LABEL_VERSION] === undefined ? labels : { ...labels, [LABEL_VERSION]: OLD_VERSION };
  const generation = annotations[ANNOTATION_MESH_GENERATION] === undefined ? {} : { [ANNOTATION_MESH_GENERATION]: `${OLD_VERSION}-1` };
  return { ...object, metadata: { ...metadata, labels: versioned, annotations: { ...kept, ...generation } } };
}

/** Selected as the old operator did it. */
function selected(gateway: KubeObject): KubeObject {
  const spec = gateway['spec'] as JsonObject;
  const withLabel = (labels: unknown): JsonObject => ({ ...isJsonObject(labels) ? labels : {}, ...OLD_SELECTOR });
  const template = spec['template'] as JsonObject;
  const metadata = template['metadata'] as JsonObject;
  return { ...gateway, spec: { ...spec, selector: { matchLabels: withLabel(valueAt(spec, 'selector', 'matchLabels')) }, template: { ...template, metadata: { ...metadata, labels: withLabel(metadata['labels']) } } } };
}

const isGateway = ({ kind, metadata }: KubeObject): boolean => kind === 'Deployment' && /^istio-(?:in|e)gressgateway$/.test(metadata.name);
/** Bindings of istiod to roles of ours, and passwords, which the old operator does otherwise and nobody needs here. */
const isOurs = ({ kind, metadata }: KubeObject): boolean => kind === 'Secret' || (/^(?:Cluster)?RoleBinding$/.test(kind) && metadata.name.startsWith('istiod-'));
const isWebhook = ({ kind }: KubeObject): boolean => kind.endsWith('WebhookConfiguration');

/** The injection webhook and the injector's settings must not give our mark: pods of the old operator have none. */
function unmarked(object: KubeObject): KubeObject {
  return JSON.parse(JSON.stringify(object).replaceAll(new RegExp(`(\\\\"|")${ANNOTATION_SIDECAR.replaceAll('.', '\\.')}(\\\\"|")`, 'g'), '$1old.example.org/unmarked$2')) as KubeObject;
}

/** The root in the webhooks is istiod's, which publishes it once it runs. */
function withRoot(webhooks: KubeObject, root: string): KubeObject {
  const entries = webhooks['webhooks'] as readonly { readonly clientConfig: object }[];
  return { ...webhooks, webhooks: entries.map((entry) => ({ ...entry, clientConfig: { ...entry.clientConfig, caBundle: Buffer.from(root).toString('base64') } })) };
}

/** What the old operator makes of a mesh. In: what its user has written, more of which gateways' Routes are made, and istiod's root; without one its webhooks are left out. */
export async function oldObjects(client: ApiClient, { plane, roll, namespaces }: OldMesh, besides: readonly object[], root?: string): Promise<readonly object[]> {
  const published = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio-ca-root-cert', namespace: OLD_MESH }, data: { 'root-cert.pem': root ?? 'not yet' } };
  const given = [plane, roll, ...namespaces, published, ...besides] as readonly KubeObject[];
  const { objects, problems } = renderObjects(given, { openshift: true, namespace: OLD_MESH, isolation: 'soft' });
  if (problems.length > 0) throw new Error(`the old mesh cannot be rendered: ${problems.map(({ message }) => message).join('; ')}`);
  const made = objects.filter((object) => !isOurs(object) && (root !== undefined || !isWebhook(object)));
  return [...await oldRights(client), ...made.map((object) => {
    const dressed = unmarked(undressed(isGateway(object) ? selected(object) : object));
    return root !== undefined && isWebhook(dressed) ? withRoot(dressed, root) : dressed;
  })];
}
