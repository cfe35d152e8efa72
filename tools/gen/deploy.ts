import { stringify } from 'yaml';
import { OPERATOR_ARCHITECTURES } from '../../src/domain/images.ts';
import type { Source } from '../../src/runtime/controller.ts';
import { CERTIFICATE_FOLDER_VARIABLE, CERTIFICATE_SECRET_VARIABLE, NAME, NAMESPACE, OLM_CERTIFICATE_FOLDER, OLM_CERTIFICATE_SECRET, OPERATOR_VERSION } from '../olm/identity.ts';
import { operatorImage, OPERATOR_IMAGE_VARIABLE, relatedImages } from '../olm/images.ts';
import { clusterRules, definitionRules, OWN_NAMESPACE_RULES, type PolicyRule } from './rbac.ts';

const RBAC = 'rbac.authorization.k8s.io';
const LABELS = { 'app.kubernetes.io/name': NAME, 'app.kubernetes.io/part-of': NAME };
const subject = { kind: 'ServiceAccount', name: NAME, namespace: NAMESPACE };

/** Name of the ClusterRole for CRDs of others. */
export const DEFINITIONS_ROLE = `${NAME}-definitions`;

/** A ClusterRole and the binding that gives it to the operator's account. */
export function grantedRole(name: string, rules: readonly PolicyRule[]): readonly object[] {
  return [
    { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name, labels: LABELS }, rules },
    { apiVersion: `${RBAC}/v1`, kind: 'ClusterRoleBinding', metadata: { name, labels: LABELS }, roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name }, subjects: [subject] },
  ];
}

/** Objects that give the operator its account and rights. In: every cache of the process. */
export function rbacObjects(sources: readonly Source[]): readonly object[] {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels: LABELS } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: NAME, namespace: NAMESPACE, labels: LABELS } },
    ...grantedRole(NAME, clusterRules(sources)),
    ...grantedRole(DEFINITIONS_ROLE, definitionRules('plain')),
    { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata: { name: NAME, namespace: NAMESPACE, labels: LABELS }, rules: OWN_NAMESPACE_RULES },
    { apiVersion: `${RBAC}/v1`, kind: 'RoleBinding', metadata: { name: NAME, namespace: NAMESPACE, labels: LABELS }, roleRef: { apiGroup: RBAC, kind: 'Role', name: NAME }, subjects: [subject] },
    ...tenantRoles(),
  ];
}

const MESHES = 'servicemeshcontrolplanes';
const ROLLS = 'servicemeshmemberrolls';
const MEMBERS = 'servicemeshmembers';
const READ = ['get', 'list', 'watch'];
const CHANGE = ['create', 'delete', 'deletecollection', 'patch', 'update'];

function tenantRole(into: string, rules: readonly { readonly resources: readonly string[]; readonly verbs: readonly string[] }[]): object {
  const labels = { ...LABELS, [`rbac.authorization.k8s.io/aggregate-to-${into}`]: 'true' };
  return { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name: `tmesh-${into}`, labels }, rules: rules.map((rule) => ({ apiGroups: ['maistra.io'], ...rule })) };
}

/**
 * What the roles view, edit and admin of a project mean for our kinds; Kubernetes adds them up by label (Kubernetes doc "Aggregated ClusterRoles").
 * Whoever edits a project takes it into a mesh and fills a roll; who administrates it also makes a mesh there and hands out `use` on it.
 * Rights beyond the project are asked for at admission.
 */
export function tenantRoles(): readonly object[] {
  return [
    tenantRole('view', [{ resources: [MESHES, ROLLS, MEMBERS], verbs: READ }]),
    tenantRole('edit', [{ resources: [ROLLS, MEMBERS], verbs: CHANGE }]),
    tenantRole('admin', [{ resources: [MESHES], verbs: [...CHANGE, 'use'] }]),
  ];
}

/** Variables of the container. Under OLM the certificates come from a folder that OLM mounts, and OLM registers the webhooks. */
function environment(installer: 'olm' | 'plain'): readonly object[] {
  return [
    { name: 'NODE_OPTIONS', value: '--max-semi-space-size=4' },
    { name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
    ...(installer === 'olm' ? [{ name: CERTIFICATE_FOLDER_VARIABLE, value: OLM_CERTIFICATE_FOLDER }, { name: CERTIFICATE_SECRET_VARIABLE, value: OLM_CERTIFICATE_SECRET }] : []),
    // The scoped API runs from the same image.
    { name: OPERATOR_IMAGE_VARIABLE, value: operatorImage(OPERATOR_VERSION) },
    ...relatedImages().map(({ variable, reference }) => ({ name: variable, value: reference })),
  ];
}

function containerOf(installer: 'olm' | 'plain'): object {
  return {
    name: 'operator',
    image: operatorImage(OPERATOR_VERSION),
    args: ['run'],
    env: environment(installer),
    ports: [{ name: 'webhooks', containerPort: 9443 }, { name: 'health', containerPort: 8081 }, { name: 'metrics', containerPort: 8080 }],
    livenessProbe: { httpGet: { path: '/livez', port: 'health' }, initialDelaySeconds: 10, periodSeconds: 20 },
    readinessProbe: { httpGet: { path: '/readyz', port: 'health' }, periodSeconds: 5 },
    resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
  };
}

const affinity = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{
        matchExpressions: [
          { key: 'kubernetes.io/arch', operator: 'In', values: OPERATOR_ARCHITECTURES },
          { key: 'kubernetes.io/os', operator: 'In', values: ['linux'] },
        ],
      }],
    },
  },
};

/** `spec` of the operator's Deployment, the same in every package but for where certificates come from. */
export function deploymentSpec(installer: 'olm' | 'plain'): object {
  const podSpec = {
    serviceAccountName: NAME, terminationGracePeriodSeconds: 20, affinity,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } }, containers: [containerOf(installer)],
  };
  return { replicas: 1, selector: { matchLabels: { 'app.kubernetes.io/name': NAME } }, template: { metadata: { labels: LABELS }, spec: podSpec } };
}

/** The operator's Deployment and the Service its webhooks are called through. */
export function workloadObjects(): readonly object[] {
  const metadata = { name: NAME, namespace: NAMESPACE, labels: LABELS };
  return [
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: deploymentSpec('plain') },
    { apiVersion: 'v1', kind: 'Service', metadata: { ...metadata, name: `${NAME}-webhooks` }, spec: { selector: { 'app.kubernetes.io/name': NAME }, ports: [{ name: 'webhooks', port: 443, targetPort: 'webhooks' }] } },
  ];
}

/** A YAML stream with a heading that says where it comes from. */
export function yamlStream(objects: readonly object[], title: string): string {
  const documents = objects.map((object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false, version: '1.1' }));
  return `# ${title}\n# Generated by \`npm run gen\` from the source code; do not edit.\n${documents.join('---\n')}`;
}
