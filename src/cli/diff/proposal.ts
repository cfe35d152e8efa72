import { findKind, NAMESPACE } from '../../api/kinds.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { resourcePath, type ResourceType } from '../../k8s/resource.ts';
import { valueAt } from '../../lib/json.ts';
import { ApiError, type Rest } from '../../runtime/rest.ts';
import type { ObjectReader } from '../cluster-reader.ts';
import { asRead, placed } from '../render.ts';
import { UsageError } from '../usage-error.ts';

/** An object as it would be if its file were applied. */
export interface Proposed {
  readonly type: ResourceType;
  readonly object: KubeObject;
}

const nameOf = ({ kind, metadata }: KubeObject): string => `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;

/** The live object with the file's content: the file counts as the whole spec. What `kubectl apply` would leave in it depends on who wrote it before. */
function merged(live: KubeObject, given: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = live.metadata;
  const { status: __, ...body } = given;
  return {
    ...body, apiVersion: given.apiVersion, kind: given.kind,
    metadata: { ...metadata, labels: { ...metadata.labels, ...given.metadata.labels }, annotations: { ...metadata.annotations, ...given.metadata.annotations } },
  };
}

/** Lets the API server, with all its webhooks, judge and complete an object without storing it. */
async function tried(rest: Rest, type: ResourceType, given: KubeObject, live: KubeObject | undefined): Promise<KubeObject> {
  const { name, namespace } = given.metadata;
  const query = { dryRun: 'All', fieldValidation: 'Warn' };
  try {
    return live === undefined
      ? await rest.call<KubeObject>({ method: 'POST', path: resourcePath(type, { namespace }), query, body: given })
      : await rest.call<KubeObject>({ method: 'PUT', path: resourcePath(type, { namespace, name }), query, body: merged(live, given) });
  } catch (thrown) {
    if (thrown instanceof ApiError && thrown.status !== 0) throw new UsageError(`${nameOf(given)} would be refused: ${thrown.message}`);
    throw thrown;
  }
}

/**
 * What a file asks for, as the API server would store it. In: the objects of the files, and the namespace of those that name none.
 * Kinds that the operator does not read are left out; so is nothing else: an object in a namespace that is not there yet is taken as it is.
 * @throws UsageError for an object that the API server would refuse
 */
export async function proposed(rest: Rest, reader: ObjectReader, objects: readonly KubeObject[], namespace: string): Promise<readonly Proposed[]> {
  const found = await Promise.all(objects.map(async (object): Promise<Proposed | undefined> => {
    const known = asRead(object);
    if (known === undefined) return undefined;
    const type = findKind(object.apiVersion, object.kind) ?? known.type;
    const given = placed({ ...object, apiVersion: type.group === '' ? type.version : `${type.group}/${type.version}` }, type, namespace);
    const home = given.metadata.namespace;
    if (home !== undefined && await reader.get(NAMESPACE, home) === undefined) return { type: known.type, object: placed(known.object, known.type, namespace) };
    const live = await reader.get(type, given.metadata.name, home);
    const stored = asRead(await tried(rest, type, given, live));
    // The conversion keeps no status that an object does not have yet.
    return stored === undefined ? undefined : { type: stored.type, object: live === undefined ? stored.object : { ...stored.object, status: valueAt(asRead(live)?.object, 'status') } };
  }));
  return found.filter((proposal) => proposal !== undefined);
}
