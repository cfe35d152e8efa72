import type { KubeObject } from '../../k8s/object.ts';
import { looseObject, text } from '../schema/fields.ts';
import { parseSpec } from '../schema/parse.ts';

const clusterNetworkSpecSchema = looseObject({ networkType: text('Network plugin.') });

/** `spec.networkType` of config.openshift.io Network `cluster`, or undefined when it says nothing (spec/api-members.md 7). */
export function networkTypeOf(object: KubeObject): string | undefined {
  const spec = parseSpec(clusterNetworkSpecSchema, object);
  return spec.ok ? spec.value.networkType : undefined;
}
