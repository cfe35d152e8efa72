import { Document, Scalar, visit } from 'yaml';

/** YAML 1.2 reads such a text as a number, YAML 1.1 does not. */
const OCTAL = /^[-+]?0o/;

/**
 * A document for a ConfigMap's key: YAML as people like to read it. Written for YAML 1.1, which Go programs read: there a plain
 * `OFF` is a boolean. Law: parsing it as YAML 1.1 or as YAML 1.2 gives the value back.
 */
export function yamlText(value: unknown): string {
  const document = new Document(value, { version: '1.1', aliasDuplicateObjects: false });
  visit(document, { Scalar: (_key, node) => {
    if (typeof node.value === 'string' && OCTAL.test(node.value)) node.type = Scalar.QUOTE_DOUBLE;
  } });
  return document.toString({ lineWidth: 0, blockQuote: 'literal', directives: false });
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
