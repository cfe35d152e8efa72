/** What of the cluster decides how traffic of pods is redirected. */
export interface CniPlatform {
  /** The kind Route is served: we are on OpenShift. */
  readonly servesRoutes: boolean;
  /** The kind NetworkAttachmentDefinition is served: Multus calls network plug-ins. */
  readonly servesNetworkAttachments: boolean;
}

/**
 * Does a mesh want redirection by the node plug-in? In: `spec.proxy.networking.initialization.type`. Where the user is silent it is the platform:
 * on OpenShift pods may not have the rights that an init container needs. Source: spec/istio-upstream.md 6.
 */
export function wantsCni(initialization: unknown, { servesRoutes }: Pick<CniPlatform, 'servesRoutes'>): boolean {
  if (initialization === 'CNI') return true;
  return initialization === 'InitContainer' ? false : servesRoutes;
}

/** Who calls the plug-in: Multus, for pods that name it in an annotation, as OpenShift has it; elsewhere the runtime, at the end of the plug-ins' chain. */
export function cniProvider({ servesRoutes, servesNetworkAttachments }: CniPlatform): 'multus' | 'default' {
  return servesRoutes && servesNetworkAttachments ? 'multus' : 'default';
}
