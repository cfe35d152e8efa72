import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../src/lib/result.ts';
import type { Access } from './cluster-access.ts';

/** Everything but Secrets. */
const KINDS = [
  'nodes', 'namespaces', 'pods', 'services', 'endpointslices', 'configmaps', 'serviceaccounts', 'deployments.apps', 'replicasets.apps', 'daemonsets.apps', 'networkpolicies',
  'mutatingwebhookconfigurations', 'validatingwebhookconfigurations', 'servicemeshcontrolplanes.v2.maistra.io', 'servicemeshmemberrolls', 'servicemeshmembers',
  'routes.route.openshift.io', 'gateways.networking.istio.io', 'virtualservices.networking.istio.io', 'destinationrules.networking.istio.io',
  'peerauthentications.security.istio.io', 'authorizationpolicies.security.istio.io', 'telemetries.telemetry.istio.io', 'sidecars.networking.istio.io',
];

interface PodList {
  readonly items: readonly { readonly metadata: { readonly name: string; readonly namespace: string }; readonly spec: { readonly containers: readonly { readonly name: string }[]; readonly initContainers?: readonly { readonly name: string }[] } }[];
}

async function write(file: string, text: Promise<string>): Promise<void> {
  await writeFile(file, await text.catch((thrown: unknown) => `${messageOf(thrown)}\n`));
}

async function writeLogs({ client, kubectl }: Access, folder: string): Promise<void> {
  const { items } = await client.call<PodList>('/api/v1/pods');
  for (const { metadata: { name, namespace }, spec } of items) {
    for (const container of [...spec.initContainers ?? [], ...spec.containers]) {
      await write(join(folder, `${namespace}.${name}.${container.name}.log`), kubectl('logs', '-n', namespace, name, '-c', container.name, '--tail=2000'));
    }
  }
}

/** Leaves objects, events and logs in a folder, which is emptied before. Secrets are left out; what cannot be read is said in its file. */
export async function writeDiagnostics(access: Access, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'logs'), { recursive: true, mode: 0o700 });
  for (const kind of KINDS) await write(join(folder, `${kind}.yaml`), access.kubectl('get', kind, '-A', '-o', 'yaml'));
  await write(join(folder, 'pods.txt'), access.kubectl('get', 'pods', '-A', '-o', 'wide'));
  await write(join(folder, 'events.txt'), access.kubectl('get', 'events', '-A', '--sort-by=.lastTimestamp'));
  await writeLogs(access, join(folder, 'logs'));
}
