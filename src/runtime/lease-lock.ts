import type { KubeObject } from '../k8s/object.ts';
import { resourcePath, type ResourceType } from '../k8s/resource.ts';
import { isJsonObject } from '../lib/json.ts';
import { asApiError } from './error-verdict.ts';
import type { Rest } from './rest.ts';

const LEASE: ResourceType = { group: 'coordination.k8s.io', version: 'v1', kind: 'Lease', plural: 'leases', namespaced: true };

/** What a lease says. `renewTime` only ever serves as "has it changed?"; nobody compares it with a clock. */
export interface LeaseRecord {
  /** '' = free. */
  readonly holder: string;
  readonly durationMs: number;
  readonly acquireTime: string;
  readonly renewTime: string;
  readonly transitions: number;
}

/** A record and the version to replace. */
export interface LeaseState {
  readonly record: LeaseRecord;
  readonly version: string;
}

/** Where the lease lives. Every call rejects when it did not succeed; a rejected write may still have happened. */
export interface LeaseLock {
  /** Undefined: there is none yet. */
  read(timeoutMs: number): Promise<LeaseState | undefined>;
  /** Replaces exactly this version, or creates when it is undefined. Out: the new state. */
  write(record: LeaseRecord, version: string | undefined, timeoutMs: number): Promise<LeaseState>;
}

/** A lease as a coordination.k8s.io/v1 Lease object. The Rest must be one that does not ask for leadership. */
export function restLeaseLock(rest: Rest, at: { readonly namespace: string; readonly name: string }): LeaseLock {
  const { namespace, name } = at;
  return {
    async read(timeoutMs) {
      try {
        return stateOf(await rest.call<KubeObject>({ method: 'GET', path: resourcePath(LEASE, { namespace, name }), timeoutMs }));
      } catch (error) {
        if (asApiError(error).status === 404) return undefined;
        throw error;
      }
    },
    async write(record, version, timeoutMs) {
      const metadata = { name, namespace, ...(version === undefined ? {} : { resourceVersion: version }) };
      const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec: specOf(record) };
      const request = version === undefined
        ? { method: 'POST' as const, path: resourcePath(LEASE, { namespace }) }
        : { method: 'PUT' as const, path: resourcePath(LEASE, { namespace, name }) };
      return stateOf(await rest.call<KubeObject>({ ...request, body, timeoutMs }));
    },
  };
}

function specOf(record: LeaseRecord): object {
  return {
    holderIdentity: record.holder, leaseDurationSeconds: Math.max(1, Math.ceil(record.durationMs / 1000)),
    acquireTime: record.acquireTime, renewTime: record.renewTime, leaseTransitions: record.transitions,
  };
}

function stateOf(lease: KubeObject): LeaseState {
  const spec = isJsonObject(lease['spec']) ? lease['spec'] : {};
  return {
    version: lease.metadata.resourceVersion ?? '',
    record: {
      holder: text(spec['holderIdentity']), durationMs: count(spec['leaseDurationSeconds']) * 1000,
      acquireTime: text(spec['acquireTime']), renewTime: text(spec['renewTime']), transitions: count(spec['leaseTransitions']),
    },
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function count(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
