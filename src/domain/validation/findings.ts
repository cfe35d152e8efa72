import type { Problem } from '../../k8s/plan.ts';
import { showValue } from '../../api/schema/problems.ts';

/** What validation has to say: problems refuse an object (or stop its reconciliation), warnings only inform. */
export interface Findings {
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

/** Nothing to say. */
export const NO_FINDINGS: Findings = { problems: [], warnings: [] };

/** A problem with a field. In: its path, its value, the sentence that tells what is wrong and the way out, and the condition's reason. */
export function problem(path: string, value: unknown, remedy: string, reason = 'ValidationError'): Problem {
  return { path, value: showValue(value), message: `${path} ${remedy}`, reason };
}

/** All findings as one. */
export function together(...parts: readonly Findings[]): Findings {
  return { problems: parts.flatMap(({ problems }) => problems), warnings: parts.flatMap(({ warnings }) => warnings) };
}

/** Problems only. */
export function problemsOnly(problems: readonly Problem[]): Findings {
  return { problems, warnings: [] };
}
