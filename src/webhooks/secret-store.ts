import { SECRET } from '../api/kinds.ts';
import { LABEL_MANAGED_BY, OPERATOR_NAME } from '../api/names.ts';
import type { KubeObject } from '../k8s/object.ts';
import { objectOf, resourcePath } from '../k8s/resource.ts';
import { ApiError, type Rest } from '../runtime/rest.ts';

type SecretData = Readonly<Record<string, string>>;

const LABELS = { [LABEL_MANAGED_BY]: OPERATOR_NAME };

/** The Secret's access to the API server; the shape that the certificate store of `src/pki` asks for. */
export interface CertificateSecretStore {
  read(): Promise<KubeObject | undefined>;
  create(data: SecretData): Promise<KubeObject | 'exists' | 'no-namespace'>;
  replace(before: KubeObject, data: SecretData): Promise<KubeObject | 'conflict'>;
}

/** Turns the answers with these statuses into a value; everything else is thrown. */
async function orElse<T, E>(call: Promise<T>, otherwise: Readonly<Record<number, E>>): Promise<T | E> {
  try {
    return await call;
  } catch (error) {
    const value = error instanceof ApiError ? otherwise[error.status] : undefined;
    if (value === undefined) throw error;
    return value;
  }
}

/**
 * A certificate Secret of that name. Throws ApiError for anything but what the results name.
 * Create never overwrites, and replace goes through only if nobody wrote in between: replicas may race.
 */
export function certificateSecretStore(rest: Rest, { namespace, name }: { readonly namespace: string; readonly name: string }): CertificateSecretStore {
  const path = resourcePath(SECRET, { namespace, name });
  return {
    async read() {
      const found = await orElse(rest.call<KubeObject>({ method: 'GET', path }), { 404: 'absent' as const });
      return found === 'absent' ? undefined : found;
    },
    async create(data) {
      const body = objectOf(SECRET, { name, namespace, labels: LABELS }, { type: 'kubernetes.io/tls', data });
      const call = rest.call<KubeObject>({ method: 'POST', path: resourcePath(SECRET, { namespace }), body });
      return orElse(call, { 404: 'no-namespace' as const, 409: 'exists' as const });
    },
    async replace(before, data) {
      // With the resourceVersion of `before` in its metadata the server refuses to overwrite a newer one.
      const body = { ...before, data };
      return orElse(rest.call<KubeObject>({ method: 'PUT', path, body }), { 404: 'conflict' as const, 409: 'conflict' as const });
    },
  };
}
