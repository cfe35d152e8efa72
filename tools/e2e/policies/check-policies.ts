import type { Access } from '../cluster-access.ts';
import { say, type Checks } from '../screen.ts';
import { startEnforcer, type Enforcer } from './enforcer.ts';
import type { Ground } from './ground.ts';
import { CASES_NAMESPACE, GUEST_NAMESPACE } from './hand-made-cases.ts';
import { handMadeObjects, playHandMade } from './hand-made.ts';
import { injectTrustedCertificates, MESH_A, MESH_NAMESPACES, meshesReady, meshObjects } from './meshes.ts';
import { startOtherNode } from './other-node.ts';
import { playMatrix } from './play-matrix.ts';
import { importProbe } from './probes.ts';

const NAMESPACES = [CASES_NAMESPACE, GUEST_NAMESPACE, ...MESH_NAMESPACES];

/** Where the checks count, and an enforcer that runs already: of two in one network each would take the other's rules away. */
export interface PolicyChecks extends Access {
  readonly checks: Checks;
  readonly enforcer?: Enforcer;
}

async function probesReady({ kubectl, checks }: PolicyChecks): Promise<void> {
  await checks.holds('the probes are ready', async () => {
    const seen = await kubectl('wait', 'pods', '-A', '-l', 'probe', '--for=condition=Ready', '--timeout=60s');
    return { isGood: true, seen };
  }, { times: 1, limitMs: 60_000 });
}

async function play(ground: Ground, dir: string): Promise<void> {
  await injectTrustedCertificates(ground, MESH_A, dir);
  await probesReady(ground);
  await playHandMade(ground);
  await meshesReady(ground);
  await playMatrix(ground);
}

/**
 * Checks NetworkPolicies with connections: the enforcer by policies made by hand, then those of two meshes.
 * In: access to a cluster that has a real node and OpenShift's Routes, where to count, the cluster's folder. The operator must run there, and
 * this process must be in the node's network, as root. Throws only where nothing can follow; what it made is gone afterwards.
 */
export async function checkPolicies(given: PolicyChecks, dir: string): Promise<void> {
  say('\n== NetworkPolicies, by connections');
  await importProbe(dir);
  await given.kubectl('delete', 'namespaces', '--ignore-not-found', ...NAMESPACES);
  await given.feed([...handMadeObjects(), ...await meshObjects(dir)], 'create');
  const otherNode = await startOtherNode();
  const enforcer = given.enforcer ?? await startEnforcer(given.client, dir);
  try {
    await play({ ...given, enforcer }, dir);
  } finally {
    if (given.enforcer === undefined) await enforcer.stop();
    await otherNode.stop();
    await given.kubectl('delete', 'namespaces', '--ignore-not-found', '--timeout=120s', ...NAMESPACES);
  }
}
