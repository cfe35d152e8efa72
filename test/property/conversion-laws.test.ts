import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { controlPlaneSpecSchema } from '../../src/api/maistra-v2/control-plane.ts';
import { schemaAt } from '../../src/api/schema/walk.ts';
import { convertControlPlane, normalizeControlPlane } from '../../src/domain/conversion/control-plane.ts';
import { apply, differences } from '../../src/domain/conversion/difference.ts';
import { NOTES_IN_V1, SPEC } from '../../src/domain/conversion/spec.ts';
import { MAPPING } from '../../src/domain/conversion/table.ts';
import { get, same, set, without } from '../../src/domain/conversion/tree.ts';
import type { KubeObject } from '../../src/k8s/object.ts';
import { canonicalJson } from '../../src/lib/hash.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/lib/json.ts';
import { anySpecV1, anySpecV2, json } from '../build/control-plane-spec.ts';

const RUNS = { numRuns: 150 };

function controlPlane(version: 'v1' | 'v2', spec: Json, status?: Json): KubeObject {
  return { apiVersion: `maistra.io/${version}`, kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace: 'mesh', uid: 'u' }, spec, ...(status === undefined ? {} : { status }) };
}

function convert(object: KubeObject, version: 'v1' | 'v2'): KubeObject {
  const converted = convertControlPlane(object, `maistra.io/${version}`);
  assert.ok(converted.ok);
  return converted.value;
}

function assertSame(actual: unknown, expected: unknown): void {
  assert.equal(canonicalJson(actual), canonicalJson(expected));
}

test('v1 to v2 and back gives the same object, whatever is in it', () => {
  fc.assert(fc.property(anySpecV1, (spec) => {
    const object = controlPlane('v1', spec);
    assertSame(convert(convert(object, 'v2'), 'v1'), object);
  }), RUNS);
});

test('v2 to v1 and back gives the same object, whatever is in it', () => {
  fc.assert(fc.property(anySpecV2, (spec) => {
    const object = controlPlane('v2', spec);
    assertSame(convert(convert(object, 'v1'), 'v2'), object);
  }), RUNS);
});

test('going there and back twice changes nothing more', () => {
  fc.assert(fc.property(anySpecV1, (spec) => {
    const once = SPEC.toV2(spec);
    assertSame(SPEC.toV2(SPEC.toV1(once)), once);
  }), RUNS);
});

test('any JSON at all as spec and status converts there and back', () => {
  fc.assert(fc.property(json, json, (spec, status) => {
    const v1 = controlPlane('v1', spec, status);
    const v2 = controlPlane('v2', spec, status);
    assertSame(convert(convert(v1, 'v2'), 'v1'), v1);
    assertSame(convert(convert(v2, 'v1'), 'v2'), v2);
  }), RUNS);
});

test('metadata is never touched', () => {
  fc.assert(fc.property(anySpecV1, (spec) => {
    const object = controlPlane('v1', spec);
    assert.equal(convert(object, 'v2').metadata, object.metadata);
  }), { numRuns: 50 });
});

test('what conversion puts into a v2 field fits the schema of that field', () => {
  fc.assert(fc.property(anySpecV1, (spec) => {
    const converted = SPEC.toV2(spec);
    for (const { field } of MAPPING) {
      const value = get(converted, field);
      const schema = schemaAt(controlPlaneSpecSchema, field);
      if (value === undefined || isJsonObject(value)) continue;
      assert.ok(schema !== undefined && controlPlaneSpecSchema.safeParse(set({}, field, value)).success, `${field.join('.')}: ${JSON.stringify(value)}`);
    }
  }), RUNS);
});

test('an edit of a mapped v2 field shows in v1, whatever v1 said before', () => {
  fc.assert(fc.property(anySpecV1, fc.integer({ min: 0, max: 64 }), (spec, concurrency) => {
    const edited = set(SPEC.toV2(spec), ['proxy', 'concurrency'], concurrency);
    const shown = SPEC.toV1(edited);
    const before = SPEC.toV2(spec);
    if (same(get(before, ['proxy', 'concurrency']), concurrency)) assertSame(withoutNotes(shown), withoutNotes(spec));
    else assert.equal(get(shown, ['istio', 'global', 'proxy', 'concurrency']), concurrency);
  }), RUNS);
});

test('an edit of v1 comes back as it was made, whatever notes the object carries', () => {
  fc.assert(fc.property(anySpecV2, json, (spec, value) => {
    const shown = SPEC.toV1(spec);
    const edited = set(shown, ['istio', 'pilot', 'traceSampling'], value);
    assertSame(withoutNotes(SPEC.toV1(SPEC.toV2(edited))), withoutNotes(edited));
  }), RUNS);
});

function withoutNotes(spec: JsonObject): JsonObject {
  return without(spec, NOTES_IN_V1);
}

test('differences, applied, give the other tree', () => {
  fc.assert(fc.property(anySpecV1, anySpecV2, (a, b) => {
    assertSame(apply(a, differences(a, b), {}), b);
    assert.deepEqual(differences(a, a), []);
  }), RUNS);
});

test('normalising takes v1 fields out, is done once, and leaves other objects alone', () => {
  fc.assert(fc.property(anySpecV1, anySpecV2, (v1, v2) => {
    const mixed = controlPlane('v2', { ...v2, istio: v1['istio'] ?? {}, template: 'small' });
    const normal = normalizeControlPlane(mixed);
    assert.equal(get(normal, ['spec', 'istio']), undefined);
    assert.equal(get(normal, ['spec', 'template']), undefined);
    assert.equal(normalizeControlPlane(normal), normal);
  }), RUNS);
});
