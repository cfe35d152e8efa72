import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { KINDS } from '../../../src/api/kinds.ts';
import { ALL_SOURCES } from '../../../src/cli/controllers.ts';
import { WRITES, type Write } from '../../../src/controllers/permissions.ts';
import { apiVersionOf } from '../../../src/k8s/resource.ts';
import { clusterRules, OWN_NAMESPACE_RULES } from '../../../tools/gen/rbac.ts';

type Deed = Write['does'][number];
type ShownStep = { readonly apply?: { readonly apiVersion: string; readonly kind: string }; readonly mint?: string; readonly patch?: string; readonly remove?: string; readonly among?: string };

const golden = join(import.meta.dirname, '..', '..', 'golden');
const plans = readdirSync(golden, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('plan.golden.yaml'));

function mayDo(deed: Deed, kind: string, apiVersion?: string): boolean {
  return WRITES.some(({ does, types }) => does.includes(deed) && types.some((type) => type.kind === kind && (apiVersion === undefined || apiVersionOf(type) === apiVersion)));
}

/** The kind at the beginning of `Kind namespace/name`. */
const kindOf = (described: string): string => described.split(' ')[0] ?? '';

test('every step of every golden plan is in the table of writes', () => {
  const missing = new Set<string>();
  let steps = 0;
  for (const file of plans) {
    const { stages } = parse(readFileSync(join(golden, file), 'utf8')) as { readonly stages: readonly (readonly ShownStep[])[] };
    for (const { apply, mint, patch, remove, among } of stages.flat()) {
      steps += 1;
      if (apply !== undefined && !mayDo('apply', apply.kind, apply.apiVersion)) missing.add(`apply ${apply.kind}`);
      if (mint !== undefined && !mayDo('create', kindOf(mint))) missing.add(`create ${mint}`);
      if (patch !== undefined && !mayDo('patch', kindOf(patch))) missing.add(`patch ${patch}`);
      if (remove !== undefined && !mayDo('remove', kindOf(remove))) missing.add(`remove ${remove}`);
      if (remove !== undefined && among !== undefined && !mayDo('remove-all', kindOf(remove))) missing.add(`remove all with ${remove}`);
    }
  }
  assert.deepEqual([...missing], []);
  assert.ok(plans.length >= 20 && steps > 100, `${plans.length} plans with ${steps} steps were read`);
});

test('the generated role has no wildcard, and reads exactly the kinds that are cached', () => {
  const rules = clusterRules(ALL_SOURCES);
  assert.ok([...rules, ...OWN_NAMESPACE_RULES].every((rule) => ![...rule.apiGroups, ...rule.resources, ...rule.verbs].includes('*')));
  const read = new Set(rules.filter((rule) => rule.verbs.includes('watch')).map((rule) => `${rule.resources[0]}.${rule.apiGroups[0]}`));
  assert.deepEqual(read, new Set(ALL_SOURCES.map(({ type }) => `${type.plural}.${type.group}`)));
});

test('escalation is limited to the shared roles by name', () => {
  const escalating = clusterRules(ALL_SOURCES).filter((rule) => rule.verbs.some((verb) => verb === 'escalate' || verb === 'bind'));
  assert.equal(escalating.length, 1);
  assert.ok((escalating[0]?.resourceNames ?? []).every((name) => name.startsWith('tmesh-')));
  assert.equal(escalating[0]?.resourceNames?.length, 9);
});

test('only kinds of the table of kinds are written', () => {
  assert.ok(WRITES.flatMap(({ types }) => types).every((type) => KINDS.includes(type)));
});

test('what has a fixed name may be written under that name only', () => {
  const limited = clusterRules(ALL_SOURCES).filter(({ resourceNames }) => resourceNames !== undefined).map(({ resources, resourceNames }) => `${resources.join()}: ${resourceNames?.join(', ')}`);
  assert.deepEqual(limited.filter((line) => !line.startsWith('clusterroles: ')), ['daemonsets: istio-cni-node', 'network-attachment-definitions: istio-cni']);
  const written = (resource: string): readonly string[] => clusterRules(ALL_SOURCES).filter(({ resources, resourceNames }) => resources.includes(resource) && resourceNames === undefined).flatMap(({ verbs }) => verbs);
  for (const resource of ['clusterroles', 'customresourcedefinitions', 'daemonsets', 'network-attachment-definitions']) assert.deepEqual(written(resource).filter((verb) => !['list', 'watch'].includes(verb)), [], resource);
});
