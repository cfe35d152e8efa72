import { OPERATOR_NAME } from '../../api/names.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { revisionOf } from './istio.ts';

/** A control plane, the webhooks of its istiod, and the names of all files. */
export interface LeavingPlane {
  readonly plane: KubeObject;
  readonly webhooks: readonly string[];
  readonly files: readonly string[];
}

/** What is new is applied. What is there is replaced: an apply would keep every field that the operator has set and the file does not name. */
const APPLIED = ['namespaces', 'gateway-access'];
const REPLACED = ['configuration', 'network-policies', 'gateways', 'routes'];

function withFiles(command: string, revision: string, names: readonly string[], files: readonly string[]): string {
  const given = names.map((name) => `${revision}/${name}.yaml`).filter((file) => files.includes(file));
  return given.length === 0 ? '' : `${command}${given.map((file) => ` -f ${file}`).join('')}\n`;
}

function meshSteps({ plane, webhooks, files }: LeavingPlane): string {
  const { name, namespace = '' } = plane.metadata;
  const revision = revisionOf(plane);
  return `## Mesh ${namespace}/${name}

\`\`\`
kubectl apply -f ${revision}/istio.yaml
kubectl wait istio/${revision} --for=condition=Ready --timeout=5m
${webhooks.map((webhook) => `kubectl delete ${webhook} --ignore-not-found\n`).join('')}${withFiles('kubectl apply --server-side --force-conflicts', revision, APPLIED, files)}${withFiles('kubectl replace', revision, REPLACED, files)}\`\`\`

The second istiod reads the root of trust from the Secret that the first one uses, so old and new sidecars trust each other. Now restart the workloads of each
member, one after the other: their new sidecars belong to revision ${revision}.

When no sidecar of the old istiod is left, let go of the objects. \`--cascade=orphan\` leaves everything in place that the control plane made:

\`\`\`
kubectl patch servicemeshcontrolplanes.v2.maistra.io ${name} -n ${namespace} --type=merge -p '{"metadata":{"finalizers":null}}'
kubectl delete servicemeshcontrolplanes.v2.maistra.io ${name} -n ${namespace} --cascade=orphan
kubectl delete deployment,service istiod-${name} -n ${namespace}
\`\`\`
`;
}

/** The page beside the files: what to do, in which order, and why nothing stops meanwhile. */
export function stepsText(planes: readonly LeavingPlane[]): string {
  return `# Meshes without ${OPERATOR_NAME}

Made by \`tmesh export sail\`. You need the Sail operator (or OpenShift Service Mesh 3), in a release that knows the version in each \`istio.yaml\`.
Read the files first: they are yours from now on.

Stop the operator, so that nobody puts back what you change, and take its webhook away, which would answer nobody now. Then install the node plug-in:

\`\`\`
kubectl scale deployment ${OPERATOR_NAME} -n ${OPERATOR_NAME} --replicas=0
kubectl delete validatingwebhookconfiguration ${OPERATOR_NAME} --ignore-not-found
kubectl create namespace istio-cni
kubectl apply -f istio-cni.yaml
\`\`\`

${planes.map(meshSteps).join('\n')}
## What is not here

Sail installs no Prometheus, Grafana, Jaeger or Kiali: what the operator made stays in place, and is yours. It knows no ServiceMeshMember: from now on the labels
\`maistra.io/member-of\` and \`istio.io/rev\` on a namespace say which mesh it is in, and only a cluster administrator should set them. A new Gateway gets no Route by itself.
`;
}
