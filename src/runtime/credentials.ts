import type { RequestOptions } from 'node:https';
import { sameJson } from '../lib/json.ts';
import { messageOf } from '../lib/result.ts';

/** What TLS needs. PEM text or bytes. */
export interface TlsMaterial {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** Good for the next request; ask again for each. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  /** The same object as long as nothing in it has changed. */
  readonly tls: TlsMaterial;
}

/** Current credentials; `fresh` starts again from the files, after a 401. Throws AccessError. */
export type CredentialSource = (options?: { readonly fresh?: boolean }) => Promise<Credentials>;

/** Credentials cannot be found or used. The message is for the user: which file, what is wrong, the way out. */
export class AccessError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'AccessError';
  }
}

/** The part of client-node's KubeConfig that is used here. */
export interface Authenticator {
  getCurrentContext(): string;
  /** Adds TLS material and the Authorization header; runs plugins and reads files where needed. */
  applyToHTTPSOptions(options: RequestOptions): Promise<void>;
}

/** Files are looked at again after this; kubelets renew tokens long before they end. */
const REREAD_MS = 10_000;
/** Many requests may get a 401 at once; plugins are asked once. */
const FRESH_MS = 1000;

/**
 * Keeps what was read for a moment, shares one reading among all who ask, and starts from the files again when asked for fresh ones.
 * In: the loaded config, a function that loads it again, and a clock in milliseconds.
 */
export function credentialSource(first: Authenticator, reload: () => Authenticator, now: () => number = () => performance.now()): CredentialSource {
  let config = first;
  let held: Credentials | undefined;
  let readAt = -Infinity;
  let freshAt = -Infinity;
  let reading: Promise<Credentials> | undefined;
  const read = async (fresh: boolean): Promise<Credentials> => {
    if (fresh) config = reload();
    const next = await readCredentials(config);
    held = held !== undefined && sameTls(held.tls, next.tls) ? { ...next, tls: held.tls } : next;
    readAt = now();
    if (fresh) freshAt = readAt;
    return held;
  };
  return async ({ fresh = false } = {}) => {
    const isYoung = fresh ? now() - freshAt < FRESH_MS : now() - readAt < REREAD_MS;
    if (held !== undefined && isYoung) return held;
    reading ??= read(fresh).finally(() => {
      reading = undefined;
    });
    return reading;
  };
}

async function readCredentials(config: Authenticator): Promise<Credentials> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    const why = messageOf(error).trim();
    throw new AccessError(`the credentials of context ${config.getCurrentContext()} cannot be used: ${why}; check its user and cluster in the kubeconfig`, { cause: error });
  }
  return { headers: headersOf(options), tls: tlsOf(options) };
}

function headersOf(options: RequestOptions): Readonly<Record<string, string>> {
  const basic = typeof options.auth === 'string' ? { authorization: `Basic ${Buffer.from(options.auth).toString('base64')}` } : {};
  // Token files often end in a newline, which no header may hold.
  const given = Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value).trim()] as const);
  return { ...basic, ...Object.fromEntries(given) };
}

function tlsOf({ ca, cert, key, servername, rejectUnauthorized }: RequestOptions): TlsMaterial {
  const given = Object.entries({ ca, cert, key, servername, rejectUnauthorized }).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(given);
}

function sameTls(a: TlsMaterial, b: TlsMaterial): boolean {
  return sameJson(textOf(a), textOf(b));
}

function textOf(tls: TlsMaterial): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(tls).map(([name, value]) => [name, String(value)]));
}
