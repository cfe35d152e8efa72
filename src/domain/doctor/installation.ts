import { CONTROL_PLANE, MEMBER, MEMBER_ROLL, VALIDATING_WEBHOOK } from '../../api/kinds.ts';
import { OPERATOR_NAME, WEBHOOK_CERTIFICATE_SECRET } from '../../api/names.ts';
import { crdNameOf, type ResourceType } from '../../k8s/resource.ts';
import { isJsonObject, objectsAt, textAt, valueAt } from '../../lib/json.ts';
import { allowedVersions, chooseVersion } from '../versions.ts';
import type { DoctorFacts } from './facts.ts';
import { error, warning, type Finding } from './finding.ts';
import { servicesOfWebhooks } from './webhook-services.ts';

/* The operator itself: what it stands on, and whether it stands. */

/** `matchConditions` of webhooks, which ours has, are on by default from here on (Kubernetes doc "Dynamic Admission Control"). */
const OLDEST_MINOR = 30;
const OPERATOR_GONE_AFTER_MS = 60_000;
const DAY_MS = 86_400_000;
const CERTIFICATE_SOON_MS = 7 * DAY_MS;
const OWN_KINDS: readonly ResourceType[] = [CONTROL_PLANE, MEMBER_ROLL, MEMBER];


/** True once anything of an installation is there. */
export function isInstalled({ ownDefinitions, validatingWebhooks, lease, deployments, operatorNamespace }: DoctorFacts): boolean {
  return lease !== undefined || validatingWebhooks.some(({ metadata }) => metadata.name === OPERATOR_NAME)
    || (ownDefinitions.length > 0 && deployments.some(({ metadata }) => metadata.name === OPERATOR_NAME && metadata.namespace === operatorNamespace));
}

export function kubernetesVersion({ serverVersion }: DoctorFacts): readonly Finding[] {
  const minor = Number(/^v1\.(\d+)/.exec(serverVersion)?.[1]);
  return minor >= OLDEST_MINOR ? [] : [error('API server', `Kubernetes ${serverVersion} is older than v1.${OLDEST_MINOR}: it does not know what the operator's webhooks ask for; upgrade the cluster first`, 'kubectl version')];
}

function versionsServed(definition: unknown): readonly string[] {
  return objectsAt(definition, 'spec', 'versions').filter(({ served }) => served === true).map((version) => textAt(version, 'name'));
}

/** Our CRDs are missing, or are those of an operator that knows fewer versions. */
export function ownDefinitions({ ownDefinitions: found }: DoctorFacts): readonly Finding[] {
  const remedy = 'kubectl apply --server-side --force-conflicts -f crds/';
  return OWN_KINDS.flatMap((type) => {
    const name = crdNameOf(type);
    const definition = found.find(({ metadata }) => metadata.name === name);
    if (definition === undefined) return [error(`CustomResourceDefinition ${name}`, `${type.kind} is not known to the cluster; the operator waits for it`, remedy)];
    return versionsServed(definition).includes(type.version) ? [] : [error(`CustomResourceDefinition ${name}`, `it does not serve ${type.version} of ${type.kind}, which the operator reads: it is older than the operator`, remedy)];
  });
}

/** The operator installs these itself, unless somebody else has older ones. */
export function istioDefinitions({ unserved }: DoctorFacts): readonly Finding[] {
  return unserved.map((type) => error(`CustomResourceDefinition ${crdNameOf(type)}`, `${type.group}/${type.version} ${type.kind} is not served: meshes cannot be configured. The operator installs Istio's CRDs where nobody else has; an older one stands in its way`, `kubectl get crd ${crdNameOf(type)} -o jsonpath='{.metadata.labels}{.spec.versions[*].name}'`));
}

const restartOperator = (namespace: string): string => `kubectl rollout restart deployment/${OPERATOR_NAME} -n ${namespace}`;

/** The Lease of a leader that lives is renewed every few seconds. */
export function operatorAlive({ lease, now, operatorNamespace }: DoctorFacts): readonly Finding[] {
  const renewed = Date.parse(textAt(lease, 'spec', 'renewTime'));
  const holder = valueAt(lease, 'spec', 'holderIdentity');
  if (lease !== undefined && typeof holder === 'string' && holder !== '' && now.getTime() - renewed < OPERATOR_GONE_AFTER_MS) return [];
  const since = lease === undefined || Number.isNaN(renewed) ? 'no operator has ever held its Lease' : `its Lease was renewed last at ${new Date(renewed).toISOString()}`;
  return [error(`Lease ${operatorNamespace}/${OPERATOR_NAME}`, `no operator works: ${since}; meshes go on as they are, and nothing is repaired`, `kubectl get pods -n ${operatorNamespace} -l app.kubernetes.io/name=${OPERATOR_NAME}`)];
}

