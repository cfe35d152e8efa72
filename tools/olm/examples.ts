import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { JsonObject } from '../../src/lib/json.ts';

/* `alm-examples`: what the console offers for every kind and version. The first is the control plane of the walk, from the file that the tests install. */

function walkFile(name: string): JsonObject {
  return parse(readFileSync(join(import.meta.dirname, '..', '..', 'test', 'samples', name), 'utf8')) as JsonObject;
}

const CONTROL_PLANE_V2: JsonObject = {
  apiVersion: 'maistra.io/v2',
  kind: 'ServiceMeshControlPlane',
  metadata: { name: 'basic', namespace: 'istio-system' },
  spec: {
    version: 'v1.31',
    tracing: { type: 'Jaeger', sampling: 10_000 },
    security: { dataPlane: { mtls: true } },
    addons: { prometheus: { enabled: true }, grafana: { enabled: true }, kiali: { enabled: true } },
  },
};

/** One example of every kind and version that the operator owns. */
export function almExamples(): readonly JsonObject[] {
  const walk = walkFile('01-istio-installation.yaml');
  return [{ ...walk, metadata: { name: 'basic-install', namespace: 'istio-system' } }, CONTROL_PLANE_V2, walkFile('02-smmr-default.yaml'), walkFile('02b-smm-default.yaml')];
}
