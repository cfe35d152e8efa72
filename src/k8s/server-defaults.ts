/*
 * What the API server does to values on their way in: it fills in defaults and rewrites quantities.
 * Only used to save a request; a default that is missing here costs one apply after a restart and nothing else.
 */

/** Defaults that occur inside lists and maps which are owned as a whole, or as keys of list items (Kubernetes API reference). */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  // ports of Service, container and NetworkPolicy
  protocol: 'TCP',
  // ObjectFieldSelector
  apiVersion: 'v1',
  // RuleWithOperations of webhooks
  scope: '*',
  // ResourceFieldSelector
  divisor: '0',
  // RouteTargetReference (OpenShift API reference "Route")
  weight: 100,
};

/** True if the server fills in this value for a field of this name when it is left out. */
export function isKnownDefault(name: string, value: unknown): boolean {
  return Object.hasOwn(DEFAULTS, name) && DEFAULTS[name] === value;
}

/** True for values that the server leaves out when it writes an object (Go's omitempty): nothing, '', 0, false and what is empty. */
export function isOmittedWhenWritten(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === null || value === '' || value === 0 || value === false;
}

/** Maps of quantities, and fields that hold one. */
const QUANTITY_MAPS: ReadonlySet<string> = new Set(['limits', 'requests', 'hard', 'capacity']);
const QUANTITY_FIELDS: ReadonlySet<string> = new Set(['sizeLimit', 'averageValue', 'divisor']);

/**
 * Equality of a wanted and a live scalar. Where a quantity is expected, "1000m" equals "1" and 1: the server writes them in its own way.
 * Elsewhere the text counts: an annotation "1000m" is not "1".
 */
export function sameScalar(wanted: unknown, live: unknown, at: { readonly name: string; readonly above: string }): boolean {
  if (wanted === live) return true;
  if (!QUANTITY_MAPS.has(at.above) && !QUANTITY_FIELDS.has(at.name)) return false;
  const a = quantityValue(wanted);
  return a !== undefined && a === quantityValue(live);
}

const QUANTITY = /^(?<sign>[+-]?)(?<whole>\d*)(?:\.(?<fraction>\d*))?(?:(?<unit>[numkMGTPE]|[KMGTPE]i)|[eE](?<exponent>[+-]?\d{1,2}))?$/;
const DECIMAL_UNITS: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY_UNITS: Readonly<Record<string, bigint>> = { Ki: 1n << 10n, Mi: 1n << 20n, Gi: 1n << 30n, Ti: 1n << 40n, Pi: 1n << 50n, Ei: 1n << 60n };
/** Values are counted in units of 10⁻¹²⁰: below any exponent that the pattern lets through. */
const SCALE = 120;
const MOST_DIGITS = 18;

/** The exact value of a quantity (apimachinery, resource.Quantity) in a fixed small unit, or undefined if it is none. */
export function quantityValue(value: unknown): bigint | undefined {
  const found = typeof value === 'string' || typeof value === 'number' ? QUANTITY.exec(String(value))?.groups : undefined;
  if (found === undefined) return undefined;
  const { sign = '', whole = '', fraction = '' } = found;
  const digits = whole + fraction;
  if (digits === '' || digits.length > MOST_DIGITS) return undefined;
  const { power, factor } = unitOf(found);
  return BigInt(sign === '-' ? `-${digits}` : digits) * 10n ** BigInt(SCALE - fraction.length + power) * factor;
}

function unitOf({ unit = '', exponent = '0' }: Readonly<Record<string, string>>): { readonly power: number; readonly factor: bigint } {
  return { power: DECIMAL_UNITS[unit] ?? Number(exponent), factor: BINARY_UNITS[unit] ?? 1n };
}
