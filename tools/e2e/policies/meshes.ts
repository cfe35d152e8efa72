import { readFile } from 'node:fs/promises';
import { certificateFiles } from '../../cluster/certificates.ts';
import { memberRoll, namespaceObject } from '../istio-objects.ts';
import { containersOf, podsOf } from '../stage.ts';
import type { Ground } from './ground.ts';
import { PROBE_IMAGE, probePod } from './probes.ts';

/*
 * Two meshes of one name, a member each, a router and a stranger. Control planes, gateways and Prometheus are what the operator makes of
 * an SMCP: labels, names of ports and policies are its own. Only the image is another, by the settings that users have for that.
 */

export const MESH_A = 'packets-a';
export const SHOP_A = 'packets-a-shop';
export const MESH_B = 'packets-b';
export const SHOP_B = 'packets-b-shop';
export const STRANGER = 'packets-stranger';
export const ROUTER = 'packets-router';
export const MESH_NAMESPACES: readonly string[] = [MESH_A, SHOP_A, MESH_B, SHOP_B, STRANGER, ROUTER];

/** Name of both control planes. */
export const CONTROL_PLANE = 'basic';

/** Asks for the router. */
export const EXPOSED = { 'maistra.io/expose-route': 'true' };
/** Named like the pods that have doors of their own: by its labels a stranger must not get in anywhere. */
export const DISGUISE = { app: 'prometheus', istio: 'ingressgateway', 'istio.io/rev': CONTROL_PLANE, ...EXPOSED };

function controlPlane(namespace: string, prometheus: boolean): object {
  const container = PROBE_IMAGE;
  return {
    apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: CONTROL_PLANE, namespace },
    spec: {
      addons: { prometheus: { enabled: prometheus }, grafana: { enabled: false }, kiali: { enabled: false } },
      tracing: { type: 'None' },
      gateways: { ingress: { runtime: { container } }, egress: { enabled: false }, openshiftRoute: { enabled: false } },
      runtime: { components: { pilot: { container }, prometheus: { container }, 'global.oauthproxy': { container } } },
    },
  };
}

/** What istiod and OpenShift would write in the namespace of a mesh: the root that gateways wait for, and the certificate of a proxy. */
async function writtenByOthers(namespace: string, dir: string): Promise<readonly object[]> {
  const { caFile, serverFile, serverKeyFile } = certificateFiles(dir);
  const [ca, certificate, key] = await Promise.all([caFile, serverFile, serverKeyFile].map((file) => readFile(file, 'utf8')));
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio-ca-root-cert', namespace }, data: { 'root-cert.pem': ca } },
    { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata: { name: 'prometheus-tls', namespace }, stringData: { 'tls.crt': certificate, 'tls.key': key } },
  ];
}

/** Namespaces, pods of users, control planes and rolls. */
export async function meshObjects(dir: string): Promise<readonly object[]> {
  return [
    ...[MESH_A, SHOP_A, MESH_B, SHOP_B, STRANGER].map((name) => namespaceObject(name)),
    namespaceObject(ROUTER, { 'network.openshift.io/policy-group': 'ingress' }),
    ...await writtenByOthers(MESH_A, dir), ...await writtenByOthers(MESH_B, dir),
    ...probePod({ namespace: MESH_A, name: 'tool', labels: EXPOSED }),
    ...[SHOP_A, SHOP_B].flatMap((namespace) => [...probePod({ namespace, name: 'plain' }), ...probePod({ namespace, name: 'exposed', labels: EXPOSED })]),
    ...probePod({ namespace: STRANGER, name: 'stranger', labels: DISGUISE }),
    ...probePod({ namespace: ROUTER, name: 'router' }),
    memberRoll(MESH_A, [SHOP_A]), memberRoll(MESH_B, [SHOP_B]),
    controlPlane(MESH_A, true), controlPlane(MESH_B, false),
  ];
}

/** OpenShift writes the trusted certificates into a ConfigMap that asks for it, and the proxy of an add-on waits for them. */
export async function injectTrustedCertificates({ client, checks }: Pick<Ground, 'client' | 'checks'>, namespace: string, dir: string): Promise<void> {
  const body = { data: { 'ca-bundle.crt': await readFile(certificateFiles(dir).caFile, 'utf8') } };
  const path = `/api/v1/namespaces/${namespace}/configmaps/trusted-ca-bundle`;
  await checks.holds(`the operator asks for trusted certificates in ${namespace}`, async () => {
    await client.call(path, { method: 'PATCH', contentType: 'application/merge-patch+json', body });
    return { isGood: true, seen: '' };
  }, { times: 1, limitMs: 30_000 });
}

/** Resolves when all pods that an SMCP makes are ready. */
export async function meshesReady({ client, checks }: Ground): Promise<void> {
  const wanted = [[MESH_A, 'istiod'], [MESH_A, 'prometheus'], [MESH_A, 'istio-ingressgateway'], [MESH_B, 'istiod'], [MESH_B, 'istio-ingressgateway']] as const;
  for (const [namespace, app] of wanted) {
    await checks.holds(`${app} of ${namespace} is ready`, async () => {
      const seen = (await podsOf(client, namespace, `app=${app}`)).map(containersOf).join();
      return { isGood: /^(\d)\/\1 /.test(seen) && !seen.includes(','), seen };
    }, { times: 1, limitMs: 90_000 });
  }
}
