import { profileLibrary } from '../domain/control-plane/profile-library.ts';
import type { ProfileLibrary } from '../domain/control-plane/profiles.ts';
import { memoized } from '../lib/memo.ts';
import type { ObjectKey } from '../k8s/key.ts';
import type { KubeObject } from '../k8s/object.ts';
import type { Reader, Source, Watch } from '../runtime/controller.ts';
import { changesIn } from './relevance.ts';
import * as sources from './sources.ts';

/* Profiles of the installation, for every controller that fills in a spec. */

const PROFILE_SOURCES: readonly Source[] = [sources.PROFILES_BY_NAME, sources.PROFILES_BY_LABEL];

/** A cache gives the same list until something in it changes. One ConfigMap may have both the name and the label. */
const libraryOf = memoized((named: readonly KubeObject[]) => memoized((labelled: readonly KubeObject[]) =>
  profileLibrary([...new Map([...named, ...labelled].map((configMap) => [configMap.metadata.name, configMap])).values()])));

/** The profiles that count now; the same object until one changes. In: the caches and the operator's namespace. */
export function profilesIn(read: Reader, operatorNamespace: string): ProfileLibrary {
  return libraryOf(read.list(sources.PROFILES_BY_NAME, operatorNamespace))(read.list(sources.PROFILES_BY_LABEL, operatorNamespace));
}

/** What wakes a controller when a profile changes. In: the keys to wake. */
export function profileWatches(toKeys: (read: Reader) => readonly ObjectKey[]): readonly Watch[] {
  return PROFILE_SOURCES.map((source) => ({ source, isRelevant: changesIn((configMap: KubeObject) => configMap['data']), toKeys: (_configMap, read) => toKeys(read) }));
}
