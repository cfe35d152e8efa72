import Handlebars from 'handlebars';
import { parseDocument } from 'yaml';
import { sha256Hex } from '../../lib/hash.ts';
import { isJsonObject } from '../../lib/json.ts';
import { compareText } from '../../lib/sort.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { placeholderOf, withValues } from './placeholders.ts';
import type { InjectionTemplates } from './values/injector.ts';

/** The files of src/charts as data: path below that folder → text. Read once, at start. */
export type ChartSet = ReadonlyMap<string, string>;

/** Templates that were compiled when the program was built, by the fingerprint of their text (`templateKey`). Their compiler would be a sixth of `tmesh render`. */
export type CompiledTemplates = ReadonlyMap<string, ReturnType<typeof Handlebars.precompile>>;

/** A compiled template. In: what it may speak of. Out: the object it makes, or undefined if it decides to make none. */
type Template = (context: object) => KubeObject | undefined;

/** Charts ready to render: every object template compiled, once. */
export interface Charts {
  readonly templates: ReadonlyMap<string, Template>;
  /** Texts that go into objects as they are: Istio's injection templates. */
  readonly texts: ReadonlyMap<string, string>;
}

/** Folder of what all Istio minors share. A file of the same name in a minor's own folder replaces it. */
const BASE = 'base';

/** Shapes remembered per template; a shape is the text with placeholders, so it depends on `if` and `each` only. */
const MOST_SHAPES = 16;

function isKubeObject(value: unknown): value is KubeObject {
  return isJsonObject(value) && typeof value['apiVersion'] === 'string' && typeof value['kind'] === 'string' && isJsonObject(value['metadata'])
    && typeof value['metadata']['name'] === 'string';
}

/** The text of a template as plain values; a text that is not one YAML document is a fault of the chart. */
function parsed(path: string, text: string): unknown {
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined) throw new Error(`chart ${path}: ${error.message}`);
  return document.toJS();
}

/** Parsing is nine tenths of rendering, and there are few shapes. Memory of a pure function: it changes nothing but the time. */
function remembering(parse: (text: string) => unknown): (text: string) => unknown {
  const shapes = new Map<string, unknown>();
  return (text) => {
    const known = shapes.get(text);
    if (known !== undefined) return known;
    if (shapes.size >= MOST_SHAPES) shapes.clear();
    const shape = parse(text);
    shapes.set(text, shape);
    return shape;
  };
}

/**
 * The one helper, `yaml`: stands for a value of any kind, whole and never a part of a text. What it writes is a placeholder;
 * the value itself takes its place after parsing. So no value can leave its place, whatever is in it.
 */
function engine(): typeof Handlebars {
  const handlebars = Handlebars.create();
  handlebars.registerHelper('yaml', (value: unknown, options: Handlebars.HelperOptions) => {
    const { path, values }: { readonly path: string; readonly values: unknown[] } = options.data;
    if (value === undefined) throw new TypeError(`chart ${path}: asks for a value that is not there`);
    return placeholderOf(values.push(value) - 1);
  });
  return handlebars;
}

/** How templates are compiled. Known helpers only: they may use if, each and yaml. A test sees to it that every name they use is one of the values. */
export const TEMPLATE_OPTIONS: Parameters<typeof Handlebars.compile>[1] & {} = { noEscape: true, strict: true, knownHelpersOnly: true, knownHelpers: { yaml: true, with: false, lookup: false, log: false, unless: false } };

/** What a compiled template is found by. A text that was changed since has another one, and is compiled when it is needed. */
export function templateKey(text: string): string {
  return sha256Hex(text, 16);
}

function compile(handlebars: typeof Handlebars, path: string, text: string, compiled: CompiledTemplates): Template {
  const specification = compiled.get(templateKey(text));
  const print = specification === undefined ? handlebars.compile<object>(text, TEMPLATE_OPTIONS) : handlebars.template<object>(specification);
  const parse = remembering((shape) => parsed(path, shape));
  return (context) => {
    const values: unknown[] = [];
    const object = withValues(parse(print(context, { data: { path, values } })), values);
    if (object === null || object === undefined) return undefined;
    if (!isKubeObject(object)) throw new Error(`chart ${path}: not a Kubernetes object`);
    return object;
  };
}

/** Compiles the charts. In: their files, and what has been compiled already. Out: what rendering needs; nothing is read later. */
export function compileCharts(files: ChartSet, compiled: CompiledTemplates = new Map()): Charts {
  const handlebars = engine();
  const entries = [...files].toSorted(([a], [b]) => compareText(a, b));
  return {
    templates: new Map(entries.filter(([path]) => path.endsWith('.yaml')).map(([path, text]) => [path, compile(handlebars, path, text, compiled)])),
    texts: new Map(entries.filter(([path]) => path.endsWith('.tpl'))),
  };
}

/** Paths of a folder for an Istio minor, in order of file names; the minor's own file wins over the shared one. */
function pathsOf(charts: Charts, minor: string, folder: string): string[] {
  const nameIn = (path: string, root: string): string | undefined => (path.startsWith(`${root}/${folder}/`) ? path.slice(root.length + folder.length + 2) : undefined);
  const names = new Map<string, string>();
  for (const path of charts.templates.keys()) {
    const shared = nameIn(path, BASE);
    if (shared !== undefined && !names.has(shared)) names.set(shared, path);
    const own = nameIn(path, minor);
    if (own !== undefined) names.set(own, path);
  }
  return [...names].toSorted(([a], [b]) => compareText(a, b)).map(([, path]) => path);
}

/**
 * Renders a folder of the charts for an Istio minor. Out: the objects, in order of file names.
 * Throws for a fault of the chart only; no value can make it throw, add an object or change another field (test/property/template-values.test.ts).
 */
export function renderFolder(charts: Charts, minor: string, folder: string, context: object): readonly KubeObject[] {
  return pathsOf(charts, minor, folder).flatMap((path) => {
    const object = charts.templates.get(path)?.(context);
    return object === undefined ? [] : [object];
  });
}

function textOf(charts: Charts, minor: string, name: string): string {
  const text = charts.texts.get(`${minor}/injection/${name}.tpl`) ?? charts.texts.get(`${BASE}/injection/${name}.tpl`);
  if (text === undefined) throw new Error(`the charts have no injection template ${name}`);
  return text;
}

/** Istio's injection templates for a minor, as they are. */
export function injectionTemplates(charts: Charts, minor: string): InjectionTemplates {
  return { sidecar: textOf(charts, minor, 'sidecar'), gateway: textOf(charts, minor, 'gateway') };
}
