import { join } from 'node:path';
import { build } from 'esbuild';
import { NODE_ADDRESS } from '../../cluster/node/addresses.ts';
import { ensurePackages } from '../../cluster/node/debian-packages.ts';
import type { Image } from '../../images/image.ts';
import { NODE_PATH, nodeFiles } from '../../images/operator-image.ts';
import { ask } from '../../cluster/ask.ts';
import { readState } from '../../cluster/state.ts';
import { storeImage } from '../../images/store.ts';
import { importImages } from '../images.ts';
import { attempt, type Address } from './connection.ts';
import type { GrpcAnswer, GrpcCall } from './grpc-call.ts';

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

/** Hands the probe's image to the cluster in a folder. */
export async function importProbe(dir: string): Promise<void> {
  const state = await readState(dir);
  if (state === undefined) throw new Error(`there is no cluster in ${dir}`);
  await importImages([await storeImage(await probeImage())], state.host.pid);
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

async function order<T>(place: string, path: string, body: unknown): Promise<T> {
  const { status, body: text } = await ask(`http://${place}:${ORDERS_PORT}${path}`, { method: 'POST', body: JSON.stringify(body), timeoutMs: 30_000 });
  if (status !== 200) throw new Error(`the probe at ${place} answered ${status} ${text}`);
  return JSON.parse(text) as T;
}

/** A look from one place at many, one word for each; see connection.ts. The node's own process is a place like the others. */
export async function connectionsFrom(place: string, targets: readonly Address[]): Promise<readonly string[]> {
  return place === NODE_ADDRESS ? Promise.all(targets.map(attempt)) : order(place, '/connect', targets);
}

/** A gRPC call made by the probe at an address. */
export function grpcFrom(place: string, call: GrpcCall): Promise<GrpcAnswer> {
  return order(place, '/grpc', call);
}
