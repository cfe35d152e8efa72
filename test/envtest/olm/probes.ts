import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../../src/lib/result.ts';
import { valueAt } from '../../../src/lib/json.ts';
import { applyAt } from '../../../tools/demo/answers.ts';
import { eventually } from '../../support/eventually.ts';
import { EDITED, smallControlPlane } from './meshes.ts';
import { CONTROL_PLANE_DEFINITION, type Stage } from './stage.ts';

/* What users and their workloads do all the time, also while OLM upgrades the operator. */

/** How it went. */
export interface ProbeReport {
  readonly asked: number;
  /** What was said, and when, in seconds. */
  readonly failed: readonly string[];
  /** The longest time without an answer that was right. */
  readonly longestGapSeconds: number;
}

const ASK_EVERY_MS = 100;
/** Each edit is worked on by the operator. */
const EDIT_EVERY_MS = 400;

/** Does it again and again, one at a time; stop, and it reports. */
function keepDoing(act: () => Promise<void>, everyMs = ASK_EVERY_MS): () => Promise<ProbeReport> {
  const over = new AbortController();
  const [started, failed] = [performance.now(), [] as string[]];
  let [asked, answered, longest] = [0, performance.now(), 0];
  const loop = (async () => {
    while (!over.signal.aborted) {
      asked += 1;
      try {
        await act();
        longest = Math.max(longest, performance.now() - answered);
        answered = performance.now();
      } catch (error) {
        failed.push(`${((performance.now() - started) / 1000).toFixed(1)} s: ${messageOf(error)}`);
      }
      await sleep(everyMs);
    }
  })();
  return async () => {
    over.abort();
    await loop;
    return { asked, failed, longestGapSeconds: Math.round(Math.max(longest, performance.now() - answered) / 100) / 10 };
  };
}

const controlPlane = (version: 'v1' | 'v2', namespace: string): string => `/apis/maistra.io/${version}/namespaces/${namespace}/servicemeshcontrolplanes`;

/** Has a control plane judged, without making it. */
const judge = ({ client }: Stage, version: 'v1' | 'v2'): Promise<void> =>
  client.call(`${controlPlane(version, 'default')}?dryRun=All`, { method: 'POST', body: smallControlPlane(version, 'probe', 'default') });

/** Reads a control plane in the words of v1. */
async function readV1({ client }: Stage): Promise<void> {
  const spec = valueAt(await client.call<object>(`${controlPlane('v1', 'mesh-1')}/basic`), 'spec');
  if (valueAt(spec, 'istio', 'gateways', 'enabled') !== false) throw new Error(`read as v1: ${JSON.stringify(spec)}`);
}

/** A field with a number in it, which is counted up. */
const COUNTED = { v1: ['istio', 'pilot', 'traceSampling'], v2: ['tracing', 'sampling'] } as const;

interface Editing { stop(): Promise<ProbeReport & { readonly isKept: boolean }> }

/** Edits a control plane; what was accepted last must be there in the end, and everything beside it. */
function edit(stage: Stage, version: 'v1' | 'v2'): Editing {
  const [path, [first, ...rest]] = [`${controlPlane(version, EDITED[version])}/basic`, COUNTED[version]];
  let [turn, accepted] = [0, 0];
  const stop = keepDoing(async () => {
    turn = turn % 50 + 1;
    const field = rest.reduceRight<unknown>((below, name) => ({ [name]: below }), turn);
    await stage.client.call(path, { method: 'PATCH', body: { spec: { [first]: field } }, contentType: 'application/merge-patch+json' });
    accepted = turn;
  }, EDIT_EVERY_MS);
  return {
    stop: async () => {
      const report = await stop();
      const now = await eventually('the edited control plane can be read', async () => stage.client.call<object>(path));
      const others = version === 'v1' ? valueAt(now, 'spec', 'istio', 'gateways', 'enabled') : valueAt(now, 'spec', 'gateways', 'enabled');
      return { ...report, isKept: valueAt(now, 'spec', first, ...rest) === accepted && others === false };
    },
  };
}

/** Looks whether the CRD says that v1 is converted, and remembers when it did not. */
async function lookAtConversion({ client }: Stage): Promise<void> {
  const strategy = valueAt(await client.call<object>(CONTROL_PLANE_DEFINITION), 'spec', 'conversion', 'strategy');
  if (strategy !== 'Webhook') throw new Error(`conversion: ${String(strategy)}`);
}

/** A request through router, gateway and sidecar of the walk. */
async function throughGateway(): Promise<void> {
  const { status, body } = await applyAt('caller.apps.example.com', '/api/caller/apply');
  if (status !== 201) throw new Error(`${status} ${body}`);
}

/** What was done during an upgrade. */
export interface Probed {
  readonly judgedV1: ProbeReport;
  readonly judgedV2: ProbeReport;
  readonly readV1: ProbeReport;
  readonly traffic: ProbeReport;
  /** Failed: the CRD was without conversion. */
  readonly conversion: ProbeReport;
  readonly editedV1: ProbeReport & { readonly isKept: boolean };
  readonly editedV2: ProbeReport & { readonly isKept: boolean };
}

/** Begins with all of it. Out: stop, which tells how it went. */
export function probe(stage: Stage): () => Promise<Probed> {
  const [judgedV1, judgedV2, read, traffic] = [keepDoing(() => judge(stage, 'v1')), keepDoing(() => judge(stage, 'v2')), keepDoing(() => readV1(stage)), keepDoing(throughGateway)];
  const conversion = keepDoing(() => lookAtConversion(stage));
  const [editedV1, editedV2] = [edit(stage, 'v1'), edit(stage, 'v2')];
  return async () => ({
    judgedV1: await judgedV1(), judgedV2: await judgedV2(), readV1: await read(), traffic: await traffic(), editedV1: await editedV1.stop(), editedV2: await editedV2.stop(), conversion: await conversion(),
  });
}
