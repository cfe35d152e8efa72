import assert from 'node:assert/strict';
import { test } from 'node:test';
import { meshMetrics, timeJoins } from '../../../src/cli/mesh-metrics.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import type { ChangeListener } from '../../../src/runtime/cache.ts';
import type { Source } from '../../../src/runtime/controller.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import { smcp, smm, smmr } from '../../build/mesh-objects.ts';

/** A cache that says what the test says. */
class ToldCache {
  readonly objects = new Map<string, readonly KubeObject[]>();
  readonly #listeners = new Map<string, ChangeListener>();
  list({ id }: Source): readonly KubeObject[] { return this.objects.get(id) ?? []; }
  onChange({ id }: Source, listener: ChangeListener): void { this.#listeners.set(id, listener); }
  tell(id: string, before: KubeObject | undefined, after: KubeObject | undefined): void { this.#listeners.get(id)?.(before, after); }
}

const done = (members: readonly string[], configuredMembers: readonly string[]): KubeObject => ({ ...smmr('mesh', members), status: { members, configuredMembers } });

function played(play: (cache: ToldCache, wait: (ms: number) => void) => void): readonly number[] {
  let now = 0;
  const seen: number[] = [];
  const cache = new ToldCache();
  timeJoins(cache, (seconds) => seen.push(seconds), () => now);
  play(cache, (ms) => { now += ms; });
  return seen;
}

test('joining by a roll is timed from the roll that names the namespace to the status that calls it configured', () => {
  assert.deepEqual(played((cache, wait) => {
    cache.tell('member-rolls', undefined, done(['a'], []));
    wait(1500);
    cache.tell('member-rolls', done(['a'], []), done(['a', 'b'], ['a']));
    wait(500);
    cache.tell('member-rolls', done(['a', 'b'], ['a']), done(['a', 'b'], ['a', 'b']));
  }), [1.5, 0.5]);
});

test('joining by a member is timed from the member', () => {
  assert.deepEqual(played((cache, wait) => {
    cache.tell('members', undefined, smm('a', 'mesh'));
    wait(700);
    cache.tell('member-rolls', undefined, done(['a'], ['a']));
  }), [0.7]);
});

test('what was configured before we looked, and what was given up, is not timed', () => {
  assert.deepEqual(played((cache, wait) => {
    cache.tell('member-rolls', undefined, done(['old'], ['old']));
    cache.tell('member-rolls', done(['old'], ['old']), done(['old', 'gone'], ['old']));
    wait(1000);
    cache.tell('member-rolls', done(['old', 'gone'], ['old']), done(['old'], ['old']));
    cache.tell('members', undefined, smm('x', 'mesh'));
    cache.tell('members', smm('x', 'mesh'), undefined);
    wait(1000);
    cache.tell('member-rolls', done(['old'], ['old']), done(['old', 'gone', 'x'], ['old', 'gone', 'x']));
  }), []);
});

test('a mesh that is gone is gone from the figures', async () => {
  const [metrics, cache] = [createMetrics(), new ToldCache()];
  meshMetrics(metrics, cache);
  cache.objects.set('control-planes', [smcp('mesh')]);
  assert.match(await metrics.text(), /^tmesh_mesh_ready\{mesh="mesh"\} 0$/m);
  cache.objects.set('control-planes', []);
  assert.doesNotMatch(await metrics.text(), /tmesh_mesh_ready\{/);
  metrics.close();
});
