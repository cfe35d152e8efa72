import { isJsonObject } from '../lib/json.ts';
import type { ObjectMeta, KubeObject } from '../k8s/object.ts';
import { apiVersionOf } from '../k8s/resource.ts';
import { statusError } from './api-answer.ts';
import type { Source } from './controller.ts';
import { FrameError } from './frame-decoder.ts';
import { ApiError } from './rest.ts';

/** One event of a watch (Kubernetes doc "API concepts"). A bookmark only says how far the server is. */
export type WatchEvent =
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string }
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeObject; readonly resourceVersion: string };

/** What shapes an object for the store. */
export type SourceForm = Pick<Source, 'type' | 'metadataOnly'>;

/**
 * Reads one frame of a watch.
 * Throws ApiError for an ERROR event (410 when the position is too old) and FrameError for anything that is not an event.
 */
export function readWatchEvent(frame: unknown, form: SourceForm): WatchEvent {
  if (!isJsonObject(frame) || typeof frame['type'] !== 'string') throw new FrameError('malformed', 'a line is not a watch event');
  const { type, object } = frame;
  if (type === 'ERROR') throw statusError(object) ?? new ApiError(500, '', 'the watch sent an ERROR event without a Status');
  const resourceVersion = metadataOf(object)?.resourceVersion;
  if (resourceVersion === undefined) throw new FrameError('malformed', `a watch event ${type} has no resourceVersion`);
  if (type === 'BOOKMARK') return { type, resourceVersion };
  if (type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED') throw new FrameError('malformed', `a watch event is of unknown type ${type}`);
  return { type, object: readObject(object, form), resourceVersion };
}

/**
 * An object as the store keeps it. Items of a list come without kind and apiVersion, metadata-only ones as PartialObjectMetadata:
 * both get those of their source. Metadata-only objects lose `managedFields`, half of their weight, and whatever else a server sent
 * that does not know the form. Throws FrameError without a name.
 */
export function readObject(value: unknown, form: SourceForm): KubeObject {
  const metadata = metadataOf(value);
  if (metadata?.name === undefined) throw new FrameError('malformed', `an object of kind ${form.type.kind} has no name`);
  const identity = { apiVersion: apiVersionOf(form.type), kind: form.type.kind };
  if (form.metadataOnly !== true) return { ...(value as KubeObject), ...identity };
  const { managedFields: _, ...kept } = metadata;
  return { ...identity, metadata: kept };
}

function metadataOf(value: unknown): ObjectMeta | undefined {
  return isJsonObject(value) && isJsonObject(value['metadata']) ? (value['metadata'] as unknown as ObjectMeta) : undefined;
}

/** Accept header of a list; a server that does not know the metadata form answers with whole objects. */
export function listAccept(form: SourceForm): string {
  return accept(form, 'PartialObjectMetadataList');
}

/** Accept header of a watch. */
export function watchAccept(form: SourceForm): string {
  return accept(form, 'PartialObjectMetadata');
}

function accept(form: SourceForm, as: string): string {
  return form.metadataOnly === true ? `application/json;as=${as};g=meta.k8s.io;v=v1,application/json` : 'application/json';
}
