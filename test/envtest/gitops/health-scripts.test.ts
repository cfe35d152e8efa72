import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { CONTROL_PLANE_REASONS, MEMBER_REASONS, MEMBER_ROLL_REASONS } from '../../../src/api/condition-reasons.ts';
import { argoHealth, CUSTOMIZATIONS, healthScript, type Health } from '../../support/argo-health.ts';

/* Argo CD's health scripts on recorded objects, in the format of its own tests (health_test.yaml), and on every reason there is. */

interface HealthTests { readonly tests: readonly { readonly healthStatus: Health; readonly inputPath: string }[] }

const KINDS = readdirSync(CUSTOMIZATIONS);
const REASONS: Readonly<Record<string, object>> = { ServiceMeshControlPlane: CONTROL_PLANE_REASONS, ServiceMeshMemberRoll: MEMBER_ROLL_REASONS, ServiceMeshMember: MEMBER_REASONS };
const readYaml = (...path: readonly string[]): unknown => parse(readFileSync(join(CUSTOMIZATIONS, ...path), 'utf8'));

test('there is a script for each of the three kinds, with six recorded objects or more', () => {
  assert.deepEqual(KINDS.toSorted(), Object.keys(REASONS).toSorted());
  for (const kind of KINDS) {
    const { tests } = readYaml(kind, 'health_test.yaml') as HealthTests;
    assert.deepEqual(tests.map(({ inputPath }) => inputPath.replace('testdata/', '')).toSorted(), readdirSync(join(CUSTOMIZATIONS, kind, 'testdata')).toSorted());
    assert.ok(tests.length >= 6, kind);
  }
});

for (const kind of KINDS) {
  test(`${kind}: every recorded object is judged as written down`, async () => {
    const { tests } = readYaml(kind, 'health_test.yaml') as HealthTests;
    const found = await argoHealth(healthScript(kind), tests.map(({ inputPath }) => readYaml(kind, inputPath)));
    // An absent message comes as an empty one.
    assert.deepEqual(found.map(({ message = '', ...rest }) => ({ ...rest, message })), tests.map(({ healthStatus }) => healthStatus));
  });

  test(`${kind}: the order of files is never an error, and a fault is never called progress`, async () => {
    const reasons = Object.keys(REASONS[kind] ?? {}).filter((reason) => reason !== '');
    const objectOf = (reason: string): object => ({
      metadata: { name: 'x', generation: 1 }, status: { observedGeneration: 1, conditions: [{ type: 'Reconciled', status: 'False', reason, message: 'm' }, { type: 'Ready', status: 'False', reason, message: 'm' }] },
    });
    const found = await argoHealth(healthScript(kind), reasons.map(objectOf));
    const statusOf = new Map(reasons.map((reason, at) => [reason, found[at]?.status]));
    assert.deepEqual(new Set(statusOf.values()), new Set(['Degraded', 'Progressing']));
    for (const reason of ['ErrSMCPMissing', 'ErrorControlPlaneMissing', 'CreateMemberRollFailed', 'PausingInstall', 'Configuring']) assert.notEqual(statusOf.get(reason), 'Degraded', reason);
    for (const reason of ['ValidationError', 'InternalError'].filter((name) => reasons.includes(name))) assert.equal(statusOf.get(reason), 'Degraded', reason);
  });
}

test('the ConfigMap holds the same scripts', () => {
  const { data } = parse(readFileSync(join(CUSTOMIZATIONS, '..', '..', 'argocd-cm.yaml'), 'utf8')) as { readonly data: Readonly<Record<string, string>> };
  assert.deepEqual(data, Object.fromEntries(KINDS.map((kind) => [`resource.customizations.health.maistra.io_${kind}`, healthScript(kind)])));
});

test('a script that fails or returns something else is seen to fail', async () => {
  const [fault] = await argoHealth('return string.upper("x")', [{}]);
  const [text] = await argoHealth('return "Healthy"', [{}]);
  assert.match(fault?.error ?? '', /attempt to index a non-table object\(nil\)/);
  assert.match(text?.error ?? '', /returned a string/);
});
