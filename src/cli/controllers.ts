import { clusterResourcesController } from '../controllers/cluster-resources/index.ts';
import { iorController } from '../controllers/ior/index.ts';
import { memberController } from '../controllers/member/index.ts';
import { memberRollController } from '../controllers/member-roll/index.ts';
import * as sources from '../controllers/sources.ts';
import { webhookConfigController } from '../controllers/webhook-config/index.ts';
import type { WebhookConfigFacts } from '../controllers/webhook-config/observe.ts';
import { convertControlPlane } from '../domain/conversion/control-plane.ts';
import type { Source } from '../runtime/controller.ts';
import type { AnyController } from '../runtime/term.ts';
import type { ControlPlaneRules } from '../webhooks/smcp.ts';
import type { OperatorConfig } from './config.ts';
import { istioDefinitions } from './istio-crds.ts';

function isSource(value: unknown): value is Source {
  return typeof value === 'object' && value !== null && 'id' in value && 'type' in value;
}

/** Every cache of the process. All are filled from the start, also those that controllers only read. */
export const ALL_SOURCES: readonly Source[] = Object.values(sources).filter(isSource);

/** The mesh knowledge of the admission and conversion webhooks. */
export const CONTROL_PLANE_RULES: ControlPlaneRules = {
  convert: convertControlPlane,
  review: () => ({ problems: [], warnings: [] }),
};

/** What the controllers know of the process. */
export interface MeshFacts {
  readonly operatorNamespace?: string;
}

/** The controllers that decide about meshes: the same in `tmesh run` and, offline, in `tmesh render`. */
export function meshControllers(facts: MeshFacts): readonly AnyController[] {
  return [memberRollController(facts), memberController(facts), iorController()];
}

/** All controllers of `tmesh run`. */
export function operatorControllers(config: OperatorConfig, webhooks: WebhookConfigFacts): readonly AnyController[] {
  return [
    clusterResourcesController(istioDefinitions()),
    webhookConfigController(webhooks),
    ...meshControllers({ operatorNamespace: config.operatorNamespace }),
  ];
}
