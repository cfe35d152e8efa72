import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/* The API server's own record of who asked for what (Kubernetes doc "Auditing"): requests of service accounts, without bodies. */

const logFile = (dir: string): string => join(dir, 'audit.log');

const POLICY = {
  apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata', userGroups: ['system:serviceaccounts'] }, { level: 'None' }],
};

/** Writes the policy, and gives the arguments of kube-apiserver that go with it. */
export function auditArguments(dir: string): readonly string[] {
  const policyFile = join(dir, 'audit-policy.json');
  writeFileSync(policyFile, JSON.stringify(POLICY));
  return [`--audit-policy-file=${policyFile}`, `--audit-log-path=${logFile(dir)}`];
}

/** A request of a service account. */
export interface AuditedRequest {
  readonly user: string;
  /** As in a role: `patch deployments.apps`, `patch namespaces/status.`. */
  readonly use: string;
  readonly namespace: string;
  readonly name: string;
  /** HTTP status of the answer. */
  readonly code: number;
}

interface Event {
  readonly user: { readonly username: string };
  readonly verb: string;
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string; readonly apiGroup?: string; readonly namespace?: string; readonly name?: string };
  readonly responseStatus?: { readonly code?: number };
}

function requestOf({ user, verb, objectRef = {}, responseStatus }: Event): AuditedRequest {
  const { resource = '', subresource, apiGroup = '', namespace = '', name = '' } = objectRef;
  return { user: user.username, use: `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}.${apiGroup}`, namespace, name, code: responseStatus?.code ?? 0 };
}

/** What was asked so far in a cluster that was started with `audit`. Paths that are no resource are left out. */
function auditedRequests(dir: string): readonly AuditedRequest[] {
  const lines = readFileSync(logFile(dir), 'utf8').split('\n').filter((line) => line.endsWith('}'));
  return lines.map((line) => requestOf(JSON.parse(line) as Event)).filter(({ use }) => !use.includes(' .'));
}

/** Requests of one account. In: the folder of the cluster, `namespace:name` of the account. */
export const askedBy = (dir: string, account: string): readonly AuditedRequest[] => auditedRequests(dir).filter(({ user }) => user === `system:serviceaccount:${account}`);
