import { messageOf } from '../lib/result.ts';
import type { CertificateStore } from '../pki/certificate-store.ts';
import type { Cache } from '../runtime/cache.ts';
import type { Source } from '../runtime/controller.ts';
import type { Logger } from '../runtime/logger.ts';

const ROTATION_EVERY_MS = 60_000;

/** Certificates of ours that all replicas share through a Secret. */
export interface KeptCertificates {
  /** How the log calls them. */
  readonly what: string;
  readonly source: Source;
  /** Name of the Secret. */
  readonly secret: string;
  readonly namespace: string;
  readonly cache: Cache;
  readonly isLeader: () => boolean;
  /** True when those who are to trust them have been given the present authorities. */
  readonly isPublished: () => boolean;
  readonly onRotated: () => void;
  readonly logger: Logger;
}

/** Follows the Secret, and rotates once a minute while leading. Returns the way to stop. */
export function keepRotating(store: CertificateStore, { what, source, secret, namespace, cache, isLeader, isPublished, onRotated, logger }: KeptCertificates): () => void {
  cache.onChange(source, (_before, after) => {
    if (after?.metadata.namespace === namespace && after.metadata.name === secret) store.offer(after);
  });
  store.onChange(onRotated);
  const rotate = async (): Promise<void> => {
    if (!isLeader()) return;
    const step = await store.rotate(isPublished());
    if (step !== 'none') logger.info({ what, step }, 'certificates rotated');
  };
  const timer = setInterval(() => { rotate().catch((error: unknown) => logger.warn({ what, reason: messageOf(error) }, 'certificates could not be rotated')); }, ROTATION_EVERY_MS);
  timer.unref();
  return () => { clearInterval(timer); };
}
