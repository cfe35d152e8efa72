import type * as z from 'zod';
import type { Problem } from '../../k8s/plan.ts';

/* zod's issues as problems: field, value and the way out. */

type Issue = z.core.$ZodIssue;

const LONGEST_VALUE = 80;

/** A value as a message may show it: text, or JSON, cut to a readable length. In: any JSON value, or undefined for none. */
export function showValue(value: unknown): string {
  if (value === undefined) return '';
  const shown = typeof value === 'string' ? value : JSON.stringify(value);
  return shown.length <= LONGEST_VALUE ? shown : `${shown.slice(0, LONGEST_VALUE - 1)}…`;
}

/** `spec.gateways.ingress[0]`; keys that are no plain, short word stand in brackets, cut. */
export function showPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((shown, step) => {
    if (typeof step === 'number') return `${shown}[${step}]`;
    const word = String(step);
    if (!/^[\w-]{1,63}$/.test(word)) return `${shown}[${JSON.stringify(word.slice(0, LONGEST_VALUE))}]`;
    return shown === '' ? word : `${shown}.${word}`;
  }, '');
}

const ARTICLES: Readonly<Record<string, string>> = {
  string: 'a string; put it in quotes', boolean: 'true or false, without quotes', int: 'a whole number, without quotes', number: 'a number, without quotes',
  array: 'a list', object: 'a map of fields', record: 'a map of fields',
};

const UNITS: Readonly<Record<string, string>> = { string: ' characters long', array: ' entries long' };

function remedyOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type': return `must be ${ARTICLES[issue.expected] ?? issue.expected}`;
    case 'invalid_value': return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'too_big': return `must be at most ${issue.maximum}${UNITS[issue.origin] ?? ''}`;
    case 'too_small': return `must be at least ${issue.minimum}${UNITS[issue.origin] ?? ''}`;
    case 'invalid_union': return issue.errors.flat().find(({ code }) => code === 'invalid_format')?.message ?? 'must be a whole number or a string';
    // The grammars of src/api/schema/scalars.ts bring their own sentence.
    default: return issue.message;
  }
}

function valueOf(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, step) => (typeof value === 'object' && value !== null && Object.hasOwn(value, step) ? Reflect.get(value, step) : undefined), root);
}

/**
 * Problems from a failed parse. In: the error, the value that was parsed, and where it stands in its object.
 * Out: one problem per issue, with reason `ValidationError`.
 */
export function problemsOf(error: z.core.$ZodError, root: unknown, prefix: readonly string[] = []): Problem[] {
  return error.issues.map((issue) => {
    const path = showPath([...prefix, ...issue.path]);
    const value = showValue(valueOf(root, issue.path));
    return { path, value, message: `${path} ${remedyOf(issue)}`, reason: 'ValidationError' };
  });
}
