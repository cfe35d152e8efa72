import Handlebars from 'handlebars';
import { parseDocument } from 'yaml';
import { isJsonObject } from '../../lib/json.ts';
import { compareText } from '../../lib/sort.ts';
import type { KubeObject } from '../../k8s/object.ts';
import type { InjectionTemplates } from './values/injector.ts';

/** The files of src/charts as data: path below that folder → text. Read once, at start. */
export type ChartSet = ReadonlyMap<string, string>;

type Template = (context: object) => string;

/** Charts ready to render: every object template compiled, once. */
export interface Charts {
  readonly templates: ReadonlyMap<string, Template>;
  /** Texts that go into objects as they are: Istio's injection templates. */
  readonly texts: ReadonlyMap<string, string>;
}

/** Folder of what all Istio minors share. A file of the same name in a minor's own folder replaces it. */
const BASE = 'base';

/**
 * The one helper: any JSON value on one line. JSON is YAML (YAML 1.2, 1.3), so no value can leave its place, whatever is in it.
 * The characters that YAML counts as line breaks or forbids, and JSON does not escape, are escaped.
 */
export function yamlValue(value: unknown): string {
  const json = JSON.stringify(value);
  if (json === undefined) throw new TypeError('a template asked for a value that is not there');
  return json.replaceAll(/[\u007F-\u009F\u2028\u2029\uFEFF\uFFFE\uFFFF]/g, (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);
}

function compiler(): (text: string) => Template {
  const handlebars = Handlebars.create();
  handlebars.registerHelper('yaml', (value: unknown) => yamlValue(value));
  // Strict: a name that is not there is an error, not an empty text. Known helpers only: templates may use if, each and yaml.
  const knownHelpers = { yaml: true, with: false, lookup: false, log: false, unless: false };
  return (text) => handlebars.compile(text, { noEscape: true, strict: true, knownHelpersOnly: true, knownHelpers });
}

/** Compiles the charts. Out: data that rendering needs; nothing is read later. */
export function compileCharts(files: ChartSet): Charts {
  const compile = compiler();
  const entries = [...files].toSorted(([a], [b]) => compareText(a, b));
  return {
    templates: new Map(entries.filter(([path]) => path.endsWith('.yaml')).map(([path, text]) => [path, compile(text)])),
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

function isKubeObject(value: unknown): value is KubeObject {
  return isJsonObject(value) && typeof value['apiVersion'] === 'string' && typeof value['kind'] === 'string' && isJsonObject(value['metadata'])
    && typeof value['metadata']['name'] === 'string';
}

/** The object of a rendered file; undefined if the template decided to make none. A file that is no object is a fault of the chart. */
function objectIn(path: string, text: string): KubeObject | undefined {
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined) throw new Error(`chart ${path}: ${error.message}`);
  const value: unknown = document.toJS();
  if (value === null || value === undefined) return undefined;
  if (!isKubeObject(value)) throw new Error(`chart ${path}: not a Kubernetes object`);
  return value;
}

/**
 * Renders a folder of the charts for an Istio minor. Out: the objects, in order of file names.
 * Throws for a fault of the chart only; no value can make it throw, add an object or change another field (test/property/template-values.test.ts).
 */
export function renderFolder(charts: Charts, minor: string, folder: string, context: object): readonly KubeObject[] {
  return pathsOf(charts, minor, folder).flatMap((path) => {
    const object = objectIn(path, charts.templates.get(path)?.(context) ?? '');
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
