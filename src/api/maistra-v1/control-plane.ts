import * as z from 'zod';
import { conditions } from '../kubernetes/condition.ts';
import { freeForm, integer, list, looseObject, text, textMap, type Immutable } from '../schema/fields.ts';
import { v1Shape } from './istio-values.ts';

/** `spec` of a v1 ServiceMeshControlPlane (spec/api-smcp.md 2). Stored as v2; read and written through conversion. */
export const controlPlaneSpecV1Schema = looseObject(v1Shape).meta({ description: 'What the mesh should be, in Helm values. Everything is optional.' });

/** `status` of a v1 ServiceMeshControlPlane (spec/api-smcp.md 2). */
export const controlPlaneStatusV1Schema = looseObject({
  annotations: textMap('readyComponentCount (ready/total) and alwaysReadyComponents.'),
  conditions: conditions('Installed, Reconciled and Ready; Reconciling, Stalled and EndOfSupport while they are true.'),
  observedGeneration: integer('Generation that is done: carried out, or refused until somebody acts.'),
  reconciledGeneration: integer('Generation that the last successful pass carried out.'),
  reconciledVersion: text('Operator version and generation of the last successful pass.'),
  components: list('State of each component.', z.record(z.string(), z.unknown())),
  lastAppliedConfiguration: freeForm('What applies: template, version and istio.'),
});

/** The parsed spec. */
export type ControlPlaneSpecV1 = Immutable<z.infer<typeof controlPlaneSpecV1Schema>>;
