import { choice, field, flag, freeForm, integer, list, looseObject, map, section, text, textMap, texts } from '../schema/fields.ts';
import { integerOrText, quantityValue } from '../schema/scalars.ts';
import { localReference, metadataConfig } from '../kubernetes/label-selector.ts';
import type * as z from 'zod';

/* spec.runtime: how pods of the control plane run (spec/api-smcp.md 3, "runtime"). */

/** corev1.ResourceRequirements. */
export const resourcesSchema = looseObject({
  requests: map('What the container is guaranteed.', quantityValue),
  limits: map('What the container may not exceed.', quantityValue),
});

/** Requests and limits of a container. */
export function resources(description: string): z.ZodOptional<typeof resourcesSchema> {
  return field(description, resourcesSchema);
}

const pullPolicy = (): z.ZodOptional<z.ZodEnum<{ Always: 'Always'; IfNotPresent: 'IfNotPresent'; Never: 'Never' }>> =>
  choice('When the image is pulled.', ['Always', 'IfNotPresent', 'Never']);

const commonContainer = {
  imageRegistry: text('Registry and path of the image, for example quay.io/istio. Setting it, or the tag, turns the images built into the operator off.'),
  imageTag: text('Tag of the image.'),
  imagePullPolicy: pullPolicy(),
  imagePullSecrets: list('Secrets with credentials for the registry.', localReference),
  resources: resources('Requests and limits of the container.'),
};

/** ContainerConfig: image, resources and environment of one container. */
export const containerSchema = looseObject({
  imageName: text('Name of the image inside the registry.'),
  ...commonContainer,
  env: textMap('Environment variables to add.'),
});

/** A ContainerConfig field. */
export function container(description: string): z.ZodOptional<typeof containerSchema> {
  return field(description, containerSchema);
}

const toleration = looseObject({
  key: text('Taint key; empty matches all keys.'),
  operator: choice('How key and value are compared.', ['Exists', 'Equal']),
  value: text('Taint value.'),
  effect: choice('Taint effect; empty matches all.', ['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
  tolerationSeconds: integer('Seconds a NoExecute taint is tolerated.'),
}).meta({ description: 'A taint that the pods tolerate.' });

const scheduling = {
  nodeSelector: textMap('Labels a node must have.'),
  tolerations: list('Taints that the pods tolerate.', toleration),
  priorityClassName: text('PriorityClass of the pods.'),
};

const podAntiAffinityTerm = looseObject({
  key: text('Pod label.'),
  operator: choice('How the label is compared with the values.', ['In', 'NotIn', 'Exists', 'DoesNotExist']),
  values: texts('Values for In and NotIn.'),
  topologyKey: text('Node label that defines "same place", for example kubernetes.io/hostname.'),
}).meta({ description: 'Pods to stay away from.' });

const affinity = section('Where the pods should run relative to others.', {
  podAntiAffinity: section('Pods to stay away from.', {
    requiredDuringScheduling: list('Terms that must hold.', podAntiAffinityTerm),
    preferredDuringScheduling: list('Terms that are tried first.', podAntiAffinityTerm),
  }),
  nodeAffinity: freeForm('corev1.NodeAffinity; only for the component kiali.'),
  podAffinity: freeForm('corev1.PodAffinity; only for the component kiali.'),
});

const deployment = {
  replicas: integer('Number of pods, unless a HorizontalPodAutoscaler sets it.', { min: 0 }),
  strategy: section('How pods are replaced.', {
    type: choice('Recreate or RollingUpdate.', ['Recreate', 'RollingUpdate']),
    rollingUpdate: section('Bounds of a rolling update.', {
      maxSurge: integerOrText('Pods above the wanted number, a number or a percentage.'),
      maxUnavailable: integerOrText('Pods that may be missing, a number or a percentage.'),
    }),
  }),
  autoScaling: section('HorizontalPodAutoscaler of the component.', {
    enabled: flag('Scale by CPU load.'),
    minReplicas: integer('Least number of pods.', { min: 0 }),
    maxReplicas: integer('Greatest number of pods.', { min: 0 }),
    targetCPUUtilizationPercentage: integer('Average CPU load aimed at, in percent of the request.', { min: 0 }),
  }),
};

/** ComponentRuntime: deployment, pod and container of one component. */
export const componentRuntimeSchema = looseObject({
  deployment: section('The Deployment.', deployment),
  pod: section('The pods.', { metadata: metadataConfig('Labels and annotations of the pods.'), ...scheduling, affinity }),
  container: container('The main container.'),
}).meta({ description: 'Runtime settings of one component.' });

/** A ComponentRuntime field. */
export function componentRuntime(description: string): z.ZodOptional<typeof componentRuntimeSchema> {
  return field(description, componentRuntimeSchema);
}

/** Names of `spec.runtime.components` that mean something; others are accepted (spec/api-smcp.md 3.1). Dots are part of the name. */
export const COMPONENT_NAMES = [
  'security', 'galley', 'pilot', 'mixer', 'mixer.policy', 'mixer.telemetry', 'global.oauthproxy', 'sidecarInjectorWebhook', 'tracing', 'tracing.jaeger',
  'tracing.jaeger.elasticsearch', 'tracing.jaeger.agent', 'tracing.jaeger.allInOne', 'tracing.jaeger.collector', 'tracing.jaeger.query',
  'prometheus', 'kiali', 'grafana', '3scale', 'wasmExtensions.cacher', 'rateLimiting.rls',
] as const;

/** `spec.runtime`. */
export const runtime = section('How the pods of the control plane run.', {
  components: map(`Settings per component. Known names: ${COMPONENT_NAMES.join(', ')}.`, componentRuntimeSchema),
  defaults: section('Settings for all components that do not set their own.', {
    deployment: section('Deployments.', {
      podDisruption: section('PodDisruptionBudgets.', {
        enabled: flag('Create a PodDisruptionBudget per component.'),
        minAvailable: integerOrText('Pods that must stay, a number or a percentage.'),
        maxUnavailable: integerOrText('Pods that may be missing, a number or a percentage.'),
      }),
    }),
    pod: section('Pods.', scheduling),
    container: section('Containers.', commonContainer),
  }),
});
