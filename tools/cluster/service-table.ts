import type { ApiClient } from './api-client.ts';
import { followCollection, type AnyObject } from './list-watch.ts';

interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly protocol?: string;
  readonly targetPort?: number | string;
}

export interface Service extends AnyObject {
  readonly spec: { readonly clusterIP?: string; readonly type?: string; readonly ports?: readonly ServicePort[] };
}

export interface EndpointSlice extends AnyObject {
  readonly ports?: readonly { readonly name?: string; readonly port?: number }[] | null;
  readonly endpoints?: readonly { readonly addresses: readonly string[]; readonly conditions?: { readonly ready?: boolean } }[] | null;
}

export interface Backend {
  readonly address: string;
  readonly port: number;
}

/** True for a Service with an address of its own. */
export function hasAddress({ spec }: Service): boolean {
  return spec.clusterIP !== undefined && spec.clusterIP !== '' && spec.clusterIP !== 'None';
}

/** The ready endpoints of one port of a Service; `portName` is '' for a port without a name. */
export function backendsOf(slices: readonly EndpointSlice[], portName: string): readonly Backend[] {
  return slices.flatMap(({ ports, endpoints }) => {
    const port = (ports ?? []).find(({ name = '' }) => name === portName)?.port;
    const ready = (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false);
    return port === undefined ? [] : ready.flatMap(({ addresses }) => addresses.map((address) => ({ address, port })));
  });
}

/** Objects of one kind by `namespace/name`, kept up to date. */
class Mirror<T extends AnyObject> {
  readonly all = new Map<string, T>();
  readonly followed: Promise<void>;

  constructor(client: ApiClient, path: string, signal: AbortSignal, onChange: () => void) {
    const key = ({ metadata }: T): string => `${metadata.namespace}/${metadata.name}`;
    this.followed = followCollection<T>(client, path, {
      onList: (objects) => {
        this.all.clear();
        for (const object of objects) this.all.set(key(object), object);
        onChange();
      },
      onChange: (object, isGone) => {
        if (isGone) this.all.delete(key(object));
        else this.all.set(key(object), object);
        onChange();
      },
    }, signal);
  }
}

/** All Services and where they lead, for those who play kube-proxy, DNS and router. */
export class ServiceTable {
  readonly #stopped = new AbortController();
  readonly #listeners: (() => void)[] = [];
  readonly #services: Mirror<Service>;
  readonly #slices: Mirror<EndpointSlice>;

  constructor(client: ApiClient) {
    const changed = (): void => { for (const listener of this.#listeners) listener(); };
    this.#services = new Mirror(client, '/api/v1/services', this.#stopped.signal, changed);
    this.#slices = new Mirror(client, '/apis/discovery.k8s.io/v1/endpointslices', this.#stopped.signal, changed);
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  services(): readonly Service[] {
    return [...this.#services.all.values()];
  }

  service(namespace: string, name: string): Service | undefined {
    return this.#services.all.get(`${namespace}/${name}`);
  }

  backends({ metadata }: Service, portName = ''): readonly Backend[] {
    const own = [...this.#slices.all.values()].filter((slice) =>
      slice.metadata.namespace === metadata.namespace && slice.metadata.labels?.['kubernetes.io/service-name'] === metadata.name);
    return backendsOf(own, portName);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all([this.#services.followed, this.#slices.followed]);
  }
}
