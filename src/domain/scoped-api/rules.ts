import { SCOPED_KINDS, type Scope } from '../../api/istiod-calls.ts';
import type { SharedRule } from '../cluster-resources/shared-roles.ts';

const VERBS: Readonly<Record<Scope, readonly string[]>> = {
  filter: ['list', 'watch'], names: ['get', 'list', 'watch'], whole: ['get', 'list', 'watch'],
  // Read with the caller's own token, or not at all.
  gather: [], empty: [],
};

/** What the scoped API's own account may: read the kinds it cuts to a mesh, ask who a token is. No Secret, no ConfigMap, no write. Source: docs/adr/0033. */
export function scopedApiRules(): readonly SharedRule[] {
  const reads = SCOPED_KINDS.filter(({ scope }) => VERBS[scope].length > 0)
    .map(({ type, scope }): SharedRule => ({ why: 'shown to each istiod, cut to its mesh', apiGroups: [type.group], resources: [type.plural], verbs: VERBS[scope] }));
  return [
    ...reads,
    { why: 'which accounts are those of istiods', apiGroups: ['maistra.io'], resources: ['servicemeshcontrolplanes'], verbs: ['list', 'watch'] },
    { why: 'whose token is it: of an istiod that asks, of a proxy that an istiod asks about', apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
    { why: "may this gateway's account read secrets", apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
  ];
}
