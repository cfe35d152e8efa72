import type { KubeObject } from '../k8s/object.ts';
import { sameJson } from '../lib/json.ts';
import { secretDataOf, setOfSecret } from './certificate-secret.ts';
import { bundleOf, rotationStep, type CertificateSet, type RotationMoment, type RotationPolicy, type RotationStep } from './rotation.ts';
import { carryOut, createSet } from './rotate.ts';

/** Where the set is kept, shared by all replicas. Other failures than those named are thrown. */
export interface SecretStore {
  /** Undefined: there is no such Secret. */
  read(): Promise<KubeObject | undefined>;
  /** `exists`: somebody else was first. `no-namespace`: the operator's namespace is not there. */
  create(data: Readonly<Record<string, string>>): Promise<KubeObject | 'exists' | 'no-namespace'>;
  /** Replaces the data of the Secret as it was read. `conflict`: it has changed since, or is gone. */
  replace(before: KubeObject, data: Readonly<Record<string, string>>): Promise<KubeObject | 'conflict'>;
}

/** What the server needs. */
export interface ServingMaterial {
  readonly key: string;
  readonly cert: string;
  readonly caBundlePem: string;
}

/** How a store is opened. */
export interface CertificateStoreOptions {
  readonly secrets: SecretStore;
  readonly policy: RotationPolicy;
  readonly now: () => Date;
}

const ATTEMPTS = 5;

/** Thrown when a Secret changes faster than we can read it: something is fighting over it. */
export class CertificateContentionError extends Error {
  constructor() {
    super('the Secret with the certificates kept changing while it was read; is another program writing it?');
    this.name = 'CertificateContentionError';
  }
}

/**
 * The certificates in use, and the way new ones come in: from our own rotation (leader) or from the shared Secret (all others).
 * Made by `openCertificateStore`.
 */
export class CertificateStore {
  readonly #options: CertificateStoreOptions;
  readonly #listeners = new Set<() => void>();
  #set: CertificateSet;
  /** The Secret that `#set` came from; undefined: kept in memory only. */
  #secret: KubeObject | undefined;

  constructor(options: CertificateStoreOptions, set: CertificateSet, secret: KubeObject | undefined) {
    this.#options = options;
    this.#set = set;
    this.#secret = secret;
  }

  /** True when there was no namespace to keep them in: after a restart clients get a new authority. */
  get isInMemory(): boolean {
    return this.#secret === undefined;
  }

  /** What to serve with, and what clients must trust, now. */
  current(): ServingMaterial {
    const { serving } = this.#set;
    return { key: serving.keyPem, cert: serving.certPem, caBundlePem: bundleOf(this.#set) };
  }

  /** Calls back after every change; returns the way to stop that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes over what a watch of the Secret saw. Ignores a deleted or broken one: the leader repairs it, and until then we serve what we have. */
  offer(secret: KubeObject | undefined): void {
    if (secret === undefined || this.#secret === undefined) return;
    const set = setOfSecret(secret);
    if (set !== undefined) this.#adopt(set, secret);
  }

  /**
   * One step of rotation if one is due; for the leader, about once a minute.
   * In: whether the API server already has our present bundle. Out: the step taken. Throws what the SecretStore throws.
   */
  async rotate(isPublished: boolean): Promise<RotationStep> {
    const moment = { now: this.#options.now(), isPublished };
    if (this.#secret === undefined) return this.#rotateInMemory(moment);
    const secret = await this.#options.secrets.read();
    return secret === undefined ? this.#restore() : this.#rotateShared(secret, moment);
  }

  async #rotateShared(secret: KubeObject, moment: RotationMoment): Promise<RotationStep> {
    const { secrets, policy } = this.#options;
    const found = setOfSecret(secret);
    if (found !== undefined) this.#adopt(found, secret);
    // A Secret that somebody broke is written again from what we serve: nobody has to learn a new authority.
    const step = rotationStep(this.#set, policy, moment);
    if (found !== undefined && step === 'none') return step;
    const next = await carryOut(step, this.#set, policy, moment.now);
    const written = await secrets.replace(secret, secretDataOf(next));
    // Whoever was faster is right; the next round sees their work.
    if (written === 'conflict') return 'none';
    this.#adopt(next, written);
    return step;
  }

  async #rotateInMemory(moment: RotationMoment): Promise<RotationStep> {
    const step = rotationStep(this.#set, this.#options.policy, moment);
    if (step !== 'none') this.#adopt(await carryOut(step, this.#set, this.#options.policy, moment.now), undefined);
    return step;
  }

  /** Somebody deleted the Secret: what is served stays valid, so it is written again as it is. */
  async #restore(): Promise<RotationStep> {
    const created = await this.#options.secrets.create(secretDataOf(this.#set));
    if (typeof created !== 'string') this.#secret = created;
    return 'none';
  }

  #adopt(set: CertificateSet, secret: KubeObject | undefined): void {
    this.#secret = secret;
    if (sameJson(set, this.#set)) return;
    this.#set = set;
    for (const listener of this.#listeners) listener();
  }
}

async function createShared(options: CertificateStoreOptions): Promise<CertificateStore | 'exists'> {
  const set = await createSet(options.policy, options.now());
  const created = await options.secrets.create(secretDataOf(set));
  if (created === 'exists') return created;
  return new CertificateStore(options, set, created === 'no-namespace' ? undefined : created);
}

/**
 * Opens the store: reads the shared Secret, or creates it if we are the first, or repairs it if it is broken or not good for our hosts.
 * Without the operator's namespace the set stays in memory (`isInMemory`).
 * Throws CertificateContentionError, and what the SecretStore throws.
 */
export async function openCertificateStore(options: CertificateStoreOptions): Promise<CertificateStore> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const store = await tryOpen(options);
    if (store !== undefined) return store;
  }
  throw new CertificateContentionError();
}

async function tryOpen(options: CertificateStoreOptions): Promise<CertificateStore | undefined> {
  const { secrets, policy } = options;
  const secret = await secrets.read();
  if (secret === undefined) {
    const store = await createShared(options);
    return store === 'exists' ? undefined : store;
  }
  const set = setOfSecret(secret);
  const now = options.now();
  const step = rotationStep(set, policy, { now, isPublished: false });
  // Authorities are the leader's business; a certificate that does not fit us cannot wait for one.
  if (set !== undefined && step !== 'create' && step !== 'renew') return new CertificateStore(options, set, secret);
  const repaired = await carryOut(step, set, policy, now);
  const written = await secrets.replace(secret, secretDataOf(repaired));
  return written === 'conflict' ? undefined : new CertificateStore(options, repaired, written);
}
