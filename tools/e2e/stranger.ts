import { certificateRequest } from '../cluster/certificates.ts';
import { CERTIFICATE_METHOD, certificateRequestMessage, verdictOn } from './certificate-service.ts';
import { namespaceObject } from './istio-objects.ts';
import { OPERATOR_NAMESPACE as OPERATOR } from './operator-steps.ts';
import { startEnforcer } from './policies/enforcer.ts';
import { serviceAddress } from './policies/ground.ts';
import { grpcFrom, importProbe, probePod } from './policies/probes.ts';
import { say } from './screen.ts';
import { podAddress, type Stage } from './stage.ts';

/*
 * A pod outside of every mesh asks a mesh's istiod for a certificate, with all that it has: its own account's token for istiod. Once with
 * NetworkPolicies in force, where it must not get through, and on a cluster that enforces none, with istiod in both modes of docs/isolation.md.
 */

const MESH = 'istio-system';
const MEMBER = 'microsvc-sample';
const STRANGER = 'stranger';
const PROBE = 'asks-istiod';
const XDS_PORT = 15_012;
/** What everybody who asks here would like to be. */
const COVETED = `spiffe://cluster.local/ns/${MESH}/sa/istio-ingressgateway-service-account`;

/** As a pod's projected token for istiod: the audience is what makes it good there. */
async function tokenOf({ client }: Stage, namespace: string): Promise<string> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: ['istio-ca'], expirationSeconds: 600 } };
  const made = await client.call<{ readonly status: { readonly token: string } }>(`/api/v1/namespaces/${namespace}/serviceaccounts/default/token`, { method: 'POST', body });
  return made.status.token;
}

/** The pod in a namespace asks at an address. Out: what came of it, as a line. */
async function asks(stage: Stage, namespace: string, address: string): Promise<string> {
  const [place, token, csr] = await Promise.all([podAddress(stage.client, namespace, `probe=${PROBE}`), tokenOf(stage, namespace), certificateRequest(COVETED)]);
  const message = certificateRequestMessage(csr).toString('base64');
  return verdictOn(await grpcFrom(place, { address, port: XDS_PORT, path: CERTIFICATE_METHOD, headers: { authorization: `Bearer ${token}` }, message }));
}

const named = (namespace: string): string => `signed: URI:spiffe://cluster.local/ns/${namespace}/sa/default`;

async function withPolicies(stage: Stage, addresses: Readonly<Record<string, string>>): Promise<void> {
  for (const [way, address] of Object.entries(addresses)) {
    await stage.checks.holds(`NetworkPolicies in force: a member gets a certificate at ${way}, in its own name and not in that of the gateway it asked for`, async () => {
      const seen = await asks(stage, MEMBER, address);
      return { isGood: seen === named(MEMBER), seen };
    });
    await stage.checks.holds(`a pod outside of every mesh is not let through to ${way}`, async () => {
      const seen = await asks(stage, STRANGER, address);
      return { isGood: seen === 'not reached: EHOSTUNREACH', seen };
    });
  }
}

/** How the operator leads istiods to the API server; '-' takes the setting away, and its default is hard. */
async function isolate({ kubectl }: Stage, mode: 'soft' | 'default'): Promise<void> {
  await kubectl('set', 'env', `deployment/${OPERATOR}`, '-n', OPERATOR, mode === 'default' ? 'ISOLATION-' : `ISOLATION=${mode}`);
  await kubectl('rollout', 'status', `deployment/${OPERATOR}`, '-n', OPERATOR, '--timeout=90s');
}

/** What the stranger comes to at the istiod that is there now, again and again until it is as expected: a change of mode restarts istiod. */
async function strangerComesTo(stage: Stage, what: string, isExpected: (seen: string) => boolean): Promise<void> {
  await stage.checks.holds(`nothing enforces policies, ${what}`, async () => {
    const seen = await asks(stage, STRANGER, await podAddress(stage.client, MESH, 'app=istiod'));
    return { isGood: isExpected(seen), seen };
  }, { limitMs: 120_000 });
}

const isRefused = (seen: string): boolean => seen.startsWith('refused: 16 ');

async function withoutPolicies(stage: Stage): Promise<void> {
  await strangerComesTo(stage, 'hard mode: refused, the scoped API does not vouch for accounts outside of the mesh', isRefused);
  await isolate(stage, 'soft');
  await strangerComesTo(stage, 'soft mode: signed in its own name, never in that of the gateway it asked for', (seen) => seen === named(STRANGER));
  await isolate(stage, 'default');
  await strangerComesTo(stage, 'hard mode again: refused', isRefused);
}

/** Plays it while microsvc-sample is a member of the mesh in istio-system. In: the cluster's folder. */
export async function playStranger(stage: Stage, dir: string): Promise<void> {
  say('\n== A stranger asks istiod for a certificate');
  const { client, feed, kubectl } = stage;
  await importProbe(dir);
  await feed([namespaceObject(STRANGER), ...[STRANGER, MEMBER].flatMap((namespace) => probePod({ namespace, name: PROBE }))], 'apply');
  const enforcer = await startEnforcer(client, dir);
  try {
    for (const namespace of [STRANGER, MEMBER]) await kubectl('wait', 'pod', PROBE, '-n', namespace, '--for=condition=Ready', '--timeout=60s');
    const addresses = { 'its pod': await podAddress(client, MESH, 'app=istiod'), 'its Service': await serviceAddress(client, MESH, 'istiod-basic-install') };
    await enforcer.sync();
    await withPolicies(stage, addresses);
    await enforcer.stop();
    await withoutPolicies(stage);
  } finally {
    await enforcer.stop();
    await kubectl('delete', 'pod,service', PROBE, '-n', MEMBER, '--ignore-not-found', '--wait=false');
    await kubectl('delete', 'namespace', STRANGER, '--ignore-not-found', '--wait=false');
  }
}
