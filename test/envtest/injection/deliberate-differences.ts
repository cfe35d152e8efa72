/** A difference between our injection templates and upstream's that is meant to be. */
export interface Deliberate {
  /** Matches `path: ours | upstream's`. */
  readonly where: RegExp;
  readonly why: string;
}

export const DELIBERATE: readonly Deliberate[] = [
  {
    where: /^\/spec\/(initC|c)ontainers\[istio-(proxy|validation)\]\/securityContext\/seccompProfile\/type: "RuntimeDefault" \| -$/,
    why: 'Pod Security "restricted" demands a seccomp profile; upstream leaves it to a value',
  },
  { where: /^\/spec\/volumes\[[a-z-]+\]\/emptyDir: \{\} \| -$/, why: 'upstream writes no source, which the API server takes for an empty directory' },
  {
    where: /^\/spec\/containers\[istio-proxy\]\/securityContext\/(allowPrivilegeEscalation|privileged|readOnlyRootFilesystem|runAsNonRoot|capabilities\/drop): .* \| -$/,
    why: 'gateways of users pass Pod Security "restricted" as well',
  },
  {
    where: /^\/spec\/containers\[istio-proxy\]\/env\[ISTIO_META_UNPRIVILEGED_POD\]\/\w+: .* \| -$/,
    why: 'gateways of users bind no port below 1024, so istiod must send none',
  },
];
