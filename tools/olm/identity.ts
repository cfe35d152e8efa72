import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/* Who we are in packages. What only a publisher can know is in publication.ts. */

/** Name of the package, of the Deployment and of the operator's account. */
export const NAME = 'tenant-mesh-operator';

/** Where plain YAML installs it, and what OLM's console suggests. */
export const NAMESPACE = 'tenant-mesh-operator';

interface Manifest { readonly version: string; readonly license: string }

const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8')) as Manifest;

/** The one place of the version is package.json. */
export const OPERATOR_VERSION = manifest.version;

/** SPDX name of our licence. */
export const LICENSE = manifest.license;

/** Name of the ClusterServiceVersion of a release. */
export function csvName(version: string): string {
  return `${NAME}.v${version}`;
}

/** Tells the operator that its webhook certificates are given, and by whom (src/cli/config.ts). */
export const CERTIFICATE_FOLDER_VARIABLE = 'WEBHOOK_CERT_DIR';

/** Where OLM mounts `tls.crt` and `tls.key` (operator-lifecycle-manager, pkg/controller/install/certresources.go). */
export const OLM_CERTIFICATE_FOLDER = '/tmp/k8s-webhook-server/serving-certs';

/** Tells the operator which Secret is mounted there, so that it need not wait for the mount to follow (src/cli/config.ts). */
export const CERTIFICATE_SECRET_VARIABLE = 'WEBHOOK_CERT_SECRET';

/** The Secret that OLM keeps them in, by the name of our Deployment (the same file: ServiceName, SecretName). */
export const OLM_CERTIFICATE_SECRET = `${NAME}-service-cert`;

/** Oldest Kubernetes that has all we use: CRD rules in CEL and matchConditions of webhooks are stable in it. */
export const MIN_KUBERNETES = '1.30.0';

/** The same as an OpenShift version (4.17 is Kubernetes 1.30). */
export const MIN_OPENSHIFT = 'v4.17';
