import { DEPLOYMENT, GATEWAY, NAMESPACE, SERVICE } from '../../api/kinds.ts';
import { LABEL_COMPONENT, LABEL_MEMBER_OF, LABEL_OWNER, LABEL_OWNER_NAME, LABEL_VERSION } from '../../api/names.ts';
import { labelOf, type KubeObject } from '../../k8s/object.ts';
import { matchesLabels } from '../../k8s/selector.ts';
import { isJsonObject, valueAt } from '../../lib/json.ts';
import { sortedBy } from '../../lib/sort.ts';
import { objectsAt, textAt } from '../diagnostics/fields.ts';
import { ageText } from './table.ts';
import type { View } from './view.ts';

/** A gateway of a mesh as `tmesh get gateways` shows it. */
export interface GatewayRow {
  readonly namespace: string;
  readonly name: string;
  /** The control plane it belongs to, `namespace/name`. */
  readonly mesh: string;
  readonly kind: 'ingress' | 'egress';
  /** Pods, `ready/wanted`. */
  readonly ready: string;
  /** Type of the Service; '' without one. */
  readonly type: string;
  /** Where it is reached: of the load balancer, else of the cluster. */
  readonly address: string;
  /** As kubectl shows them: `80/TCP`, `80:30080/TCP`. */
  readonly ports: readonly string[];
  /** Istio Gateways that configure it, `namespace/name`. */
  readonly configuredBy: readonly string[];
  readonly version: string;
  readonly created: string;
}

/** What gateways are read from. */
export interface GatewayObjects {
  readonly deployments: readonly KubeObject[];
  readonly services: readonly KubeObject[];
  readonly gateways: readonly KubeObject[];
  /** Members of meshes, for which Gateways count; unknown: all do. */
  readonly members?: readonly KubeObject[];
}

const KINDS: Readonly<Record<string, GatewayRow['kind']>> = { 'istio-ingress': 'ingress', 'istio-egress': 'egress' };

type Labels = Readonly<Record<string, string>>;

function labelsAt(object: unknown, ...path: readonly string[]): Labels {
  const found = valueAt(object, ...path);
  return isJsonObject(found) ? Object.fromEntries(Object.entries(found).filter((entry): entry is [string, string] => typeof entry[1] === 'string')) : {};
}

const isEmpty = (labels: Labels): boolean => Object.keys(labels).length === 0;

function addressOf(service: KubeObject | undefined): string {
  const [balancer] = objectsAt(service, 'status', 'loadBalancer', 'ingress');
  return textAt(balancer, 'hostname') || textAt(balancer, 'ip') || (textAt(service, 'spec', 'type') === 'LoadBalancer' ? '<pending>' : textAt(service, 'spec', 'clusterIP'));
}

function portsOf(service: KubeObject | undefined): readonly string[] {
  return objectsAt(service, 'spec', 'ports').map((port) => {
    const node = textAt(port, 'nodePort');
    return `${textAt(port, 'port')}${node === '' ? '' : `:${node}`}/${textAt(port, 'protocol') || 'TCP'}`;
  });
}

/** Gateways whose selector meets the pods, of the mesh itself and of its members. */
function configuredBy(pods: Labels, mesh: string, { gateways, members }: GatewayObjects): readonly string[] {
  const isInMesh = (namespace: string): boolean => namespace === mesh || members === undefined || members.some((member) => member.metadata.name === namespace && labelOf(member, LABEL_MEMBER_OF) === mesh);
  return gateways
    .filter((gateway) => {
      const selector = labelsAt(gateway, 'spec', 'selector');
      return !isEmpty(selector) && isInMesh(gateway.metadata.namespace ?? '') && matchesLabels(selector, pods);
    })
    .map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`).toSorted();
}

/** A row for each gateway that a mesh installed. Pure. */
export function gatewayRows(objects: GatewayObjects): GatewayRow[] {
  return objects.deployments.flatMap((deployment) => {
    const kind = KINDS[labelOf(deployment, LABEL_COMPONENT) ?? ''];
    if (kind === undefined) return [];
    const { namespace = '', name, creationTimestamp = '' } = deployment.metadata;
    const mesh = labelOf(deployment, LABEL_OWNER) ?? namespace;
    const pods = labelsAt(deployment, 'spec', 'template', 'metadata', 'labels');
    const service = objects.services.find((found) => {
      const selector = labelsAt(found, 'spec', 'selector');
      return found.metadata.namespace === namespace && !isEmpty(selector) && matchesLabels(selector, pods);
    });
    return [{
      namespace, name, mesh: `${mesh}/${labelOf(deployment, LABEL_OWNER_NAME) ?? ''}`, kind,
      ready: `${textAt(deployment, 'status', 'readyReplicas') || '0'}/${textAt(deployment, 'spec', 'replicas') || '1'}`,
      type: textAt(service, 'spec', 'type'), address: addressOf(service), ports: portsOf(service),
      configuredBy: configuredBy(pods, mesh, objects), version: labelOf(deployment, LABEL_VERSION) ?? '', created: creationTimestamp,
    }];
  });
}

function isReady({ ready }: GatewayRow): boolean {
  const [up, wanted] = ready.split('/');
  return up === wanted;
}

/** Gateways that meshes installed. */
export const GATEWAYS: View<GatewayRow> = {
  columns: [
    { title: 'NAMESPACE', cell: ({ namespace }) => namespace },
    { title: 'NAME', cell: ({ name }) => name },
    { title: 'MESH', cell: ({ mesh }) => mesh },
    { title: 'KIND', cell: ({ kind }) => kind },
    { title: 'READY', cell: ({ ready }) => ready, tone: (row) => (isReady(row) ? 'good' : 'waiting') },
    { title: 'TYPE', cell: ({ type }) => type },
    { title: 'ADDRESS', cell: ({ address }) => address },
    { title: 'AGE', cell: ({ created }, now) => ageText(created, now) },
    { title: 'PORTS', cell: ({ ports }) => ports.join(','), isWide: true },
    { title: 'VERSION', cell: ({ version }) => version, isWide: true },
    { title: 'CONFIGURED BY', cell: (row) => row.configuredBy.join(','), isWide: true },
  ],
  read: async (reader, namespace) => {
    const ours = { namespace, labelSelector: LABEL_OWNER };
    const [deployments, services, gateways, members] = await Promise.all([
      reader.list(DEPLOYMENT, ours), reader.list(SERVICE, ours), reader.list(GATEWAY, { isOptional: true }), reader.list(NAMESPACE, { labelSelector: LABEL_MEMBER_OF, isOptional: true }),
    ]);
    return sortedBy(gatewayRows({ deployments, services, gateways, ...(members.length === 0 ? {} : { members }) }), (row) => `${row.namespace} ${row.name}`);
  },
};
