import { choice, integer, section } from '../schema/fields.ts';

/** `spec.tracing`. */
export const tracing = section('Distributed tracing.', {
  type: choice('Where spans go. Default: Jaeger.', ['None', 'Jaeger', 'Stackdriver']),
  sampling: integer('Share of requests that are traced, in hundredths of a percent: 10000 is every request, 1 is one in ten thousand.', { min: 0, max: 10_000 }),
});
