import { deepMerge } from '../../lib/merge.ts';
import { isJsonObject, valueAt, type JsonObject } from '../../lib/json.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import { compareText } from '../../lib/sort.ts';
import type { Problem } from '../../k8s/plan.ts';

/** A profile: a v2 spec that fills in what the user leaves out. It may build on other profiles. */
export type Profiles = Readonly<Record<string, JsonObject>>;

/** The profiles that come with the operator; spec/api-smcp.md 3 (column "default") and 5. */
export const BUILT_IN_PROFILES: Profiles = {
  base: {
    tracing: { type: 'Jaeger', sampling: 100 },
    general: { logging: { componentLevels: { default: 'warn' } } },
    proxy: { injection: { autoInject: false }, networking: { clusterDomain: 'cluster.local' } },
    security: { manageNetworkPolicy: true, dataPlane: { mtls: false, automtls: true }, trust: { domain: 'cluster.local' } },
    gateways: { enabled: true, ingress: { enabled: true }, egress: { enabled: true }, openshiftRoute: { enabled: true } },
    addons: {
      prometheus: { enabled: true, install: { retention: '6h', scrapeInterval: '15s' } },
      grafana: { enabled: true },
      kiali: { enabled: true, name: 'kiali', install: { dashboard: { viewOnly: false } } },
      jaeger: { name: 'jaeger', install: { storage: { type: 'Memory', memory: { maxTraces: 100_000 } } } },
    },
  },
  small: {
    proxy: { runtime: { container: { resources: { requests: { cpu: '10m', memory: '128Mi' } } } } },
    runtime: { defaults: { deployment: { podDisruption: { enabled: false } } } },
  },
  default: { profiles: ['base', 'small'] },
  // The files that `default` was made from, in the community's and in the product's build.
  maistra: { profiles: ['base', 'small'] },
  servicemesh: { profiles: ['base', 'small'] },
};

/** All profiles that there are. */
export interface ProfileLibrary {
  readonly specs: Profiles;
  /** Profiles that cannot be used, and why, as the rest of a sentence about them. */
  readonly faults: Readonly<Record<string, string>>;
}

/** The profiles that come with the operator. */
export const BUILT_IN_LIBRARY: ProfileLibrary = { specs: BUILT_IN_PROFILES, faults: {} };

/** Which profiles apply when the spec names none. */
export const DEFAULT_PROFILES: readonly string[] = ['default'];

/** What came of resolving profiles. */
export interface ResolvedSpec {
  /** The spec with everything filled in, and `profiles` set to those that were used. */
  readonly spec: JsonObject;
  readonly problems: readonly Problem[];
}

interface Walk {
  readonly library: ProfileLibrary;
  readonly problems: Problem[];
}

function namesIn(spec: JsonObject): readonly string[] | undefined {
  const names = spec['profiles'];
  if (!Array.isArray(names)) return undefined;
  const words = names.filter((name): name is string => typeof name === 'string');
  return words.length === 0 ? undefined : words;
}

function problemWith(name: string, message: string): Problem {
  return { path: 'spec.profiles', value: name.slice(0, 100), reason: 'ValidationError', message };
}

/** One profile, or the sentence why there is none. */
function profileOf(name: string, { specs, faults }: ProfileLibrary): Result<JsonObject, string> {
  const shown = JSON.stringify(name.slice(0, 100));
  if (Object.hasOwn(faults, name)) return err(`profile ${shown} ${faults[name] ?? ''}`);
  const profile = Object.hasOwn(specs, name) ? specs[name] : undefined;
  return profile === undefined ? err(`profile ${shown} is not known; known are ${Object.keys(specs).toSorted(compareText).join(', ')}`) : ok(profile);
}

/** Puts the named profiles below a spec, the last named one first; each brings its own parents before the next is looked at. */
function fillIn(spec: JsonObject, names: readonly string[], path: readonly string[], walk: Walk): JsonObject {
  return names.toReversed().reduce<JsonObject>((above, name) => {
    if (path.includes(name)) {
      walk.problems.push(problemWith(name, `profiles build on each other in a circle: ${[...path, name].join(' -> ')}; remove one of them`));
      return above;
    }
    const profile = profileOf(name, walk.library);
    if (!profile.ok) {
      walk.problems.push(problemWith(name, profile.error));
      return above;
    }
    return fillIn(deepMerge(profile.value, above), namesIn(profile.value) ?? [], [...path, name], walk);
  }, spec);
}

/** A null counts as absent, as in every other place where a spec is read. */
function withoutNulls(spec: JsonObject): JsonObject {
  const kept = Object.entries(spec).filter(([, value]) => value !== null);
  return Object.fromEntries(kept.map(([key, value]) => [key, isJsonObject(value) ? withoutNulls(value) : value]));
}

/**
 * Fills in a user's spec from its profiles: the user wins, then the last named profile, then that profile's own parents,
 * then the profile named before it. Lists and scalars are taken whole. A circle or an unknown name is a problem, never a crash.
 * Source: spec/api-smcp.md 5 (the old operator recursed for ever on a circle).
 */
export function resolveProfiles(spec: JsonObject, library: ProfileLibrary = BUILT_IN_LIBRARY): ResolvedSpec {
  const names = namesIn(spec) ?? DEFAULT_PROFILES;
  const walk: Walk = { library, problems: [] };
  const filled = fillIn(withoutNulls(spec), names, [], walk);
  return { spec: { ...filled, profiles: [...names] }, problems: walk.problems };
}

/**
 * The filled-in spec of an SMCP object of API v2; an object without a readable spec has an empty one. Where a profile cannot be found, what was
 * applied last stands in for it: a deleted profile must not change members.
 */
export function appliedSpecOf(smcp: unknown, library: ProfileLibrary = BUILT_IN_LIBRARY): JsonObject {
  const spec = valueAt(smcp, 'spec');
  // The guard narrows to an object of JSON values: what an API server sends is nothing else.
  const own = isJsonObject(spec) ? spec : {};
  const resolved = resolveProfiles(own, library);
  const last = resolved.problems.length === 0 ? undefined : valueAt(smcp, 'status', 'appliedSpec');
  return isJsonObject(last) ? deepMerge(last, withoutNulls(own)) : resolved.spec;
}
