import type * as z from 'zod';
import { isJsonObject, valueAt, type Json, type JsonObject } from '../../src/lib/json.ts';
import { structuralSchema } from '../gen/structural.ts';

/* Descriptors tell OpenShift's console how to show a field. They are made from the same schemas as the CRDs, so they cannot name a field that is not there. */

/** An entry of `specDescriptors` or `statusDescriptors` of a ClusterServiceVersion. */
export interface Descriptor {
  readonly path: string;
  readonly displayName: string;
  readonly description?: string;
  readonly 'x-descriptors'?: readonly string[];
}

const UI = 'urn:alm:descriptor:com.tectonic.ui';

/** Deeper fields are rare; a form with all of them would hide those that people look for. YAML has every field. */
const DEPTH = 3;

/** Words that are not written as they are spelt in field names. */
const SPELLING: Readonly<Record<string, string>> = { mtls: 'mTLS', automtls: 'Auto mTLS', json: 'JSON', jwt: 'JWT', cni: 'CNI', tls: 'TLS', dns: 'DNS', ca: 'CA', url: 'URL', id: 'ID', ior: 'IOR', api: 'API', xds: 'XDS', jwks: 'JWKS', ip: 'IP' };

/** `dataPlane` → `Data plane`. */
function displayNameOf(field: string): string {
  const words = field.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').replaceAll(/[-_]/g, ' ').toLowerCase().split(' ').map((word) => SPELLING[word] ?? word);
  const text = words.join(' ');
  // `mTLS` stays as it is spelt.
  return /^[a-z][A-Z]/.test(text) ? text : `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

function controlOf(schema: JsonObject): readonly string[] {
  if (Array.isArray(schema['enum'])) return schema['enum'].map((word) => `${UI}:select:${String(word)}`);
  if (schema['type'] === 'boolean') return [`${UI}:booleanSwitch`];
  if (schema['type'] === 'integer') return [`${UI}:number`];
  return schema['type'] === 'string' ? [`${UI}:text`] : [];
}

const SCALARS = new Set<unknown>(['boolean', 'integer', 'string']);

function* fieldsOf(schema: Json | undefined, path: readonly string[]): Generator<Descriptor> {
  const properties = valueAt(schema, 'properties');
  if (!isJsonObject(properties) || path.length >= DEPTH) return;
  for (const [name, field] of Object.entries(properties)) {
    if (!isJsonObject(field)) continue;
    const here = [...path, name];
    const isShown = SCALARS.has(field['type']) || path.length === 0;
    if (isShown) yield descriptorOf(here, field);
    yield* fieldsOf(field, here);
  }
}

function descriptorOf(path: readonly string[], field: JsonObject): Descriptor {
  const group = path.length > 1 ? [`${UI}:fieldGroup:${path[0] ?? ''}`] : [];
  const advanced = path.length === DEPTH ? [`${UI}:advanced`] : [];
  const shown = [...group, ...controlOf(field), ...advanced];
  // Below a section the name alone would be `Enabled` five times.
  const displayName = path.map(displayNameOf).slice(-2).join(': ');
  return {
    path: path.join('.'), displayName,
    ...(typeof field['description'] === 'string' ? { description: field['description'] } : {}),
    ...(shown.length > 0 ? { 'x-descriptors': shown } : {}),
  };
}

/** Descriptors of `spec`: every section, and every plain field up to three levels deep. */
export function specDescriptors(schema: z.ZodType): readonly Descriptor[] {
  return [...fieldsOf(structuralSchema(schema), [])];
}

/** How the console shows what is not plain. */
const STATUS_CONTROLS: Readonly<Record<string, string>> = { conditions: 'urn:alm:descriptor:io.kubernetes.conditions' };

/** Descriptors of `status`: its fields, conditions as conditions, and the readiness of components as a ring. */
export function statusDescriptors(schema: z.ZodType): readonly Descriptor[] {
  const structural = structuralSchema(schema);
  const properties = valueAt(structural, 'properties');
  const fields = isJsonObject(properties) ? Object.entries(properties).filter((pair): pair is [string, JsonObject] => isJsonObject(pair[1])) : [];
  const plain = fields.map(([name, field]): Descriptor => {
    const { 'x-descriptors': _, ...rest } = descriptorOf([name], field);
    const control = STATUS_CONTROLS[name];
    return { ...rest, ...(control === undefined ? {} : { 'x-descriptors': [control] }) };
  });
  const components = valueAt(structural, 'properties', 'readiness', 'properties', 'components');
  return isJsonObject(components)
    ? [...plain, { ...descriptorOf(['readiness', 'components'], components), 'x-descriptors': [`${UI}:podStatuses`] }]
    : plain;
}
