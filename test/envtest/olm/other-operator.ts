/* OpenShift Service Mesh 2 as OLM knows it: a ClusterServiceVersion that owns our kinds, for all namespaces. Its pod is played. */

const NAMESPACE = 'openshift-operators';
const OWNED = [['servicemeshcontrolplanes', 'ServiceMeshControlPlane', 'v2'], ['servicemeshmemberrolls', 'ServiceMeshMemberRoll', 'v1'], ['servicemeshmembers', 'ServiceMeshMember', 'v1']] as const;

const labels = { name: 'istio-operator' };
const deployment = {
  name: 'istio-operator',
  spec: {
    replicas: 1, selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { serviceAccountName: 'istio-operator', containers: [{ name: 'istio-operator', image: 'registry.example.com/istio-operator:2.6.0' }] } },
  },
};

/** What is applied to have it, in order. */
export function otherOperatorObjects(): readonly object[] {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'istio-operator', namespace: NAMESPACE } },
    { apiVersion: 'operators.coreos.com/v1', kind: 'OperatorGroup', metadata: { name: 'global-operators', namespace: NAMESPACE }, spec: {} },
    {
      apiVersion: 'operators.coreos.com/v1alpha1', kind: 'ClusterServiceVersion', metadata: { name: 'servicemeshoperator.v2.6.0', namespace: NAMESPACE },
      spec: {
        displayName: 'Red Hat OpenShift Service Mesh', version: '2.6.0', installModes: ['OwnNamespace', 'SingleNamespace', 'MultiNamespace', 'AllNamespaces'].map((type) => ({ type, supported: type === 'AllNamespaces' })),
        customresourcedefinitions: { owned: OWNED.map(([plural, kind, version]) => ({ name: `${plural}.maistra.io`, kind, version, displayName: kind, description: kind })) },
        install: { strategy: 'deployment', spec: { deployments: [deployment] } },
      },
    },
  ];
}
