import * as kinds from '../../api/kinds.ts';
import { controlPlaneSpecSchema, parseControlPlane, type ControlPlaneSpec } from '../../api/maistra-v2/control-plane.ts';
import { controlPlaneSpecV1Schema } from '../../api/maistra-v1/control-plane.ts';
import { parseSpec } from '../../api/schema/parse.ts';
import { showPath } from '../../api/schema/problems.ts';
import { isJsonObject, valueAt } from '../../lib/json.ts';
import type { KubeObject } from '../../k8s/object.ts';
import type { Problem } from '../../k8s/plan.ts';
import { apiVersionOf } from '../../k8s/resource.ts';
import { convertControlPlane, normalizeControlPlane } from '../conversion/control-plane.ts';
import { resolveProfiles, type ProfileLibrary } from '../control-plane/profiles.ts';
import { chooseVersion, legacyVersionWarning, moveProblem } from '../versions.ts';
import { idleFieldWarnings, idleValueWarnings } from './control-plane-effect.ts';
import { controlPlaneRules } from './control-plane-rules.ts';
import { fieldProblems } from './field-problems.ts';
import { NO_FINDINGS, problem, problemsOnly, together, type Findings } from './findings.ts';
import { unknownFieldWarnings } from './unknown-fields.ts';
import { unreadValueWarnings } from './unread-values.ts';
import { asWrittenInV1 } from './v1-paths.ts';
import { unfitValues } from './v1-values.ts';

/** What validation of a control plane needs to know beside the object. */
export interface ControlPlaneContext {
  /** Names of the other ServiceMeshControlPlanes in the namespace, those being deleted left out. */
  readonly others: readonly string[];
  /** Namespace of the operator; a mesh may not live there. Absent when the operator runs outside the cluster. */
  readonly operatorNamespace?: string | undefined;
  /** Exact Istio version that the mesh runs (`status.chartVersion`); absent for a new one, and where the caller looks at its parts. */
  readonly running?: string | undefined;
  /** Absent: not looked at. */
  readonly profiles?: ProfileLibrary;
}

const V1 = apiVersionOf(kinds.CONTROL_PLANE_V1);

function placeProblems({ metadata }: KubeObject, { others, operatorNamespace }: ControlPlaneContext): Problem[] {
  const { name, namespace } = metadata;
  const other = others.find((candidate) => candidate !== name);
  return [
    ...(namespace === undefined || namespace !== operatorNamespace ? []
      : [problem('metadata.namespace', namespace, `is the namespace of the operator; create the ServiceMeshControlPlane in a namespace of its own`)]),
    ...(other === undefined ? []
      : [problem('metadata.name', name, `cannot be a second ServiceMeshControlPlane in namespace ${namespace ?? ''}: there is ${other} already; change that one, delete it, or use another namespace`, 'ErrMultipleSMCPs')]),
  ];
}

function versionFindings(version: string | undefined): Findings {
  const chosen = chooseVersion(version);
  const warning = legacyVersionWarning(version);
  return { problems: chosen.ok ? [] : [chosen.error], warnings: warning === undefined ? [] : [warning] };
}

/** A mesh that runs moves one minor at a time. What is no version at all is somebody else's finding. */
function moveProblems(object: KubeObject, { running }: ControlPlaneContext): Problem[] {
  if (running === undefined || running === '') return [];
  const version = valueAt(object, 'spec', 'version');
  const chosen = chooseVersion(typeof version === 'string' ? version : undefined, running);
  const found = chosen.ok ? moveProblem(chosen.value, [running]) : undefined;
  return found === undefined ? [] : [found];
}

/** What can be said of the content of a v2 spec; also of one that profiles filled in. */
export function specFindings(spec: ControlPlaneSpec): Findings {
  return together(versionFindings(spec.version), problemsOnly(fieldProblems(spec)), controlPlaneRules(spec));
}

/** Status repeats the spec twice, and an object in etcd may have 1.5 MB; the limit is the one of `kubectl apply` (its annotation). */
const LARGEST_SPEC = 262_144;

