import { cniController } from '../controllers/cni/index.ts';
import { clusterResourcesController } from '../controllers/cluster-resources/index.ts';
import { controlPlaneController } from '../controllers/control-plane/index.ts';
import { iorController } from '../controllers/ior/index.ts';
import { iorStatusController } from '../controllers/ior-status/index.ts';
import { memberController } from '../controllers/member/index.ts';
import { memberRollController } from '../controllers/member-roll/index.ts';
import { neighboursController } from '../controllers/neighbours/index.ts';
import { scopedApiController } from '../controllers/scoped-api/index.ts';
import { sidecarsController } from '../controllers/sidecars/index.ts';
import { steppingBack } from '../controllers/neighbours/step-back.ts';
import * as sources from '../controllers/sources.ts';
import { webhookConfigController } from '../controllers/webhook-config/index.ts';
import type { WebhookConfigFacts } from '../controllers/webhook-config/observe.ts';
import { planUnregistered } from '../domain/webhook-config/plan.ts';
import { compileCharts } from '../domain/control-plane/charts.ts';
import type { Isolation, OperatorFacts } from '../domain/control-plane/facts.ts';
import type { Source } from '../runtime/controller.ts';
import type { AnyController } from '../runtime/term.ts';
import { OPERATOR_VERSION } from './build-version.ts';
import { loadCharts } from './charts.ts';
import { COMPILED_TEMPLATES } from './compiled-charts.ts';
import type { OperatorConfig } from './config.ts';
import { istioDefinitions } from './istio-crds.ts';
import { relatedImages } from './related-images.ts';

function isSource(value: unknown): value is Source {
  return typeof value === 'object' && value !== null && 'id' in value && 'type' in value;
}

/** Every cache of the process. All are filled from the start, also those that controllers only read. */
export const ALL_SOURCES: readonly Source[] = Object.values(sources).filter(isSource);

/** Settings of the node plug-in for clusters whose nodes are arranged otherwise. The last name is the old operator's. */
function cniFacts(environment: Readonly<Record<string, string | undefined>>): NonNullable<OperatorFacts['cni']> {
  const { CNI_BIN_DIR: binaries, CNI_CONF_DIR: configuration, ISTIO_CNI_IMAGE_PULL_SECRET: pullSecret } = environment;
  return { ...(binaries === undefined ? {} : { binaries }), ...(configuration === undefined ? {} : { configuration }), ...(pullSecret === undefined ? {} : { pullSecret }) };
}

/** What is said about an installation besides its environment. */
export interface Installation {
  readonly operatorNamespace: string;
  /** Label of ingress namespaces, `key=value`. */
  readonly ingressLabel?: string | undefined;
  readonly isolation: Isolation;
}

/** What the mesh controllers know of the process. */
export function operatorFacts({ operatorNamespace, ingressLabel, isolation }: Installation, environment: Readonly<Record<string, string | undefined>>): OperatorFacts {
  const [key = '', value = ''] = ingressLabel?.split('=') ?? [];
  const said = ingressLabel === undefined ? {} : { exposeRoute: { namespaceSelector: { matchLabels: { [key]: value } } } };
  return { operatorVersion: OPERATOR_VERSION, operatorNamespace, isolation, images: relatedImages(environment), ...said, cni: cniFacts(environment) };
}

/** The controllers that decide about meshes: the same in `tmesh run` and, offline, in `tmesh render`. */
export function meshControllers(facts: OperatorFacts): readonly AnyController[] {
  return [
    controlPlaneController({ facts, charts: compileCharts(loadCharts(), COMPILED_TEMPLATES) }),
    memberRollController(facts),
    memberController(facts),
    iorController(),
    iorStatusController(),
    sidecarsController(facts),
  ];
}

/**
 * The mesh controllers, and those of what meshes share: all that `tmesh diff` compares. In: the authority of the scoped API, for who keeps it.
 */
export function planningControllers(facts: OperatorFacts, authority: () => string | undefined = () => undefined): readonly AnyController[] {
  const charts = compileCharts(loadCharts(), COMPILED_TEMPLATES);
  return [clusterResourcesController(istioDefinitions()), cniController({ facts, charts }), scopedApiController({ facts, charts, authority }), ...meshControllers(facts)];
}

/** All controllers of `tmesh run`. In: the configuration, what is to be registered, and the scoped API's authority. */
export function operatorControllers(config: OperatorConfig, webhooks: WebhookConfigFacts, authority: () => string | undefined): readonly AnyController[] {
  const working = planningControllers(operatorFacts({ ...config, ingressLabel: config.ingressNamespaceLabel }, process.env), authority);
  const registering = webhookConfigController(webhooks);
  const stepsBack = !config.takeover;
  return [
    ...(stepsBack ? [steppingBack(registering, { plan: planUnregistered }), ...working.map((controller) => steppingBack(controller))] : [registering, ...working]),
    neighboursController({ operatorNamespace: config.operatorNamespace, stepsBack }),
  ];
}
