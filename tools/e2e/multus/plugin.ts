import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../../src/lib/result.ts';
import { isJsonObject, valueAt, type JsonObject } from '../../../src/lib/json.ts';
import { ApiFailure } from '../../cluster/api-client.ts';
import { accessTo } from '../cluster-access.ts';

/*
 * A network plug-in that does what Multus does with a pod's annotation, as far as the node plug-in needs it: for each network that the pod names,
 * its NetworkAttachmentDefinition must be there; without a spec, the plug-in of the configuration file of the same name is run, for an interface
 * of its own (Multus doc "Configuration", "NetworkAttachmentDefinition without spec.config"). The pod's own network is left to the plug-ins before.
 * Called by containerd (CNI specification 0.4): what to do is in the environment, the configuration on stdin.
 */

/** Its part of the node's chain. */
export interface StandInConfig extends JsonObject {
  readonly type: string;
  /** Folder of the cluster, to ask its API server. */
  readonly cluster: string;
  /** Folder with the files that agents write. */
  readonly configurations: string;
}

const NETWORKS = 'k8s.v1.cni.cncf.io/networks';

interface Pod {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
}

function podPath(): string {
  const given = new Map((process.env['CNI_ARGS'] ?? '').split(';').map((pair): [string, string] => { const [key = '', value = ''] = pair.split('='); return [key, value]; }));
  return `/api/v1/namespaces/${given.get('K8S_POD_NAMESPACE')}/pods/${given.get('K8S_POD_NAME')}`;
}

/** The file whose `name` is that of a network. @throws an Error when there is none */
function configurationOf(folder: string, network: string): JsonObject {
  const files = readdirSync(folder).filter((file) => file.endsWith('.conf')).map((file): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8')));
  const found = files.filter(isJsonObject).find(({ name }) => name === network);
  if (found === undefined) throw new Error(`no configuration in ${folder} has the name ${network}`);
  return found;
}

function call(configuration: JsonObject, index: number): void {
  const file = join((process.env['CNI_PATH'] ?? '').split(':')[0] ?? '', String(configuration['type']));
  const { status, stdout, error } = spawnSync(file, { env: { ...process.env, CNI_IFNAME: `net${index + 1}` }, input: JSON.stringify(configuration), encoding: 'utf8' });
  if (status !== 0) throw new Error(`${file} ended with ${status}: ${error?.message ?? stdout}`);
}

async function attach({ cluster, configurations }: StandInConfig): Promise<void> {
  const { client } = await accessTo(cluster);
  // One that is being taken away may be gone from the API already.
  const pod = await client.call<Pod>(podPath()).catch((thrown: unknown) => {
    if (thrown instanceof ApiFailure && thrown.status === 404) return undefined;
    throw thrown;
  });
  const names = (pod?.metadata.annotations?.[NETWORKS] ?? '').split(',').map((name) => name.trim()).filter((name) => name !== '');
  for (const [index, name] of names.entries()) {
    const [namespace = '', network = ''] = name.split('/');
    const definition = await client.call(`/apis/k8s.cni.cncf.io/v1/namespaces/${namespace}/network-attachment-definitions/${network}`);
    if (valueAt(definition, 'spec', 'config') !== undefined) throw new Error(`${name} brings a configuration of its own, which this stand-in does not read`);
    call(configurationOf(configurations, network), index);
  }
  client.close();
}

/** Out: what the runtime is to read. */
async function answer(command: string | undefined, given: StandInConfig): Promise<unknown> {
  if (command === 'VERSION') return { cniVersion: '0.4.0', supportedVersions: ['0.3.1', '0.4.0'] };
  if (command === 'ADD' || command === 'DEL') await attach(given);
  return command === 'ADD' ? given['prevResult'] : undefined;
}

if (import.meta.main) {
  try {
    const said = await answer(process.env['CNI_COMMAND'], JSON.parse(readFileSync(0, 'utf8')) as StandInConfig);
    if (said !== undefined) process.stdout.write(JSON.stringify(said));
  } catch (thrown) {
    process.stdout.write(JSON.stringify({ cniVersion: '0.4.0', code: 100, msg: `multus stand-in: ${messageOf(thrown)}` }));
    process.exitCode = 1;
  }
}
