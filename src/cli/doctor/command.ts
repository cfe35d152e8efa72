import { OPERATOR_NAME } from '../../api/names.ts';
import { examine, type Examined } from '../../domain/doctor/checks.ts';
import type { Step } from '../../k8s/plan.ts';
import { describeRef } from '../../k8s/ref.ts';
import { messageOf } from '../../lib/result.ts';
import type { Rest } from '../../runtime/rest.ts';
import { patchRequest, removeRequest } from '../../runtime/write-requests.ts';
import { OPERATOR_VERSION } from '../build-version.ts';
import { ClusterReader, IF_UNREACHABLE } from '../cluster-reader.ts';
import { withCluster, type ClusterFlags, type Environment } from '../cluster-session.ts';
import { isColoured } from '../terminal.ts';
import { gatherFacts } from './gather.ts';
import { doctorText } from './text.ts';

/** Options of `tmesh doctor` as commander hands them over. */
export interface DoctorFlags extends ClusterFlags {
  readonly operatorNamespace?: string;
  readonly output: 'text' | 'json';
  readonly fix?: boolean;
}

/** What was found, and what was mended of it. */
export interface Diagnosis {
  readonly checks: readonly Examined[];
  /** One line for each thing that `--fix` did or could not do. */
  readonly mended: readonly string[];
}

const MANAGER = 'tmesh-doctor';

async function carryOut(rest: Rest, step: Step): Promise<string> {
  if (step.do !== 'remove' && step.do !== 'patch') throw new Error(`doctor neither applies nor mints: ${step.do}`);
  try {
    await rest.call(step.do === 'remove' ? removeRequest(step.ref) : patchRequest(step.ref, step.patch, MANAGER));
    return `mended: ${describeRef(step.ref)} ${step.do === 'remove' ? 'deleted' : `patched with ${JSON.stringify(step.patch)}`}`;
  } catch (thrown) {
    return `not mended: ${describeRef(step.ref)}: ${messageOf(thrown)}`;
  }
}

/**
 * Looks at a cluster, before or after installation. In: the flags and the environment. With `fix` it mends what can be mended without taking
 * anything from anybody, and looks again.
 * @throws UsageError when there is no cluster
 */
export function doctor(flags: DoctorFlags, environment: Environment): Promise<Diagnosis> {
  return withCluster(flags, environment, async ({ rest, serverVersion }) => {
    const operatorNamespace = flags.operatorNamespace ?? environment['POD_NAMESPACE'] ?? OPERATOR_NAME;
    const look = async (): Promise<readonly Examined[]> =>
      examine(await gatherFacts({ rest, reader: new ClusterReader(rest, IF_UNREACHABLE), serverVersion, operatorNamespace, tmeshVersion: OPERATOR_VERSION, now: new Date() }));
    const checks = await look();
    const steps = flags.fix === true ? checks.flatMap(({ findings }) => findings.flatMap(({ fix = [] }) => fix)) : [];
    if (steps.length === 0) return { checks, mended: [] };
    const mended: string[] = [];
    for (const step of steps) mended.push(await carryOut(rest, step));
    return { checks: await look(), mended };
  });
}

/** `tmesh doctor`: prints what was found. Out: the exit code, 1 when there is an error. */
export async function doctorCommand(flags: DoctorFlags): Promise<number> {
  const diagnosis = await doctor(flags, process.env);
  process.stdout.write(flags.output === 'json' ? `${JSON.stringify(diagnosis, undefined, 2)}\n` : doctorText(diagnosis, isColoured(process.stdout, process.env)));
  return diagnosis.checks.some(({ state }) => state === 'error') ? 1 : 0;
}
