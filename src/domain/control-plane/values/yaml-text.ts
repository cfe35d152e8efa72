import { stringify } from 'yaml';

/** A document for a ConfigMap's key: YAML as people like to read it. Law: parsing it gives the value back. */
export function yamlText(value: unknown): string {
  return stringify(value, { lineWidth: 0, blockQuote: 'literal', aliasDuplicateObjects: false });
}

/** Compact JSON, for values that a program reads from one line. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value);
}

/** Leaves out what is undefined, so that nothing is written as null. */
export function present<T extends object>(value: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  // The filter is what the type says.
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as { [Key in keyof T]: Exclude<T[Key], undefined> };
}
