import { MAISTRA_FEDERATION_GROUP } from './foreign.ts';
import { CONTROL_PLANE_V1 } from '../../api/kinds.ts';
import { controlPlaneSpecSchema, parseControlPlane } from '../../api/maistra-v2/control-plane.ts';
import { showPath } from '../../api/schema/problems.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { apiVersionOf } from '../../k8s/resource.ts';
import { textAt } from '../../lib/json.ts';
import { convertControlPlane } from '../conversion/control-plane.ts';
import { idleFields } from '../validation/control-plane-effect.ts';
import { validateControlPlane } from '../validation/control-plane.ts';
import { unknownFieldWarnings } from '../validation/unknown-fields.ts';
import { unreadValueWarnings } from '../validation/unread-values.ts';
import { chooseVersion, isLegacyVersion } from '../versions.ts';
import { shownObject } from './objects.ts';
import type { PlanRow } from './row.ts';

/** `spec.version` and the Istio version that will run; '' when none can. */
export function versionOf(plane: KubeObject): { readonly written: string; readonly istio: string } {
  const written = textAt(plane, 'spec', 'version');
  const chosen = chooseVersion(written === '' ? undefined : written, textAt(plane, 'status', 'chartVersion'));
  return { written, istio: chosen.ok ? chosen.value.patch : '' };
}

function versionRow(plane: KubeObject): PlanRow[] {
  const { written, istio } = versionOf(plane);
  const runs = textAt(plane, 'status', 'chartVersion');
  if (istio === '' || (written !== '' && !isLegacyVersion(written))) return [];
  return [{ fate: 'changed', what: 'spec.version', why: `${written === '' ? `what runs (${runs === '' ? 'unknown' : runs})` : written} is a version of OpenShift Service Mesh, a patched Istio`, instead: `upstream Istio ${istio}; spec.version stays as it is and chooses nothing` }];
}

/** What becomes of the fields of a control plane. In: it, as v2, and the names of the others in its namespace. */
export function specRows(plane: KubeObject, others: readonly string[]): readonly PlanRow[] {
  const { problems } = validateControlPlane(plane, { others });
  const wrong: PlanRow[] = problems.map(({ path, message }) => ({ fate: 'unsupported', what: path, why: message.startsWith(path) ? message.slice(path.length).trim() : message, instead: 'change it before the move' }));
  const idle: PlanRow[] = idleFields(plane['spec']).map(({ path, row }) => ({ fate: 'dropped', what: showPath(['spec', ...path]), why: `${row.because}; it is kept and has no effect`, instead: row.instead }));
  return [...versionRow(plane), ...wrong, ...idle, ...unreadRows(plane)];
}

/** Fields that no version of the API knows, and values of v1 that no v2 field stands for. */
function unreadRows(plane: KubeObject): PlanRow[] {
  const parsed = parseControlPlane(plane);
  if (!parsed.ok) return [];
  const old = convertControlPlane(plane, apiVersionOf(CONTROL_PLANE_V1));
  const sentences = [...unknownFieldWarnings(controlPlaneSpecSchema, plane['spec']), ...(old.ok ? unreadValueWarnings(old.value, parsed.value.spec) : [])];
  return sentences.map((sentence) => {
    const end = sentence.indexOf(' ');
    return { fate: 'dropped', what: sentence.slice(0, end), why: sentence.slice(end + 1), instead: '' };
  });
}

/** Kinds of the old mesh that upstream Istio does not have, and what stands in for them. */
const UNSUPPORTED: Readonly<Record<string, readonly [why: string, instead: string]>> = {
  ServiceMeshPeer: ['federation of meshes was a part of the patched istiod', 'export the services by a gateway and a ServiceEntry, or use Istio\'s own multi-cluster'],
  ExportedServiceSet: ['federation of meshes was a part of the patched istiod', 'expose the services at a gateway'],
  ImportedServiceSet: ['federation of meshes was a part of the patched istiod', 'write a ServiceEntry for each service'],
  ServiceMeshExtension: ['Istio has WasmPlugin instead', 'write a WasmPlugin'],
};

/** EnvoyFilters and the like are read by another Envoy. */
const READ_ANEW: Readonly<Record<string, string>> = {
  EnvoyFilter: 'names parts of the configuration of an Envoy that is some years newer now; try it before the move',
  WasmPlugin: 'runs in a newer proxy; try it before the move',
};

/** What becomes of configuration in the namespaces of a mesh. */
export function configurationRows(objects: readonly KubeObject[]): readonly PlanRow[] {
  return objects.flatMap((object): PlanRow[] => {
    const [why, instead] = UNSUPPORTED[object.kind] ?? [];
    if (why !== undefined && (object.apiVersion.startsWith(MAISTRA_FEDERATION_GROUP) || object.apiVersion.startsWith('maistra.io/'))) return [{ fate: 'unsupported', what: shownObject(object), why, instead: instead ?? '' }];
    const anew = READ_ANEW[object.kind];
    return anew === undefined ? [] : [{ fate: 'changed', what: shownObject(object), why: anew, instead: '' }];
  });
}
