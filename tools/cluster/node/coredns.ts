import { CLUSTER_DOMAIN, DNS_ADDRESS } from './addresses.ts';

/** Name of the image with the coredns brick. */
export const COREDNS_IMAGE = 'local/coredns:1';

const NAME = 'coredns';
const NAMESPACE = 'kube-system';
const LABELS = { 'k8s-app': 'kube-dns' };
const RBAC = 'rbac.authorization.k8s.io';

/** Cluster names only. Without `forward` a name of the world outside is answered at once: there is no such name. */
export const COREFILE = `.:53 {
    errors
    health
    ready
    kubernetes ${CLUSTER_DOMAIN} in-addr.arpa ip6.arpa {
        pods insecure
        ttl 5
    }
    cache 5
}
`;

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

function deployment(): Manifest {
  const container = {
    name: NAME, image: COREDNS_IMAGE, imagePullPolicy: 'Never', args: ['-conf', '/etc/coredns/Corefile'],
    ports: [{ name: 'dns', containerPort: 53, protocol: 'UDP' }, { name: 'dns-tcp', containerPort: 53, protocol: 'TCP' }],
    readinessProbe: { httpGet: { path: '/ready', port: 8181 }, periodSeconds: 1 },
    volumeMounts: [{ name: 'config', mountPath: '/etc/coredns' }],
  };
  return {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: NAME, namespace: NAMESPACE },
    spec: {
      selector: { matchLabels: LABELS },
      template: {
        metadata: { labels: LABELS },
        // `Default`: it must not ask itself.
        spec: { serviceAccountName: NAME, dnsPolicy: 'Default', containers: [container], volumes: [{ name: 'config', configMap: { name: NAME } }] },
      },
    },
  };
}

/** The cluster's DNS, with the path of each object's collection, in the order to apply them. */
export function corednsObjects(): readonly { readonly collection: string; readonly manifest: Manifest }[] {
  const metadata = { name: NAME, namespace: NAMESPACE };
  const core = `/api/v1/namespaces/${NAMESPACE}`;
  const rules = [
    { apiGroups: [''], resources: ['services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
    { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
  ];
  return [
    { collection: `${core}/serviceaccounts`, manifest: { apiVersion: 'v1', kind: 'ServiceAccount', metadata } },
    { collection: `/apis/${RBAC}/v1/clusterroles`, manifest: { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name: NAME }, rules } },
    {
      collection: `/apis/${RBAC}/v1/clusterrolebindings`,
      manifest: {
        apiVersion: `${RBAC}/v1`, kind: 'ClusterRoleBinding', metadata: { name: NAME },
        roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: NAME }, subjects: [{ kind: 'ServiceAccount', ...metadata }],
      },
    },
    { collection: `${core}/configmaps`, manifest: { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { Corefile: COREFILE } } },
    {
      collection: `${core}/services`,
      manifest: {
        apiVersion: 'v1', kind: 'Service', metadata: { name: 'kube-dns', namespace: NAMESPACE },
        spec: { clusterIP: DNS_ADDRESS, selector: LABELS, ports: [{ name: 'dns', port: 53, protocol: 'UDP' }, { name: 'dns-tcp', port: 53, protocol: 'TCP' }] },
      },
    },
    { collection: `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`, manifest: deployment() },
  ];
}
