import { join } from 'node:path';
import { OPERATOR_NAME } from '../../src/api/names.ts';
import { ensureBricks } from '../cluster/bricks.ts';
import type { ProcessImage } from '../cluster/mesh-processes/images.ts';
import { moduleFile, OPENSHIFT_FILES } from '../cluster/module-files.ts';

const OPERATOR = join(import.meta.dirname, '..', '..', 'dist', 'tmesh.mjs');
const SAMPLE_APP = join(import.meta.dirname, '..', '..', 'test', 'sample-app', 'main.ts');
const PILOT = '/usr/local/bin/pilot-discovery';
const AGENT = '/usr/local/bin/pilot-agent';
const NODE = '/usr/local/bin/node';

/** The user of Istio's own images. */
const ISTIO_USER = 1337;

/** Builds or fetches everything that the demo runs, once; later calls need no network. `log` takes a line at a time. */
export async function meshImages(log?: (line: string) => void): Promise<readonly ProcessImage[]> {
  const bricks = await ensureBricks(['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl', 'pilot-discovery', 'pilot-agent', 'envoy'], log);
  const bootstrap = await moduleFile('envoy-bootstrap');
  await Promise.all(OPENSHIFT_FILES.map((name) => moduleFile(name)));
  const app = { entrypoint: [NODE, '/app/main.mts'], files: { [NODE]: process.execPath, '/app/main.mts': SAMPLE_APP }, user: 1000 };
  return [
    // The operator itself is started outside; pods of its image are those of the scoped API.
    { repository: OPERATOR_NAME, entrypoint: [NODE, '/app/tmesh.mjs'], files: { [NODE]: process.execPath, '/app/tmesh.mjs': OPERATOR }, user: 1000 },
    { repository: '/istio/pilot', entrypoint: [PILOT], files: { [PILOT]: bricks['pilot-discovery'] }, user: ISTIO_USER },
    {
      repository: '/istio/proxyv2', entrypoint: [AGENT], user: ISTIO_USER,
      files: { [AGENT]: bricks['pilot-agent'], '/usr/local/bin/envoy': bricks.envoy, '/var/lib/istio/envoy/envoy_bootstrap_tmpl.json': bootstrap },
    },
    ...['sample', 'caller', 'el-sample', 'el-caller', 'plain'].map((name) => ({ repository: `registry.example.com/${name}`, ...app })),
  ];
}
