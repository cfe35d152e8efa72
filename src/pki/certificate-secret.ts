import type { KubeObject } from '../k8s/object.ts';
import { isJsonObject } from '../lib/json.ts';
import { isKeyOf, type KeyedCertificate } from './certificate.ts';
import { bundleOf, type CertificateSet } from './rotation.ts';

const encode = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

/**
 * The data of the Secret that holds a set; base64, as the API wants it.
 * `tls.crt`, `tls.key` and `ca.crt` are where people and tools look; the key of a retired authority is not kept.
 */
export function secretDataOf(set: CertificateSet): Record<string, string> {
  return {
    'tls.crt': encode(set.serving.certPem),
    'tls.key': encode(set.serving.keyPem),
    'ca.crt': encode(bundleOf(set)),
    'authority.crt': encode(set.authority.certPem),
    'authority.key': encode(set.authority.keyPem),
    ...(set.next === undefined ? {} : { 'next-authority.crt': encode(set.next.certPem), 'next-authority.key': encode(set.next.keyPem) }),
    ...(set.retired.length === 0 ? {} : { 'retired-authorities.crt': encode(set.retired.join('')) }),
  };
}

/** The single certificates of a PEM text, each ending in a newline. */
export function splitPem(text: string): string[] {
  return [...text.matchAll(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)].map((match) => `${match[0]}\n`);
}

function pairIn(secret: KubeObject, certKey: string, keyKey: string): KeyedCertificate | undefined {
  const pair = { certPem: textIn(secret, certKey), keyPem: textIn(secret, keyKey) };
  return isKeyOf(pair) ? pair : undefined;
}

function textIn(secret: KubeObject, key: string): string {
  const value = isJsonObject(secret['data']) ? secret['data'][key] : undefined;
  return typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : '';
}

/** Certificate and key of a Secret of type kubernetes.io/tls; undefined when they are missing or do not belong together. */
export function servingPairOf(secret: KubeObject): KeyedCertificate | undefined {
  return pairIn(secret, 'tls.crt', 'tls.key');
}

/**
 * The set in a Secret. Undefined when a part is missing or broken, for example edited by hand: then a new set is made.
 * In: the Secret as read. Never throws.
 */
export function setOfSecret(secret: KubeObject): CertificateSet | undefined {
  const authority = pairIn(secret, 'authority.crt', 'authority.key');
  const serving = servingPairOf(secret);
  const next = pairIn(secret, 'next-authority.crt', 'next-authority.key');
  if (authority === undefined || serving === undefined) return undefined;
  return { authority, serving, retired: splitPem(textIn(secret, 'retired-authorities.crt')), ...(next === undefined ? {} : { next }) };
}
