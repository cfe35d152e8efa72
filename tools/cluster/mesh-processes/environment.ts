import type { Container, Pod, ValueSource } from '../pod.ts';
import { quantity } from './quantity.ts';

/** Texts of ConfigMaps and Secrets by name; undefined for one that is not there. */
export interface Texts {
  configMap(name: string): Readonly<Record<string, string>> | undefined;
  secret(name: string): Readonly<Record<string, string>> | undefined;
}

/** The pod's place on this machine. */
export interface Place {
  readonly podIP: string;
  readonly hostIP: string;
  /** What the machine has: a limit that is not set means this. */
  readonly capacity: { readonly cpu: number; readonly memory: number };
}

function fieldsOf({ metadata, spec }: Pod, { podIP, hostIP }: Place): Readonly<Record<string, string>> {
  return {
    'metadata.name': metadata.name, 'metadata.namespace': metadata.namespace ?? '', 'metadata.uid': metadata.uid,
    'metadata.labels': downwardLines(metadata.labels), 'metadata.annotations': downwardLines(metadata.annotations),
    'spec.nodeName': spec.nodeName ?? '', 'spec.serviceAccountName': spec.serviceAccountName ?? 'default',
    'status.podIP': podIP, 'status.podIPs': podIP, 'status.hostIP': hostIP, 'status.hostIPs': hostIP,
  };
}

/** The lines that a downward-API file holds for labels or annotations. Source: Kubernetes, fieldpath.FormatMap. */
export function downwardLines(map: Readonly<Record<string, string>> = {}): string {
  return Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}=${JSON.stringify(value)}`).join('\n');
}

/** A field of the pod for its containers (Kubernetes doc: Downward API). @throws for a path that is none */
export function fieldText(pod: Pod, place: Place, path: string): string {
  const key = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (key !== null) return (key[1] === 'labels' ? pod.metadata.labels : pod.metadata.annotations)?.[key[2] ?? ''] ?? '';
  const text = fieldsOf(pod, place)[path];
  if (text === undefined) throw new Error(`field ${path} is not one of a pod that containers may ask for`);
  return text;
}

/** A limit or request of a container, in units of the divisor, rounded up. A limit that is not set is what the machine has. */
export function resourceText(container: Container, place: Place, { resource, divisor = '1' }: NonNullable<ValueSource['resourceFieldRef']>): string {
  const [list = '', name = ''] = resource.split('.');
  const own = container.resources?.[list === 'limits' ? 'limits' : 'requests']?.[name];
  const fallback = list === 'limits' ? place.capacity[name === 'cpu' ? 'cpu' : 'memory'] : 0;
  return String(Math.ceil((own === undefined ? fallback : quantity(own)) / (divisor === '0' ? 1 : quantity(divisor))));
}

/** `$(NAME)` becomes the variable if there is one, `$$` a dollar. Source: Kubernetes, third_party/forked/golang/expansion. */
export function expand(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\$|\$\(([^)]*)\)/g, (whole, name?: string) => (name === undefined ? '$' : variables[name] ?? whole));
}

function fromSource(source: ValueSource, container: Container, pod: Pod, { texts, place }: Sources): string | undefined {
  if (source.fieldRef !== undefined) return fieldText(pod, place, source.fieldRef.fieldPath);
  if (source.resourceFieldRef !== undefined) return resourceText(container, place, source.resourceFieldRef);
  const { configMapKeyRef, secretKeyRef } = source;
  if (configMapKeyRef !== undefined) return texts.configMap(configMapKeyRef.name ?? '')?.[configMapKeyRef.key ?? ''];
  return texts.secret(secretKeyRef?.name ?? '')?.[secretKeyRef?.key ?? ''];
}

function fromWhole(container: Container, texts: Texts): Record<string, string> {
  const all = (container.envFrom ?? []).map(({ prefix = '', configMapRef, secretRef }) => {
    const found = configMapRef === undefined ? texts.secret(secretRef?.name ?? '') : texts.configMap(configMapRef.name ?? '');
    return Object.entries(found ?? {}).map(([key, value]): [string, string] => [`${prefix}${key}`, value]);
  });
  return Object.fromEntries(all.flat());
}

export interface Sources {
  readonly texts: Texts;
  readonly place: Place;
}

/** The environment of a container, as a kubelet makes it: `envFrom`, then `env` in its order. Variables of the image are not in it. */
export function environmentOf(container: Container, pod: Pod, sources: Sources): Record<string, string> {
  const variables = fromWhole(container, sources.texts);
  for (const { name = '', value, valueFrom } of container.env ?? []) {
    const text = valueFrom === undefined ? expand(value ?? '', variables) : fromSource(valueFrom, container, pod, sources);
    if (text !== undefined) variables[name] = text;
  }
  return variables;
}
