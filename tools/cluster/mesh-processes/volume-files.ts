import type { Pod, Projection, Volume } from '../pod.ts';
import { fieldText, resourceText, type Place } from './environment.ts';

/** What volumes are filled from; undefined for an object that is not there. */
export interface VolumeSources {
  configMap(name: string): Promise<Readonly<Record<string, string>> | undefined>;
  secret(name: string): Promise<Readonly<Record<string, string>> | undefined>;
  /** A token of the pod's account, bound to the pod. */
  token(audience: string | undefined, expirationSeconds: number | undefined): Promise<string>;
  readonly place: Place;
}

type Files = Readonly<Record<string, string>>;

function pick(data: Files | undefined, items: readonly { readonly key: string; readonly path: string }[] | undefined): Files {
  if (data === undefined) return {};
  return items === undefined ? data : Object.fromEntries(items.flatMap(({ key, path }) => (data[key] === undefined ? [] : [[path, data[key]]])));
}

function downward(pod: Pod, place: Place, api: Projection['downwardAPI']): Files {
  return Object.fromEntries((api?.items ?? []).map(({ path, fieldRef, resourceFieldRef }) => {
    if (fieldRef !== undefined) return [path, fieldText(pod, place, fieldRef.fieldPath)];
    const container = pod.spec.containers.find(({ name }) => name === resourceFieldRef?.containerName);
    if (container === undefined || resourceFieldRef === undefined) throw new Error(`file ${path} asks for nothing that a pod has`);
    return [path, resourceText(container, place, resourceFieldRef)];
  }));
}

async function projectedFiles(pod: Pod, projection: Projection, sources: VolumeSources): Promise<Files> {
  const { configMap, secret, serviceAccountToken: token, downwardAPI } = projection;
  if (configMap !== undefined) return pick(await sources.configMap(configMap.name ?? ''), configMap.items);
  if (secret !== undefined) return pick(await sources.secret(secret.name ?? ''), secret.items);
  if (token !== undefined) return { [token.path]: await sources.token(token.audience, token.expirationSeconds) };
  return downward(pod, sources.place, downwardAPI);
}

/**
 * The files of a volume when its pod starts: path in the volume → text. Later changes of a ConfigMap do not reach it.
 * @throws for a kind of volume that needs a real node
 */
export async function volumeFiles(pod: Pod, volume: Volume, sources: VolumeSources): Promise<Files> {
  const { configMap, secret, downwardAPI, projected, emptyDir } = volume;
  if (emptyDir !== undefined) return {};
  if (configMap !== undefined) return pick(await sources.configMap(configMap.name ?? ''), configMap.items);
  if (secret !== undefined) return pick(await sources.secret(secret.secretName ?? ''), secret.items);
  if (downwardAPI !== undefined) return downward(pod, sources.place, downwardAPI);
  if (projected === undefined) throw new Error(`volume ${volume.name} is of a kind that needs a real node`);
  return Object.assign({}, ...await Promise.all((projected.sources ?? []).map((source) => projectedFiles(pod, source, sources)))) as Files;
}
