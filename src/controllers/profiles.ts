import { profileLibrary } from '../domain/control-plane/profile-library.ts';
import type { ProfileLibrary } from '../domain/control-plane/profiles.ts';
import type { ObjectKey } from '../k8s/key.ts';
import type { KubeObject } from '../k8s/object.ts';
import type { Reader, Source, Watch } from '../runtime/controller.ts';
import { changesIn } from './relevance.ts';
import * as sources from './sources.ts';

/* Profiles of the installation, for every controller that fills in a spec. */

const PROFILE_SOURCES: readonly Source[] = [sources.PROFILES_BY_NAME, sources.PROFILES_BY_LABEL];

/** The profiles that count now. In: the caches and the operator's namespace. */
export function profilesIn(read: Reader, operatorNamespace: string): ProfileLibrary {
  const found = PROFILE_SOURCES.flatMap((source) => read.list(source, operatorNamespace));
  // One ConfigMap may have both the name and the label.
  return profileLibrary([...new Map(found.map((configMap) => [configMap.metadata.name, configMap])).values()]);
}

/** What wakes a controller when a profile changes. In: the keys to wake. */
export function profileWatches(toKeys: (read: Reader) => readonly ObjectKey[]): readonly Watch[] {
  return PROFILE_SOURCES.map((source) => ({ source, isRelevant: changesIn((configMap: KubeObject) => configMap['data']), toKeys: (_configMap, read) => toKeys(read) }));
}
