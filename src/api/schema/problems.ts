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

type Remedies = { readonly [Code in Issue['code']]?: (issue: Extract<Issue, { code: Code }>) => string };

/** By kind of issue; the grammars of src/api/schema/scalars.ts and src/domain/validation bring their own sentence. */
const REMEDIES: Remedies = {
  invalid_type: ({ expected }) => `must be ${ARTICLES[expected] ?? expected}`,
  invalid_value: ({ values }) => `must be one of ${values.map(String).join(', ')}`,
  too_big: ({ maximum, origin }) => `must be at most ${maximum}${UNITS[origin] ?? ''}`,
  too_small: ({ minimum, origin }) => `must be at least ${minimum}${UNITS[origin] ?? ''}`,
  invalid_union: ({ errors }) => errors.flat().find(({ code }) => code === 'invalid_format' || code === 'custom')?.message ?? 'must be a whole number or a string',
  invalid_key: ({ issues }) => `has a name that cannot be: it ${issues[0]?.message ?? 'must be another one'}`,
  unrecognized_keys: ({ keys }) => `must not have ${keys.map((key) => JSON.stringify(key.slice(0, LONGEST_VALUE))).join(', ')}; remove it`,
};

function remedyOf(issue: Issue): string {
  // The table gives each code the issue of that code, which TypeScript cannot see through an index.
  const remedy = REMEDIES[issue.code] as ((issue: Issue) => string) | undefined;
  return remedy?.(issue) ?? issue.message;
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
    const found = valueOf(root, issue.path);
    const isMissing = found === undefined && issue.code === 'invalid_type';
    return { path, value: showValue(found), message: `${path} ${isMissing ? `must be set: it ${remedyOf(issue)}` : remedyOf(issue)}`, reason: 'ValidationError' };
  });
}
