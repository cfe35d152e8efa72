import { isJsonObject, type JsonObject } from '../../lib/json.ts';
import { lossless, noField } from './lossless.ts';
import { omit } from './tree.ts';

/*
 * `status` of v1 ⇄ `status` of v2 (spec/conversion-v1-v2.md 1).
 * v1 has two names of its own: lastAppliedConfiguration for appliedValues, and reconciledVersion for operatorVersion with the
 * generation of the last success. Everything else has the same name in both, also what v1 never knew (chartVersion, readiness, appliedSpec).
 */

function operatorVersionFrom(reconciledVersion: unknown): JsonObject {
  const version = typeof reconciledVersion === 'string' ? /^(.+)-[^-]*$/.exec(reconciledVersion)?.[1] : undefined;
  return version === undefined ? {} : { operatorVersion: version };
}

function statusToV2(v1: JsonObject): JsonObject {
  const { lastAppliedConfiguration, reconciledVersion } = v1;
  return {
    ...operatorVersionFrom(reconciledVersion),
    ...omit(v1, ['lastAppliedConfiguration', 'reconciledVersion']),
    ...(isJsonObject(lastAppliedConfiguration) ? { appliedValues: lastAppliedConfiguration } : {}),
  };
}

function statusToV1(v2: JsonObject): JsonObject {
  const { operatorVersion, appliedValues } = v2;
  const generation = v2['reconciledGeneration'] ?? v2['observedGeneration'];
  const isReconciled = typeof operatorVersion === 'string' && typeof generation === 'number';
  return {
    ...omit(v2, isReconciled ? ['appliedValues', 'operatorVersion'] : ['appliedValues']),
    ...(isReconciled ? { reconciledVersion: `${operatorVersion}-${generation}` } : {}),
    ...(isJsonObject(appliedValues) ? { lastAppliedConfiguration: appliedValues } : {}),
  };
}

/** The lossless conversion of statuses. */
export const STATUS = lossless({ toV2: statusToV2, toV1: statusToV1, notesInV2: ['v1Differences'], notesInV1: ['v2Differences'], fieldsOf: noField });
