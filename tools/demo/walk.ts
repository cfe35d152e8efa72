import type { Cluster } from '../cluster/cluster.ts';
import { installControlPlane, joinMesh } from './control-plane-steps.ts';
import { kubectlOf } from './kubectl.ts';
import { askForSidecars, exposeHosts, showProject } from './project-steps.ts';
import { authorize, demandMutualTls } from './security-steps.ts';

/** Steps 1 to 7 of WALK.md, with its files as they are. Throws StepFailed at the first step that does not come true. */
export async function walk(cluster: Cluster): Promise<void> {
  const kubectl = kubectlOf(cluster);
  await installControlPlane(kubectl, (input) => kubectlOf(cluster, input));
  await showProject(kubectl);
  await joinMesh(kubectl);
  await askForSidecars(kubectl);
  await exposeHosts(kubectl);
  await demandMutualTls(kubectl);
  await authorize(kubectl);
}
