import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ClusterFacts } from '../../../src/domain/control-plane/facts.ts';
import { startCluster, type Cluster } from '../../../tools/cluster/cluster.ts';
import { OPENSHIFT, PLAIN, valuesInput } from '../../build/control-plane.ts';
import { apply, componentObjects, namespaces } from './mesh-installed.ts';

/* What the API server says to every object of every add-on: nothing. Strict validation refuses unknown and doubled fields. */

let cluster: Cluster;
before(async () => {
  cluster = await startCluster({ flavour: 'openshift', kubelet: false });
  await apply(cluster, namespaces(['shop'], []));
});
after(async () => { await cluster.stop(); });

const SPECS = {
  'as it comes': {},
  'with everything that a user may say': {
    tracing: { type: 'Jaeger', sampling: 10_000 },
    addons: {
      prometheus: { install: { retention: '2d', scrapeInterval: '5s', service: { metadata: { labels: { a: 'b' }, annotations: { c: 'd' } }, ingress: { enabled: true, hosts: ['p.example.com'] } } } },
      grafana: { install: { config: { env: { GF_LOG_LEVEL: 'debug' } }, service: { ingress: { metadata: { annotations: { e: 'f' } } } } } },
      kiali: { install: { dashboard: { viewOnly: true, enableGrafana: false, enableTracing: true } } },
      jaeger: { name: 'traces', install: { storage: { type: 'Memory', memory: { maxTraces: 10 } }, ingress: { enabled: true } } },
    },
    runtime: { components: { prometheus: { container: { resources: { requests: { memory: '1Gi' } } }, pod: { nodeSelector: { infra: 'true' } } }, grafana: { deployment: { replicas: 2 } } } },
  },
};

for (const [flavour, facts] of [['OpenShift', OPENSHIFT], ['plain Kubernetes', PLAIN]] satisfies [string, ClusterFacts][]) {
  for (const [how, spec] of Object.entries(SPECS)) {
    test(`the add-ons of ${flavour}, ${how}, pass strict validation`, async () => {
      const input = valuesInput(spec, { facts, members: ['shop'] });
      const objects = ['prometheus', 'grafana', 'tracing', 'kiali'].flatMap((component) => componentObjects(input, component));
      assert.ok(objects.length > 15, `${objects.length} objects`);
      const { code, stderr } = await cluster.kubectl(['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }) });
      assert.deepEqual([code, stderr], [0, '']);
    });
  }
}
