import { APPS_DOMAIN } from './route-admission.ts';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

/** A manifest and the path of its collection. */
export interface Placed {
  readonly collection: string;
  readonly manifest: Manifest;
}

const ROUTE_RULE = { apiGroups: ['route.openshift.io'], resources: ['routes'], verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] };
const CUSTOM_HOST_RULE = { apiGroups: ['route.openshift.io'], resources: ['routes/custom-host'], verbs: ['create', 'update'] };
const RBAC = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const POLICY = 'route-custom-host';

function aggregated(name: string, into: readonly string[], rules: readonly object[]): Placed {
  const labels = Object.fromEntries(into.map((role) => [`rbac.authorization.k8s.io/aggregate-to-${role}`, 'true']));
  return { collection: RBAC, manifest: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name, labels }, rules } };
}

/*
 * OpenShift's API server lets nobody choose a host without the right to the sub-resource routes/custom-host, which is easily forgotten
 * in an operator's role; its roles `admin` and `edit` hold it.
 */
const CUSTOM_HOST_POLICY = {
  apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy', metadata: { name: POLICY },
  spec: {
    matchConstraints: { resourceRules: [{ apiGroups: ['route.openshift.io'], apiVersions: ['v1'], resources: ['routes'], operations: ['CREATE', 'UPDATE'] }] },
    variables: [
      { name: 'before', expression: "oldObject == null ? '' : oldObject.?spec.host.orValue('')" },
      { name: 'after', expression: "object.?spec.host.orValue('')" },
      { name: 'verb', expression: "oldObject == null ? 'create' : 'update'" },
    ],
    validations: [{
      expression: "variables.before == variables.after || authorizer.group('route.openshift.io').resource('routes').subresource('custom-host').namespace(request.namespace).check(variables.verb).allowed()",
      message: 'spec.host: Forbidden: you do not have permission to set the host field of the route',
      reason: 'Invalid',
    }],
  },
};

/** What a fresh OpenShift has that the operator looks at, in the order to make it; the CRDs come before. */
export const OPENSHIFT_OBJECTS: readonly Placed[] = [
  {
    collection: '/api/v1/namespaces',
    manifest: {
      apiVersion: 'v1', kind: 'Namespace',
      metadata: { name: 'openshift-ingress', labels: { 'network.openshift.io/policy-group': 'ingress', 'policy-group.network.openshift.io/ingress': '' } },
    },
  },
  {
    collection: '/apis/config.openshift.io/v1/networks',
    manifest: {
      apiVersion: 'config.openshift.io/v1', kind: 'Network', metadata: { name: 'cluster' },
      spec: { clusterNetwork: [{ cidr: '10.244.0.0/16', hostPrefix: 23 }], serviceNetwork: ['10.96.0.0/16'], networkType: 'OVNKubernetes' },
      status: { clusterNetwork: [{ cidr: '10.244.0.0/16', hostPrefix: 23 }], serviceNetwork: ['10.96.0.0/16'], networkType: 'OVNKubernetes' },
    },
  },
  {
    collection: '/apis/config.openshift.io/v1/ingresses',
    manifest: { apiVersion: 'config.openshift.io/v1', kind: 'Ingress', metadata: { name: 'cluster' }, spec: { domain: APPS_DOMAIN } },
  },
  aggregated('stand-in-routes-edit', ['admin', 'edit'], [ROUTE_RULE, CUSTOM_HOST_RULE]),
  aggregated('stand-in-routes-view', ['view'], [{ ...ROUTE_RULE, verbs: ['get', 'list', 'watch'] }]),
  { collection: `${ADMISSION}/validatingadmissionpolicies`, manifest: CUSTOM_HOST_POLICY },
  {
    collection: `${ADMISSION}/validatingadmissionpolicybindings`,
    manifest: {
      apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicyBinding', metadata: { name: POLICY },
      spec: { policyName: POLICY, validationActions: ['Deny'] },
    },
  },
];
