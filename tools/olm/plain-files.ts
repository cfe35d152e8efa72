import { parse } from 'yaml';
import type { Source } from '../../src/runtime/controller.ts';
import { crdFiles } from '../gen/crds.ts';
import { rbacObjects, workloadObjects } from '../gen/deploy.ts';
import { chartSchema } from './chart-schema.ts';
import { LICENSE, NAME, NAMESPACE, OPERATOR_VERSION } from './identity.ts';
import { operatorImage, OPERATOR_IMAGE_VARIABLE, relatedImages } from './images.ts';
import { packagedConfiguration } from './webhooks.ts';
import { yamlFile } from './yaml-file.ts';

/* For clusters without OLM: one YAML file, and a Helm chart of the same objects. */

const CHART = `deploy/chart`;

function definitions(): readonly object[] {
  return [...crdFiles().values()].map((text) => parse(text) as object);
}

/** Everything but the CRDs, in the order of installation. */
function objects(sources: readonly Source[]): readonly object[] {
  return [...rbacObjects(sources), ...workloadObjects(), packagedConfiguration()];
}

interface Named { readonly kind: string; readonly metadata: { readonly name: string } }

/** The settings of values.yaml in place of what plain YAML says, in the Deployment. */
function withSettings(text: string): string {
  const images = relatedImages().reduce((now, { name, variable }) =>
    now.replace(new RegExp(`^( *- name: ${variable}\\n *value: ).*$`, 'm'), `$1{{ index .Values.relatedImages ${JSON.stringify(name)} | quote }}`), text);
  return images
    .replace(new RegExp(`^( *- name: ${OPERATOR_IMAGE_VARIABLE}\n *value: ).*$`, 'm'), '$1{{ .Values.image | quote }}')
    .replace(/^( *image: ).*$/m, '$1{{ .Values.image | quote }}')
    .replace(/^( *replicas: ).*$/m, '$1{{ .Values.replicas }}')
    .replace(/^( *)resources:\n(?:\1 .*\n)+/m, (_, indent: string) => `${indent}resources:\n${indent}  {{- toYaml .Values.resources | nindent ${indent.length + 2} }}\n`)
    .replace(/^( *)ports:$/m, (_, indent: string) => `${indent}  {{- with .Values.env }}\n${indent}  {{- toYaml . | nindent ${indent.length + 2} }}\n${indent}  {{- end }}\n${indent}ports:`);
}

/** The namespace of a release in place of ours. */
function templateOf(object: Named): string {
  const text = yamlFile(`Part of the chart of ${NAME}.`, object).replaceAll(new RegExp(`^( *(?:- )?namespace: )${NAMESPACE}$`, 'gm'), '$1{{ .Release.Namespace }}');
  return object.kind === 'Deployment' ? withSettings(text) : text;
}

function values(): string {
  const images = Object.fromEntries(relatedImages().map(({ name, reference }) => [name, reference]));
  return yamlFile('Settings of the chart. `image` is the operator; `relatedImages` is what it runs; `env` are further variables, such as HTTPS_PROXY.', {
    image: operatorImage(OPERATOR_VERSION), replicas: 1, resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } }, env: [], relatedImages: images,
  });
}

/** Helm makes the namespace itself (`--create-namespace`). */
function templates(sources: readonly Source[]): [string, string][] {
  return (objects(sources) as readonly Named[]).filter(({ kind }) => kind !== 'Namespace').map((object) => [`${CHART}/templates/${object.kind.toLowerCase()}-${object.metadata.name}.yaml`, templateOf(object)]);
}

/** File → text of install.yaml and of the chart. In: every cache of the process. */
export function plainFiles(sources: readonly Source[]): ReadonlyMap<string, string> {
  const [namespace, ...others] = objects(sources);
  return new Map([
    ['deploy/install.yaml', yamlFile('Everything, for clusters without OLM: kubectl apply --server-side -f deploy/install.yaml', ...(namespace === undefined ? [] : [namespace]), ...definitions(), ...others)],
    [`${CHART}/Chart.yaml`, yamlFile('The chart of the operator.', {
      apiVersion: 'v2', name: NAME, version: OPERATOR_VERSION, appVersion: OPERATOR_VERSION, type: 'application', kubeVersion: '>=1.30.0-0',
      description: 'Many isolated service meshes on one cluster: OpenShift Service Mesh YAML on unmodified upstream Istio.', annotations: { 'artifacthub.io/license': LICENSE },
    })],
    [`${CHART}/values.yaml`, values()],
    [`${CHART}/values.schema.json`, `${JSON.stringify(chartSchema(), undefined, 2)}\n`],
    ...[...crdFiles()].map(([name, text]): [string, string] => [`${CHART}/crds/${name}`, text]),
    ...templates(sources),
  ]);
}
