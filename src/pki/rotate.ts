import { createAuthority, createServing, readCertificate, type KeyedCertificate } from './certificate.ts';
import { stillTrusted, type CertificateSet, type RotationPolicy, type RotationStep } from './rotation.ts';

const AUTHORITY_NAME = 'tenant-mesh-operator webhook CA';

async function newAuthority(policy: RotationPolicy, now: Date): Promise<KeyedCertificate> {
  return createAuthority(AUTHORITY_NAME, { now, validityMs: policy.authorityValidityMs });
}

/** Hosts only ever get added: two processes with different URLs would otherwise replace each other's certificate for ever. */
async function newServing(authority: KeyedCertificate, policy: RotationPolicy, now: Date, old?: KeyedCertificate): Promise<KeyedCertificate> {
  const known = old === undefined ? [] : readCertificate(old.certPem)?.hosts ?? [];
  const hosts = [...new Set([...policy.hosts, ...known])];
  return createServing(authority, hosts, { now, validityMs: policy.servingValidityMs });
}

/** A whole new set. */
export async function createSet(policy: RotationPolicy, now: Date): Promise<CertificateSet> {
  const authority = await newAuthority(policy, now);
  return { authority, retired: [], serving: await newServing(authority, policy, now) };
}

/** Carries out one step of rotation and gives the set that results. The input is not changed. */
export async function carryOut(step: RotationStep, set: CertificateSet | undefined, policy: RotationPolicy, now: Date): Promise<CertificateSet> {
  if (set === undefined || step === 'create') return createSet(policy, now);
  const { authority, next, serving } = set;
  const retired = stillTrusted(set.retired, now);
  const pending = next === undefined ? {} : { next };
  switch (step) {
    case 'announce': return { authority, next: await newAuthority(policy, now), retired, serving };
    case 'activate':
      if (next === undefined) return set;
      return { authority: next, retired: stillTrusted([authority.certPem, ...retired], now), serving: await newServing(next, policy, now, serving) };
    case 'renew': return { authority, ...pending, retired, serving: await newServing(authority, policy, now, serving) };
    case 'forget': return { authority, ...pending, retired, serving };
    default: return set;
  }
}
