import { sha256Hex } from '../../lib/hash.ts';

/** Names a Gateway. */
export interface GatewayName {
  readonly namespace: string;
  readonly name: string;
}

/** Longest object name (DNS subdomain) and longest label value. */
const LONGEST_NAME = 253;
const LONGEST_LABEL = 63;
/** Hex characters of the host's SHA-256 in a name, and of the Gateway's where its name does not fit. */
const HOST_HASH = 16;
const GATEWAY_HASH = 8;

function gatewayHash({ namespace, name }: GatewayName, length: number): string {
  return sha256Hex(`${namespace}/${name}`, length);
}

/** A name that tells two Gateways apart even where `<namespace>-<name>` is the same or too long. */
export function distinctRouteName(gateway: GatewayName, original: string, longest = LONGEST_NAME): string {
  const tail = `-${gatewayHash(gateway, GATEWAY_HASH)}-${sha256Hex(original, HOST_HASH)}`;
  const head = `${gateway.namespace}-${gateway.name}`.slice(0, Math.max(1, longest - tail.length)).replace(/[^a-z0-9]+$/, '');
  return `${head}${tail}`;
}

/**
 * The name of a Route: `<gateway namespace>-<gateway name>-<first 8 bytes of SHA-256 of the host as written>`, as the old
 * operator named it from 2.4 on (spec/ior.md 2), so that Routes survive a change of operator.
 * OpenShift makes the host of a `*` Route from `<name>-<namespace>`, which must fit into 63 characters; a name that does
 * not is shortened, as is one of more than 253. In: the Gateway, the host as written, the Route's namespace.
 */
export function routeName(gateway: GatewayName, original: string, routeNamespace: string): string {
  const name = `${gateway.namespace}-${gateway.name}-${sha256Hex(original, HOST_HASH)}`;
  const isGenerated = original === '*' || original.endsWith('/*');
  const longest = isGenerated ? LONGEST_LABEL - 1 - routeNamespace.length : LONGEST_NAME;
  return name.length <= longest ? name : distinctRouteName(gateway, original, longest);
}

/** A text as a label value: itself when it fits, else its beginning and a hash. */
export function labelValue(text: string): string {
  if (text.length <= LONGEST_LABEL) return text;
  return `${text.slice(0, LONGEST_LABEL - 1 - HOST_HASH)}-${sha256Hex(text, HOST_HASH)}`;
}
