import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { KubeObject } from '../k8s/object.ts';
import { messageOf } from '../lib/result.ts';
import { servingPairOf } from '../pki/certificate-secret.ts';
import type { ServingCertificates } from '../webhooks/server.ts';
import { UsageError } from './usage-error.ts';

interface Pair { readonly key: string; readonly cert: string }

/** Told of a certificate that was taken over, or of one that could not be used. */
export type OnReload = (outcome: { readonly validTo: string } | { readonly error: unknown }) => void;

/** How often the folder is looked at. The kubelet takes up to a minute to bring a changed Secret anyway. */
const LOOK_EVERY_MS = 10_000;

function readPair(folder: string): Pair {
  return { cert: readFileSync(join(folder, 'tls.crt'), 'utf8'), key: readFileSync(join(folder, 'tls.key'), 'utf8') };
}

/** Throws when certificate and key do not belong together: a folder that is being written. */
function requirePair({ key, cert }: Pair): void {
  createSecureContext({ key, cert });
}

/** Certificates that somebody else puts into a folder and renews there. Made by `openMountedCertificates`. */
export class MountedCertificates implements ServingCertificates {
  readonly #folder: string;
  readonly #listeners = new Set<() => void>();
  /** Since the Secret behind the folder was seen, the folder is an older copy of it. */
  #isSecretKnown = false;
  #pair: Pair;

  constructor(folder: string, pair: Pair) {
    this.#folder = folder;
    this.#pair = pair;
  }

  /** Whom clients trust is known to whoever registered us; the bundle is empty. */
  current(): { readonly key: string; readonly cert: string; readonly caBundlePem: string } {
    return { ...this.#pair, caBundlePem: '' };
  }

  /** When the certificate in use ends. */
  get validTo(): string {
    return new X509Certificate(this.#pair.cert).validTo;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Takes over what is in the folder now; says whether that was new. Throws when it cannot be read or used: what was in use stays in use.
   * Once `offer` was given the Secret behind the folder, the folder is not asked any more.
   */
  reload(): boolean {
    if (this.#isSecretKnown) return false;
    const pair = readPair(this.#folder);
    if (this.#isInUse(pair)) return false;
    requirePair(pair);
    this.#take(pair);
    return true;
  }

  /**
   * Takes over what the Secret behind the folder holds; says whether that was new. The kubelet brings a changed Secret into the folder a minute and more
   * later (Kubernetes doc "Secrets", mounted Secrets are updated automatically); until then the API server would trust what we do not serve.
   * Throws for a Secret without a matching pair: what was in use stays in use.
   */
  offer(secret: KubeObject): boolean {
    const found = servingPairOf(secret);
    if (found === undefined) throw new Error(`Secret ${secret.metadata.namespace ?? ''}/${secret.metadata.name} has no matching tls.crt and tls.key`);
    this.#isSecretKnown = true;
    const pair = { cert: found.certPem, key: found.keyPem };
    if (this.#isInUse(pair)) return false;
    this.#take(pair);
    return true;
  }

  #isInUse({ key, cert }: Pair): boolean {
    return cert === this.#pair.cert && key === this.#pair.key;
  }

  #take(pair: Pair): void {
    this.#pair = pair;
    for (const listener of this.#listeners) listener();
  }

  /** Looks at the folder regularly. Returns the way to stop. */
  follow(onReload: OnReload): () => void {
    const timer = setInterval(() => { this.#tell(() => this.reload(), onReload); }, LOOK_EVERY_MS);
    timer.unref();
    return () => { clearInterval(timer); };
  }

  /** `offer` for a watch, which must not throw: what came of it is told. */
  offerFrom(secret: KubeObject, onReload: OnReload): void {
    this.#tell(() => this.offer(secret), onReload);
  }

  #tell(takeOver: () => boolean, onReload: OnReload): void {
    try {
      if (takeOver()) onReload({ validTo: this.validTo });
    } catch (error) {
      onReload({ error });
    }
  }
}

/** The option that named the folder, and what can be done without it. */
interface NamedBy {
  readonly option: string;
  readonly otherwise: string;
}

const WEBHOOKS: NamedBy = { option: '--webhook-cert-dir', otherwise: ', or leave the option out to have own certificates' };

/** Opens the folder. Throws UsageError when it has no usable certificate. */
export function openMountedCertificates(folder: string, { option, otherwise }: NamedBy = WEBHOOKS): MountedCertificates {
  try {
    const pair = readPair(folder);
    requirePair(pair);
    return new MountedCertificates(folder, pair);
  } catch (error) {
    throw new UsageError(`${option} ${folder}: ${messageOf(error)}; put a matching tls.crt and tls.key there${otherwise}`);
  }
}
