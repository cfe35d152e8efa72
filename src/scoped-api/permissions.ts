import { SCOPED_KINDS, type Scope } from './calls.ts';

/** A rule of the ClusterRole of the scoped API's account. */
export interface ScopedApiRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const VERBS: Readonly<Record<Scope, readonly string[]>> = {
  filter: ['list', 'watch'], names: ['get', 'list', 'watch'], whole: ['get', 'list', 'watch'],
  // Read with the caller's own token, or not at all.
  gather: [], empty: [],
};

/** What the scoped API's own account may: read the kinds it cuts to a mesh, ask who a token is. No Secret, no ConfigMap, no write. */
export function scopedApiRules(): readonly ScopedApiRule[] {
  const reads = SCOPED_KINDS.filter(({ scope }) => VERBS[scope].length > 0)
    .map(({ type, scope }): ScopedApiRule => ({ apiGroups: [type.group], resources: [type.plural], verbs: VERBS[scope] }));
  return [
    ...reads,
    { apiGroups: ['maistra.io'], resources: ['servicemeshcontrolplanes'], verbs: ['list', 'watch'] },
    { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
    { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
  ];
}
