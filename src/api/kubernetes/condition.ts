import * as z from 'zod';
import { field, integer, looseObject, text } from '../schema/fields.ts';

/** A condition as it stands in a status (Kubernetes API conventions). Loose: old operators left reason and message out. */
export const conditionSchema = looseObject({
  type: z.string().meta({ description: 'What the condition is about.' }),
  status: z.enum(['True', 'False', 'Unknown']).meta({ description: 'True, False or Unknown.' }),
  reason: text('One word for the last change.'),
  message: text('What happened, and the way out when something is wrong.'),
  lastTransitionTime: text('When the status last changed.'),
  observedGeneration: integer('Generation that this is about.'),
}).meta({ description: 'One observed fact.' });

/** `conditions` of a status: one entry per type, also for server-side apply. */
export function conditions(description: string): z.ZodOptional<z.ZodArray<typeof conditionSchema>> {
  return field(description, z.array(conditionSchema), { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] });
}
