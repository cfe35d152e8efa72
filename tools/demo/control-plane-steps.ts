import { act, columns, MEMBER, N, sample, show } from './commands.ts';
import type { Kubectl } from './kubectl.ts';
import { command, headline, say, waitFor } from './screen.ts';

const V1 = 'servicemeshcontrolplanes.v1.maistra.io';

/** What Envoy as its own project publishes it lacks; Istio's proxy image has it, and with that none of this is needed. */
const STOCK_ENVOY = JSON.stringify({
  spec: { istio: { telemetry: { enabled: false }, pilot: { env: { PILOT_ENABLE_ALPN_FILTER: 'false', PILOT_ENABLE_METADATA_EXCHANGE: 'false' } } } },
});

async function isCurrent(kubectl: Kubectl): Promise<boolean> {
  return /^(\d+) \1$/.test(await kubectl('get', V1, 'basic-install', '-n', N, '-o', 'jsonpath={.metadata.generation} {.status.observedGeneration}'));
}

/** The control plane has taken in its latest specification and all of it is ready. */
export async function controlPlaneReady(kubectl: Kubectl): Promise<void> {
  await waitFor('control plane basic-install', 180, async () => {
    const line = (await columns(kubectl, V1, 'basic-install')).slice(1, -1).join('  ');
    const isDone = /^(\d+)\/\1 .*(Install|Update)Successful/.test(line) && await isCurrent(kubectl);
    return { done: isDone, detail: line === '' ? 'seen by the operator' : line };
  });
}

/** Step 1. */
export async function installControlPlane(kubectl: Kubectl, kubectlWith: (input: string) => Kubectl): Promise<void> {
  headline('1. A control plane from one YAML');
  command(`kubectl create namespace ${N}`);
  say((await kubectl('create', 'namespace', N)).trimEnd());
  say('  (Plain `kubectl create -n istio-system -f 01-istio-installation.yaml` with Istio\'s proxy image. This demo runs Envoy as its own project');
  say('   publishes it, without Istio\'s extensions: three settings of the control plane leave them out.)');
  const merge = ['--type', 'merge', '-p', STOCK_ENVOY, '-o', 'json'];
  command(`kubectl patch --local -f 01-istio-installation.yaml ${merge.map((word) => (word === STOCK_ENVOY ? `'${word}'` : word)).join(' ')} | kubectl create -n ${N} -f -`);
  const patched = await kubectl('patch', '--local', '-f', sample('01-istio-installation.yaml'), ...merge);
  say((await kubectlWith(patched)('create', '-n', N, '-f', '-')).trimEnd());
  await controlPlaneReady(kubectl);
  await show(kubectl, 'get', V1, '-n', N);
  await show(kubectl, 'get', 'pods', '-n', N, '-o', 'wide');
  say('  istiod and both gateways are real: processes with the arguments, environment and files of these pods.');
  say('  Prometheus, Jaeger, Grafana, Kiali and the node plug-in for redirection are played: their programs are not started here.');
}

/** Step 3. */
export async function joinMesh(kubectl: Kubectl): Promise<void> {
  headline('3. The project joins the mesh');
  await act(kubectl, ['create'], sample('02-smmr-default.yaml'));
  await waitFor('member roll', 60, async () => {
    const line = (await columns(kubectl, 'smmr', 'default')).slice(1, -1).join('  ');
    return { done: line === '1/1  Configured', detail: line === '' ? 'seen by the operator' : line };
  });
  await show(kubectl, 'get', 'smmr', '-n', N);
  await show(kubectl, 'get', 'namespace', MEMBER, '--show-labels');
  await show(kubectl, 'get', 'networkpolicies,rolebindings', '-n', MEMBER);
  say('  (Nobody enforces NetworkPolicies between processes; that takes a real node.)');
}
