import { LABEL_MANAGED_BY, LABEL_MEMBER_OF, MANAGED_BY } from '../../api/names.ts';
import { labelOf, type KubeObject } from '../../k8s/object.ts';
import { textAt, valueAt } from '../../lib/json.ts';
import { asksFor, isOtherMesh, otherMeshOf, servedByOther, servesEverything } from '../neighbours/other-mesh.ts';
import { foreignOwnerMessage, foreignOwners, liveOperator, otherOperatorMessage, type OperatorSigns } from '../neighbours/other-operator.ts';
import type { DoctorFacts } from './facts.ts';
import { error, warning, type Finding } from './finding.ts';

/* Who else is on the cluster (wishes.md W33). */

function signsOf({ deployments, validatingWebhooks, definitions }: DoctorFacts): OperatorSigns {
  return { deployments, webhookConfigurations: validatingWebhooks, definitions };
}

/** The operator of OpenShift Service Mesh 2 works on the same objects. */
export function otherOperator(facts: DoctorFacts): readonly Finding[] {
  const live = liveOperator(signsOf(facts));
  if (live === undefined) return [];
  const [namespace = '', name = ''] = live.split('/');
  return [error(`Deployment ${live}`, otherOperatorMessage(live), `kubectl scale deployment ${name} -n ${namespace} --replicas=0`)];
}

/** CRDs of maistra.io that OLM would replace. */
export function definitionOwners({ definitions }: DoctorFacts): readonly Finding[] {
  const owners = foreignOwners(definitions);
  return owners.length === 0 ? [] : [warning('CRDs of maistra.io', foreignOwnerMessage(owners), 'kubectl get subscriptions,csv -A')];
}

/** Members, and namespaces of meshes. */
function meshNamespaces({ namespaces }: DoctorFacts): readonly KubeObject[] {
  return namespaces.filter((namespace) => labelOf(namespace, LABEL_MEMBER_OF) !== undefined);
}

/** Sail's istiods that serve namespaces of our meshes. */
export function otherMeshes(facts: DoctorFacts): readonly Finding[] {
  const meshes = facts.istios.filter(isOtherMesh).map(otherMeshOf);
  const named = meshes.flatMap((mesh) => meshNamespaces(facts).filter((namespace) => asksFor(mesh, namespace)).map(({ metadata: { name } }) => {
    const { message, command = '' } = servedByOther(name, mesh);
    return error(`Namespace ${name}`, message, command);
  }));
  const greedy = meshes.filter(({ selectors }) => selectors.length === 0);
  const [first] = greedy;
  if (first === undefined) return named;
  const [kind = '', name = ''] = first.id.split('/');
  return [...named, warning(first.id.replace('/', ' '), servesEverything(greedy).message, `kubectl edit ${kind.toLowerCase()} ${name}`)];
}

const INGRESS_OPERATOR = 'openshift.io/gateway-controller';

/** The ingress operator of OpenShift runs an Istio of its own for its GatewayClass. */
export function ingressIstio({ gatewayClasses }: DoctorFacts): readonly Finding[] {
  return gatewayClasses.filter((gatewayClass) => textAt(gatewayClass, 'spec', 'controllerName').startsWith(INGRESS_OPERATOR)).map(({ metadata: { name } }) =>
    warning(`GatewayClass ${name}`, 'the ingress operator of OpenShift runs an Istio of its own for this class, in openshift-ingress; it writes ConfigMap istio-ca-root-cert wherever its discovery selectors reach', 'kubectl get istio -o yaml'));
}

/** istiods of nobody we know: istioctl, Helm. */
export function strayIstiods({ deployments, istios }: DoctorFacts): readonly Finding[] {
  const isKnown = (deployment: KubeObject): boolean => labelOf(deployment, LABEL_MANAGED_BY) === MANAGED_BY || istios.some((istio) => valueAt(istio, 'spec', 'namespace') === deployment.metadata.namespace);
  return deployments.filter((deployment) => labelOf(deployment, 'app') === 'istiod' && !isKnown(deployment)).map(({ metadata: { name, namespace = '' } }) =>
    warning(`Deployment ${namespace}/${name}`, 'this istiod is not of a mesh of ours; without discovery selectors that leave out namespaces with label maistra.io/member-of it writes its root certificate into our members', `kubectl get configmap istio -n ${namespace} -o jsonpath='{.data.mesh}'`));
}
