import { CONTROL_PLANE, NAMESPACE } from '../api/kinds.ts';
import { LABEL_MEMBER_OF } from '../api/names.ts';
import type { KubeObject } from '../k8s/object.ts';
import type { Cache } from '../runtime/cache.ts';
import type { Source } from '../runtime/controller.ts';
import type { MeshView } from './classify.ts';

/** What the proxy itself keeps: names and labels of namespaces, names of control planes. Nothing of tenants. */
export const VIEW_NAMESPACES: Source = {
  id: 'view-namespaces', type: NAMESPACE, metadataOnly: true, slim: labelsOnly,
  indexes: { member: ({ metadata }) => [metadata.labels?.[LABEL_MEMBER_OF] ?? ''] },
};
export const VIEW_CONTROL_PLANES: Source = { id: 'view-control-planes', type: CONTROL_PLANE, metadataOnly: true, slim: labelsOnly };

function labelsOnly(object: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, labels } = object.metadata;
  return {
    apiVersion: object.apiVersion, kind: object.kind,
    metadata: {
      name, ...(namespace === undefined ? {} : { namespace }), ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }), ...(labels === undefined ? {} : { labels }),
    },
  };
}

/** The account of a control plane's istiod; `values/input.ts` gives it this name. */
const istiodAccount = (controlPlane: string): string => `istiod-${controlPlane}`;

/** Which namespaces each mesh consists of, now. Read from the labels that the operator keeps (docs/adr/0008). */
export class MeshViews {
  readonly #cache: Cache;
  readonly #listeners = new Map<string, Set<() => void>>();

  constructor(cache: Cache) {
    this.#cache = cache;
    cache.onChange(VIEW_NAMESPACES, (before, after) => {
      const meshes = [before, after].map((namespace) => namespace?.metadata.labels?.[LABEL_MEMBER_OF]);
      // A namespace that only changed its other labels moves nobody.
      if (before === undefined || after === undefined || meshes[0] !== meshes[1]) for (const mesh of [...meshes, (after ?? before)?.metadata.name]) this.#tell(mesh);
    });
    cache.onChange(VIEW_CONTROL_PLANES, (before, after) => { this.#tell((after ?? before)?.metadata.namespace); });
  }

  /** The mesh whose control plane is in a namespace; undefined without one. */
  of(home: string): MeshView | undefined {
    if (this.#cache.list(VIEW_CONTROL_PLANES, home).length === 0 || this.#cache.get(VIEW_NAMESPACES, home) === undefined) return undefined;
    const members = this.#cache.indexed(VIEW_NAMESPACES, 'member', home).map(({ metadata }) => metadata.name);
    return { home, namespaces: new Set([home, ...members]) };
  }

  /** True for the account of the istiod of a control plane that exists, and for no other. */
  isIstiod(namespace: string, account: string): boolean {
    return this.#cache.list(VIEW_CONTROL_PLANES, namespace).some(({ metadata }) => istiodAccount(metadata.name) === account);
  }

  /** Calls back after a change of one mesh; returns the way to stop that. */
  onChange(home: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(home) ?? new Set();
    this.#listeners.set(home, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(home) === listeners) this.#listeners.delete(home);
    };
  }

  #tell(home: string | undefined): void {
    for (const listener of this.#listeners.get(home ?? '') ?? []) listener();
  }
}
