import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Stage } from '../../../src/k8s/plan.ts';
import type { RemoveStep } from '../../../src/runtime/apply.ts';
import { ApiError, type RestRequest } from '../../../src/runtime/rest.ts';
import { SharedRemovals } from '../../../src/runtime/shared-removals.ts';
import { CONFIG_MAP, WIDGET } from './bench.ts';

const remove = (name: string, more: Partial<RemoveStep['ref']> = {}, among: string | undefined = 'mesh'): RemoveStep =>
  ({ do: 'remove', ref: { type: CONFIG_MAP, name, namespace: 'ns', uid: `uid-${name}`, ...more }, ...(among === undefined ? {} : { among }) });

async function requestsOf(stage: readonly RemoveStep[]): Promise<string[]> {
  const sent: RestRequest[] = [];
  const removals = new SharedRemovals(stage satisfies Stage);
  await Promise.all(stage.map((step) => removals.carryOut(step, (request) => { sent.push(request); return Promise.resolve(); })));
  return sent.map(({ method, path, query }) => `${method} ${path.split('/').slice(-3).join('/')} ${JSON.stringify(query ?? {})}`);
}

test('removals of one kind, namespace and selector go with one request', async () => {
  assert.deepEqual(await requestsOf([remove('a'), remove('b'), remove('c')]), ['DELETE namespaces/ns/configmaps {"labelSelector":"mesh","resourceVersion":"0"}']);
});

test('another kind, namespace or selector has its own, and a single one goes by its name', async () => {
  assert.deepEqual(await requestsOf([remove('a'), remove('b', { type: WIDGET }), remove('c', { namespace: 'other' }), remove('d', {}, 'else')]),
    ['DELETE ns/configmaps/a {}', 'DELETE ns/widgets/b {}', 'DELETE other/configmaps/c {}', 'DELETE ns/configmaps/d {}']);
});

test('without a selector, or a namespace, each goes by its name', async () => {
  const { namespace: _, ...everywhere } = remove('c').ref;
  assert.equal((await requestsOf([remove('a', {}, ''), { do: 'remove', ref: remove('b').ref }, { do: 'remove', ref: remove('b').ref }])).length, 3);
  assert.deepEqual(await requestsOf([{ do: 'remove', ref: everywhere, among: 'mesh' }, { do: 'remove', ref: everywhere, among: 'mesh' }]), ['DELETE v1/configmaps/c {}', 'DELETE v1/configmaps/c {}']);
});

test('a refusal is that of each of them', async () => {
  const steps = [remove('a'), remove('b')];
  const removals = new SharedRemovals(steps);
  const answers = await Promise.allSettled(steps.map((step) => removals.carryOut(step, () => Promise.reject(new ApiError(403, 'Forbidden', 'no')))));
  assert.deepEqual(answers.map(({ status }) => status), ['rejected', 'rejected']);
});
