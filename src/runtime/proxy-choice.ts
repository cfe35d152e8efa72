import { BlockList, isIP } from 'node:net';

/** The usual variables, as values. */
export interface ProxyVariables {
  readonly httpProxy?: string | undefined;
  readonly httpsProxy?: string | undefined;
  readonly noProxy?: string | undefined;
}

/**
 * The proxy for a server, or undefined for a direct connection. The rules of Go's `httpproxy`, which kubectl follows and which
 * OpenShift's cluster-wide proxy counts on: the variable of the server's scheme; never for loopback; `noProxy` lists `*`, names with
 * all their subdomains, addresses, CIDR blocks, each maybe with a port.
 */
export function proxyFor(server: string, variables: ProxyVariables): string | undefined {
  const url = new URL(server);
  const proxy = (url.protocol === 'https:' ? variables.httpsProxy : variables.httpProxy)?.trim();
  if (proxy === undefined || proxy === '') return undefined;
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = url.port === '' ? defaultPort(url) : url.port;
  if (isLoopback(host)) return undefined;
  const entries = (variables.noProxy ?? '').split(/[,\s]+/).filter((entry) => entry !== '');
  if (entries.some((entry) => covers(entry.toLowerCase(), host, port))) return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function defaultPort(url: URL): string {
  return url.protocol === 'https:' ? '443' : '80';
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function covers(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return isInBlock(entry, host);
  const { name = entry, wanted } = /^(?<name>\[.*\]|[^:]*)(?::(?<wanted>\d+))?$/.exec(entry)?.groups ?? {};
  if (wanted !== undefined && wanted !== port) return false;
  const bare = name.replace(/^\[|\]$|^\*?\./g, '');
  return host === bare || (isIP(host) === 0 && host.endsWith(`.${bare}`));
}

function isInBlock(entry: string, host: string): boolean {
  const [address = '', bits = ''] = entry.split('/');
  const version = isIP(address);
  if (version === 0 || version !== isIP(host) || !/^\d{1,3}$/.test(bits) || Number(bits) > (version === 4 ? 32 : 128)) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const block = new BlockList();
  block.addSubnet(address, Number(bits), family);
  return block.check(host, family);
}
