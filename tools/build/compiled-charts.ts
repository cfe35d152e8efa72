import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import Handlebars from 'handlebars';
import { loadCharts } from '../../src/cli/charts.ts';
import { TEMPLATE_OPTIONS, templateKey } from '../../src/domain/control-plane/charts.ts';

/** The module that stands in the place of src/cli/compiled-charts.ts: every template as the function that Handlebars makes of it. In: texts of templates. */
export function compiledModule(texts: readonly string[]): string {
  // A module is strict already; the functions are Handlebars' own and need nothing from outside.
  const entries = texts.map((text) => `[${JSON.stringify(templateKey(text))}, ${String(Handlebars.precompile(text, TEMPLATE_OPTIONS))}]`);
  return `export const COMPILED_TEMPLATES = new Map([\n${entries.join(',\n')}\n]);\n`;
}

/** Compiles the charts when the program is built, so that no start of a command has to. */
export const compiledCharts: Plugin = {
  name: 'compiled-charts',
  setup(pluginBuild) {
    pluginBuild.onLoad({ filter: /[\\/]src[\\/]cli[\\/]compiled-charts\.ts$/ }, () => {
      const files = [...loadCharts(join(import.meta.dirname, '..', '..', 'src', 'charts'))].filter(([path]) => path.endsWith('.yaml')).map(([, text]) => text);
      return { contents: compiledModule(files), loader: 'js' };
    });
  },
};
