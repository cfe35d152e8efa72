import * as z from 'zod';
import { flag, map, section } from '../schema/fields.ts';

/** Log levels of Istio components (spec/api-smcp.md 3). */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'warning', 'error', 'critical', 'off', 'none', 'fatal'] as const;

/** `spec.general`. */
export const general = section('Settings of the control plane as a whole.', {
  logging: section('Logs of the control plane.', {
    componentLevels: map('Level per component, for example default: warn.', z.enum(LOG_LEVELS)),
    logAsJSON: flag('Write JSON lines.'),
  }),
  validationMessages: flag('Write what istiod finds into the status of Istio resources.'),
});
