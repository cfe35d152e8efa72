import { join } from 'node:path';
import type { Kubectl } from './kubectl.ts';
import { command, headline, say, StepFailed, waitFor } from './screen.ts';

const root = join(import.meta.dirname, '..', '..');
const sample = (file: string): string => join(root, 'test', 'samples', file);
const N = 'istio-system';
const MEMBER = 'microsvc-sample';

/** The columns of `oc get route`; the CRD of Route has others. */
const OC_COLUMNS = 'custom-columns=NAME:.metadata.name,HOST/PORT:.spec.host,SERVICES:.spec.to.name,PORT:.spec.port.targetPort,TERMINATION:.spec.tls.termination,INSECURE:.spec.tls.insecureEdgeTerminationPolicy,WILDCARD:.spec.wildcardPolicy';

async function show(kubectl: Kubectl, ...parameters: readonly string[]): Promise<string> {
  command(`kubectl ${parameters.join(' ')}`);
  const output = (await kubectl(...parameters)).trimEnd();
  say(output);
  return output;
}

/** Runs a command of the walk with a file of it, printing the short name of the file. */
async function act(kubectl: Kubectl, verb: readonly string[], file: string, rest: readonly string[]): Promise<void> {
  command(`kubectl ${[...verb, '-f', file, ...rest].join(' ')}`);
  say((await kubectl(...verb, '-f', sample(file), ...rest)).trimEnd());
}

async function columns(kubectl: Kubectl, kind: string, name: string): Promise<string[]> {
  const output = await kubectl('get', kind, name, '-n', N, '--no-headers');
  return output.trim().split(/\s{2,}/);
}

async function installControlPlane(kubectl: Kubectl): Promise<void> {
  headline('1. A control plane from one YAML');
  command(`kubectl create namespace ${N}`);
  say((await kubectl('create', 'namespace', N)).trimEnd());
  await act(kubectl, ['create', '-n', N], '01-istio-installation.yaml', []);
  const seen: string[] = [];
  await waitFor('control plane basic-install', 60, async () => {
    const line = (await columns(kubectl, 'servicemeshcontrolplanes.v1.maistra.io', 'basic-install')).slice(1, -1).join('  ');
    if (seen.at(-1) !== line) seen.push(line);
    return { done: /^(\d+)\/\1 .*InstallSuccessful/.test(line), detail: line === '' ? 'seen by the operator' : line };
  });
  await show(kubectl, 'get', 'servicemeshcontrolplanes.v1.maistra.io', '-n', N);
  await show(kubectl, 'get', 'smcp', '-n', N);
  await show(kubectl, 'get', 'pods', '-n', N);
}

async function showProject(kubectl: Kubectl): Promise<void> {
  headline('2. A project with ordinary Routes; its event listeners ask to stay outside the mesh');
  await kubectl('create', 'namespace', MEMBER);
  await kubectl('apply', '-n', MEMBER, '-f', join(root, 'tools', 'demo', 'workloads.yaml'));
  await waitFor('routes of the project', 20, async () => {
    const hosts = (await kubectl('get', 'routes', '-n', MEMBER, '-o', 'jsonpath={range .items[*]}{.spec.host}{"\\n"}{end}')).trim().split('\n').filter((host) => host !== '');
    return { done: hosts.length === 4, detail: `${hosts.length} of 4 have a host` };
  });
  await show(kubectl, 'get', 'routes', '-n', MEMBER);
  const patch = '{"spec":{"template":{"metadata":{"labels":{"maistra.io/expose-route":"true"}}}}}';
  for (const listener of ['el-caller', 'el-sample']) {
    command(`kubectl patch deployment ${listener} -n ${MEMBER} -p '${patch}'`);
    say((await kubectl('patch', 'deployment', listener, '-n', MEMBER, '-p', patch)).trimEnd());
  }
}

async function joinMesh(kubectl: Kubectl): Promise<void> {
  headline('3. The project joins the mesh');
  await act(kubectl, ['create'], '02-smmr-default.yaml', []);
  await waitFor('member roll', 20, async () => {
    const line = (await columns(kubectl, 'smmr', 'default')).slice(1, -1).join('  ');
    return { done: line === '1/1  Configured', detail: line === '' ? 'seen by the operator' : line };
  });
  await show(kubectl, 'get', 'smmr', '-n', N);
  await show(kubectl, 'get', 'namespace', MEMBER, '--show-labels');
  await show(kubectl, 'get', 'networkpolicies,rolebindings', '-n', MEMBER);
}

async function askForSidecars(kubectl: Kubectl): Promise<void> {
  headline('4. Two workloads ask for a sidecar');
  const patch = '{"spec":{"template":{"metadata":{"annotations":{"sidecar.istio.io/inject":"true"}}}}}';
  for (const workload of ['sample', 'caller']) {
    command(`kubectl patch deployment ${workload} -n ${MEMBER} -p '${patch}'`);
    say((await kubectl('patch', 'deployment', workload, '-n', MEMBER, '-p', patch)).trimEnd());
  }
  await waitFor('rollout', 20, async () => {
    const output = await kubectl('get', 'deployments', '-n', MEMBER, '-o', 'jsonpath={range .items[*]}{.status.observedGeneration}={.metadata.generation} {.status.updatedReplicas}{.status.readyReplicas}{.status.replicas}{"\\n"}{end}');
    const done = output.trim().split('\n').filter((line) => /^(\d+)=\1 111$/.test(line)).length;
    return { done: done === 4, detail: `${done} of 4 deployments rolled out` };
  });
  await show(kubectl, 'get', 'pods', '-n', MEMBER, '-L', 'maistra.io/expose-route');
  say('  (This cluster has no node: pods are played by a stand-in, so no istiod runs and nothing is injected.');
  say('   What istiod would inject is in its ConfigMap:)');
  await show(kubectl, 'get', 'configmap', 'istio-sidecar-injector-basic-install', 'istio-basic-install', '-n', N);
}

async function exposeHosts(kubectl: Kubectl): Promise<void> {
  headline('5. A Gateway becomes Routes (IOR)');
  await act(kubectl, ['apply', '-n', MEMBER], '03-vs-gw.yaml', []);
  const expected = ['caller.apps.example.com', 'sample.apps.example.com'];
  await waitFor('routes of sample-gateway', 20, async () => {
    const hosts = (await kubectl('get', 'routes', '-n', N, '-l', 'maistra.io/generated-by=ior', '-o', 'jsonpath={.items[*].spec.host}')).trim().split(/\s+/).toSorted();
    return { done: JSON.stringify(hosts) === JSON.stringify(expected), detail: hosts.join(', ') || 'none yet' };
  });
  const target = await kubectl('get', 'routes', '-n', N, '-l', 'maistra.io/generated-by=ior', '-o', 'jsonpath={.items[*].spec.to.name} {.items[*].spec.port.targetPort}');
  if (target.trim() !== 'istio-ingressgateway istio-ingressgateway http2 http2') throw new StepFailed(`the Routes point at "${target}", not at istio-ingressgateway:http2`);
  await show(kubectl, 'get', 'routes', '-n', N, '-o', OC_COLUMNS);
}

/** Steps 1 to 5 of WALK.md, with its files as they are. Throws StepFailed at the first step that does not come true. */
export async function walk(kubectl: Kubectl): Promise<void> {
  await installControlPlane(kubectl);
  await showProject(kubectl);
  await joinMesh(kubectl);
  await askForSidecars(kubectl);
  await exposeHosts(kubectl);
}
