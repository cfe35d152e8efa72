import { COMPONENT_NAMES } from '../../api/maistra-v2/runtime.ts';
import { countOrText, numeric, plain, secretNames, textMap, truth } from './codec.ts';
import { dotted, ISTIO, row, rows, type Base, type Row } from './row.ts';
import { pointerOf, same } from './tree.ts';

/* spec/conversion-v1-v2.md 3: how pods run. */

/** A container: image, pull settings, resources, environment. */
export function containerRows(base: Base): Row[] {
  return rows(base, [
    ['imageName', 'image'],
    ['imageRegistry', 'hub'],
    ['imageTag', 'tag'],
    ['imagePullPolicy', 'imagePullPolicy'],
    ['imagePullSecrets', 'imagePullSecrets', secretNames],
    ['resources', 'resources'],
    ['env', 'env', textMap],
  ]);
}

/** A component: deployment, pod, container. In: the base of its ComponentRuntime and of its Helm values. */
export function componentRows(base: Base): Row[] {
  return [
    ...rows(base, [
      ['deployment.replicas', 'replicaCount', numeric],
      ['deployment.strategy.rollingUpdate.maxSurge', 'rollingMaxSurge', countOrText],
      ['deployment.strategy.rollingUpdate.maxUnavailable', 'rollingMaxUnavailable', countOrText],
      ['deployment.autoScaling.enabled', 'autoscaleEnabled', truth],
      ['deployment.autoScaling.minReplicas', 'autoscaleMin', numeric],
      ['deployment.autoScaling.maxReplicas', 'autoscaleMax', numeric],
      ['deployment.autoScaling.targetCPUUtilizationPercentage', 'cpu.targetAverageUtilization', numeric],
      ['pod.metadata.annotations', 'podAnnotations', textMap],
      ['pod.metadata.labels', 'podLabels', textMap],
      ['pod.nodeSelector', 'nodeSelector', textMap],
      ['pod.tolerations', 'tolerations'],
      ['pod.priorityClassName', 'priorityClassName'],
      ['pod.affinity.podAntiAffinity.requiredDuringScheduling', 'podAntiAffinityLabelSelector'],
      ['pod.affinity.podAntiAffinity.preferredDuringScheduling', 'podAntiAffinityTermLabelSelector'],
    ]),
    ...containerRows({ field: [...base.field, 'container'], path: base.path }),
  ];
}

const DEFAULTS: readonly Row[] = rows({ field: ['runtime', 'defaults'], path: ['istio', 'global'] }, [
  ['deployment.podDisruption.enabled', 'defaultPodDisruptionBudget.enabled', truth],
  ['deployment.podDisruption.minAvailable', 'defaultPodDisruptionBudget.minAvailable', countOrText],
  ['deployment.podDisruption.maxUnavailable', 'defaultPodDisruptionBudget.maxUnavailable', countOrText],
  ['pod.nodeSelector', 'defaultNodeSelector', textMap],
  ['pod.tolerations', 'defaultTolerations'],
  ['pod.priorityClassName', 'priorityClassName'],
  ['container.imageRegistry', 'hub'],
  ['container.imageTag', 'tag'],
  ['container.imagePullPolicy', 'imagePullPolicy'],
  ['container.imagePullSecrets', 'imagePullSecrets', secretNames],
  ['container.resources', 'defaultResources'],
]);

// The images of Jaeger's parts have names of their own.
const JAEGER_IMAGES: readonly Row[] = ['agent', 'allInOne', 'collector', 'query'].map((part) => row(
  { field: ['runtime', 'components', `tracing.jaeger.${part}`, 'container', 'imageName'], path: ['istio', 'tracing', 'jaeger'] },
  '', `${part}Image`, plain,
));

const JAEGER_ANNOTATIONS = row(
  { field: ['runtime', 'components', 'tracing.jaeger'], path: ISTIO.path }, 'pod.metadata.annotations', ['tracing.jaeger.podAnnotations', 'tracing.jaeger.annotations'], textMap,
);

function componentPath(name: string): readonly string[] {
  return name === '3scale' ? ['threeScale'] : ['istio', ...dotted(name)];
}

// grafana.env belongs to addons.grafana.install.config.env.
const GRAFANA_ENV = ['runtime', 'components', 'grafana', 'container', 'env'];

function firstOfEachField(table: readonly Row[]): Row[] {
  return [...new Map(table.toReversed().map((row) => [pointerOf(row.field), row])).values()].toReversed();
}

/** Runtime comes last: it takes what no other table has taken. */
export const RUNTIME_ROWS: readonly Row[] = firstOfEachField([
  ...DEFAULTS, ...JAEGER_IMAGES, JAEGER_ANNOTATIONS,
  ...COMPONENT_NAMES.flatMap((name) => componentRows({ field: ['runtime', 'components', name], path: componentPath(name) })),
]).filter(({ field }) => !same([...field], GRAFANA_ENV));
