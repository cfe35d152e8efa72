import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { messageOf } from '../lib/result.ts';
import type { ServingCertificates } from '../webhooks/server.ts';
import { UsageError } from './usage-error.ts';

interface Pair { readonly key: string; readonly cert: string }

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

  /** Takes over what is in the folder now; says whether that was new. Throws when it cannot be read or used: what was in use stays in use. */
  reload(): boolean {
    const pair = readPair(this.#folder);
    if (pair.cert === this.#pair.cert && pair.key === this.#pair.key) return false;
    requirePair(pair);
    this.#pair = pair;
    for (const listener of this.#listeners) listener();
    return true;
  }

  /** Looks at the folder regularly. Returns the way to stop. */
  follow(onReload: (outcome: { readonly validTo: string } | { readonly error: unknown }) => void): () => void {
    const timer = setInterval(() => {
      try {
        if (this.reload()) onReload({ validTo: this.validTo });
      } catch (error) {
        onReload({ error });
      }
    }, LOOK_EVERY_MS);
    timer.unref();
    return () => { clearInterval(timer); };
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
