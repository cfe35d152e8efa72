import { act, columns, MEMBER, N, sample, show } from './commands.ts';
import type { Kubectl } from './kubectl.ts';
import { command, headline, say, waitFor } from './screen.ts';

const V1 = 'servicemeshcontrolplanes.v1.maistra.io';

/** What Envoy as its project publishes it lacks; Istio's own proxy image has it, and then none of this is needed. */
const STOCK_ENVOY = JSON.stringify({
  spec: {
    telemetry: { type: 'None' },
    runtime: { components: { pilot: { container: { env: { PILOT_ENABLE_ALPN_FILTER: 'false', PILOT_ENABLE_METADATA_EXCHANGE: 'false' } } } } },
  },
});

/** The control plane has taken in its latest specification and all of it is ready. */
export async function controlPlaneReady(kubectl: Kubectl): Promise<void> {
  await waitFor('control plane basic-install', 90, async () => {
    const line = (await columns(kubectl, V1, 'basic-install')).slice(1, -1).join('  ');
    const generations = await kubectl('get', V1, 'basic-install', '-n', N, '-o', 'jsonpath={.metadata.generation} {.status.observedGeneration}');
    const isCurrent = /^(\d+) \1$/.test(generations);
    return { done: isCurrent && /^(\d+)\/\1 .*(Install|Update)Successful/.test(line), detail: line === '' ? 'seen by the operator' : line };
  });
}

/** Step 1. */
export async function installControlPlane(kubectl: Kubectl): Promise<void> {
  headline('1. A control plane from one YAML');
  command(`kubectl create namespace ${N}`);
  say((await kubectl('create', 'namespace', N)).trimEnd());
  await act(kubectl, ['create', '-n', N], sample('01-istio-installation.yaml'));
  say('  (Only because this demo runs Envoy as its own project publishes it, without the extensions of Istio\'s proxy image:)');
  command(`kubectl patch smcp basic-install -n ${N} --type merge -p '${STOCK_ENVOY}'`);
  say((await kubectl('patch', 'smcp', 'basic-install', '-n', N, '--type', 'merge', '-p', STOCK_ENVOY)).trimEnd());
  await controlPlaneReady(kubectl);
  await show(kubectl, 'get', V1, '-n', N);
  await show(kubectl, 'get', 'pods', '-n', N, '-o', 'wide', '--no-headers=false');
  say('  istiod and both gateways are real: processes with the arguments, environment and files of these pods.');
  say('  Prometheus, Jaeger, Grafana and Kiali are played: no program of theirs is on this machine.');
}

/** Step 3. */
export async function joinMesh(kubectl: Kubectl): Promise<void> {
  headline('3. The project joins the mesh');
  await act(kubectl, ['create'], sample('02-smmr-default.yaml'));
  await waitFor('member roll', 20, async () => {
    const line = (await columns(kubectl, 'smmr', 'default')).slice(1, -1).join('  ');
    return { done: line === '1/1  Configured', detail: line === '' ? 'seen by the operator' : line };
  });
  await show(kubectl, 'get', 'smmr', '-n', N);
  await show(kubectl, 'get', 'namespace', MEMBER, '--show-labels');
  await show(kubectl, 'get', 'networkpolicies,rolebindings', '-n', MEMBER);
}
