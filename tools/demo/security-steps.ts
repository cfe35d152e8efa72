import { applyAt, applyFrom, expectAnswer } from './answers.ts';
import { act, MEMBER, N, sample } from './commands.ts';
import { controlPlaneReady } from './control-plane-steps.ts';
import type { Kubectl } from './kubectl.ts';
import { throughGateway } from './project-steps.ts';
import { command, headline, say, waitFor } from './screen.ts';

const CALLER = `http://caller.${MEMBER}.svc.cluster.local:8080/api/caller/apply`;

/** A pod of the project without a sidecar; gives its address. */
async function plainPod(kubectl: Kubectl): Promise<string> {
  const parameters = ['run', 'plain', '-n', MEMBER, '--image=registry.example.com/plain:1.0'];
  command(`kubectl ${parameters.join(' ')}`);
  say((await kubectl(...parameters)).trimEnd());
  let address = '';
  await waitFor('pod plain', 60, async () => {
    const [phase = '', ip = '', ready = ''] = (await kubectl('get', 'pod', 'plain', '-n', MEMBER, '-o', 'jsonpath={.status.phase} {.status.podIP} {.status.containerStatuses[*].ready}')).split(' ');
    address = ip;
    return { done: ready === 'true', detail: phase };
  });
  return address;
}

/** Step 6. */
export async function demandMutualTls(kubectl: Kubectl): Promise<void> {
  headline('6. Mutual TLS: who has no sidecar is not heard any more');
  const plain = await plainPod(kubectl);
  const shown = `curl -i -X POST ${CALLER} …      (in pod plain)`;
  await expectAnswer(shown, () => applyFrom(plain, CALLER), ({ status }) => status === 201);
  await act(kubectl, ['apply', '-n', N], sample('04-istio-installation-mtls.yaml'));
  await controlPlaneReady(kubectl);
  await expectAnswer(shown, () => applyFrom(plain, CALLER), ({ status, body }) => status === 0 && /ECONNRESET|socket hang up/.test(body));
  await throughGateway('caller');
}

/** Step 7. */
export async function authorize(kubectl: Kubectl): Promise<void> {
  headline('7. Authorization: only the project itself may call `sample`');
  await act(kubectl, ['apply'], sample('05-authz-policy.yaml'));
  const host = 'sample.apps.example.com';
  await expectAnswer(`curl -i -X POST http://${host}/api/sample/apply …`, () => applyAt(host, '/api/sample/apply'),
    ({ status, body }) => status === 403 && body === 'RBAC: access denied');
  await throughGateway('caller');
}
