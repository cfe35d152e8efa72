import { pick } from '../support/chance.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/lib/json.ts';

/* Random values of a structural schema (Kubernetes doc "Specifying a structural schema"): whatever the API server would admit, hostile and contradictory values among them. */

/** A source of chance in [0, 1). */
export type Random = () => number;

const HOSTILE: readonly string[] = [
  '', ' ', '{{', '{{ .Values.x }}', '"', "'", '`', '\n', 'a\nb: c', '- x', '*', '&a', '!!js/function', '# no', 'null', 'true', '1e3', '0x10', '~', '\u0000', '\u2028', 'ü', '𝄞', '__proto__', 'constructor',
  '${x}', '$(x)', '../..', '/', 'a/b', 'a,b', 'a:b', ':', ',', '-', '.', 'x'.repeat(300), '%', '<script>', '\\', '\t', 'a=b', 'A B', 'É', '|', '>', '[', ']', '}', '@',
];

const USUAL: readonly string[] = [
  'default', 'small', 'base', 'v1.31', 'v2.5', 'v1.1', '1.30.1', 'info', 'warn', 'cluster.local', 'example.com', '*.example.com', 'host:9000', 'host', '10s', '1h30m', '5', '15020', '50%', '100m', '128Mi', '10.0.0.0/16', '::1/128',
  'http://a:80', 'https://b.example.com/x', 'istio-ca-root-cert', 'my-secret', '/etc/certs', '10.0.0.1', '2001:db8::1', 'http2', 'topology.kubernetes.io/zone', 'TLS_AUTO', '20%', 'quay.io/istio', 'sha256', 'zipkin', 'jaeger', 'stackdriver', 'enabled', 'disabled', 'true', 'false', 'first-party-jwt', 'egress', 'all-in-one',
  'default:warn,ads:debug', '80,443', 'TLSv1_2', 'ECDHE-RSA-AES128-GCM-SHA256', 'quay.io/x', 'latest', 'a', 'far', 'Mixer', 'None', 'Istiod', 'cert-manager', 'CNI', 'REDIRECT', 'ALLOW_ANY', 'MultiTenant', 'ClusterWide',
];

const KEYS: readonly string[] = [
  'a', 'app', 'example.com/a', 'x.y', 'a/b~c', 'enabled', 'global', 'proxy', 'istio', 'env', 'techPreview', 'v1Differences', 'v2Differences', 'errored', '__proto__', 'constructor', 'toString', '', 'ISTIO_META_X', 'name',
  'istio_egress', 'mine', 'far', 'pilot', 'kiali', 'tracing.jaeger', 'cpu', 'memory', 'more', 'two words', 'x'.repeat(70),
];

function scalar(random: Random): Json {
  const kind = random();
  if (kind < 0.5) return text(random);
  if (kind < 0.7) return random() < 0.5;
  if (kind < 0.8) return null;
  return kind < 0.95 ? Math.floor(random() * 200) - 10 : Math.round(random() * 10_000) / 100;
}

function text(random: Random): string {
  return random() < 0.7 ? pick(USUAL, random) : pick(HOSTILE, random);
}

/** A key of a map. */
export function anyKey(random: Random): string {
  return pick(KEYS, random);
}

/** Any JSON at all, a few levels deep. */
export function anyJson(random: Random, depth = 3): Json {
  const kind = depth === 0 ? 0 : random();
  if (kind < 0.6) return scalar(random);
  const size = Math.floor(random() * 3);
  if (kind < 0.75) return Array.from({ length: size }, () => anyJson(random, depth - 1));
  return Object.fromEntries(Array.from({ length: size }, () => [anyKey(random), anyJson(random, depth - 1)]));
}

const INTEGERS: readonly number[] = [0, 1, 2, 3, 7, 80, 443, 8080, 15_021, 65_535, 65_536, -1, 100_000, 2_147_483_647, -2_147_483_648];

function integer(schema: JsonObject, random: Random): number {
  const { minimum, maximum } = schema;
  const low = typeof minimum === 'number' ? minimum : -Infinity;
  const high = typeof maximum === 'number' ? maximum : Infinity;
  const fitting = INTEGERS.filter((value) => value >= low && value <= high);
  return pick(random() < 0.7 ? fitting.filter((value) => value >= 0 && value <= 15_021) : fitting, random);
}

const OF_PATTERN: readonly string[] = ['100m', '128Mi', '2', '1.5', '1e3', '-1', '.5', '+4Gi', '1n', '7E', '10s', '1h30m', '0', '1.5h', '3ms', '9999999h'];

function stringOf(schema: JsonObject, random: Random): string {
  const { pattern, minLength } = schema;
  if (typeof pattern === 'string') return pick(OF_PATTERN.filter((value) => new RegExp(pattern, 'u').test(value)), random);
  const value = text(random);
  return typeof minLength === 'number' && value.length < minLength ? 'x'.repeat(minLength) : value;
}

/** How full objects are: the share of the fields that are set. */
export interface Fill {
  readonly random: Random;
  /** Fields an object gets, about. */
  readonly fields: number;
}

function entriesOf(properties: JsonObject, required: readonly Json[], { random, fields }: Fill): readonly [string, Json][] {
  const share = fields / Math.max(1, Object.keys(properties).length);
  return Object.entries(properties).filter(([name, schema]) => schema !== undefined && (required.includes(name) || random() < share)) as [string, Json][];
}

function objectOf(schema: JsonObject, fill: Fill): Json {
  const { properties, additionalProperties, required } = schema;
  const { random } = fill;
  const known = isJsonObject(properties) ? entriesOf(properties, Array.isArray(required) ? required : [], fill) : [];
  const listed = known.map(([name, nested]) => [name, valueOf(nested, fill)] as const);
  const named = isJsonObject(additionalProperties) ? Array.from({ length: Math.floor(random() * 3) }, () => [anyKey(random), valueOf(additionalProperties, fill)] as const) : [];
  const mayHaveMore = schema['x-kubernetes-preserve-unknown-fields'] === true && random() < (isJsonObject(properties) ? 0.08 : 0.8);
  const more = mayHaveMore ? [[anyKey(random), anyJson(random)] as const] : [];
  const isFree = (key: string): boolean => !isJsonObject(properties) || !Object.hasOwn(properties, key);
  return Object.fromEntries([...more.filter(([key]) => isFree(key)), ...named, ...listed]);
}

/** A random value that the schema admits. In: a node of the schema as the CRD has it. */
export function valueOf(schema: Json, fill: Fill): Json {
  const { random } = fill;
  if (!isJsonObject(schema)) return anyJson(random);
  if (schema['nullable'] === true && random() < 0.06) return null;
  if (Array.isArray(schema['enum'])) return pick(schema['enum'].filter((word: Json) => word !== null), random);
  if (schema['x-kubernetes-int-or-string'] === true) return random() < 0.5 ? integer(schema, random) : stringOf(schema, random);
  switch (schema['type']) {
    case 'object': return objectOf(schema, fill);
    case 'array': return Array.from({ length: Math.floor(random() * 3) }, () => valueOf(schema['items'] ?? null, fill));
    case 'string': return stringOf(schema, random);
    case 'boolean': return random() < 0.5;
    case 'integer': return integer(schema, random);
    case 'number': return Math.round(random() * 10_000) / 100;
    default: return anyJson(random);
  }
}
