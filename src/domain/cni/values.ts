import { CLUSTER_ROLE_CNI, CNI_DAEMON_SET, CNI_NAME, LABEL_APP_NAME, LABEL_COMPONENT, LABEL_MANAGED_BY, LABEL_PART_OF, LABEL_VERSION, MANAGED_BY, PART_OF } from '../../api/names.ts';
import { fingerprint } from '../../lib/hash.ts';
import { istioOverride } from '../images.ts';
import type { ChosenVersion } from '../versions.ts';
import { cniProvider } from './choice.ts';
import type { CniObserved } from './observed.ts';

/** Where the node keeps its network plug-ins and their configuration. */
export interface CniFolders {
  readonly binaries: string;
  readonly configuration: string;
}

/** What the templates of charts/base/istio-cni may say. */
export interface CniValues {
  readonly name: string;
  readonly daemonSet: string;
  readonly namespace: string;
  readonly clusterRole: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly pullSecrets: readonly { readonly name: string }[];
  readonly image: string;
  readonly config: Readonly<Record<string, string>>;
  readonly configHash: string;
  readonly folders: CniFolders;
  readonly multus: boolean;
  /** SELinux type of the agent; false: the runtime's. */
  readonly seLinux: { readonly type: string } | false;
}

const OPENSHIFT_FOLDERS: CniFolders = { binaries: '/var/lib/cni/bin', configuration: '/etc/cni/multus/net.d' };
const PLAIN_FOLDERS: CniFolders = { binaries: '/opt/cni/bin', configuration: '/etc/cni/net.d' };

/** The agent's settings. It repairs pods that started before the plug-in was there, which needs no right to write pods. No ambient mode. */
function configOf(version: string, multus: boolean): Readonly<Record<string, string>> {
  return {
    CURRENT_AGENT_VERSION: version,
    AMBIENT_ENABLED: 'false',
    ISTIO_OWNED_CNI_CONFIG: 'false',
    CHAINED_CNI_PLUGIN: String(!multus),
    ...(multus ? { CNI_CONF_NAME: 'istio-cni.conf' } : {}),
    EXCLUDE_NAMESPACES: 'kube-system',
    REPAIR_ENABLED: 'true',
    REPAIR_REPAIR_PODS: 'true',
    REPAIR_LABEL_PODS: 'false',
    REPAIR_DELETE_PODS: 'false',
    REPAIR_INIT_CONTAINER_NAME: 'istio-validation',
    NATIVE_NFTABLES: 'false',
  };
}

/** Values of the node plug-in. Folders of the installation win over those of the platform. Source: Istio's chart istio-cni with its profile openshift. */
export function cniValues({ facts }: CniObserved, { patch, row }: ChosenVersion): CniValues {
  const multus = cniProvider(facts) === 'multus';
  const config = configOf(patch, multus);
  const platform = multus ? OPENSHIFT_FOLDERS : PLAIN_FOLDERS;
  return {
    name: CNI_NAME, daemonSet: CNI_DAEMON_SET, namespace: facts.operatorNamespace, clusterRole: CLUSTER_ROLE_CNI,
    labels: {
      [LABEL_APP_NAME]: CNI_NAME, [LABEL_COMPONENT]: CNI_NAME, [LABEL_VERSION]: patch, [LABEL_PART_OF]: PART_OF, [LABEL_MANAGED_BY]: MANAGED_BY,
    },
    pullSecrets: facts.cni?.pullSecret === undefined ? [] : [{ name: facts.cni.pullSecret }],
    image: istioOverride(facts.images, row.images.cni, patch) ?? `${row.hub}/${row.images.cni}:${patch}`,
    config, configHash: fingerprint(config),
    folders: { binaries: facts.cni?.binaries ?? platform.binaries, configuration: facts.cni?.configuration ?? platform.configuration },
    multus, seLinux: facts.servesRoutes ? { type: 'spc_t' } : false,
  };
}
