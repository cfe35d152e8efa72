import { applyAt, expectAnswer } from './answers.ts';
import { act, MEMBER, N, own, sample, show } from './commands.ts';
import type { Kubectl } from './kubectl.ts';
import { command, headline, say, StepFailed, waitFor } from './screen.ts';

/** The columns of `oc get route`; the CRD of Route has others. */
const OC_COLUMNS = 'custom-columns=NAME:.metadata.name,HOST/PORT:.spec.host,SERVICES:.spec.to.name,PORT:.spec.port.targetPort,TERMINATION:.spec.tls.termination,INSECURE:.spec.tls.insecureEdgeTerminationPolicy,WILDCARD:.spec.wildcardPolicy';
const USER = '{"user_id":39}';

async function patch(kubectl: Kubectl, workload: string, ...how: readonly string[]): Promise<void> {
  say((await kubectl('patch', 'deployment', workload, '-n', MEMBER, ...how)).trimEnd());
}

/** Every Deployment of the project runs its newest pods only, and they are ready. */
async function rolledOut(kubectl: Kubectl): Promise<void> {
  await waitFor('rollout', 120, async () => {
    const output = await kubectl('get', 'deployments', '-n', MEMBER, '-o', 'jsonpath={range .items[*]}{.status.observedGeneration}={.metadata.generation} {.status.updatedReplicas}{.status.readyReplicas}{.status.replicas}{"\\n"}{end}');
    const done = output.trim().split('\n').filter((line) => /^(\d+)=\1 111$/.test(line)).length;
    return { done: done === 4, detail: `${done} of 4 deployments rolled out` };
  });
}

/** Step 2. */
export async function showProject(kubectl: Kubectl): Promise<void> {
  headline('2. A project with ordinary Routes; its event listeners ask to stay outside the mesh');
  await kubectl('create', 'namespace', MEMBER);
  await kubectl('apply', '-n', MEMBER, '-f', own('workloads.yaml'));
  await waitFor('routes of the project', 60, async () => {
    const hosts = (await kubectl('get', 'routes', '-n', MEMBER, '-o', 'jsonpath={range .items[*]}{.spec.host}{"\\n"}{end}')).trim().split('\n').filter((host) => host !== '');
    return { done: hosts.length === 4, detail: `${hosts.length} of 4 have a host` };
  });
  await show(kubectl, 'get', 'routes', '-n', MEMBER);
  await rolledOut(kubectl);
  const host = `caller-${MEMBER}.apps.example.com`;
  await expectAnswer(`curl -i -X POST http://${host}/api/caller/apply …`, () => applyAt(host, '/api/caller/apply'),
    ({ status, server, body }) => status === 201 && server === '' && body === USER);
  const expose = '{"spec":{"template":{"metadata":{"labels":{"maistra.io/expose-route":"true"}}}}}';
  for (const listener of ['el-caller', 'el-sample']) {
    command(`kubectl patch deployment ${listener} -n ${MEMBER} -p '${expose}'`);
    await patch(kubectl, listener, '-p', expose);
  }
}

async function containersOf(kubectl: Kubectl, app: string): Promise<string> {
  return kubectl('get', 'pods', '-n', MEMBER, '-l', `app=${app}`, '-o', 'jsonpath={.items[*].spec.containers[*].name} {.items[*].status.containerStatuses[*].ready}');
}

/** Step 4. */
export async function askForSidecars(kubectl: Kubectl): Promise<void> {
  headline('4. Two workloads ask for a sidecar');
  say('  (No iptables here, as an ordinary user may not set them: interception mode NONE, with the listeners written down in Sidecar objects.');
  say('   The address of `sample` for the application is then its sidecar\'s, by hostAliases.)');
  await act(kubectl, ['apply', '-n', MEMBER], own('sidecars.yaml'));
  const inject = '{"spec":{"template":{"metadata":{"annotations":{"sidecar.istio.io/inject":"true"}}}}}';
  for (const workload of ['sample', 'caller']) {
    await kubectl('rollout', 'pause', `deployment/${workload}`, '-n', MEMBER);
    command(`kubectl patch deployment ${workload} -n ${MEMBER} --patch-file without-iptables.yaml`);
    await patch(kubectl, workload, '--patch-file', own('without-iptables.yaml'));
    command(`kubectl patch deployment ${workload} -n ${MEMBER} -p '${inject}'`);
    await patch(kubectl, workload, '-p', inject);
    await kubectl('rollout', 'resume', `deployment/${workload}`, '-n', MEMBER);
  }
  await rolledOut(kubectl);
  await waitFor('sidecars', 60, async () => {
    const found = await Promise.all(['sample', 'caller'].map((app) => containersOf(kubectl, app)));
    const isDone = found.every((text) => ['spring-boot istio-proxy true true', 'istio-proxy spring-boot true true'].includes(text));
    return { done: isDone, detail: found.join(' | ') };
  });
  await show(kubectl, 'get', 'pods', '-n', MEMBER, '-o', 'custom-columns=NAME:.metadata.name,CONTAINERS:.spec.containers[*].name,READY:.status.containerStatuses[*].ready,IP:.status.podIP,EXPOSED:.metadata.labels.maistra\\.io/expose-route');
}

/** Step 5. */
export async function exposeHosts(kubectl: Kubectl): Promise<void> {
  headline('5. A Gateway becomes Routes (IOR), and requests arrive: Route, router, ingress gateway, sidecar, application');
  await act(kubectl, ['apply', '-n', MEMBER], sample('03-vs-gw.yaml'));
  const expected = ['caller.apps.example.com', 'sample.apps.example.com'];
  await waitFor('routes of sample-gateway', 60, async () => {
    const hosts = (await kubectl('get', 'routes', '-n', N, '-l', 'maistra.io/generated-by=ior', '-o', 'jsonpath={.items[*].spec.host}')).trim().split(/\s+/).toSorted();
    return { done: JSON.stringify(hosts) === JSON.stringify(expected), detail: hosts.join(', ') || 'none yet' };
  });
  const target = await kubectl('get', 'routes', '-n', N, '-l', 'maistra.io/generated-by=ior', '-o', 'jsonpath={.items[*].spec.to.name} {.items[*].spec.port.targetPort}');
  if (target.trim() !== 'istio-ingressgateway istio-ingressgateway http2 http2') throw new StepFailed(`the Routes point at "${target}", not at istio-ingressgateway:http2`);
  await show(kubectl, 'get', 'routes', '-n', N, '-o', OC_COLUMNS);
  for (const name of ['sample', 'caller'] as const) await throughGateway(name);
}

/** A host of the walk answers as it should: 201 and user 39, by way of the gateway's Envoy. */
export async function throughGateway(name: 'sample' | 'caller'): Promise<void> {
  const host = `${name}.apps.example.com`;
  await expectAnswer(`curl -i -X POST http://${host}/api/${name}/apply …`, () => applyAt(host, `/api/${name}/apply`),
    ({ status, server, body }) => status === 201 && server === 'istio-envoy' && body === USER);
}
