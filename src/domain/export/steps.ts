import { OPERATOR_NAME } from '../../api/names.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { revisionOf } from './istio.ts';

/** A control plane, and the webhooks of its istiod. */
export interface LeavingPlane {
  readonly plane: KubeObject;
  readonly webhooks: readonly string[];
}

function meshSteps({ plane, webhooks }: LeavingPlane): string {
  const { name, namespace = '' } = plane.metadata;
  const revision = revisionOf(plane);
  return `## Mesh ${namespace}/${name}

\`\`\`
kubectl apply -f ${revision}/istio.yaml
kubectl wait istio/${revision} --for=condition=Ready --timeout=5m
${webhooks.map((webhook) => `kubectl delete ${webhook}\n`).join('')}kubectl apply --server-side --force-conflicts -f ${revision}/
\`\`\`

The second istiod reads the root of trust from the Secret that the first one uses, so old and new sidecars trust each other. Now restart the workloads of each
member, one after the other: their new sidecars belong to revision ${revision}.

When no sidecar of the old istiod is left, let go of the objects. \`--cascade=orphan\` leaves everything in place that the control plane made:

\`\`\`
kubectl delete servicemeshcontrolplanes.v2.maistra.io ${name} -n ${namespace} --cascade=orphan --wait=false
kubectl patch servicemeshcontrolplanes.v2.maistra.io ${name} -n ${namespace} --type=merge -p '{"metadata":{"finalizers":["orphan"]}}'
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
kubectl delete validatingwebhookconfiguration ${OPERATOR_NAME}
kubectl create namespace istio-cni
kubectl apply -f istio-cni.yaml
\`\`\`

${planes.map(meshSteps).join('\n')}
## What is not here

Sail installs no Prometheus, Grafana, Jaeger or Kiali: what the operator made stays in place, and is yours. It knows no ServiceMeshMember: from now on the labels
\`maistra.io/member-of\` and \`istio.io/rev\` on a namespace say which mesh it is in, and only a cluster administrator should set them. A new Gateway gets no Route by itself.
`;
}
