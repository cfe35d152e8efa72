import { join } from 'node:path';
import { createAuthority } from '../../../src/pki/certificate.ts';
import { root } from '../../support/operator-fixture.ts';
import type { DoctorStage } from './stage.ts';

/** A fault, and what the doctor has to say of it. */
export interface Fault {
  readonly what: string;
  readonly seed: (stage: DoctorStage) => Promise<unknown>;
  readonly check: string;
  readonly severity: 'error' | 'warning';
  readonly about: string;
  readonly says: RegExp;
  readonly remedy: RegExp;
  /** How it is mended: the remedy as it is written, `--fix`, or by the test where the remedy only shows what is to be decided. */
  readonly mend: 'remedy' | 'fix' | ((stage: DoctorStage) => Promise<unknown>);
  /** It is the operator's to put right, when it comes. */
  readonly stays?: true;
  /** What others have to do then. */
  readonly afterwards?: (stage: DoctorStage) => Promise<unknown>;
}

const HOOK = 'admissionregistration.k8s.io/v1';
const webhook = (name: string, service: string, more: object = {}): object => {
  const [namespace, serviceName] = service.split('/');
  return {
    apiVersion: HOOK, kind: 'MutatingWebhookConfiguration', metadata: { name },
    webhooks: [{ name: 'x.istio.io', clientConfig: { service: { namespace, name: serviceName } }, rules: [{ apiGroups: ['example.org'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['things'] }], sideEffects: 'None', admissionReviewVersions: ['v1'], failurePolicy: 'Fail', ...more }],
  };
};
const deployment = (namespace: string, name: string, labels: Readonly<Record<string, string>>, more: { readonly replicas?: number; readonly container?: object; readonly annotations?: object } = {}): object => ({
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace, labels },
  spec: { replicas: more.replicas ?? 0, selector: { matchLabels: { run: name } }, template: { metadata: { labels: { run: name, ...labels }, annotations: more.annotations }, spec: { containers: [{ name: 'app', image: 'example.org/app', ...more.container }] } } },
});
const istio = (name: string, spec: object): object => ({ apiVersion: 'sailoperator.io/v1', kind: 'Istio', metadata: { name }, spec });
const remove = (...what: readonly string[]) => ({ kubectl }: DoctorStage): Promise<string> => kubectl('delete', '--wait=false', ...what);
const create = (...objects: readonly object[]) => async ({ apply }: DoctorStage): Promise<void> => { for (const object of objects) await apply(object); };
const status = (stage: DoctorStage, what: readonly string[], value: object): Promise<string> => stage.kubectl('patch', ...what, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status: value }));
const SMCP_A = ['servicemeshcontrolplanes.v2.maistra.io', 'basic', '-n', 'mesh-a'];

/** It makes the operator give way: alone. */
export const OTHER_OPERATOR: readonly Fault[] = [
  {
    what: 'the operator of OpenShift Service Mesh 2 runs', check: 'other-operator', severity: 'error', about: 'Deployment old-operator/istio-operator', says: /works on the same objects; tenant-mesh-operator writes nothing/,
    remedy: /^kubectl scale deployment istio-operator -n old-operator --replicas=0$/, mend: 'remedy',
    seed: create({ apiVersion: HOOK, kind: 'ValidatingWebhookConfiguration', metadata: { name: 'old-operator.servicemesh-resources.maistra.io' }, webhooks: [] }, deployment('old-operator', 'istio-operator', {}, { replicas: 1 })),
  },
];

