/** A difference between our injection templates and upstream's that is meant to be. */
export interface Deliberate {
  /** Matches `path: ours | upstream's`. */
  readonly where: RegExp;
  readonly why: string;
}

export const DELIBERATE: readonly Deliberate[] = [
  { where: /^\/metadata\/annotations\/tmesh\.maistra\.io\/sidecar: "istio-system\/basic 1\.31\.1 [0-9a-f]{16}" \| "istio-system\/basic 1\.31\.1 [0-9a-f]{16}"$/, why: 'the mark of a sidecar changes with the template' },
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

/** The same for the gateways of a control plane, which are not injected: ours | what the template makes of a Deployment that leaves all to it. */
export const GATEWAY_DEPLOYMENT: readonly Deliberate[] = [
  { where: /^\/metadata\/(annotations\/(inject\.istio\.io|proxy\.istio\.io|sidecar\.istio\.io|tmesh\.maistra\.io\/sidecar)|labels\/sidecar\.istio\.io\/inject)/, why: 'ours is not injected, and says so' },
  { where: /\/env\[PROXY_CONFIG\]\/value\/terminationDrainDuration: "15s" \| -$/, why: 'it serves on until routers have heard that it ends (docs/adr/0055)' },
  { where: /\/env\[ISTIO_META_UNPRIVILEGED_POD\]\//, why: 'it binds no port below 1024, so istiod must send none' },
  { where: /\/env\[ISTIO_META_APP_CONTAINERS\]\/value: "" \| -$/, why: 'an empty value is not written by the injector' },
  { where: /\/ports\[15021\]\//, why: 'the port of the probe has a name, for Services' },
  { where: /\/resources/, why: 'every container asks for resources' },
  { where: /\/containers\[istio-proxy\]\/securityContext\/\w+(\/drop)?: .* \| -$/, why: 'Pod Security "restricted"' },
  { where: /\/securityContext\/(fsGroup|runAsUser|runAsGroup): /, why: 'the user is said for the whole pod; on OpenShift the platform says it' },
  { where: /ingressgateway-(ca-)?certs/, why: 'Secrets with files, as v1 mounted them' },
  { where: /^\/spec\/volumes\[workload-socket\]\/emptyDir: \{\} \| -$/, why: 'upstream writes no source, which the API server takes for an empty directory' },
];
