/** A resource path of the Kubernetes API, taken apart. `''` is the core group. */
export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  readonly namespace?: string;
  readonly plural: string;
  readonly name?: string;
  readonly subresource?: string;
}

/** Why a path is not read: a sentence for the caller. */
export interface PathFault {
  readonly fault: string;
}

const MAX_LENGTH = 1024;
/** Names of groups, versions, kinds, namespaces and objects that istiod deals with. No percent sign, no backslash, no semicolon, no empty segment. */
const SEGMENT = /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/;
const NAMESPACE = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/**
 * The segments of a path as it came over the wire. Law: what this accepts means the same to every server, because there is nothing in it to decode,
 * to collapse or to resolve: no escapes, no empty and no dot segments. Out: the segments, or the reason.
 */
export function segmentsOf(path: string): readonly string[] | PathFault {
  if (path.length > MAX_LENGTH) return { fault: `the path is longer than ${MAX_LENGTH} characters` };
  if (!path.startsWith('/')) return { fault: 'the path does not begin with a slash' };
  const segments = path.slice(1).split('/');
  const odd = segments.find((segment) => !SEGMENT.test(segment) || segment.includes('..'));
  return odd === undefined ? segments : { fault: 'the path has an empty, escaped or dot segment; write it plainly' };
}

/** Segments after group and version: `namespaces/<ns>/<plural>[/<name>[/<sub>]]` or `<plural>[/<name>[/<sub>]]`. */
function resourceOf(group: string, version: string, rest: readonly string[]): ResourcePath | undefined {
  const [first = '', second, third] = rest;
  if (first === 'namespaces' && second !== undefined && third !== undefined) {
    return NAMESPACE.test(second) ? named({ group, version, namespace: second, plural: third }, rest.slice(3)) : undefined;
  }
  return named({ group, version, plural: first }, rest.slice(1));
}

function named(path: ResourcePath, rest: readonly string[]): ResourcePath | undefined {
  const [name, subresource, more] = rest;
  if (more !== undefined) return undefined;
  return { ...path, ...(name === undefined ? {} : { name }), ...(subresource === undefined ? {} : { subresource }) };
}

/** Reads segments as a resource path; undefined for what is none (`/version`, `/apis/<group>`). The old `/watch/` prefix reads as a kind nobody serves. */
export function resourcePathOf(segments: readonly string[]): ResourcePath | undefined {
  const [root, second = '', third = '', ...rest] = segments;
  if (root === 'api') return third === '' ? undefined : resourceOf('', second, [third, ...rest]);
  if (root !== 'apis' || rest.length === 0) return undefined;
  return resourceOf(second, third, rest);
}
