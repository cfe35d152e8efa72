import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../support/eventually.ts';
import { smallControlPlane } from './meshes.ts';
import { must, scaleOlm } from './olm-programs.ts';
import { listOf, NAMESPACE, operatorPods, say, type Stage } from './stage.ts';

/* The operator is dead, or is taken away by OLM, with and without meshes left. */

const CRD = 'servicemeshcontrolplanes.maistra.io';
const V2 = '/apis/maistra.io/v2/servicemeshcontrolplanes';

/** What a command says when it is refused; '' when it is not. */
async function refusal({ cluster }: Stage, args: readonly string[], input?: object): Promise<string> {
  const { code, stderr } = await cluster.kubectl(args, input === undefined ? {} : { input: JSON.stringify(input) });
  return code === 0 ? '' : stderr.trim();
}

/** What others do on the cluster, none of which is about us. */
async function othersWork(stage: Stage): Promise<readonly string[]> {
  const object = (apiVersion: string, kind: string, rest: object = {}): object => ({ apiVersion, kind, metadata: { name: 'bystander', namespace: 'bystander' }, ...rest });
  const objects = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bystander' } }, object('v1', 'ConfigMap'), object('v1', 'Secret'), object('v1', 'ServiceAccount'),
    object('v1', 'Pod', { spec: { containers: [{ name: 'a', image: 'registry.example.com/a:1' }] } }),
  ];
  const made = await Promise.all([refusal(stage, ['apply', '-f', '-'], { apiVersion: 'v1', kind: 'List', items: objects }), refusal(stage, ['label', 'namespace', 'project-1', 'bystander=yes'])]);
  // A namespace goes when everything in it was listed, of our kinds too.
  const gone = await refusal(stage, ['delete', 'namespace', 'bystander', '--timeout=60s']);
  return [...made, gone].filter((message) => message !== '');
}

/** What holds, and what does not, while no pod of the operator answers and OLM does not repair it. Afterwards both run again. */
export async function operatorDead(stage: Stage): Promise<object> {
  const { cluster, client } = stage;
  await scaleOlm(cluster, 0);
  await must(cluster, ['scale', 'deployment', NAMESPACE, '-n', NAMESPACE, '--replicas=0']);
  await eventually('the operator is dead', async () => (await operatorPods(stage)).length === 0);
  const others = await othersWork(stage);
  const seen = {
    others,
    created: await refusal(stage, ['create', '-f', '-'], smallControlPlane('v2', 'new', 'default')),
    labelled: await refusal(stage, ['label', 'servicemeshmemberroll', 'default', '-n', 'mesh-1', 'a=b']),
    readV2: (await listOf(client, V2)).length,
    // The member in it has a finalizer of ours.
    leaving: await refusal(stage, ['delete', 'namespace', 'project-3', '--timeout=5s']),
  };
  say('the operator was dead');
  await scaleOlm(cluster, 1);
  await must(cluster, ['scale', 'deployment', NAMESPACE, '-n', NAMESPACE, '--replicas=1']);
  await must(cluster, ['wait', '--for=delete', 'namespace/project-3', '--timeout=120s']);
  return seen;
}

/** Takes the operator away as an administrator does, and waits until OLM has. */
async function remove({ cluster, client }: Stage, version: string): Promise<string> {
  await must(cluster, ['delete', 'subscription', NAMESPACE, '-n', NAMESPACE]);
  await must(cluster, ['delete', 'csv', `tenant-mesh-operator.v${version}`, '-n', NAMESPACE]);
  // The scoped API stays as long as meshes are there: their istiods work through it.
  await eventually('Deployment and webhooks are gone', async () => (await listOf(client, `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`)).every(({ metadata }) => metadata.name !== NAMESPACE)
    && !(await must(cluster, ['get', 'validatingwebhookconfigurations', '-o', 'name'])).includes('maistra'), 60);
  return eventually('conversion is back to None', async () => {
    const text = await must(cluster, ['get', 'crd', CRD, '-o', 'jsonpath={.spec.conversion.strategy}']);
    return text === 'None' ? text : undefined;
  }, 240);
}

/** Removed while meshes are there: what is left, what can be read and written, and how a namespace gets rid of its control plane. */
export async function removedWithMeshes(stage: Stage, version: string): Promise<object> {
  const { cluster, client } = stage;
  const conversion = await remove(stage, version);
  const left = (await listOf(client, V2)).length;
  const others = await othersWork(stage);
  await must(cluster, ['delete', 'namespace', 'project-1', '--timeout=60s']);
  await must(cluster, ['delete', 'namespace', 'mesh-0', '--wait=false']);
  await eventually('the namespace waits for its control plane', async () => (await must(cluster, ['get', 'smcp', 'basic', '-n', 'mesh-0', '-o', 'jsonpath={.metadata.deletionTimestamp}'])) !== '');
  await must(cluster, ['patch', 'smcp', 'basic', '-n', 'mesh-0', '--type=merge', '-p', '{"metadata":{"finalizers":[]}}']);
  await must(cluster, ['wait', '--for=delete', 'namespace/mesh-0', '--timeout=60s']);
  say('removed with meshes left');
  return { conversion, left, others };
}

/** The commands of docs/install.md that take away what is left. */
function documentedCommands(): readonly (readonly string[])[] {
  const page = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'install.md'), 'utf8');
  const paragraph = page.split('\n').find((line) => line.startsWith('OLM also leaves the ClusterRoles')) ?? '';
  const commands = [...paragraph.matchAll(/`kubectl ([^`]+)`/g)].map(([, command = '']) => command.split(' '));
  if (commands.length === 0) throw new Error('docs/install.md does not say any more how to remove what OLM leaves');
  return commands;
}

const KINDS_LEFT = 'clusterroles,clusterrolebindings,validatingwebhookconfigurations,mutatingwebhookconfigurations';

/** Names of ours anywhere in the cluster, without the CRDs and OLM's own roles for them and for the OperatorGroup. */
async function remains({ cluster }: Stage): Promise<readonly string[]> {
  const names = (await must(cluster, ['get', KINDS_LEFT, '-o', 'name'])).split('\n');
  return names.filter((name) => /tenant-mesh|tmesh|istio|mesh-\d|maistra/.test(name) && !/maistra\.io-v\d-(admin|edit|view|crdview)$|\/olm\.og\./.test(name)).toSorted();
}

/** Removed after the last mesh: what is left, and what the documented command leaves of that. Namespaces go at once. */
export async function removedWithoutMeshes(stage: Stage, version: string): Promise<object> {
  const { cluster, client } = stage;
  for (const kind of ['smcp', 'smmr', 'smm']) await must(cluster, ['delete', kind, '--all', '-A', '--timeout=180s']);
  const members = (await listOf(client, '/api/v1/namespaces')).filter(({ metadata }) => metadata.labels?.['maistra.io/member-of'] !== undefined).map(({ metadata }) => metadata.name);
  const conversion = await remove(stage, version);
  const left = await remains(stage);
  for (const command of documentedCommands()) await must(cluster, command);
  const leftAfter = await remains(stage);
  const namespaces = await refusal(stage, ['delete', 'namespace', NAMESPACE, 'mesh-1', 'project-2', 'istio-system', '--ignore-not-found', '--timeout=90s']);
  say('removed without meshes');
  return { conversion, members, left, leftAfter, namespaces };
}
