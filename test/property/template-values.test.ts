import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { renderFolder } from '../../src/domain/control-plane/charts.ts';
import { renderMesh } from '../../src/domain/control-plane/render.ts';
import { computeValues } from '../../src/domain/control-plane/values/order.ts';
import { yamlText } from '../../src/domain/control-plane/values/yaml-text.ts';
import { isJsonObject, type Json } from '../../src/lib/json.ts';
import { injectionTemplates } from '../../src/domain/control-plane/charts.ts';
import { CHARTS, objectsOf, OPENSHIFT, PLAIN, ROOT, valuesInput } from '../build/control-plane.ts';

/* Hostile strings in every value that reaches a template: each comes out as it went in, and nothing else changes. */

const HOSTILE = [
  '"{{', '{{yaml namespace}}', '{{#if x}}', '}}', '{{{', 'a\nb', 'a\r\nb', '\n---\nkind: Pod\n', '---', '...', ': ', 'a: b', '- a', '*/', '/*', '#', ' # x', '&a', '*a', '!!js/function', '!tag',
  '%YAML 1.1', '@', '`', '|', '>', '>-\n x', "'", '"', '\\', '\\n', '\u0000', '\u0007', '\u007F', '\u0085', '\u2028', '\u2029', '\uFEFF', '\uFFFE', '\uE0000\uE001', '\uE000', '\uD800', '🦊', 'ﷺ', '${A}', '$(A)', '__proto__',
  'null', '~', 'true', 'OFF', '1', '1e3', '0o7', '0x1F', '.inf', '', ' ', '\t', '<%= x %>', '${{ x }}', 'x'.repeat(1_000_000),
];
const anyText = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ unit: 'grapheme', maxLength: 40 }));

type Replace = (text: string, path: string) => string;

/** The same structure with every text replaced. */
function mapTexts(value: unknown, replace: Replace, path = ''): unknown {
  if (typeof value === 'string') return replace(value, path);
  if (Array.isArray(value)) return value.map((item, index) => mapTexts(item, replace, `${path}[${index}]`));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, nested]) => [key, mapTexts(nested, replace, `${path}.${key}`)]));
}

const FOLDERS = ['istio-discovery', 'mesh-webhooks', 'mesh-config', 'telemetry-common', 'prometheus', 'grafana', 'kiali', 'kiali-operator', 'tracing', 'gateway', 'scaling'];

function contextOf(isOpenShift: boolean): object {
  const values = computeValues(valuesInput({}, { facts: isOpenShift ? OPENSHIFT : PLAIN, rootCertificate: ROOT }), injectionTemplates(CHARTS, '1.31'));
  const scaling = { name: 'n', namespace: 'ns', autoscale: { min: 1, max: 2, cpu: 3 }, disruption: { selector: { matchLabels: { app: 'a' } }, minAvailable: '50%' } };
  return { ...values, gateway: values.gateways[0], scaling };
}

/** Marks every text of the values, so that each can be found again in what was rendered. */
function marked(context: object, marks: Map<string, string>): object {
  return mapTexts(context, (_text, path) => { const mark = `<mark ${marks.size}>`; marks.set(mark, path); return mark; }) as object;
}

/** The one place where an empty text decides something: a Route without a host leaves the choice to the router. */
function meaningful(text: string, path: string | undefined): string {
  return text === '' && path?.endsWith('.route.host') === true ? 'a host' : text;
}

test('a text that reaches a template comes out as it went in, and the objects are otherwise the same', () => {
  for (const isOpenShift of [true, false]) {
    const marks = new Map<string, string>();
    const context = marked(contextOf(isOpenShift), marks);
    for (const folder of FOLDERS) {
      const expected = renderFolder(CHARTS, '1.31', folder, context);
      fc.assert(fc.property(fc.array(anyText, { minLength: 1, maxLength: 7 }), (texts) => {
        const hostileOf = (mark: string): string => meaningful(texts[Number(/\d+/.exec(mark)?.[0] ?? 0) % texts.length] ?? '', marks.get(mark));
        const hostile = mapTexts(context, hostileOf) as object;
        const rendered = renderFolder(CHARTS, '1.31', folder, hostile);
        assert.deepEqual(rendered, mapTexts(expected, (text) => (marks.has(text) ? hostileOf(text) : text)), folder);
      }), { numRuns: 25 });
    }
  }
});

test('every hostile text of the list, in every place at once', () => {
  const marks = new Map<string, string>();
  const context = marked(contextOf(true), marks);
  for (const text of HOSTILE) {
    const hostileOf = (mark: string): string => meaningful(text, marks.get(mark));
    const hostile = mapTexts(context, hostileOf) as object;
    for (const folder of FOLDERS) {
      const expected = mapTexts(renderFolder(CHARTS, '1.31', folder, context), (leaf) => (marks.has(leaf) ? hostileOf(leaf) : leaf));
      assert.deepEqual(renderFolder(CHARTS, '1.31', folder, hostile), expected, `${folder} ${JSON.stringify(text.slice(0, 20))}`);
    }
  }
});

test('a hostile text in the spec of a user changes neither the number of objects nor their names, and is found whole', () => {
  const names = (input: ReturnType<typeof valuesInput>): string[] => objectsOf(renderMesh(input, CHARTS)).map(({ object }) => `${object.kind} ${object.metadata.name}`);
  const plain = names(valuesInput());
  fc.assert(fc.property(anyText, (text) => {
    const input = valuesInput({
      proxy: { accessLogging: { file: { format: text } }, networking: { clusterDomain: text } },
      security: { trust: { domain: text } }, cluster: { name: text, network: text },
      runtime: { components: { pilot: { container: { env: { HOSTILE: text } }, pod: { metadata: { annotations: { hostile: text } } } } } },
    });
    assert.deepEqual(names(input), plain);
    const objects = objectsOf(renderMesh(input, CHARTS)).map(({ object }) => object);
    const mesh = objects.find(({ metadata }) => metadata.name === 'istio-basic')?.['data'] as { mesh: string };
    assert.equal((parse(mesh.mesh) as { accessLogFormat: string }).accessLogFormat, text);
    const istiod = JSON.stringify(objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'istiod-basic'));
    assert.ok(istiod.includes(JSON.stringify({ name: 'HOSTILE', value: text })));
  }), { numRuns: 60 });
});

test('a document for a ConfigMap gives back what went in, to a reader of YAML 1.1 and of YAML 1.2', () => {
  const json: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
    value: fc.oneof({ maxDepth: 3 }, anyText, fc.boolean(), fc.integer(), fc.constant(null), fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(fc.string({ maxLength: 6 }), tie('value'), { maxKeys: 3, noNullPrototype: true })),
  })).value;
  fc.assert(fc.property(json, (value) => {
    const text = yamlText({ value });
    assert.deepEqual(parse(text, { version: '1.1' }), { value });
    assert.deepEqual(parse(text, { version: '1.2' }), { value });
  }), { numRuns: 300 });
});
