import { readState } from '../../cluster/state.ts';
import { storeImage } from '../../images/store.ts';
import type { Access } from '../cluster-access.ts';
import { importImages } from '../images.ts';
import { say, type Checks } from '../screen.ts';
import { startEnforcer } from './enforcer.ts';
import { CASES_NAMESPACE, GUEST_NAMESPACE } from './hand-made-cases.ts';
import { handMadeObjects, playHandMade } from './hand-made.ts';
import { startOtherNode } from './other-node.ts';
import { probeImage } from './probes.ts';
import type { Ground } from './ground.ts';

const NAMESPACES = [CASES_NAMESPACE, GUEST_NAMESPACE];

async function importProbe(dir: string): Promise<void> {
  const state = await readState(dir);
  if (state === undefined) throw new Error(`there is no cluster in ${dir}`);
  await importImages([await storeImage(await probeImage())], state.host.pid);
}

async function readyPods({ kubectl, checks }: Access & { readonly checks: Checks }): Promise<void> {
  for (const namespace of NAMESPACES) {
    await checks.holds(`the probes in ${namespace} are ready`, async () => {
      const seen = await kubectl('wait', 'pods', '--all', '-n', namespace, '--for=condition=Ready', '--timeout=60s');
      return { isGood: true, seen };
    }, { times: 1, limitMs: 60_000 });
  }
}

/**
 * Checks the NetworkPolicies of meshes with connections, on a node that stands and where the operator runs.
 * In: access to the cluster, where to count, the cluster's folder. This process must be in the node's network, as root.
 */
export async function checkPolicies(given: Access & { readonly checks: Checks }, dir: string): Promise<void> {
  say('\n== NetworkPolicies, by connections');
  await importProbe(dir);
  await given.kubectl('delete', 'namespaces', '--ignore-not-found', ...NAMESPACES);
  await given.feed(handMadeObjects(), 'create');
  await readyPods(given);
  const otherNode = await startOtherNode();
  const ground: Ground = { ...given, enforcer: await startEnforcer(given.client, dir) };
  try {
    await playHandMade(ground);
  } finally {
    await ground.enforcer.stop();
    await otherNode.stop();
    await given.kubectl('delete', 'namespaces', '--ignore-not-found', '--wait=false', ...NAMESPACES);
  }
}
