import { convertControlPlane } from '../../../src/domain/conversion/control-plane.ts';
import type { ControlPlaneRules } from '../../../src/webhooks/smcp.ts';

export const CONTROL_PLANE_RULES: ControlPlaneRules = {
  convert: convertControlPlane,
  review: () => ({ problems: [], warnings: [] }),
};
