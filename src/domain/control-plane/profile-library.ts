import { parse } from 'yaml';
import * as kinds from '../../api/kinds.ts';
import { LABEL_PROFILES, PROFILES_CONFIG_MAP } from '../../api/names.ts';
import { labelOf, type KubeObject } from '../../k8s/object.ts';
import { apiVersionOf } from '../../k8s/resource.ts';
import { isJsonObject, valueAt, type JsonObject } from '../../lib/json.ts';
import { err, ok, messageOf, type Result } from '../../lib/result.ts';
import { sortedBy } from '../../lib/sort.ts';
import { convertControlPlane, normalizeControlPlane } from '../conversion/control-plane.ts';
import { omit } from '../conversion/tree.ts';
import { BUILT_IN_PROFILES, type ProfileLibrary } from './profiles.ts';

/*
 * Profiles of the installation: ConfigMaps in the operator's namespace, one profile for each key (spec/api-smcp.md 5). The name `smcp-templates` is
 * the old operator's; others are found by their label.
 */

/** True for a ConfigMap that holds profiles, if it stands in the operator's namespace. */
export function isProfileSource(object: KubeObject): boolean {
  return object.metadata.name === PROFILES_CONFIG_MAP || labelOf(object, LABEL_PROFILES) === 'true';
}

function controlPlaneIn(text: string): Result<KubeObject, string> {
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    return err(`is not YAML (${messageOf(error).split('\n')[0] ?? ''}); correct it`);
  }
  if (!isJsonObject(document) || document['kind'] !== kinds.CONTROL_PLANE.kind || typeof document['apiVersion'] !== 'string') return err(`is not a ${kinds.CONTROL_PLANE.kind} with kind and apiVersion; write it as one, of maistra.io/v1 or maistra.io/v2`);
  // Kind and apiVersion are there; conversion looks at nothing else but spec.
  return ok({ metadata: { name: '' }, ...document } as unknown as KubeObject);
}

/** The spec of a profile. Its version is that of the mesh, whatever the file says. */
function profileIn(text: string): Result<JsonObject, string> {
  const object = controlPlaneIn(text);
  if (!object.ok) return object;
  const converted = convertControlPlane(object.value, apiVersionOf(kinds.CONTROL_PLANE));
  if (!converted.ok) return err(`${converted.error}; use maistra.io/v1 or maistra.io/v2`);
  const spec = valueAt(normalizeControlPlane(converted.value), 'spec');
  return ok(isJsonObject(spec) ? omit(spec, ['version']) : {});
}

interface Entry { readonly name: string; readonly place: string; readonly profile: Result<JsonObject, string> }

/** Objects of a cache never change, and every pass asks again. */
const known = new WeakMap<KubeObject, readonly Entry[]>();

function entriesOf(configMap: KubeObject): readonly Entry[] {
  const data = configMap['data'];
  const place = `ConfigMap ${configMap.metadata.namespace ?? ''}/${configMap.metadata.name}`;
  const entries = known.get(configMap) ?? Object.entries(isJsonObject(data) ? data : {})
    .flatMap(([name, text]) => (typeof text === 'string' ? [{ name, place, profile: profileIn(text) }] : []));
  known.set(configMap, entries);
  return entries;
}

/**
 * The library of an installation. In: the ConfigMaps with profiles of the operator's namespace. A profile of the installation goes before a built-in one
 * of its name; one that two ConfigMaps have is a fault, because nobody could say which counts. Out: never throws, whatever is in them.
 */
export function profileLibrary(configMaps: readonly KubeObject[]): ProfileLibrary {
  const entries = sortedBy(configMaps, ({ metadata }) => metadata.name).flatMap(entriesOf);
  const specs = new Map<string, JsonObject>(Object.entries(BUILT_IN_PROFILES));
  const faults = new Map<string, string>();
  const places = new Map<string, string>();
  for (const { name, place, profile } of entries) {
    const first = places.get(name);
    places.set(name, first ?? place);
    if (first !== undefined) faults.set(name, `is in ${first} and in ${place}; remove one of them`);
    else if (profile.ok) specs.set(name, profile.value);
    else faults.set(name, `in ${place} ${profile.error}`);
  }
  return { specs: Object.fromEntries(specs), faults: Object.fromEntries(faults) };
}
