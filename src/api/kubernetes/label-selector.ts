import * as z from 'zod';
import { field, list, looseObject, text, textMap, texts } from '../schema/fields.ts';

/** metav1.LabelSelector. All parts are AND-ed; an empty selector matches everything (Kubernetes doc "Labels and Selectors"). */
export const labelSelectorSchema = looseObject({
  matchLabels: textMap('Labels that must be there with exactly these values.'),
  matchExpressions: list('Requirements on labels; all must hold.', looseObject({
    key: z.string().meta({ description: 'The label.' }),
    operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']).meta({ description: 'How the label is compared with the values.' }),
    values: texts('Values for In and NotIn; must be absent for Exists and DoesNotExist.'),
  }).meta({ description: 'One requirement on a label.' })),
}).meta({ description: 'A label selector. All its parts must hold; an empty one matches everything.', 'x-kubernetes-map-type': 'atomic' });

/** A list of label selectors that are OR-ed. */
export function labelSelectors(description: string): z.ZodOptional<z.ZodArray<typeof labelSelectorSchema>> {
  return list(description, labelSelectorSchema);
}

/** Labels and annotations to be put on an object. */
export function metadataConfig(description: string): z.ZodOptional<typeof metadataConfigSchema> {
  return field(description, metadataConfigSchema);
}

const metadataConfigSchema = looseObject({
  labels: textMap('Labels to add.'),
  annotations: textMap('Annotations to add.'),
});

/** A reference to an object of the same namespace by name. */
export const localReference = looseObject({ name: text('Name of the object.') }).meta({ description: 'A reference by name.' });
