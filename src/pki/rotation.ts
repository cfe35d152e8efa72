import { covers, isKeyOf, isSignedBy, readCertificate, type KeyedCertificate } from './certificate.ts';

/**
 * All certificates of the webhook server.
 * `authority` signs; `next` is already trusted but has signed nothing; `retired` have signed and are still trusted.
 */
export interface CertificateSet {
  readonly authority: KeyedCertificate;
  readonly next?: KeyedCertificate;
  /** PEM certificates, newest first; their keys are gone. */
  readonly retired: readonly string[];
  readonly serving: KeyedCertificate;
}

/** How long things live. */
export interface RotationPolicy {
  readonly authorityValidityMs: number;
  readonly servingValidityMs: number;
  /** The least time between publishing a new authority and serving with it. */
  readonly overlapMs: number;
  /** Hosts that the serving certificate must be good for. */
  readonly hosts: readonly string[];
}

/** What the rule looks at besides the certificates. */
export interface RotationMoment {
  readonly now: Date;
  /** True when the API server has been given a bundle that contains `next`. */
  readonly isPublished: boolean;
}

/**
 * - `create`: there is nothing usable; begin anew.
 * - `announce`: make the next authority and publish it.
 * - `activate`: the next authority becomes the one that signs, and a serving certificate is made with it.
 * - `renew`: a new serving certificate from the same authority.
 * - `forget`: drop retired authorities that have expired.
 */
export type RotationStep = 'create' | 'announce' | 'activate' | 'renew' | 'forget' | 'none';

const DAY_MS = 86_400_000;

/** One year for the authority, 90 days for the serving certificate, ten minutes between publishing and serving. */
export function defaultPolicy(hosts: readonly string[]): RotationPolicy {
  return { authorityValidityMs: 365 * DAY_MS, servingValidityMs: 90 * DAY_MS, overlapMs: 600_000, hosts };
}

/** The last third of a life is for replacing it: a month for a serving certificate, four for an authority. */
function isDueAt(notAfter: Date, validityMs: number, now: Date): boolean {
  return now.getTime() >= notAfter.getTime() - validityMs / 3;
}

function hasExpired(certPem: string, now: Date): boolean {
  const facts = readCertificate(certPem);
  return facts === undefined || now.getTime() >= facts.notAfter.getTime();
}

function isUsable(set: CertificateSet, now: Date): boolean {
  return isKeyOf(set.authority) && !(hasExpired(set.authority.certPem, now) && set.next === undefined);
}

/** Signed by an authority that is trusted now. */
function isServingTrusted(set: CertificateSet): boolean {
  return isKeyOf(set.serving) && [set.authority.certPem, ...set.retired].some((authority) => isSignedBy(set.serving.certPem, authority));
}

function mayActivate(set: CertificateSet, policy: RotationPolicy, { now, isPublished }: RotationMoment): boolean {
  const next = set.next === undefined ? undefined : readCertificate(set.next.certPem);
  if (next === undefined) return false;
  // With an expired authority nobody trusts us anyway; waiting would help nobody.
  if (hasExpired(set.authority.certPem, now)) return true;
  return isPublished && now.getTime() >= next.createdAt.getTime() + policy.overlapMs;
}

function needsRenewal(set: CertificateSet, policy: RotationPolicy, now: Date): boolean {
  const serving = readCertificate(set.serving.certPem);
  const authority = readCertificate(set.authority.certPem);
  if (serving === undefined || authority === undefined || !isServingTrusted(set)) return true;
  if (!policy.hosts.every((host) => covers(set.serving.certPem, host))) return true;
  // One that already lasts as long as its authority cannot be bettered; renewing it again and again would be churn.
  return isDueAt(serving.notAfter, policy.servingValidityMs, now) && serving.notAfter.getTime() < authority.notAfter.getTime();
}

/**
 * The next step of rotation; pure. Carried out and asked again until it says `none`.
 *
 * Laws, which make a rotation invisible to the API server:
 * 1. an authority is in the bundle, and published, for `overlapMs` before anything it signed is served;
 * 2. an authority stays in the bundle until it has expired, and no certificate outlives its authority.
 *
 * The bundle is `authority`, `next` and `retired` together (wishes.md 5.2, 21).
 */
export function rotationStep(set: CertificateSet | undefined, policy: RotationPolicy, moment: RotationMoment): RotationStep {
  const { now } = moment;
  if (set === undefined || !isUsable(set, now)) return 'create';
  const authority = readCertificate(set.authority.certPem);
  if (set.next === undefined && authority !== undefined && isDueAt(authority.notAfter, policy.authorityValidityMs, now)) return 'announce';
  if (mayActivate(set, policy, moment)) return 'activate';
  if (needsRenewal(set, policy, now)) return 'renew';
  if (set.retired.some((old) => hasExpired(old, now))) return 'forget';
  return 'none';
}

/** The certificates clients must trust, PEM, one after the other. */
export function bundleOf(set: CertificateSet): string {
  return [set.authority.certPem, ...(set.next === undefined ? [] : [set.next.certPem]), ...set.retired].join('');
}

/** The retired authorities that are still of use. */
export function stillTrusted(retired: readonly string[], now: Date): string[] {
  return retired.filter((old) => !hasExpired(old, now));
}
