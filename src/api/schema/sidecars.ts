import { integer } from './fields.ts';

/** Pods that should be made anew; a part of several statuses. */
export const sidecarCounts = {
  outdated: integer('Pods with a sidecar of another version or with other settings.'),
  missing: integer('Pods that should have a sidecar and have none.'),
};
