import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { startCluster, type Cluster, type User } from '../../../tools/cluster/cluster.ts';
import { eventually } from '../../support/eventually.ts';

export const CRD_FOLDER = join(import.meta.dirname, '..', '..', '..', 'crds');

/** Runs kubectl as the administrator and gives what it printed; a failure fails the test with what it said. */
export async function run(cluster: Cluster, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await cluster.kubectl(args);
  assert.equal(code, 0, `kubectl ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** Runs `kubectl VERB -f -` on an object; gives the exit code and everything that was printed. */
export async function send(cluster: Cluster, verb: 'apply' | 'create' | 'replace', object: KubeObject, user: User = 'admin'): Promise<{ readonly code: number; readonly text: string }> {
  const { code, stdout, stderr } = await cluster.kubectl([verb, '-f', '-'], { user, input: JSON.stringify(object) });
  return { code, text: stdout + stderr };
}

/** Reads an object; the resource may name a version, as in `servicemeshcontrolplanes.v1.maistra.io`. */
export async function read(cluster: Cluster, resource: string, name: string, namespace: string): Promise<KubeObject> {
  return JSON.parse(await run(cluster, 'get', resource, name, '-n', namespace, '-o', 'json')) as KubeObject;
}

/** An API server with our CRDs and these namespaces. */
export async function clusterWithCrds(...namespaces: readonly string[]): Promise<Cluster> {
  const cluster = await startCluster({ controllerManager: false, kubelet: false });
  await run(cluster, 'apply', '--server-side', '-f', CRD_FOLDER);
  await eventually('the CRDs are served', async () => (await cluster.kubectl(['get', 'smcp,smmr,smm', '-A'])).code === 0);
  await Promise.all(namespaces.map((name) => run(cluster, 'create', 'namespace', name)));
  return cluster;
}
