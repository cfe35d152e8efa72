/*
 * What tells a sidecar of today from one of yesterday. The injector of a mesh leaves a mark on every pod, and the mesh's webhook carries the mark
 * that it gives now; both are metadata, so that nobody has to read the pods' specs.
 */

/** Where a sidecar came from. */
export interface SidecarMark {
  /** Namespace of the mesh. */
  readonly mesh: string;
  /** Revision of the istiod that it talks to. */
  readonly revision: string;
  /** Istio version of the proxy. */
  readonly version: string;
  /** Fingerprint of template, values and proxy configuration. */
  readonly settings: string;
}

/** The mark as text: `istio-system/basic 1.31.1 9f86d081884c7d65`. */
export function markText({ mesh, revision, version, settings }: SidecarMark): string {
  return `${mesh}/${revision} ${version} ${settings}`;
}

/** Reads a mark; undefined for anything else. Law: what markText writes is read as it was. */
export function parseMark(text: string | undefined): SidecarMark | undefined {
  const found = /^(?<mesh>[^/ ]+)\/(?<revision>[^/ ]+) (?<version>[^ ]+) (?<settings>[^ ]+)$/.exec(text ?? '')?.groups;
  const { mesh, revision, version, settings } = found ?? {};
  return mesh === undefined || revision === undefined || version === undefined || settings === undefined ? undefined : { mesh, revision, version, settings };
}

/** How the mark of a pod differs from the one that is given now, in a few words: another version says more than other settings. */
export function differenceWords(mark: SidecarMark | undefined, now: SidecarMark | undefined): string {
  if (mark === undefined) return 'version unknown';
  if (mark.mesh !== now?.mesh) return `of mesh ${mark.mesh}`;
  if (mark.version !== now.version) return mark.version;
  return mark.revision === now.revision ? 'other settings' : `of revision ${mark.revision}`;
}
