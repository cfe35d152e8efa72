import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileCharts, injectionTemplates, renderFolder } from '../../../../src/domain/control-plane/charts.ts';

const CM = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{yaml name}} }\n';
const charts = (files: Readonly<Record<string, string>>) => compileCharts(new Map(Object.entries(files)));
const render = (text: string, context: object = { name: 'a' }) => renderFolder(charts({ 'base/x/1.yaml': text }), '1.31', 'x', context);

test('a folder is rendered in the order of its file names', () => {
  const set = charts({ 'base/x/20.yaml': CM.replace('{{yaml name}}', 'b'), 'base/x/10.yaml': CM, 'base/xx/05.yaml': CM });
  assert.deepEqual(renderFolder(set, '1.31', 'x', { name: 'a' }).map(({ metadata }) => metadata.name), ['a', 'b']);
});

test("a minor's own file replaces the shared one of the same name, and adds to the folder", () => {
  const set = charts({ 'base/x/1.yaml': CM, '1.29/x/1.yaml': CM.replace('{{yaml name}}', 'own'), '1.29/x/2.yaml': CM });
  assert.deepEqual(renderFolder(set, '1.29', 'x', { name: 'a' }).map(({ metadata }) => metadata.name), ['own', 'a']);
  assert.deepEqual(renderFolder(set, '1.31', 'x', { name: 'a' }).map(({ metadata }) => metadata.name), ['a']);
});

test('a template that decides to make nothing makes no object', () => {
  assert.deepEqual(render(`{{#if wanted}}\n${CM}{{/if}}\n`, { wanted: false, name: 'a' }), []);
});

test('values of every kind take their place whole', () => {
  const value = { list: [1, 'a', null, true], nested: { deep: { key: 'v' } }, empty: {} };
  const [object] = render(`${CM}data: {{yaml value}}\nitems:\n{{#each list}}\n  - {{yaml this}}\n{{/each}}\n`, { name: 'a', value, list: ['x', { y: 1 }] });
  assert.deepEqual(object?.['data'], value);
  assert.deepEqual(object?.['items'], ['x', { y: 1 }]);
});

test('a value that looks like a placeholder is one more text', () => {
  assert.equal(render(CM, { name: '\uE0000\uE001' })[0]?.metadata.name, '\uE0000\uE001');
});

test('a name that is not there is a fault of the chart', () => {
  assert.throws(() => render(CM.replace('name}}', 'missing}}')), /chart base\/x\/1.yaml: .*not there/);
  assert.throws(() => render(CM, { name: undefined }), /not there/);
  assert.throws(() => render('{{missing}}'), /missing/);
});

test('what a person might try in a template is refused: other helpers, half values, values as keys, two documents', () => {
  assert.throws(() => render(CM.replace('yaml name', 'lookup this "name"')));
  assert.throws(() => render(CM.replace('{{yaml name}}', 'a-{{yaml name}}')), /whole value/);
  assert.throws(() => render(`${CM}data: {{{yaml name}}: b}\n`));
  assert.throws(() => render(`${CM}data:\n  {{yaml name}}: b\n`), /key/);
  assert.throws(() => render(`${CM}---\n${CM}`), /chart base\/x\/1.yaml/);
  assert.throws(() => render('just: text\n'), /not a Kubernetes object/);
});

test('rendering twice gives equal objects, and the second does not change the first', () => {
  const set = charts({ 'base/x/1.yaml': CM });
  const first = renderFolder(set, '1.31', 'x', { name: 'a' });
  const second = renderFolder(set, '1.31', 'x', { name: 'b' });
  assert.deepEqual([first[0]?.metadata.name, second[0]?.metadata.name], ['a', 'b']);
});

test('injection templates are handed on untouched, by minor if it has its own', () => {
  const set = charts({ 'base/injection/sidecar.tpl': '{{ .x }}', 'base/injection/gateway.tpl': 'g', '1.29/injection/gateway.tpl': 'old' });
  assert.deepEqual(injectionTemplates(set, '1.31'), { sidecar: '{{ .x }}', gateway: 'g' });
  assert.deepEqual(injectionTemplates(set, '1.29'), { sidecar: '{{ .x }}', gateway: 'old' });
  assert.throws(() => injectionTemplates(charts({}), '1.31'), /no injection template/);
});