/** While an operator works; all at the same time. */
export const ALIVE: readonly Fault[] = [
  {
    what: 'OLM has the CRDs for another package', check: 'crd-owners', severity: 'warning', about: 'CRDs of maistra.io', says: /belong to OLM package servicemeshoperator/, remedy: /^kubectl get subscriptions,csv -A$/,
    seed: ({ kubectl }) => kubectl('label', 'crd', 'servicemeshmembers.maistra.io', 'operators.coreos.com/servicemeshoperator.openshift-operators='),
    mend: ({ kubectl }) => kubectl('label', 'crd', 'servicemeshmembers.maistra.io', 'operators.coreos.com/servicemeshoperator.openshift-operators-'),
  },
  {
    what: "Sail's Istio selects a member", check: 'other-meshes', severity: 'error', about: 'Namespace pay', says: /"pay" is served by Istio\/theirs \(namespace their-system\) as well/, remedy: /^kubectl edit istio theirs$/,
    seed: create(istio('theirs', { namespace: 'their-system', values: { meshConfig: { discoverySelectors: [{ matchLabels: { 'kubernetes.io/metadata.name': 'pay' } }] } } })), mend: remove('istios.sailoperator.io', 'theirs'),
  },
  {
    what: "Sail's Istio selects everything", check: 'other-meshes', severity: 'warning', about: 'Istio greedy', says: /has no discovery selectors/, remedy: /^kubectl edit istio greedy$/,
    seed: create(istio('greedy', { namespace: 'their-system' })), mend: remove('istios.sailoperator.io', 'greedy'),
  },
  {
    what: "the ingress operator's own Istio", check: 'ingress-istio', severity: 'warning', about: 'GatewayClass openshift-default', says: /runs an Istio of its own/, remedy: /^kubectl get istio -o yaml$/,
    seed: create({ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'GatewayClass', metadata: { name: 'openshift-default' }, spec: { controllerName: 'openshift.io/gateway-controller/v1' } }), mend: remove('gatewayclasses.gateway.networking.k8s.io', 'openshift-default'),
  },
  {
    what: "istioctl's istiod", check: 'stray-istiods', severity: 'warning', about: 'Deployment default/istiod', says: /not of a mesh of ours/, remedy: /^kubectl get configmap istio -n default /,
    seed: create(deployment('default', 'istiod', { app: 'istiod' })), mend: remove('deployment', 'istiod', '-n', 'default'),
  },
  {
    what: 'a webhook of a mesh that is gone with its namespace', check: 'dead-webhooks', severity: 'error', about: 'MutatingWebhookConfiguration istiod-old-gone', says: /Service gone\/istiod-old, which is not there, nor is its namespace/,
    remedy: /^kubectl delete mutatingwebhookconfiguration istiod-old-gone$/, seed: create(webhook('istiod-old-gone', 'gone/istiod-old')), mend: 'fix',
  },
  {
    what: 'a webhook whose Service alone is gone is not deleted by --fix, for it may come back', check: 'dead-webhooks', severity: 'error', about: 'MutatingWebhookConfiguration istio-half', says: /Service default\/istiod-half, which is not there: /,
    remedy: /^kubectl delete mutatingwebhookconfiguration istio-half$/, seed: create(webhook('istio-half', 'default/istiod-half')), mend: 'remedy',
  },
  {
    what: 'nobody enforces NetworkPolicies', check: 'network-policies', severity: 'warning', about: 'NetworkPolicies', says: /meshes are not kept apart/, remedy: /^kubectl get daemonsets -A$/,
    seed: remove('daemonset', 'ovnkube-node', '-n', 'default'), mend: ({ enforcePolicies }) => enforcePolicies(),
  },
  {
    what: 'Pod Security refuses sidecars', check: 'pod-security', severity: 'error', about: 'Namespace pay', says: /level restricted refuses pods with a sidecar/, remedy: /^kubectl patch servicemeshcontrolplane basic -n mesh-a .*"type":"CNI"/, mend: 'remedy',
    seed: ({ kubectl }) => kubectl('label', 'namespace', 'pay', 'pod-security.kubernetes.io/enforce=restricted'),
  },
  {
    what: 'Pod Security refuses the node plug-in', check: 'operator-pod-security', severity: 'error', about: 'Namespace tenant-mesh-operator', says: /level baseline refuses the node plug-in/, remedy: /^kubectl label namespace tenant-mesh-operator .*=privileged --overwrite$/, mend: 'remedy',
    seed: ({ kubectl }) => kubectl('label', 'namespace', 'tenant-mesh-operator', 'pod-security.kubernetes.io/enforce=baseline', '--overwrite'),
  },
  {
    what: 'no router takes wildcards', check: 'wildcard-routes', severity: 'warning', about: 'Gateway pay/wild', says: /\*\.example\.org would become/, remedy: /^kubectl patch ingresscontroller default -n openshift-ingress-operator .*WildcardsAllowed/, mend: 'remedy',
    seed: ({ kubectl }) => kubectl('patch', 'ingresscontroller', 'default', '-n', 'openshift-ingress-operator', '--type=merge', '-p', '{"spec":{"routeAdmission":{"wildcardPolicy":"WildcardsDisallowed"}}}'),
  },
  {
    what: 'two meshes claim one namespace', check: 'contested-namespaces', severity: 'warning', about: 'Namespace pay', says: /two meshes claim it/, remedy: /^tmesh why pay$/,
    seed: async ({ apply, kubectl }) => {
      await apply({ apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMemberRoll', metadata: { name: 'default', namespace: 'mesh-b' }, spec: { memberSelectors: [{ matchLabels: { team: 'x' } }] } });
      await kubectl('label', 'namespace', 'pay', 'team=x');
    },
    mend: remove('servicemeshmemberroll', 'default', '-n', 'mesh-b'),
  },
  {
    what: 'a member has the root certificate of another mesh', check: 'root-certificates', severity: 'error', about: 'ConfigMap pay/istio-ca-root-cert', says: /not that of mesh mesh-a/, remedy: /^kubectl delete configmap istio-ca-root-cert -n pay$/,
    seed: ({ rootCert }) => rootCert('pay', 'mesh-b'), mend: 'fix', afterwards: ({ rootCert }) => rootCert('pay', 'mesh-a'),
  },
  {
    what: 'pods are older than their membership', check: 'sidecars', severity: 'warning', about: 'Namespace late', says: /1 pods should have a sidecar and have none.*: early-/, remedy: /^kubectl rollout restart deployment\/early -n late$/,
    seed: async ({ apply, kubectl, rootCert }) => {
      await apply(deployment('late', 'early', { 'sidecar.istio.io/inject': 'true' }, { replicas: 1 }));
      await kubectl('wait', '--for=create', 'pod', '-l', 'run=early', '-n', 'late', '--timeout=30s');
      await kubectl('patch', 'servicemeshmemberroll', 'default', '-n', 'mesh-a', '--type=merge', '-p', '{"spec":{"members":["pay","lax","late"]}}');
      await rootCert('late', 'mesh-a');
    },
    mend: remove('deployment', 'early', '-n', 'late'),
  },
  {
    what: 'a sidecar is older than the last change of its mesh', check: 'outdated-sidecars', severity: 'warning', about: 'Namespace lax',
    says: /1 pods run another sidecar than mesh mesh-a gives now \(Istio 1\.31\.1\): stale-\S+ \(1\.30\.3\)/, remedy: /^kubectl rollout restart deployment\/stale -n lax$/,
    seed: create(deployment('lax', 'stale', { 'sidecar.istio.io/inject': 'false' }, { replicas: 1, annotations: { 'sidecar.istio.io/status': '{}', 'tmesh.maistra.io/sidecar': 'mesh-a/basic 1.30.3 0' } })), mend: remove('deployment', 'stale', '-n', 'lax'),
  },
  {
    what: 'a proxy is too old for its istiod', check: 'proxy-versions', severity: 'warning', about: 'Namespace lax', says: /1 pods run a proxy more than one minor older than istiod 1\.31.*: old-/, remedy: /^kubectl rollout restart deployment\/old -n lax$/,
    seed: create(deployment('lax', 'old', { 'sidecar.istio.io/inject': 'false' }, { replicas: 1, container: { name: 'istio-proxy', image: 'docker.io/istio/proxyv2:1.28.0' } })), mend: remove('deployment', 'old', '-n', 'lax'),
  },
];

const VWC = ['validatingwebhookconfiguration', 'tenant-mesh-operator'];
const patch = (what: readonly string[], value: object) => ({ kubectl }: DoctorStage): Promise<string> => kubectl('patch', ...what, '--type=merge', '-p', JSON.stringify(value));
const patchHook = (clientConfig: object) => ({ kubectl }: DoctorStage): Promise<string> => kubectl('patch', ...VWC, '--type=json', '-p', JSON.stringify([{ op: 'add', path: '/webhooks/0/clientConfig', value: clientConfig }]));

/** While none does; nothing of these is put right by itself. A row at a time: the last ones take away what those before them need. */
export const DEAD: readonly (readonly Fault[])[] = [[
  {
    what: 'another version of the operator was here', check: 'operator-version', severity: 'warning', about: 'ServiceMeshControlPlane mesh-a/basic', says: /operator 0\.0\.1 worked on it last/, remedy: /^tmesh diff mesh-a\/basic$/,
    seed: (stage) => status(stage, SMCP_A, { operatorVersion: '0.0.1' }), mend: (stage) => status(stage, SMCP_A, { operatorVersion: '0.1.0' }),
  },
  {
    what: 'a mesh runs an Istio that is not to be had any more', check: 'istio-version', severity: 'error', about: 'ServiceMeshControlPlane mesh-a/basic', says: /its Istio 1\.20\.0 is not one of this operator's: choose one of v1\.29/, remedy: /^kubectl edit servicemeshcontrolplane basic -n mesh-a$/,
    seed: (stage) => status(stage, SMCP_A, { chartVersion: '1.20.0' }), mend: (stage) => status(stage, SMCP_A, { chartVersion: '1.31.1' }),
  },
  {
    what: 'a mesh is not ready', check: 'meshes', severity: 'error', about: 'ServiceMeshControlPlane mesh-a/basic', says: /not ready \(ComponentsNotReady: istiod is ill\)/, remedy: /^kubectl get deployments,pods -n mesh-a$/,
    seed: (stage) => status(stage, SMCP_A, { conditions: [{ type: 'Ready', status: 'False', reason: 'ComponentsNotReady', message: 'istiod is ill', lastTransitionTime: '2026-01-01T00:00:00Z' }] }),
    mend: (stage) => status(stage, SMCP_A, { conditions: [{ type: 'Ready', status: 'True', reason: 'ComponentsReady', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' }] }),
  },
  {
    what: "a member's root certificate is missing", check: 'root-certificates', severity: 'error', about: 'Namespace pay', says: /istio-ca-root-cert is missing: proxies cannot start/, remedy: /^kubectl rollout restart deployment\/istiod-basic -n mesh-a$/,
    seed: remove('configmap', 'istio-ca-root-cert', '-n', 'pay'), mend: ({ rootCert }) => rootCert('pay', 'mesh-a'),
  },
  {
    what: 'the node plug-in is missing', check: 'node-plugin', severity: 'error', about: 'DaemonSet tenant-mesh-operator/istio-cni-node', says: /asks for the node plug-in, which is not there/, remedy: /^kubectl logs deployment\/tenant-mesh-operator /,
    seed: remove('daemonset', 'istio-cni-node', '-n', 'tenant-mesh-operator'), mend: async () => {}, stays: true,
  },
  {
    what: "the operator's account lost a right", check: 'permissions', severity: 'error', about: 'ServiceAccount tenant-mesh-operator/tenant-mesh-operator', says: /may not list .*namespaces/, remedy: /^kubectl apply .*-f deploy\/rbac\.yaml$/, mend: 'remedy',
    seed: patch(['clusterrole', 'tenant-mesh-operator'], { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }] }),
  },
  {
    what: 'the webhook leads nowhere', check: 'webhook', severity: 'error', about: 'ValidatingWebhookConfiguration tenant-mesh-operator', says: /leads to Service gone\/x, which is not there: no control plane, roll or member can be written/, remedy: /^kubectl apply .*-f deploy\/operator\.yaml$/,
    seed: patchHook({ service: { namespace: 'gone', name: 'x' } }), mend: patchHook({ url: 'https://127.0.0.1:1/' }),
  },
], [
  {
    what: 'a certificate has ended', check: 'certificates', severity: 'error', about: 'ValidatingWebhookConfiguration tenant-mesh-operator', says: /ended at 20/, remedy: /^kubectl delete secret tmesh-webhook-certs -n tenant-mesh-operator && kubectl rollout restart/,
    seed: async (stage) => {
      const { certPem } = await createAuthority('old', { now: new Date('2025-01-01T00:00:00Z'), validityMs: 86_400_000 });
      return patchHook({ url: 'https://127.0.0.1:1/', caBundle: Buffer.from(certPem).toString('base64') })(stage);
    },
    mend: patchHook({ url: 'https://127.0.0.1:1/' }),
  },
], [
  {
    what: 'the webhook is missing', check: 'webhook', severity: 'error', about: 'ValidatingWebhookConfiguration tenant-mesh-operator', says: /it is missing/, remedy: /^kubectl rollout restart deployment\/tenant-mesh-operator /, seed: remove(...VWC), mend: async () => {}, stays: true,
  },
  {
    what: 'a namespace has two control planes', check: 'control-planes', severity: 'error', about: 'Namespace mesh-a', says: /2 control planes, basic, second: only the oldest counts/, remedy: /^kubectl get servicemeshcontrolplanes -n mesh-a --sort-by/,
    seed: create({ apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'second', namespace: 'mesh-a' }, spec: {} }), mend: remove('servicemeshcontrolplane', 'second', '-n', 'mesh-a'),
  },
  {
    what: 'a label of a mesh that is gone', check: 'leftover-labels', severity: 'warning', about: 'Namespace lost', says: /left over from a mesh that is gone/, remedy: /^kubectl label namespace lost maistra\.io\/member-of-$/, mend: 'fix',
    seed: create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'lost', labels: { 'maistra.io/member-of': 'ghost' } } }),
  },
], [
  {
    what: 'a control plane waits for an operator to let it go', check: 'finalizers', severity: 'error', about: 'ServiceMeshControlPlane mesh-b/basic', says: /being deleted and waits for an operator/, remedy: /^kubectl patch servicemeshcontrolplanes basic -n mesh-b .*"finalizers":null/, mend: 'fix',
    seed: remove('servicemeshcontrolplane', 'basic', '-n', 'mesh-b'),
  },
  {
    what: "one of Istio's kinds is missing", check: 'istio-crds', severity: 'error', about: 'CustomResourceDefinition telemetries.telemetry.istio.io', says: /telemetry\.istio\.io\/v1 Telemetry is not served/, remedy: /^kubectl get crd telemetries\.telemetry\.istio\.io /,
    seed: remove('crd', 'telemetries.telemetry.istio.io'), mend: async () => {}, stays: true,
  },
], [
  {
    what: 'conversion leads nowhere', check: 'conversion', severity: 'error', about: 'CustomResourceDefinition servicemeshcontrolplanes.maistra.io', says: /leads to Service gone\/x, which is not there/, remedy: /^kubectl apply .*-f deploy\/operator\.yaml$/,
    seed: patch(['crd', 'servicemeshcontrolplanes.maistra.io'], { spec: { conversion: { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'], clientConfig: { url: null, service: { namespace: 'gone', name: 'x' } } } } } }),
    mend: patch(['crd', 'servicemeshcontrolplanes.maistra.io'], { spec: { conversion: { strategy: 'None', webhook: null } } }),
  },
  {
    what: 'a CRD of ours is missing', check: 'crds', severity: 'error', about: 'CustomResourceDefinition servicemeshmemberrolls.maistra.io', says: /ServiceMeshMemberRoll is not known to the cluster/, remedy: /^kubectl apply .*-f crds\/$/,
    seed: remove('crd', 'servicemeshmemberrolls.maistra.io'), mend: ({ kubectl }) => kubectl('apply', '--server-side', '--force-conflicts', '-f', join(root, 'crds', 'maistra.io_servicemeshmemberrolls.yaml')),
  },
]];
