import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { controlPlaneSpecSchema, parseControlPlane } from '../../src/api/maistra-v2/control-plane.ts';
import { resolveProfiles } from '../../src/domain/control-plane/profiles.ts';
import { specFindings, validateControlPlane } from '../../src/domain/validation/control-plane.ts';
import { deepMerge } from '../../src/lib/merge.ts';
import { isJsonObject, valueAt, type Json, type JsonObject } from '../../src/lib/json.ts';
import { controlPlane } from './control-plane.ts';
import { FIELD_BLOCKS } from './field-blocks.ts';
import { contextOf, examplesOf } from './field-contexts.ts';
import { leavesOf, withLeaf, type Leaf, type LeafPath } from './spec-leaves.ts';

/** Specs that validation takes and that together set every field of API v2, and the fields that no example could be found for. */
export interface EveryFieldSet {
  readonly specs: readonly JsonObject[];
  readonly left: readonly string[];
}

/** Fields that choose everything else: the set is made for each version and profile by its users. */
const CHOICES: ReadonlySet<string> = new Set(['version', 'profiles', 'mode']);

function isTaken(spec: JsonObject): boolean {
  if (validateControlPlane(controlPlane(spec), { others: [] }).problems.length > 0) return false;
  const resolved = resolveProfiles(spec);
  const parsed = parseControlPlane(controlPlane(resolved.spec));
  return resolved.problems.length === 0 && parsed.ok && specFindings(parsed.value.spec).problems.length === 0;
}

const placed = (base: JsonObject, { path, value }: Setting): JsonObject => withLeaf(deepMerge(base, contextOf(path)), path, value);

interface Setting { readonly path: LeafPath; readonly value: Json }

/** The block that a leaf is in: how long its path is, and its values. */
function blockOf({ path }: Leaf): { readonly path: LeafPath; readonly variants: readonly Json[] } | undefined {
  const length = path.findIndex((_, index) => FIELD_BLOCKS.some(({ at }) => at.test(path.slice(0, index + 1).join('.'))));
  const found = path.slice(0, length + 1);
  const block = length < 0 ? undefined : FIELD_BLOCKS.find(({ at }) => at.test(found.join('.')));
  return block && { path: found, variants: block.variants };
}

/** Is something set at a path, in one entry of each list on the way? */
function isSet(value: unknown, [step, ...rest]: LeafPath): boolean {
  if (step === undefined) return value !== undefined;
  if (step === '[]') return Array.isArray(value) && value.some((item) => isSet(item, rest));
  return isJsonObject(value) && isSet(value[step], rest);
}

/** What to set for a leaf: its block, in all variants, or itself. Empty when no example is taken. */
function settingsOf(leaf: Leaf): readonly Setting[] {
  const block = blockOf(leaf);
  if (block === undefined) return examplesOf(leaf).map((value) => ({ path: leaf.path, value })).filter((setting) => isTaken(placed({}, setting))).slice(0, 1);
  const settings = block.variants.map((value) => ({ path: block.path, value })).filter((setting) => isTaken(placed({}, setting)));
  return settings.some(({ value }) => isSet(value, leaf.path.slice(block.path.length))) ? settings : [];
}

function put(specs: JsonObject[], setting: Setting): void {
  const index = specs.findIndex((spec) => valueAt(spec, ...setting.path) === undefined && isTaken(placed(spec, setting)));
  if (index < 0) specs.push(placed({}, setting));
  else specs[index] = placed(specs[index] ?? {}, setting);
}

/**
 * Puts each field into the first spec that stays valid with it: fields that exclude one another end up in different specs. Deterministic, so that
 * the set is a golden file; it grows by itself with the schema.
 */
export function everyFieldSet(): EveryFieldSet {
  const specs: JsonObject[] = [];
  const left: string[] = [];
  const done = new Set<string>();
  for (const leaf of leavesOf(controlPlaneSpecSchema)) {
    if (CHOICES.has(leaf.path.join('.'))) continue;
    const settings = settingsOf(leaf);
    if (settings.length === 0) left.push(leaf.path.join('.'));
    for (const setting of settings) {
      const key = JSON.stringify(setting);
      if (!done.has(key)) put(specs, setting);
      done.add(key);
    }
  }
  return { specs, left };
}

/** The set as it is kept (test/golden/every-field/specs.json). */
export function everyFieldSpecs(): readonly JsonObject[] {
  return JSON.parse(readFileSync(join(import.meta.dirname, '..', 'golden', 'every-field', 'specs.json'), 'utf8')) as readonly JsonObject[];
}

/** Fields that no SMCP of the kept set sets, and SMCPs of it that validation no longer takes. */
export function unsetFields(): readonly string[] {
  const specs = everyFieldSpecs();
  const refused = specs.filter((spec) => !isTaken(spec)).map((_, index) => `specs[${index}]`);
  const leaves = leavesOf(controlPlaneSpecSchema).filter(({ path }) => !CHOICES.has(path.join('.')));
  return [...refused, ...leaves.filter(({ path }) => !specs.some((spec) => isSet(spec, path))).map(({ path }) => path.join('.'))];
}
