import { join } from 'node:path';
import { build } from 'esbuild';
import { NODE_ADDRESS } from '../../cluster/node/addresses.ts';
import { ensurePackages } from '../../cluster/node/debian-packages.ts';
import type { Image } from '../../images/image.ts';
import { NODE_PATH, nodeFiles } from '../../images/operator-image.ts';
import { ask } from '../../cluster/ask.ts';
import { attempt, type Address } from './connection.ts';

/** The image of probe.ts, in the parts that a control plane's `runtime` takes. */
export const PROBE_IMAGE = { imageRegistry: 'docker.io/local', imageName: 'policy-probe', imageTag: '1' } as const;
const REFERENCE = `${PROBE_IMAGE.imageRegistry}/${PROBE_IMAGE.imageName}:${PROBE_IMAGE.imageTag}`;

const PROGRAM = '/app/probe.mjs';
/** On which port a probe takes orders; like every port of a pod it is open to the node. */
const ORDERS_PORT = 8080;

/** In plain JavaScript: a score of probes start at once, and each would have to strip types first. */
async function program(): Promise<string> {
  const { outputFiles } = await build({ entryPoints: [join(import.meta.dirname, 'probe.ts')], bundle: true, platform: 'node', format: 'esm', write: false });
  return outputFiles.map(({ text }) => text).join('');
}

/** probe.ts with a Node binary. */
export async function probeImage(): Promise<Image> {
  return {
    reference: REFERENCE, config: { entrypoint: [NODE_PATH, PROGRAM], user: '65532:65532' },
    files: [
      ...nodeFiles(process.execPath, await ensurePackages()),
      { target: PROGRAM, text: await program() },
    ],
  };
}

/** A pod with a probe. */
export interface ProbePod {
  readonly namespace: string;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** The pod, and a Service of its name that leads to its port `web`. */
export function probePod({ namespace, name, labels = {} }: ProbePod): readonly object[] {
  const ports = [{ name: 'web', containerPort: 8080 }, { name: 'http-envoy-prom', containerPort: 15_090 }];
  const container = {
    name: 'probe', image: REFERENCE, imagePullPolicy: 'IfNotPresent', ports,
    readinessProbe: { httpGet: { path: '/', port: 'web' }, periodSeconds: 1 },
    securityContext: { runAsNonRoot: true, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
  };
  return [
    {
      apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, labels: { probe: name, ...labels } },
      spec: { terminationGracePeriodSeconds: 1, containers: [container] },
    },
    { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: { selector: { probe: name }, ports: [{ port: 80, targetPort: 'web' }] } },
  ];
}

/** A look from one place at many, one word for each; see connection.ts. The node's own process is a place like the others. */
export async function connectionsFrom(place: string, targets: readonly Address[]): Promise<readonly string[]> {
  if (place === NODE_ADDRESS) return Promise.all(targets.map(attempt));
  const { status, body } = await ask(`http://${place}:${ORDERS_PORT}/connect`, { method: 'POST', body: JSON.stringify(targets), timeoutMs: 30_000 });
  if (status !== 200) throw new Error(`the probe at ${place} answered ${status} ${body}`);
  return JSON.parse(body) as readonly string[];
}
