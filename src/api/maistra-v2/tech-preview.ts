import { freeForm } from '../schema/fields.ts';

/** `spec.techPreview`. Also the place of v1 values that v2 has no field for (spec/conversion-v1-v2.md 5). */
export const techPreview = freeForm('Preview switches, and Helm values of v1 that have no field here, under their old path.');

/** Keys that are switches of their own; all other keys are Helm values (spec/api-smcp.md 3.1). */
export const PREVIEW_SWITCHES: readonly string[] = ['controlPlaneMode', 'gatewayAPI', 'errored'];
