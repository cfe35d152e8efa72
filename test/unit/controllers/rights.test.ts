import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { KINDS } from '../../../src/api/kinds.ts';
import { ALL_SOURCES } from '../../../src/cli/controllers.ts';
import { readObjects } from '../../../src/cli/read-objects.ts';
import { renderObjects } from '../../../src/cli/render.ts';
import { CLUSTER_ROLE_CNI, CLUSTER_ROLE_GATEWAY, CLUSTER_ROLE_KIALI, CLUSTER_ROLE_PROMETHEUS, CLUSTER_ROLE_RESTARTS } from '../../../src/api/names.ts';
import { WRITES } from '../../../src/controllers/permissions.ts';
import { SHARED_ROLES, sharedRoles } from '../../../src/domain/cluster-resources/shared-roles.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { sortedUnique } from '../../../src/lib/sort.ts';
import { clusterRules, definitionRules, explainedRules } from '../../../tools/gen/rbac.ts';

/*
 * The generated ClusterRoles against what is done: golden plans, a rendered mesh with everything in it, the caches, and a short list of what no plan
 * shows. A verb that is missing and a verb that nobody uses both fail here. The tests on the real API server run with exactly these roles.
 */

const golden = join(import.meta.dirname, '..', '..', 'golden');
const samples = join(import.meta.dirname, '..', '..', 'samples');

type ShownStep = { readonly apply?: { readonly kind: string; readonly apiVersion: string }; readonly mint?: string; readonly patch?: string; readonly remove?: string; readonly among?: string };

function resourceOf(kind: string, apiVersion?: string): string {
  const type = KINDS.find((candidate) => candidate.kind === kind && (apiVersion === undefined || apiVersion.startsWith(candidate.group))) ?? assert.fail(`no kind ${kind}`);
  return `${type.plural}.${type.group}`;
}

const kindOf = (described: string): string => described.split(' ')[0] ?? '';
const uses = (resource: string, ...verbs: readonly string[]): string[] => verbs.map((verb) => `${verb} ${resource}`);

function usesOfStep({ apply, mint, patch, remove, among }: ShownStep): string[] {
  return [
    ...(apply === undefined ? [] : uses(resourceOf(apply.kind, apply.apiVersion), 'create', 'patch')),
    ...(mint === undefined ? [] : uses(resourceOf(kindOf(mint)), 'create')),
    ...(patch === undefined ? [] : uses(resourceOf(kindOf(patch)), 'patch')),
    ...(remove === undefined ? [] : uses(resourceOf(kindOf(remove)), 'delete', ...(among === undefined ? [] : ['deletecollection']))),
  ];
}

function goldenUses(): string[] {
  const plans = readdirSync(golden, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('plan.golden.yaml'));
  const steps = plans.flatMap((file) => (parse(readFileSync(join(golden, file), 'utf8')) as { readonly stages: readonly (readonly ShownStep[])[] }).stages.flat());
  return steps.flatMap(usesOfStep);
}

/** A mesh with what golden cases leave out: scaling, disruption budgets, telemetry. What a mesh makes goes when the mesh goes. */
function renderedUses(): string[] {
  const scaling = { enabled: true, minReplicas: 2, maxReplicas: 3 };
  const rich: KubeObject = {
    apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace: 'istio-system' },
    spec: {
      runtime: { defaults: { deployment: { podDisruption: { enabled: true, minAvailable: 1 } } }, components: { pilot: { deployment: { autoScaling: scaling } } } },
      gateways: { ingress: { runtime: { deployment: { autoScaling: scaling } } } },
      telemetry: { type: 'Istiod' }, tracing: { type: 'Jaeger', sampling: 10_000 }, addons: { kiali: { enabled: true }, grafana: { enabled: true }, prometheus: { enabled: true } },
    },
  };
  const rendered = [true, false].flatMap((openshift) => {
    const { objects, problems } = renderObjects([rich, ...readObjects([join(samples, '02-smmr-default.yaml')])], { openshift, namespace: 'istio-system', isolation: openshift ? 'hard' : 'soft' });
    assert.deepEqual(problems, []);
    return objects;
  });
  const mine = rendered.filter(({ kind }) => !['Namespace', 'ServiceMeshControlPlane', 'ServiceMeshMemberRoll'].includes(kind));
  return mine.flatMap(({ kind, apiVersion }) => (kind === 'Secret' ? uses(resourceOf(kind), 'create', 'delete') : uses(resourceOf(kind, apiVersion), 'create', 'patch', 'delete')));
}

const STATUS = ['servicemeshcontrolplanes', 'servicemeshmemberrolls', 'servicemeshmembers'];

