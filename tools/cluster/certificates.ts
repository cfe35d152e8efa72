import { generateKeyPair, randomBytes, X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import forge from 'node-forge';

/** Files that the processes of a cluster share; all inside its folder. */
export interface CertificateFiles {
  readonly caFile: string;
  readonly caKeyFile: string;
  readonly serverFile: string;
  readonly serverKeyFile: string;
  /** Signs service account tokens. */
  readonly serviceAccountKeyFile: string;
}

const DAY_MS = 86_400_000;
const LIFETIME_DAYS = 365;
const generate = promisify(generateKeyPair);

/** node's key generation runs in C, off this thread; forge's own takes seconds. forge only signs. */
async function rsaKey(): Promise<{ readonly pem: string; readonly keys: forge.pki.rsa.KeyPair }> {
  const { privateKey } = await generate('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  const key = forge.pki.privateKeyFromPem(pem);
  return { pem, keys: { privateKey: key, publicKey: forge.pki.setRsaPublicKey(key.n, key.e) } };
}

interface CertificateRequest {
  readonly commonName: string;
  readonly publicKey: forge.pki.rsa.PublicKey;
  readonly extensions: readonly object[];
}

interface Signer {
  readonly commonName: string;
  readonly privateKey: forge.pki.rsa.PrivateKey;
}

function sign(request: CertificateRequest, signer: Signer, now: Date): string {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = request.publicKey;
  // A leading 01 keeps the number positive and of one length (RFC 5280, 4.1.2.2).
  certificate.serialNumber = `01${randomBytes(8).toString('hex')}`;
  certificate.validity.notBefore = new Date(now.getTime() - DAY_MS);
  certificate.validity.notAfter = new Date(now.getTime() + LIFETIME_DAYS * DAY_MS);
  certificate.setSubject([{ name: 'commonName', value: request.commonName }]);
  certificate.setIssuer([{ name: 'commonName', value: signer.commonName }]);
  certificate.setExtensions([...request.extensions]);
  certificate.sign(signer.privateKey, forge.md.sha256.create());
  return forge.pki.certificateToPem(certificate);
}

const CA_NAME = 'local-cluster-ca';
const CA_EXTENSIONS = [
  { name: 'basicConstraints', cA: true, critical: true },
  { name: 'keyUsage', keyCertSign: true, cRLSign: true, digitalSignature: true, critical: true },
];
const DNS = 2;
const IP = 7;
const SERVER_EXTENSIONS = [
  { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
  // Also what the API server shows to a kubelet.
  { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
  {
    name: 'subjectAltName',
    altNames: [
      ...['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'].map((value) => ({ type: DNS, value })),
      ...['127.0.0.1', '10.96.0.1'].map((ip) => ({ type: IP, ip })),
    ],
  },
];

/** Names the files; creates nothing. */
export function certificateFiles(dir: string): CertificateFiles {
  return {
    caFile: join(dir, 'ca.crt'),
    caKeyFile: join(dir, 'ca.key'),
    serverFile: join(dir, 'server.crt'),
    serverKeyFile: join(dir, 'server.key'),
    serviceAccountKeyFile: join(dir, 'service-account.key'),
  };
}

async function isUsable(files: CertificateFiles, now: Date): Promise<boolean> {
  try {
    const [certificate] = await Promise.all(Object.values(files).map((file: string) => readFile(file, 'utf8')));
    const server = new X509Certificate(await readFile(files.serverFile));
    return server.verify(new X509Certificate(certificate ?? '').publicKey) && server.validToDate.getTime() - now.getTime() > 7 * DAY_MS;
  } catch {
    return false;
  }
}

/**
 * A CA, a serving certificate for the API server and the key of the service accounts, in `dir`. Those of an earlier run are kept, so
 * that tokens and kubeconfigs handed out then stay good, unless they are damaged or end within a week.
 */
export async function ensureCertificates(dir: string, now: Date): Promise<CertificateFiles> {
  const files = certificateFiles(dir);
  if (await isUsable(files, now)) return files;
  const [ca, server, serviceAccount] = await Promise.all([rsaKey(), rsaKey(), generate('ec', { namedCurve: 'P-256' })]);
  const signer = { commonName: CA_NAME, privateKey: ca.keys.privateKey };
  const write = (file: string, text: string): Promise<void> => writeFile(file, text, { mode: 0o600 });
  await Promise.all([
    write(files.caFile, sign({ commonName: CA_NAME, publicKey: ca.keys.publicKey, extensions: CA_EXTENSIONS }, signer, now)),
    write(files.caKeyFile, ca.pem),
    write(files.serverFile, sign({ commonName: 'kube-apiserver', publicKey: server.keys.publicKey, extensions: SERVER_EXTENSIONS }, signer, now)),
    write(files.serverKeyFile, server.pem),
    write(files.serviceAccountKeyFile, serviceAccount.privateKey.export({ type: 'sec1', format: 'pem' }).toString()),
  ]);
  return files;
}

const URI = 6;

/** A certificate request (PKCS #10) with a key of its own, as PEM, that asks for a URI as its name. The key is thrown away: the answer is only looked at. */
export async function certificateRequest(uri: string): Promise<string> {
  const { keys } = await rsaKey();
  const request = forge.pki.createCertificationRequest();
  request.publicKey = keys.publicKey;
  request.setAttributes([{ name: 'extensionRequest', extensions: [{ name: 'subjectAltName', altNames: [{ type: URI, value: uri }] }] }]);
  request.sign(keys.privateKey, forge.md.sha256.create());
  return forge.pki.certificationRequestToPem(request);
}

/** A certificate that vouches for itself, and its key, as one PEM: what a router shows for hosts that bring none. */
export async function selfSigned(commonName: string, now: Date): Promise<string> {
  const { pem, keys } = await rsaKey();
  const extensions = [{ name: 'basicConstraints', cA: true }, { name: 'extKeyUsage', serverAuth: true }, { name: 'subjectAltName', altNames: [{ type: DNS, value: commonName }] }];
  return sign({ commonName, publicKey: keys.publicKey, extensions }, { commonName, privateKey: keys.privateKey }, now) + pem;
}
