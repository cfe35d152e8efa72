import { SCOPED_API_CERTIFICATE_SECRET } from '../api/names.ts';
import { scopedApiHost } from '../domain/scoped-api/observed.ts';
import { openCertificateStore, type CertificateStore } from '../pki/certificate-store.ts';
import type { RotationPolicy } from '../pki/rotation.ts';
import type { Rest } from '../runtime/rest.ts';
import { certificateSecretStore } from '../webhooks/secret-store.ts';
import type { OperatorConfig } from './config.ts';

const DAY_MS = 86_400_000;

/**
 * Ten years for the authority: it is in the kubeconfig of each istiod, which reads that at start, so that a new authority restarts them all. 90 days for
 * the certificate, which the scoped API takes over while it runs. A day between publishing an authority and serving with it: time for the restarts.
 */
export function scopedApiPolicy(operatorNamespace: string): RotationPolicy {
  const host = scopedApiHost(operatorNamespace);
  return { authorityValidityMs: 3650 * DAY_MS, servingValidityMs: 90 * DAY_MS, overlapMs: DAY_MS, hosts: [host, `${host}.cluster.local`] };
}

/** Opens, or makes, the certificates of the scoped API; none in soft isolation. */
export async function openScopedCertificates(rest: Rest, { isolation, operatorNamespace }: Pick<OperatorConfig, 'isolation' | 'operatorNamespace'>): Promise<CertificateStore | undefined> {
  if (isolation === 'soft') return undefined;
  const secrets = certificateSecretStore(rest, { namespace: operatorNamespace, name: SCOPED_API_CERTIFICATE_SECRET });
  return openCertificateStore({ secrets, policy: scopedApiPolicy(operatorNamespace), now: () => new Date() });
}
