import type { Pod } from '../pod.ts';
import { hasAddress, type Service } from '../service-table.ts';

const CLUSTER_DOMAIN = 'cluster.local';

function namesOf({ metadata: { name, namespace } }: Service, from: string | undefined): readonly string[] {
  const long = `${name}.${namespace}`;
  return [`${long}.svc.${CLUSTER_DOMAIN}`, `${long}.svc`, long, ...(namespace === from ? [name] : [])];
}

/**
 * The text of a pod's /etc/hosts. It stands in for DNS: every Service under the names its search path would find, after the pod itself and
 * its `hostAliases`, which win.
 */
export function hostsText(pod: Pod, podIP: string, services: readonly Service[]): string {
  const aliases = (pod.spec.hostAliases ?? []).map(({ ip, hostnames = [] }) => ({ ip, names: hostnames }));
  const taken = new Set(aliases.flatMap(({ names }) => names));
  const own = [{ ip: '127.0.0.1', names: ['localhost'] }, { ip: podIP, names: [pod.spec.hostname ?? pod.metadata.name] }];
  const others = services.filter(hasAddress).map((service) => ({
    ip: service.spec.clusterIP ?? '', names: namesOf(service, pod.metadata.namespace).filter((name) => !taken.has(name)),
  }));
  return [...own, ...aliases, ...others].filter(({ names }) => names.length > 0).map(({ ip, names }) => `${ip} ${names.join(' ')}\n`).join('');
}
