import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { brickPath } from '../../../tools/cluster/bricks.ts';
import { kubectlOf } from '../../../tools/demo/kubectl.ts';
import { eventually } from '../../support/eventually.ts';
import { conditionOf, root, startFixture, type OperatorFixture } from '../../support/operator-fixture.ts';
import type { Diagnosis } from '../../../src/cli/doctor/command.ts';

/** A cluster with two meshes and a member, on which all is well: the doctor's patient. */
export interface DoctorStage {
  readonly fixture: OperatorFixture;
  readonly kubectl: (...parameters: readonly string[]) => Promise<string>;
  readonly apply: (object: object) => Promise<string>;
  /** The test is istiod: it alone writes root certificates. */
  readonly rootCert: (namespace: string, mesh: string) => Promise<string>;
  /** A DaemonSet of a network plug-in's name. */
  readonly enforcePolicies: () => Promise<string>;
  readonly diagnose: (fix?: boolean) => Promise<Diagnosis>;
  /** Runs a line as its reader would, from the folder of the project. */
  readonly shell: (command: string) => Promise<string>;
  readonly stop: () => Promise<void>;
}

const ADDONS = { addons: { kiali: { enabled: false }, grafana: { enabled: false }, prometheus: { enabled: false } }, tracing: { type: 'None' } };
const MESHES: readonly (readonly [string, object])[] = [
  ['mesh-a', { ...ADDONS, proxy: { networking: { initialization: { type: 'InitContainer' } } }, gateways: { egress: { enabled: false }, openshiftRoute: { enabled: true } } }],
  ['mesh-b', { ...ADDONS, gateways: { enabled: false } }],
];
const definition = (group: string, kind: string, plural: string, scope = 'Cluster'): object => ({
  apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `${plural}.${group}`, annotations: { 'api-approved.kubernetes.io': 'unapproved, a test' } },
  spec: { group, names: { kind, plural, singular: kind.toLowerCase() }, scope, versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }] },
});

// Of the version of the operator, which runs from the bundle.
process.env['TMESH_BUILD_VERSION'] = (JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }).version;
const { doctor } = await import('../../../src/cli/doctor/command.ts');

/** Starts the patient and waits until it is well. */
export async function startDoctorStage(): Promise<DoctorStage> {
  const fixture = await startFixture('openshift');
  const bin = await mkdtemp(join(tmpdir(), 'tmesh-doctor-'));
  await symlink(await brickPath('kubectl'), join(bin, 'kubectl'));
  const { kubectl, cluster, client } = fixture;
  const apply = (object: object): Promise<string> => kubectlOf(cluster, JSON.stringify(object))('apply', '-f', '-');
  const stage: DoctorStage = {
    fixture, kubectl, apply,
    rootCert: (namespace, mesh) => apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio-ca-root-cert', namespace }, data: { 'root-cert.pem': `root of ${mesh}` } }),
    enforcePolicies: () => apply({ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'ovnkube-node', namespace: 'default' }, spec: { selector: { matchLabels: { app: 'ovn' } }, template: { metadata: { labels: { app: 'ovn' } }, spec: { containers: [{ name: 'a', image: 'example.org/a' }] } } } }),
    diagnose: (fix = false) => doctor({ kubeconfig: cluster.kubeconfig, output: 'json', fix }, {}),
    shell: (command) => new Promise((resolve, reject) => {
      const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`, KUBECONFIG: cluster.kubeconfig };
      execFile('/bin/sh', ['-c', command], { env, cwd: root }, (error, stdout, stderr) => { if (error === null) resolve(stdout); else reject(new Error(`${command}: ${stderr}`)); });
    }),
    stop: async () => {
      await fixture.stop();
      await rm(bin, { recursive: true });
    },
  };
  await apply(definition('sailoperator.io', 'Istio', 'istios'));
  await apply(definition('operator.openshift.io', 'IngressController', 'ingresscontrollers', 'Namespaced'));
  await kubectl('create', 'namespace', 'openshift-ingress-operator');
  await apply(definition('gateway.networking.k8s.io', 'GatewayClass', 'gatewayclasses'));
  for (const name of ['mesh-a', 'mesh-b', 'pay', 'lax', 'late', 'old-operator']) await kubectl('create', 'namespace', name);
  await apply({ apiVersion: 'operator.openshift.io/v1', kind: 'IngressController', metadata: { name: 'default', namespace: 'openshift-ingress-operator' }, spec: { routeAdmission: { wildcardPolicy: 'WildcardsAllowed' } } });
  // Before there is a mesh whose webhook nobody answers.
  await eventually('Istio is served', async () => apply({ apiVersion: 'networking.istio.io/v1', kind: 'Gateway', metadata: { name: 'wild', namespace: 'pay' }, spec: { selector: { istio: 'ingressgateway' }, servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*.example.org'] }] } }));
  for (const [namespace, spec] of MESHES) {
    await apply({ apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace }, spec });
    await stage.rootCert(namespace, namespace);
  }
  await apply({ apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMemberRoll', metadata: { name: 'default', namespace: 'mesh-a' }, spec: { members: ['pay', 'lax'] } });
  for (const member of ['pay', 'lax']) await stage.rootCert(member, 'mesh-a');
  await stage.enforcePolicies();
  for (const [namespace] of MESHES) {
    await eventually(`${namespace} is ready`, async () => conditionOf(await client.call(`/apis/maistra.io/v2/namespaces/${namespace}/servicemeshcontrolplanes/basic`), 'Ready')?.status === 'True', 60);
  }
  return stage;
}
