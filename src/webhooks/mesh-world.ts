import { CONTROL_PLANE } from '../api/kinds.ts';
import type { KubeObject } from '../k8s/object.ts';
import { crdNameOf } from '../k8s/resource.ts';
import type { Reader, Source } from '../runtime/controller.ts';
import { hasConversion } from './conversion-state.ts';

/** The caches that admission looks into. */
export interface MeshSources {
  /** As v2. */
  readonly controlPlanes: Source;
  readonly rolls: Source;
  readonly members: Source;
  readonly namespaces: Source;
  /** ConfigMaps with profiles. */
  readonly profiles: readonly Source[];
  /** The CRD of control planes. */
  readonly definition: Source;
}

/** The meshes of the cluster at one moment. */
export interface MeshWorld {
  /** False until the caches are filled: before that, absence proves nothing. */
  isSynced(): boolean;
  /** True while the API server has control planes converted from one version of the API into another, and does not only exchange the number. */
  isConverting(): boolean;
  controlPlanes(namespace?: string): readonly KubeObject[];
  rolls(): readonly KubeObject[];
  members(): readonly KubeObject[];
  namespaces(): readonly KubeObject[];
  namespace(name: string): KubeObject | undefined;
  /** ConfigMaps with profiles in a namespace. */
  profiles(namespace: string): readonly KubeObject[];
}

/** The world as the operator's caches see it. */
export function meshWorld(read: Reader & { hasSynced(): boolean }, sources: MeshSources): MeshWorld {
  return {
    isSynced: () => read.hasSynced(),
    isConverting: () => hasConversion(read.get(sources.definition, crdNameOf(CONTROL_PLANE))),
    controlPlanes: (namespace) => read.list(sources.controlPlanes, namespace),
    rolls: () => read.list(sources.rolls),
    members: () => read.list(sources.members),
    namespaces: () => read.list(sources.namespaces),
    profiles: (namespace) => sources.profiles.flatMap((source) => read.list(source, namespace)),
    namespace: (name) => read.get(sources.namespaces, name),
  };
}
