import { err, ok, type Result } from '../lib/result.ts';
import type { KubeObject } from '../k8s/object.ts';
import type { ConversionRequest } from './review.ts';
import type { ConvertControlPlane } from './smcp.ts';

/** Converts every object of a request, or says of the first one that cannot be why not. All or nothing, as the API asks. */
export function convertAll({ objects, desiredAPIVersion }: ConversionRequest, convert: ConvertControlPlane): Result<readonly KubeObject[], string> {
  const converted: KubeObject[] = [];
  for (const object of objects) {
    const { namespace, name } = object.metadata;
    if (object.kind !== 'ServiceMeshControlPlane') return err(`${object.kind} ${namespace ?? ''}/${name}: only ServiceMeshControlPlane is converted here`);
    const result = object.apiVersion === desiredAPIVersion ? ok(object) : convert(object, desiredAPIVersion);
    if (!result.ok) return err(`ServiceMeshControlPlane ${namespace ?? ''}/${name} cannot be converted from ${object.apiVersion} to ${desiredAPIVersion}: ${result.error}`);
    converted.push(result.value);
  }
  return ok(converted);
}
