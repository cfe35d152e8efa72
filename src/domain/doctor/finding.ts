import type { Step } from '../../k8s/plan.ts';
import type { DoctorFacts } from './facts.ts';

/** `error`: something does not work or soon will not; `warning`: something to know or to decide. */
export type Severity = 'error' | 'warning';

/** One thing that a check found. */
export interface Finding {
  readonly severity: Severity;
  /** The object or namespace, `Kind namespace/name`. */
  readonly about: string;
  /** What is wrong and what follows from it. */
  readonly message: string;
  /** The command that mends it, or shows what has to be decided. */
  readonly remedy: string;
  /** What `--fix` does. Only what takes nothing from anybody: see the ADR. */
  readonly fix?: readonly Step[];
}

/** One check: pure, and silent when all is well. */
export interface Check {
  readonly name: string;
  /** What is well when it finds nothing. */
  readonly wellWhen: string;
  /** Kinds without which it cannot tell. */
  readonly needs: readonly string[];
  /** `installed`: says nothing before the operator is there. */
  readonly when: 'always' | 'installed';
  readonly look: (facts: DoctorFacts) => readonly Finding[];
}

export const error = (about: string, message: string, remedy: string, fix?: readonly Step[]): Finding => ({ severity: 'error', about, message, remedy, ...(fix === undefined ? {} : { fix }) });
export const warning = (about: string, message: string, remedy: string, fix?: readonly Step[]): Finding => ({ severity: 'warning', about, message, remedy, ...(fix === undefined ? {} : { fix }) });
