import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brickPath } from '../../../tools/cluster/bricks.ts';
import { kubectlOf } from '../../../tools/demo/kubectl.ts';
import { installWalk, joinWalk, root, sample, startFixture, type OperatorFixture } from '../../support/operator-fixture.ts';

/** A cluster with the walk's mesh, and a folder that is in the PATH of its user. */
export interface WalkStage {
  readonly fixture: OperatorFixture;
  readonly folder: string;
  stop(): Promise<void>;
}

/** Starts it: the walk's project is in the mesh by the roll, `asking` by its own member; the latter is alice's. */
export async function startWalkStage(): Promise<WalkStage> {
  const fixture = await startFixture('openshift');
  const folder = await mkdtemp(join(tmpdir(), 'tmesh-cli-'));
  for (const name of ['kubectl-tmesh', 'kubectl_complete-tmesh']) await symlink(join(root, 'bin', name), join(folder, name));
  await symlink(join(root, 'bin', 'tmesh.mjs'), join(folder, 'tmesh'));
  await symlink(await brickPath('kubectl'), join(folder, 'kubectl'));
  await installWalk(fixture);
  await joinWalk(fixture);
  await fixture.kubectl('create', 'namespace', 'asking');
  const member = { apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMember', metadata: { name: 'default', namespace: 'asking' }, spec: { controlPlaneRef: { namespace: 'istio-system', name: 'basic-install' } } };
  await kubectlOf(fixture.cluster, JSON.stringify(member))('apply', '-f', '-');
  await fixture.kubectl('apply', '-n', 'microsvc-sample', '-f', sample('03-vs-gw.yaml'));
  await fixture.kubectl('create', 'rolebinding', 'alice', '-n', 'asking', '--clusterrole=admin', '--user=alice');
  return {
    fixture, folder,
    async stop() {
      await fixture.stop();
      await rm(folder, { recursive: true });
    },
  };
}
