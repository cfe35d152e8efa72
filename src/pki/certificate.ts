import { createPrivateKey, generateKeyPair, randomBytes, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import forge from 'node-forge';

/** A certificate and its private key, both PEM. */
export interface KeyedCertificate {
  readonly certPem: string;
  readonly keyPem: string;
}

/** What rotation needs to know about a certificate. */
export interface CertificateFacts {
  /** When we made it; `notBefore` lies an hour earlier. */
  readonly createdAt: Date;
  readonly notAfter: Date;
  /** DNS names and IP addresses of the subject alternative name. */
  readonly hosts: readonly string[];
}

/** Start and length of a certificate's life. */
export interface Lifetime {
  readonly now: Date;
  readonly validityMs: number;
}

/** Certificates begin this much in the past: the API server's clock may be behind ours. */
const BACKDATE_MS = 3_600_000;
const KEY_BITS = 2048;

const generate = promisify(generateKeyPair);

/** Key generation runs on a thread of libuv's pool; in JavaScript it would stop the event loop, and with it the lease, for a second. */
async function newKey(): Promise<{ readonly keyPem: string; readonly publicPem: string }> {
  const { privateKey, publicKey } = await generate('rsa', {
    modulusLength: KEY_BITS,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { keyPem: privateKey, publicPem: publicKey };
}

/** Second precision, as in the certificate. */
function wholeSeconds(time: number): Date {
  return new Date(Math.floor(time / 1000) * 1000);
}

/** A positive serial of 16 bytes: the first byte is below 0x80 and never zero. */
function newSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

function draft(publicPem: string, commonName: string, notBefore: Date, notAfter: Date): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicPem);
  certificate.serialNumber = newSerial();
  certificate.validity.notBefore = notBefore;
  certificate.validity.notAfter = notAfter;
  certificate.setSubject([{ name: 'commonName', value: commonName }]);
  return certificate;
}

function signed(certificate: forge.pki.Certificate, signerKeyPem: string): string {
  certificate.sign(forge.pki.privateKeyFromPem(signerKeyPem), forge.md.sha256.create());
  return forge.pki.certificateToPem(certificate).replaceAll('\r\n', '\n');
}

/** A new self-signed certificate authority (RSA 2048, SHA-256) that may sign leaves only. */
export async function createAuthority(commonName: string, { now, validityMs }: Lifetime): Promise<KeyedCertificate> {
  const { keyPem, publicPem } = await newKey();
  const certificate = draft(publicPem, commonName, wholeSeconds(now.getTime() - BACKDATE_MS), wholeSeconds(now.getTime() + validityMs));
  certificate.setIssuer(certificate.subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', critical: true, cA: true, pathLenConstraint: 0 },
    { name: 'keyUsage', critical: true, keyCertSign: true, cRLSign: true },
    { name: 'subjectKeyIdentifier' },
  ]);
  return { certPem: signed(certificate, keyPem), keyPem };
}

/** URLs write an IPv6 address in brackets, certificates do not. */
function altName(host: string): { readonly type: number; readonly value?: string; readonly ip?: string } {
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  return isIP(bare) === 0 ? { type: 2, value: bare } : { type: 7, ip: bare };
}

/**
 * A new serving certificate for the hosts (DNS names or IP addresses, at least one), signed by the authority.
 * Law: it never outlives the authority, so an authority may be forgotten once it has expired.
 */
export async function createServing(authority: KeyedCertificate, hosts: readonly string[], { now, validityMs }: Lifetime): Promise<KeyedCertificate> {
  const { keyPem, publicPem } = await newKey();
  const issuer = forge.pki.certificateFromPem(authority.certPem);
  const notAfter = Math.min(now.getTime() + validityMs, issuer.validity.notAfter.getTime());
  const notBefore = Math.max(now.getTime() - BACKDATE_MS, issuer.validity.notBefore.getTime());
  // A common name holds 64 characters at most; the hosts are in the alternative names, which is where clients look.
  const certificate = draft(publicPem, 'tenant-mesh-operator webhook', wholeSeconds(notBefore), wholeSeconds(notAfter));
  certificate.setIssuer(issuer.subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', critical: true, cA: false },
    { name: 'keyUsage', critical: true, digitalSignature: true, keyEncipherment: true },
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectAltName', altNames: hosts.map(altName) },
    // Two authorities of one name are in the bundle during a rotation; this tells a client which one to try.
    { name: 'authorityKeyIdentifier', keyIdentifier: issuer.generateSubjectKeyIdentifier().getBytes() },
  ]);
  return { certPem: signed(certificate, authority.keyPem), keyPem };
}

function hostsOf(certificate: X509Certificate): string[] {
  return (certificate.subjectAltName ?? '').split(', ').map((entry) => entry.replace(/^(?:DNS|IP Address):/, '')).filter((entry) => entry !== '');
}

/** Reads a PEM certificate; undefined when it is not one. */
export function readCertificate(certPem: string): CertificateFacts | undefined {
  try {
    const certificate = new X509Certificate(certPem);
    const createdAt = new Date(certificate.validFromDate.getTime() + BACKDATE_MS);
    return { createdAt, notAfter: certificate.validToDate, hosts: hostsOf(certificate) };
  } catch {
    return undefined;
  }
}

/** Does the private key belong to the certificate? False for anything unreadable. */
export function isKeyOf({ certPem, keyPem }: KeyedCertificate): boolean {
  try {
    return new X509Certificate(certPem).checkPrivateKey(createPrivateKey(keyPem));
  } catch {
    return false;
  }
}

/** Was the certificate signed by the authority? False for anything unreadable. */
export function isSignedBy(certPem: string, authorityPem: string): boolean {
  try {
    return new X509Certificate(certPem).verify(new X509Certificate(authorityPem).publicKey);
  } catch {
    return false;
  }
}

/** Is the certificate good for the host (DNS name or IP address; IPv6 with or without brackets)? False for anything unreadable. */
export function covers(certPem: string, host: string): boolean {
  try {
    const certificate = new X509Certificate(certPem);
    const { value, ip } = altName(host);
    return (ip === undefined ? certificate.checkHost(value ?? '') : certificate.checkIP(ip)) !== undefined;
  } catch {
    return false;
  }
}
