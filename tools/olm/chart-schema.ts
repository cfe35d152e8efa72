import { relatedImages } from './images.ts';

/* What the chart's settings may be. Helm looks at values.schema.json in every command and names the setting that does not fit. */

const IMAGE = { type: 'string', pattern: '^[^\\s/@:][^\\s]*$' };
const QUANTITIES = { type: 'object', additionalProperties: { type: ['string', 'number'] } };

const ENV = {
  type: 'object', required: ['name'], additionalProperties: false,
  properties: { name: { type: 'string', pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }, value: { type: 'string' }, valueFrom: { type: 'object' } },
};

/** A JSON Schema of values.yaml. `global` is what Helm hands to every chart below another one. */
export function chartSchema(): object {
  const images = Object.fromEntries(relatedImages().map(({ name }) => [name, IMAGE]));
  return {
    $schema: 'http://json-schema.org/draft-07/schema#', title: 'Settings of the chart', type: 'object', additionalProperties: false, required: ['image', 'replicas', 'resources', 'relatedImages'],
    properties: {
      image: { ...IMAGE, description: 'The operator: REGISTRY/tenant-mesh-operator:VERSION, or with a digest.' },
      replicas: { type: 'integer', minimum: 0, description: 'One leads, the others wait.' },
      resources: { type: 'object', additionalProperties: false, properties: { requests: QUANTITIES, limits: QUANTITIES, claims: { type: 'array' } } },
      env: { type: ['array', 'null'], items: ENV, description: 'Further variables of the container, as [{name, value}].' },
      relatedImages: { type: 'object', additionalProperties: false, required: Object.keys(images), properties: images, description: 'What the operator runs.' },
      global: { type: 'object' },
    },
  };
}
