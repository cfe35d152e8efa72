import { convertControlPlane } from '../../src/domain/conversion/control-plane.ts';
import { viewOf, type BuildableMesh, type MeshView } from '../../src/domain/control-plane/mesh-view.ts';
import type { ControlPlaneObserved } from '../../src/domain/control-plane/observed.ts';
import { isJsonObject, type JsonObject } from '../../src/lib/json.ts';
import type { KubeObject } from '../../src/k8s/object.ts';
import { CHARTS, controlPlane, observed, OPENSHIFT, PLAIN } from './control-plane.ts';
import { mended, randomControlPlane, type ApiVersion } from './random-control-plane.ts';

/* Meshes of random control planes; even seeds are on OpenShift. */

/** The v2 spec of a control plane. */
export function specInV2(object: KubeObject): JsonObject {
  const converted = convertControlPlane(object, 'maistra.io/v2');
  if (!converted.ok) throw new Error(converted.error);
  const spec = converted.value['spec'];
  return isJsonObject(spec) ? spec : {};
}

/** What the controller observes of a spec: a new mesh with one member. */
export function observedMesh(spec: JsonObject, seed: number): ControlPlaneObserved {
  return observed(controlPlane(spec), { facts: seed % 2 === 0 ? OPENSHIFT : PLAIN, members: ['far'] });
}

function refusedPaths(view: MeshView): readonly string[] {
  return view.state === 'refused' ? view.problems.map(({ path }) => path) : [];
}

/** The mesh of a seed, after the fields that are refused were taken out. Throws if something else is in its way. */
export function randomMesh(version: ApiVersion, seed: number): BuildableMesh {
  const spec = mended(specInV2(randomControlPlane(version, seed)), (tried) => refusedPaths(viewOf(observedMesh(tried, seed), CHARTS)));
  const view = viewOf(observedMesh(spec, seed), CHARTS);
  if (view.state !== 'buildable') throw new Error(`${version} seed ${seed} is ${view.state}`);
  return view;
}