function sizeProblems(object: KubeObject): Problem[] {
  const size = JSON.stringify(object['spec'] ?? {}).length;
  if (size <= LARGEST_SPEC) return [];
  return [problem('spec', `${size} characters`, `is too large: ${size} characters of JSON, at most ${LARGEST_SPEC}; keep long texts in ConfigMaps or Secrets and refer to them`)];
}

/** `__proto__` as a key of a map: schemas pass it over, so that what is below it would be looked at by nobody before the API server. */
function oddKeyProblems(value: unknown, path: readonly PropertyKey[]): Problem[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown, index) => oddKeyProblems(item, [...path, index]));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, below]) => (key === '__proto__'
    ? [problem(showPath([...path, key]), below, 'has a name that no field, label or selector can have; remove it')] : oddKeyProblems(below, [...path, key])));
}

/** v1: the values have their own schema, and what they mean is checked after conversion. */
function v1Findings(object: KubeObject): Findings {
  const own = parseSpec(controlPlaneSpecV1Schema, object);
  if (!own.ok) return problemsOnly(own.error);
  const converted = convertControlPlane(object, apiVersionOf(kinds.CONTROL_PLANE));
  if (!converted.ok) return problemsOnly([problem('apiVersion', object.apiVersion, converted.error)]);
  const parsed = parseControlPlane(converted.value);
  const written = object['spec'];
  if (!parsed.ok) return problemsOnly(parsed.error.map((found) => asWrittenInV1(found, written)));
  const { problems, warnings: said } = specFindings(parsed.value.spec);
  const unfit = unfitValues(written, parsed.value.spec);
  const unread = unreadValueWarnings(object, parsed.value.spec, unfit.map(({ path }) => path));
  return {
    problems: [...unfit.flatMap((value) => value.problems), ...problems.map((found) => asWrittenInV1(found, written))],
    warnings: [...said, ...idleValueWarnings(written, parsed.value.spec), ...unread],
  };
}

/** Profiles may come after the control plane that uses them, so that one which is not there is no reason to refuse it. */
function profileWarnings(object: KubeObject, profiles: ProfileLibrary | undefined): string[] {
  const converted = profiles === undefined ? undefined : convertControlPlane(object, apiVersionOf(kinds.CONTROL_PLANE));
  const spec = converted?.ok === true ? converted.value['spec'] : undefined;
  return isJsonObject(spec) ? resolveProfiles(spec, profiles).problems.map(({ message }) => `spec.profiles: ${message}; until then the mesh stays as it is`) : [];
}

function v2Findings(object: KubeObject): Findings {
  const parsed = parseControlPlane(normalizeControlPlane(object));
  if (!parsed.ok) return problemsOnly(parsed.error);
  const warnings = [...idleFieldWarnings(parsed.value.spec), ...unknownFieldWarnings(controlPlaneSpecSchema, object['spec'])];
  return together(specFindings(parsed.value.spec), { problems: [], warnings });
}

/**
 * Everything that can be said about a ServiceMeshControlPlane without asking the cluster; shared by admission and reconciliation.
 * In: the object as it was sent, in either version, and its surroundings. Out: problems with field, value and remedy; warnings.
 * An object that is being deleted has none. Source: spec/webhooks.md 3.
 */
export function validateControlPlane(object: KubeObject, context: ControlPlaneContext): Findings {
  if (object.metadata.deletionTimestamp !== undefined) return NO_FINDINGS;
  const tooLarge = sizeProblems(object);
  if (tooLarge.length > 0) return problemsOnly(tooLarge);
  const place = problemsOnly([...placeProblems(object, context), ...moveProblems(object, context), ...oddKeyProblems(object['spec'], ['spec'])]);
  const warnings = profileWarnings(object, context.profiles);
  return together(place, object.apiVersion === V1 ? v1Findings(object) : v2Findings(object), { problems: [], warnings });
}
