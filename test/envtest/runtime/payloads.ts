import { CONFIG_MAP, DEPLOYMENT, HPA, MUTATING_WEBHOOK, NETWORK_POLICY, PDB, ROLE, ROLE_BINDING, SERVICE, SERVICE_ACCOUNT } from '../../../src/api/kinds.ts';
import type { ApplyStep } from '../../../src/runtime/apply.ts';
import { objectOf, type ResourceType } from '../../../src/k8s/resource.ts';
import { OUR_LABELS } from './fixture.ts';

/*
 * One object of each kind that meshes are made of, written the way charts write them: quantities in an unusual form, ports without protocol,
 * references without apiVersion, probes without thresholds. The server fills in and rewrites what it likes.
 */

const LABELS = { app: 'thing' };

function apply(namespace: string, type: ResourceType, body: Readonly<Record<string, unknown>>): ApplyStep {
  const metadata = { name: 'thing', labels: OUR_LABELS, ...(type.namespaced ? { namespace } : {}) };
  return { do: 'apply', type, object: objectOf(type, metadata, body) };
}

const CONTAINER = {
  name: 'main', image: 'example.invalid/thing:1',
  args: ['discovery', '--log_output_level=default:info'],
  ports: [{ containerPort: 8080 }, { containerPort: 15010, protocol: 'TCP', name: 'grpc' }, { containerPort: 53, protocol: 'UDP' }],
  env: [
    { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    { name: 'EMPTY', value: '' },
    { name: 'LIMIT', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
  ],
  resources: { requests: { cpu: '1000m', memory: '2048Mi' }, limits: { cpu: 2, memory: '4096Mi' } },
  readinessProbe: { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 3 },
  securityContext: { capabilities: { drop: ['ALL'] }, runAsNonRoot: true },
  volumeMounts: [{ name: 'token', mountPath: '/var/run/token', readOnly: true }, { name: 'scratch', mountPath: '/tmp' }],
};

const DEPLOYMENT_SPEC = {
  selector: { matchLabels: LABELS }, strategy: { rollingUpdate: { maxSurge: '100%', maxUnavailable: '25%' } },
  template: {
    metadata: { labels: LABELS, annotations: { 'prometheus.io/port': '15014' } },
    spec: {
      serviceAccountName: 'thing', containers: [CONTAINER], securityContext: {},
      tolerations: [{ key: 'cni.istio.io/not-ready', operator: 'Exists' }],
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] }] } } },
      volumes: [
        { name: 'token', projected: { sources: [{ serviceAccountToken: { audience: 'istio-ca', expirationSeconds: 43200, path: 'token' } }] } },
        { name: 'scratch', emptyDir: { medium: 'Memory', sizeLimit: '1024Mi' } },
        { name: 'config', configMap: { name: 'thing', optional: true } },
        { name: 'podinfo', downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
      ],
    },
  },
};

const WEBHOOK = {
  name: 'inject.runtime.test', admissionReviewVersions: ['v1'], sideEffects: 'None',
  clientConfig: { service: { name: 'thing', namespace: 'default', path: '/inject' } },
  rules: [{ apiGroups: ['nothing.test'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['nothings'] }],
  namespaceSelector: { matchLabels: { none: 'such' } }, failurePolicy: 'Ignore',
};

/** One apply step per kind. */
export function everyKind(namespace: string): readonly ApplyStep[] {
  return [
    apply(namespace, SERVICE_ACCOUNT, {}),
    apply(namespace, CONFIG_MAP, { data: { mesh: 'a: 1\nb: 2\n', empty: '' } }),
    apply(namespace, DEPLOYMENT, { spec: DEPLOYMENT_SPEC }),
    apply(namespace, SERVICE, { spec: { selector: LABELS, ports: [{ name: 'http', port: 80, targetPort: 8080 }, { name: 'dns', port: 53, protocol: 'UDP' }] } }),
    apply(namespace, ROLE, { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }] }),
    apply(namespace, ROLE_BINDING, {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'thing' }, subjects: [{ kind: 'ServiceAccount', name: 'thing', namespace }],
    }),
    apply(namespace, NETWORK_POLICY, {
      spec: { podSelector: { matchLabels: LABELS }, ingress: [{ from: [{ namespaceSelector: {} }], ports: [{ port: 8080 }] }], policyTypes: ['Ingress'] },
    }),
    apply(namespace, HPA, {
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'thing' }, maxReplicas: 5,
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }],
      },
    }),
    apply(namespace, PDB, { spec: { minAvailable: 1, selector: { matchLabels: LABELS } } }),
    apply(namespace, MUTATING_WEBHOOK, { webhooks: [WEBHOOK] }),
  ];
}
