import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ApiFailure, type ApiClient } from '../api-client.ts';
import type { Container, Pod } from '../pod.ts';
import type { Mount } from './container-root.ts';
import type { Place, Texts } from './environment.ts';
import type { ProcessImage } from './images.ts';
import { volumeFiles, type VolumeSources } from './volume-files.ts';

type Data = Readonly<Record<string, string>>;

async function dataOf(client: ApiClient, path: string): Promise<Data | undefined> {
  const found = await client.call<{ readonly data?: Data }>(path).catch((thrown: unknown) => {
    if (thrown instanceof ApiFailure && thrown.status === 404) return undefined;
    throw thrown;
  });
  return found === undefined ? undefined : found.data ?? {};
}

function decoded(data: Data | undefined): Data | undefined {
  return data === undefined ? undefined : Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]));
}

/** What the API server holds for a pod: ConfigMaps, Secrets, and tokens of its account that are bound to it, as a kubelet asks for them. */
export function apiSources(client: ApiClient, pod: Pod, place: Place): VolumeSources {
  const { namespace = '', name, uid } = pod.metadata;
  const home = `/api/v1/namespaces/${namespace}`;
  return {
    place,
    configMap: (map) => dataOf(client, `${home}/configmaps/${map}`),
    secret: async (secret) => decoded(await dataOf(client, `${home}/secrets/${secret}`)),
    async token(audience, expirationSeconds = 3600) {
      const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name, uid };
      const spec = { expirationSeconds, boundObjectRef, ...(audience === undefined ? {} : { audiences: [audience] }) };
      const path = `${home}/serviceaccounts/${pod.spec.serviceAccountName ?? 'default'}/token`;
      const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
      return (await client.call<{ readonly status: { readonly token: string } }>(path, { method: 'POST', body })).status.token;
    },
  };
}

/** The ConfigMaps and Secrets that the environment of the pod's containers takes from. */
export async function environmentTexts(pod: Pod, sources: VolumeSources): Promise<Texts> {
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  const maps = new Map<string, Data | undefined>();
  const secrets = new Map<string, Data | undefined>();
  for (const { env = [], envFrom = [] } of containers) {
    for (const source of [...env.map(({ valueFrom }) => ({ map: valueFrom?.configMapKeyRef, secret: valueFrom?.secretKeyRef })),
      ...envFrom.map(({ configMapRef, secretRef }) => ({ map: configMapRef, secret: secretRef }))]) {
      if (source.map?.name !== undefined) maps.set(source.map.name, await sources.configMap(source.map.name));
      if (source.secret?.name !== undefined) secrets.set(source.secret.name, await sources.secret(source.secret.name));
    }
  }
  return { configMap: (name) => maps.get(name), secret: (name) => secrets.get(name) };
}

function volumeFolder(dir: string, name: string): string {
  return join(dir, 'volumes', name);
}

/** Fills a folder per volume below `dir`. */
export async function writeVolumes(pod: Pod, dir: string, sources: VolumeSources): Promise<void> {
  for (const volume of pod.spec.volumes ?? []) {
    const folder = volumeFolder(dir, volume.name ?? '');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const [path, content] of Object.entries(await volumeFiles(pod, volume, sources))) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content, { mode: 0o600 });
    }
  }
}

/** The files of /etc that a program looks names up in. `hosts` is written apart: it follows the Services. */
export async function writeEtc(dir: string, user: number): Promise<void> {
  await mkdir(join(dir, 'etc'), { recursive: true, mode: 0o700 });
  const files = {
    passwd: `root:x:0:0:root:/root:/bin/sh\napp:x:${user}:${user}:app:/:/bin/sh\n`, group: `root:x:0:\napp:x:${user}:\n`, 'nsswitch.conf': 'hosts: files\n', 'resolv.conf': '',
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(dir, 'etc', name), content);
}

const ETC = ['hosts', 'passwd', 'group', 'nsswitch.conf', 'resolv.conf'];

/** What a container sees of its image, its pod and its volumes. */
export function containerMounts(container: Container, image: ProcessImage, dir: string): readonly Mount[] {
  return [
    ...Object.entries(image.files).map(([to, from]) => ({ from, to, isFile: true, isReadOnly: true })),
    ...ETC.map((name) => ({ from: join(dir, 'etc', name), to: `/etc/${name}`, isFile: true, isReadOnly: true })),
    ...(container.volumeMounts ?? []).map(({ name, mountPath, subPath = '', readOnly = false }) =>
      ({ from: join(volumeFolder(dir, name), subPath), to: mountPath, isFile: false, isReadOnly: readOnly })),
  ];
}
