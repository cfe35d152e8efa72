import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeObject } from '../k8s/object.ts';

/** Istio's CRDs that came with this build, marked as ours; none when it was built without them. `npm run build` puts the file beside the bundle. */
export function istioDefinitions(file: string = join(import.meta.dirname, 'istio-crds.json')): readonly KubeObject[] {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) as readonly KubeObject[] : [];
}
