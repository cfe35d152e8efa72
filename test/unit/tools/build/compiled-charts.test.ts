import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadCharts } from '../../../../src/cli/charts.ts';
import { compileCharts, renderFolder, templateKey, type CompiledTemplates } from '../../../../src/domain/control-plane/charts.ts';
import { compiledModule } from '../../../../tools/build/compiled-charts.ts';

async function compiledFrom(texts: readonly string[]): Promise<CompiledTemplates> {
  const module = await import(`data:text/javascript,${encodeURIComponent(compiledModule(texts))}`) as { readonly COMPILED_TEMPLATES: CompiledTemplates };
  return module.COMPILED_TEMPLATES;
}

const TEXT = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{yaml name}}\ndata:\n{{#each data}}\n  {{@key}}: {{yaml this}}\n{{/each}}\n';
const CONTEXT = { name: 'a"\n<b>', data: { one: '1', two: 'off' } };

test('a template compiled at build time makes what it makes when compiled on the spot', async () => {
  const files = new Map([['base/x/10.yaml', TEXT]]);
  const onTheSpot = renderFolder(compileCharts(files), '1.31', 'x', CONTEXT);
  assert.deepEqual(renderFolder(compileCharts(files, await compiledFrom([TEXT])), '1.31', 'x', CONTEXT), onTheSpot);
  assert.equal(onTheSpot[0]?.metadata.name, 'a"\n<b>');
});

test('what was compiled is used for that very text only', async () => {
  const other = (await compiledFrom([TEXT.replace('v1', 'v2')])).values().next().value;
  assert.ok(other !== undefined);
  const files = new Map([['base/x/10.yaml', TEXT]]);
  assert.equal(renderFolder(compileCharts(files, new Map([[templateKey(TEXT), other]])), '1.31', 'x', CONTEXT)[0]?.apiVersion, 'v2', 'it is used');
  assert.equal(renderFolder(compileCharts(files, new Map([[templateKey('another text'), other]])), '1.31', 'x', CONTEXT)[0]?.apiVersion, 'v1');
});

test('every template of the charts is compiled', async () => {
  const texts = [...loadCharts()].filter(([path]) => path.endsWith('.yaml')).map(([, text]) => text);
  const compiled = await compiledFrom(texts);
  assert.ok(texts.length > 60);
  assert.deepEqual(texts.filter((text) => !compiled.has(templateKey(text))), []);
});