/** Control planes that another version of the operator worked on last. */
export function operatorVersion({ controlPlanes, tmeshVersion }: DoctorFacts): readonly Finding[] {
  const others = controlPlanes.flatMap((plane) => {
    const version = valueAt(plane, 'status', 'operatorVersion');
    return typeof version === 'string' && version !== tmeshVersion ? [{ name: `${plane.metadata.namespace ?? ''}/${plane.metadata.name}`, version }] : [];
  });
  return others.map(({ name, version }) => warning(`ServiceMeshControlPlane ${name}`, `operator ${version} worked on it last, and this is tmesh ${tmeshVersion}: what it says may not be what that operator does`, `tmesh diff ${name}`));
}

/** A mesh on an Istio that this operator does not bring any more: nothing of it is repaired until it moves. */
export function istioVersion({ controlPlanes }: DoctorFacts): readonly Finding[] {
  return controlPlanes.flatMap((plane) => {
    const [wanted, running] = [valueAt(plane, 'spec', 'version'), valueAt(plane, 'status', 'chartVersion')].map((value) => (typeof value === 'string' ? value : undefined));
    if (chooseVersion(wanted, running).ok) return [];
    const { namespace = '', name } = plane.metadata;
    return [error(`ServiceMeshControlPlane ${namespace}/${name}`, `its Istio ${running ?? wanted ?? ''} is not one of this operator's: choose one of ${allowedVersions()}`, `kubectl edit servicemeshcontrolplane ${name} -n ${namespace}`)];
  });
}

export function permissions({ denied = [], operatorNamespace }: DoctorFacts): readonly Finding[] {
  if (denied.length === 0) return [];
  const kinds = denied.map((type) => (type.group === '' ? type.plural : crdNameOf(type))).join(', ');
  return [error(`ServiceAccount ${operatorNamespace}/${OPERATOR_NAME}`, `it may not list ${kinds}: the operator waits for ever for these caches`, 'kubectl apply --server-side --force-conflicts -f deploy/rbac.yaml')];
}

/** Whether the API server can call our webhook: else no SMCP, roll or member can be written. */
export function ownWebhook({ validatingWebhooks, webhookServices, operatorNamespace }: DoctorFacts): readonly Finding[] {
  const about = `${VALIDATING_WEBHOOK.kind} ${OPERATOR_NAME}`;
  const configuration = validatingWebhooks.find(({ metadata }) => metadata.name === OPERATOR_NAME);
  if (configuration === undefined) return [error(about, 'it is missing: mistakes in control planes, rolls and members are not told at once; the operator registers it when it starts', restartOperator(operatorNamespace))];
  const services = servicesOfWebhooks(configuration);
  const missing = services.find((service) => webhookServices.get(service) === false);
  return missing === undefined ? [] : [error(about, `it leads to Service ${missing}, which is not there: no control plane, roll or member can be written`, 'kubectl apply --server-side --force-conflicts -f deploy/operator.yaml')];
}

/** v1 is converted by the operator: without a way to it, every read of the other version fails. */
export function conversionWebhook({ ownDefinitions: found, webhookServices }: DoctorFacts): readonly Finding[] {
  const definition = found.find(({ metadata }) => metadata.name === crdNameOf(CONTROL_PLANE));
  const service = valueAt(definition, 'spec', 'conversion', 'webhook', 'clientConfig', 'service');
  if (!isJsonObject(service)) return [];
  const name = `${textAt(service, 'namespace')}/${textAt(service, 'name')}`;
  return webhookServices.get(name) !== false ? [] : [error(`CustomResourceDefinition ${crdNameOf(CONTROL_PLANE)}`, `conversion between v1 and v2 leads to Service ${name}, which is not there: control planes of one version cannot be read; start the operator, which writes where it is`, 'kubectl apply --server-side --force-conflicts -f deploy/operator.yaml')];
}

export function certificates({ certificates: trusted, now, operatorNamespace }: DoctorFacts): readonly Finding[] {
  return trusted.flatMap(({ of, notAfter }) => {
    const left = notAfter.getTime() - now.getTime();
    if (left > CERTIFICATE_SOON_MS) return [];
    const remedy = `kubectl delete secret ${WEBHOOK_CERTIFICATE_SECRET} -n ${operatorNamespace} && ${restartOperator(operatorNamespace)}`;
    if (left <= 0) return [error(of, `the certificate that the API server trusts ended at ${notAfter.toISOString()}: the webhook cannot be called`, remedy)];
    return [warning(of, `the certificate that the API server trusts ends at ${notAfter.toISOString()}, and the operator should have renewed it long ago`, remedy)];
  });
}
