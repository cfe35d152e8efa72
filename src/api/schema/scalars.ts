import * as z from 'zod';
import { field } from './fields.ts';

/*
 * Scalars with a grammar of their own. The grammar is checked by the schema, so that the API server refuses a wrong value by itself.
 */

/** Grammar of resource.Quantity (Kubernetes doc "Quantity"); the pattern controller-gen writes into CRDs. */
export const QUANTITY_PATTERN = /^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$/;

const DURATION_PART = '([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(ns|us|µs|ms|s|m|h)';

/** Grammar of Go's time.ParseDuration, without sign: `10s`, `1h30m`, `1.5h`, `0`. */
export const DURATION_PATTERN = new RegExp(`^(0|${DURATION_PART}(${DURATION_PART})*)$`);

const INT_OR_STRING = { 'x-kubernetes-int-or-string': true };

/** A quantity, for example `100m`, `128Mi` or `2`. */
export const quantityValue = z.union([z.int(), z.string().regex(QUANTITY_PATTERN, 'must be a quantity, for example 100m, 128Mi or 2')])
  .meta({ ...INT_OR_STRING, pattern: QUANTITY_PATTERN.source, description: 'A quantity, for example 100m, 128Mi or 2.' });

/** A quantity as a described field. */
export function quantity(description: string): z.ZodOptional<typeof quantityValue> {
  return field(description, quantityValue, { ...INT_OR_STRING, pattern: QUANTITY_PATTERN.source });
}

/** A duration as Go writes it. */
export function duration(description: string): z.ZodOptional<z.ZodString> {
  return field(`${description} A duration such as 10s, 5m or 1h30m.`, z.string().regex(DURATION_PATTERN, 'must be a duration, for example 10s, 5m or 1h30m'));
}

const intOrText = z.union([z.int(), z.string()]).meta(INT_OR_STRING);

/** An integer, or a string such as `50%`, `http2` or `"15021"`. */
export function integerOrText(description: string): z.ZodOptional<typeof intOrText> {
  return field(description, intOrText, INT_OR_STRING);
}

const numberOrText = z.union([z.number(), z.string().regex(/^[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$/, 'must be a number')]).meta({ 'x-kubernetes-preserve-unknown-fields': true });

/** A number, or the same number in quotes: Helm values of old are full of those. */
export function tolerantNumber(description: string): z.ZodOptional<typeof numberOrText> {
  return field(description, numberOrText, { 'x-kubernetes-preserve-unknown-fields': true });
}
