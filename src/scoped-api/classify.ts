import { HOME_ONLY, NAMESPACED_CALLS, SCOPED_KINDS, WRITTEN_AT_HOME, type ObjectVerb, type ScopedKind } from '../api/istiod-calls.ts';
import { listQueryOf, type ListQuery } from './list-query.ts';
import { expired, forbidden, invalid, type Refusal } from './refusal.ts';
import { resourcePathOf, segmentsOf, type ResourcePath } from './request-path.ts';

/** What a caller may see: his control plane's namespace and its members. */
export interface MeshView {
  /** Namespace of the control plane. */
  readonly home: string;
  /** All namespaces of the mesh, home included. */
  readonly namespaces: ReadonlySet<string>;
}

/** One request, as it came over the wire. */
export interface Asked {
  readonly method: string;
  /** Path and query, raw. */
  readonly url: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** What to do with a request. `forward` goes upstream with the caller's own token, `whole` with our account. */
export type Decision =
  | { readonly do: 'filter' | 'gather' | 'empty'; readonly kind: ScopedKind; readonly query: ListQuery }
  | { readonly do: 'whole' | 'forward'; readonly url: string }
  | { readonly do: 'token-review' | 'access-review' }
  | { readonly do: 'refuse'; readonly refusal: Refusal };

const refuse = (message: string): Decision => ({ do: 'refuse', refusal: forbidden(message) });

const SCOPED: ReadonlyMap<string, ScopedKind> = new Map(SCOPED_KINDS.map((kind) => [`${kind.type.group}/${kind.type.version}/${kind.type.plural}`, kind]));
const VERBS: Readonly<Record<string, ObjectVerb>> = { GET: 'get', POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };
/** `/version`, and which groups and kinds there are: known to every account of a cluster. */
const DISCOVERY = /^\/(?:version|api|apis|api\/v1|apis\/[a-z0-9.]+(?:\/v[a-z0-9]+)?)$/;
/** Each changes who asks, or what the connection is. */
const ODD_HEADER = /^(?:impersonate-|upgrade$|x-remote-)/;

function scopedCall(method: string, kind: ScopedKind, parameters: URLSearchParams): Decision {
  if (method !== 'GET') return refuse(`${method} on all ${kind.type.plural} of the cluster`);
  const query = listQueryOf(parameters);
  if ('fault' in query) return refuse(query.fault);
  if (query.wantsInitialEvents) return { do: 'refuse', refusal: invalid('sendInitialEvents is not served here; list, then watch') };
  if (query.isContinued) return { do: 'refuse', refusal: expired('lists are not cut into pages here; list anew') };
  return { do: kind.scope === 'names' || kind.scope === 'whole' ? 'filter' : kind.scope, kind, query };
}

function placeFault({ namespace = '', plural, subresource }: ResourcePath, key: string, view: MeshView): string | undefined {
  if (subresource !== undefined) return `subresource ${subresource} of ${plural}`;
  if (!view.namespaces.has(namespace)) return `namespace ${namespace} is not in the mesh of ${view.home}`;
  if (HOME_ONLY.has(key) && namespace !== view.home) return `${plural} outside of ${view.home}`;
  return undefined;
}

function namespacedCall(method: string, path: ResourcePath, view: MeshView): string | undefined {
  const key = `${path.group}/${path.plural}`;
  const verbs = NAMESPACED_CALLS.get(key);
  if (verbs === undefined) return `${path.plural} are not among the kinds that istiod reads`;
  const fault = placeFault(path, key, view);
  if (fault !== undefined) return fault;
  const verb = VERBS[method];
  if (verb === undefined || !verbs.includes(verb)) return `${method} on ${path.plural}`;
  if (verb !== 'get' && WRITTEN_AT_HOME.has(key) && path.namespace !== view.home) return `${method} on ${path.plural} outside of ${view.home}`;
  const isOnCollection = path.name === undefined;
  const needsCollection = verb === 'create';
  if (isOnCollection !== needsCollection && verb !== 'get') return `${method} on ${isOnCollection ? 'all' : 'a single one of'} the ${path.plural} of a namespace`;
  return undefined;
}

function reviewCall(method: string, { group, version, plural, name, namespace }: ResourcePath): Decision | undefined {
  if (version !== 'v1' || name !== undefined || namespace !== undefined || method !== 'POST') return undefined;
  if (group === 'authentication.k8s.io' && plural === 'tokenreviews') return { do: 'token-review' };
  if (group === 'authorization.k8s.io' && plural === 'subjectaccessreviews') return { do: 'access-review' };
  return undefined;
}

function resourceCall(asked: Asked, path: ResourcePath, view: MeshView): Decision {
  const parameters = new URL(asked.url, 'https://api').searchParams;
  const review = reviewCall(asked.method, path);
  if (review !== undefined) return review;
  if (path.namespace !== undefined) {
    const fault = namespacedCall(asked.method, path, view);
    return fault === undefined ? { do: 'forward', url: asked.url } : refuse(fault);
  }
  const kind = SCOPED.get(`${path.group}/${path.version}/${path.plural}`);
  if (kind === undefined) return refuse(`${path.plural} are not among the kinds that istiod reads`);
  if (path.name !== undefined) return namedCall(asked, path, kind, view);
  const decision = scopedCall(asked.method, kind, parameters);
  return kind.scope === 'whole' && decision.do === 'filter' ? { do: 'whole', url: asked.url } : decision;
}

/** A single object without a namespace: namespaces of the mesh and definitions of kinds may be read. */
function namedCall({ method, url }: Asked, { plural, name = '', subresource }: ResourcePath, { scope }: ScopedKind, view: MeshView): Decision {
  const isReadable = method === 'GET' && subresource === undefined && (scope === 'whole' || scope === 'names' && view.namespaces.has(name));
  return isReadable ? { do: 'whole', url } : refuse(`${method} on ${plural} ${name}`);
}

/**
 * Decides about one request of a caller who was authenticated and bound to a mesh. Pure. Everything that istiod is not known to ask is refused.
 * Source: spec/istio-upstream.md 3.5, docs/adr/0033.
 */
export function classify(asked: Asked, view: MeshView): Decision {
  const odd = Object.keys(asked.headers).find((name) => ODD_HEADER.test(name.toLowerCase()));
  if (odd !== undefined) return refuse(`header ${odd}`);
  const [path = '', ...queries] = asked.url.split('?');
  if (queries.length > 1 || asked.url.includes('#')) return refuse('the address has more than one "?", or a "#"');
  const segments = segmentsOf(path);
  if ('fault' in segments) return refuse(segments.fault);
  if (asked.method === 'GET' && DISCOVERY.test(path)) return { do: 'forward', url: asked.url };
  const resource = resourcePathOf(segments);
  return resource === undefined ? refuse(`nothing that istiod asks is at ${path.slice(0, 100)}`) : resourceCall(asked, resource, view);
}
