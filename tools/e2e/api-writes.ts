import { setTimeout as sleep } from 'node:timers/promises';
import { isJsonObject, valueAt } from '../../src/lib/json.ts';
import { messageOf } from '../../src/lib/result.ts';
import type { ApiCall } from '../cluster/api-client.ts';
import { workload } from './workloads.ts';
import type { Stage } from './stage.ts';

/* Requests at the API server that need webhooks, one after the other, while something else happens. */

const PAUSE_MS = 100;
/** Of the walk, whose mesh answers. */
const MESH = 'istio-system';
const PROJECT = 'microsvc-sample';

/** What came of them. */
export interface WriteResult {
  readonly made: number;
  readonly failures: readonly string[];
}

/** Requests that keep being made. */
export interface Writes {
  stop(): Promise<WriteResult>;
}

interface Write {
  readonly what: string;
  readonly path: string;
  readonly call: (mark: string) => ApiCall;
  /** What is wrong with an answer; '' for nothing. */
  readonly fault?: (answer: unknown) => string;
}

const annotated = (mark: string): ApiCall => ({ method: 'PATCH', contentType: 'application/merge-patch+json', body: { metadata: { annotations: { 'e2e/mark': mark } } } });

/** A pod that asks for a sidecar, created without being kept: admission is all that is wanted of it. */
function injectedPod(): ApiCall {
  const template = valueAt(workload({ name: 'never', namespace: PROJECT, annotations: { 'sidecar.istio.io/inject': 'true' } }), 'spec', 'template');
  return { method: 'POST', body: { ...(isJsonObject(template) ? template : {}), apiVersion: 'v1', kind: 'Pod', metadata: { name: 'never', annotations: { 'sidecar.istio.io/inject': 'true' } } } };
}

function sidecarFault(pod: unknown): string {
  const containers = valueAt(pod, 'spec', 'containers');
  const names = (Array.isArray(containers) ? containers : []).map((container) => String(valueAt(container, 'name')));
  return names.includes('istio-proxy') ? '' : `containers ${names.join(' ')}`;
}

const WRITES: readonly Write[] = [
  { what: 'a control plane, v1', path: `/apis/maistra.io/v1/namespaces/${MESH}/servicemeshcontrolplanes/basic-install`, call: annotated },
  { what: 'a control plane, v2', path: `/apis/maistra.io/v2/namespaces/${MESH}/servicemeshcontrolplanes/basic-install`, call: annotated },
  { what: 'a member roll', path: `/apis/maistra.io/v1/namespaces/${MESH}/servicemeshmemberrolls/default`, call: annotated },
  { what: 'a pod that asks for a sidecar', path: `/api/v1/namespaces/${PROJECT}/pods?dryRun=All`, call: injectedPod, fault: sidecarFault },
];

/** Begins to write: control planes in both versions, the roll, pods with sidecars. */
export function startWrites({ client }: Stage): Writes {
  const over = new AbortController();
  const failures: string[] = [];
  let made = 0;
  const write = async ({ what, path, call, fault = () => '' }: Write): Promise<void> => {
    const seen = await client.call(path, call(String(made))).then(fault, messageOf);
    made += 1;
    if (seen !== '') failures.push(`${what}: ${seen}`);
  };
  const run = async (): Promise<void> => {
    for (let at = 0; !over.signal.aborted; at += 1) {
      const next = WRITES[at % WRITES.length];
      if (next !== undefined) await write(next);
      await sleep(PAUSE_MS);
    }
  };
  const running = run();
  return {
    async stop() {
      over.abort();
      await running;
      return { made, failures };
    },
  };
}
