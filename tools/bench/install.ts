import { join } from 'node:path';
import { kubectlOf } from '../demo/kubectl.ts';
import { MESH, printCounts, requestsDuring, say, until, type ListOf, type Part, type Stage } from './stage.ts';

const SAMPLE = join(import.meta.dirname, '..', '..', 'test', 'samples', '01-istio-installation.yaml');

interface ControlPlane { readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] } }

/** Installs the walk's control plane. Out: seconds to the first wave's last object, and to Ready. */
async function install({ cluster, client }: Stage, mesh: string): Promise<{ readonly firstWave: number; readonly ready: number }> {
  await kubectlOf(cluster)('create', '-n', mesh, '-f', SAMPLE);
  const created = performance.now();
  const firstWave = await until('istiod Deployment', 30, async () =>
    (await client.call<ListOf>(`/apis/apps/v1/namespaces/${mesh}/deployments`)).items.some((item) => item.metadata.name.startsWith('istiod-')));
  await until('READY', 120, async () => {
    const { status } = await client.call<ControlPlane>(`/apis/maistra.io/v2/namespaces/${mesh}/servicemeshcontrolplanes/basic-install`);
    return status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true;
  });
  return { firstWave, ready: (performance.now() - created) / 1000 };
}

/** How long and how many requests an installation takes: of the first mesh, which brings what meshes share, and of one more. */
export const INSTALL: Part = {
  name: 'install',
  run: async (stage) => {
    for (const [mesh, what] of [[MESH, 'the first mesh, with the node plug-in that all share'], ['one-more', 'one more mesh']] as const) {
      await kubectlOf(stage.cluster)('create', 'namespace', mesh);
      const { result, counts, all, writes } = await requestsDuring(stage, () => install(stage, mesh));
      say(`${what}: ${result.ready.toFixed(2)} s to READY, first wave there after ${result.firstWave.toFixed(2)} s; ${all} API requests, ${writes} of them writes (goal: at most 60)`);
      printCounts(counts);
    }
  },
};