/** What no plan shows, and the test that shows it. */
const BESIDE_PLANS: readonly string[] = [
  // Finalizers: test/unit/runtime/finalizer.test.ts. Status: test/unit/runtime/status-writer.test.ts.
  ...STATUS.flatMap((plural) => [...uses(`${plural}.maistra.io`, 'patch'), ...uses(`${plural}/status.maistra.io`, 'patch')]),
  // Conditions of a namespace whose member has no other place: test/envtest/operator/membership.test.ts.
  ...uses('namespaces/status.', 'patch'),
  // test/unit/runtime/events.test.ts, test/unit/webhooks/access.test.ts.
  ...uses('events.', 'create', 'patch'), ...uses('subjectaccessreviews.authorization.k8s.io', 'create'),
  // Our own registration: test/unit/domain/webhook-config. Istio's CRDs and shared roles: test/unit/domain/cluster-resources.
  ...uses('customresourcedefinitions.apiextensions.k8s.io', 'create', 'patch'), ...sharedRoles().flatMap(({ kind, apiVersion }) => uses(resourceOf(kind, apiVersion), 'create', 'patch', 'bind', 'escalate')),
  // Handed out: Role mesh-user. Chosen hosts: test/envtest/ior.
  ...uses('servicemeshcontrolplanes.maistra.io', 'use'), ...uses('routes/custom-host.route.openshift.io', 'create', 'patch'),
  // Ingresses of IOR on plain Kubernetes, and an external Kiali: both leave with the mesh, test/envtest/ior/kubernetes.test.ts and test/unit/domain/control-plane/prune.test.ts.
  ...uses('ingresses.networking.k8s.io', 'delete'), ...uses('kialis.kiali.io', 'delete'),
];

function granted(rules: readonly { readonly apiGroups: readonly string[]; readonly resources: readonly string[]; readonly verbs: readonly string[] }[]): string[] {
  return sortedUnique(rules.flatMap(({ apiGroups: [group = ''], resources, verbs }) => resources.flatMap((resource) => uses(`${resource}.${group}`, ...verbs))));
}

const rules = [...clusterRules(ALL_SOURCES), ...definitionRules('plain')];
const done = sortedUnique([...ALL_SOURCES.flatMap(({ type }) => uses(`${type.plural}.${type.group}`, 'list', 'watch')), ...goldenUses(), ...renderedUses(), ...BESIDE_PLANS]);

/** Bound in members of meshes that ask for it, not in the whole cluster. */
const inMembers = SHARED_ROLES[CLUSTER_ROLE_RESTARTS] ?? [];

test('what is written in members only is what the role for it grants, and nothing of it is granted in the whole cluster by that', () => {
  const written = WRITES.filter(({ role }) => role === 'members').flatMap(({ types, does }) => types.flatMap((type) => uses(`${type.plural}.${type.group}`, ...does)));
  assert.deepEqual(granted(inMembers), sortedUnique(written));
  assert.ok(!granted(rules).includes('patch statefulsets.apps'));
});

test('everything that is done is granted', () => {
  const may = new Set(granted([...rules, ...inMembers]));
  assert.deepEqual(done.filter((use) => !may.has(use)), []);
});

test('nothing is granted that is not done', () => {
  const used = new Set(done);
  assert.deepEqual(granted(rules).filter((use) => !used.has(use)), []);
});

test('the document explains every rule of both roles', () => {
  const explained = explainedRules(ALL_SOURCES);
  assert.deepEqual(granted(explained), granted(rules));
  assert.ok(explained.every(({ why }) => why.length > 0));
});

/** Roles whose holders are programs of others. That they need each of these: `npm run e2e-cni`, test/envtest/operator/cni.test.ts, test/envtest/addons, test/envtest/operator/permissions.test.ts. */
const OF_OTHERS: Readonly<Record<string, readonly string[]>> = {
  [CLUSTER_ROLE_CNI]: [...uses('pods.', 'get', 'list', 'watch'), 'use securitycontextconstraints.security.openshift.io'],
  [CLUSTER_ROLE_GATEWAY]: uses('secrets.', 'get', 'list', 'watch'),
  [CLUSTER_ROLE_PROMETHEUS]: uses('pods.', 'get', 'list', 'watch'),
};

test('what is handed out to the node plug-in, gateways and Prometheus is this and no more, and Kiali only reads', () => {
  for (const [name, rights] of Object.entries(OF_OTHERS)) assert.deepEqual(granted(SHARED_ROLES[name] ?? []), sortedUnique(rights), name);
  assert.deepEqual(SHARED_ROLES[CLUSTER_ROLE_CNI]?.find(({ verbs }) => verbs.includes('use'))?.resourceNames, ['privileged']);
  const kiali = granted(SHARED_ROLES[CLUSTER_ROLE_KIALI] ?? []);
  assert.ok(kiali.length > 50 && kiali.every((right) => /^(get|list|watch) /.test(right) && !right.includes('secrets')), kiali.join(', '));
});
