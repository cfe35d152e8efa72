import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { isJsonObject, valueAt } from '../lib/json.ts';
import { messageOf } from '../lib/result.ts';
import { AccessError, credentialSource, type CredentialSource } from './credentials.ts';
import { proxyFor, type ProxyVariables } from './proxy-choice.ts';

/*
 * Where the API server is and how we show who we are. The only user of client-node, and of nothing but its KubeConfig:
 * it knows exec plugins, OIDC refresh and token files.
 */

/** Where to look, in this order (controller-runtime's order). Nothing is read from the environment here. */
export interface AccessSearch {
  /** From the command line; nothing else is tried then. */
  readonly kubeconfig?: string | undefined;
  /** The value of $KUBECONFIG: one file, or several to be merged. */
  readonly kubeconfigEnv?: string | undefined;
  /** The user's home folder, for `.kube/config`. */
  readonly home?: string | undefined;
  /** A context other than the current one. */
  readonly context?: string | undefined;
  /** The proxy variables of the environment. A proxy in the kubeconfig comes first. */
  readonly proxy?: ProxyVariables;
  /** Put before the path of the service account's folder; for tests. */
  readonly serviceAccountRoot?: string | undefined;
}

/** One API server and one identity. */
export interface ClusterAccess {
  /** For example `https://[::1]:6443`, maybe with a path, never with a slash at the end. */
  readonly server: string;
  /** Of the context or the service account; `default` if it names none. */
  readonly namespace: string;
  /** From the kubeconfig's cluster, or else from the environment. */
  readonly proxyUrl: string | undefined;
  readonly credentials: CredentialSource;
}

/** Stands for the user of a context that names none. */
const ANONYMOUS = 'anonymous of no kubeconfig';
const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * Finds and loads credentials. Throws AccessError when there are none, or when the files do not fit together.
 * The server is not contacted.
 */
export function loadAccess(search: AccessSearch): ClusterAccess {
  const config = loadConfig(search);
  const cluster = config.getCurrentCluster();
  const context = config.getContextObject(config.getCurrentContext());
  const server = checkedServer(cluster?.server ?? '', config.getCurrentContext());
  return {
    server,
    namespace: context?.namespace?.trim() ?? 'default',
    proxyUrl: checkedProxy(cluster?.proxyUrl ?? proxyFor(server, search.proxy ?? {})),
    credentials: credentialSource(config, () => loadConfig(search)),
  };
}

/** Names of all contexts, in the order of the files. Throws AccessError when there is no kubeconfig or one cannot be read. */
export function listContexts(search: AccessSearch): readonly string[] {
  const config = new KubeConfig();
  for (const file of kubeconfigFiles(search)) mergeFile(config, file);
  return config.getContexts().map(({ name }) => name);
}

function loadConfig(search: AccessSearch): KubeConfig {
  const config = new KubeConfig();
  const files = kubeconfigFiles(search);
  if (files.length === 0) config.loadFromCluster(search.serviceAccountRoot ?? '');
  else for (const file of files) mergeFile(config, file);
  chooseContext(config, search, files.length === 0 ? 'the service account' : `kubeconfig ${files.join(', ')}`);
  informPlugins(config);
  // client-node refuses plain http unless verification is off; there is nothing to verify on it.
  config.clusters = config.clusters.map((cluster) => cluster.server.startsWith('http:') ? { ...cluster, skipTLSVerify: true } : cluster);
  return config;
}

/** The files to read; none means the service account. */
function kubeconfigFiles(search: AccessSearch): readonly string[] {
  if (search.kubeconfig !== undefined) return [search.kubeconfig];
  const listed = (search.kubeconfigEnv ?? '').split(delimiter).filter((file) => file !== '');
  // Of several files some may be absent, as with kubectl.
  if (listed.length > 0) return listed.some((file) => existsSync(file)) ? listed.filter((file) => existsSync(file)) : listed;
  if (existsSync(`${search.serviceAccountRoot ?? ''}${SERVICE_ACCOUNT_TOKEN}`)) return [];
  const own = join(search.home ?? '', '.kube', 'config');
  if (search.home !== undefined && existsSync(own)) return [own];
  throw new AccessError('no kubeconfig was found; name one with --kubeconfig or $KUBECONFIG, or run in a pod with a service account');
}

/** The first file that names a thing wins, as with kubectl. */
function mergeFile(config: KubeConfig, file: string): void {
  const part = new KubeConfig();
  const text = readKubeconfig(file);
  try {
    part.loadFromString(text);
    part.makePathsAbsolute(dirname(resolve(file)));
  } catch (error) {
    throw new AccessError(`kubeconfig ${file} cannot be used: ${messageOf(error)}; correct the file or name another with --kubeconfig`, { cause: error });
  }
  addTokenFiles(part, text, file);
  for (const cluster of part.clusters) if (!has(config.clusters, cluster.name)) config.addCluster(cluster);
  for (const user of part.users) if (!has(config.users, user.name)) config.addUser(user);
  for (const context of part.contexts) if (!has(config.contexts, context.name)) config.addContext(context);
  if ((config.currentContext ?? '') === '') config.setCurrentContext(part.currentContext);
}

function has(list: readonly { readonly name: string }[], name: string): boolean {
  return list.some((item) => item.name === name);
}

function readKubeconfig(file: string): string {
  const text = attempt(() => readFileSync(file, 'utf8'), (why) => `kubeconfig ${file} cannot be read: ${why}; name another with --kubeconfig`);
  const value: unknown = attempt(() => parse(text), (why) => `kubeconfig ${file} is not YAML: ${why.split('\n', 1)[0]}; correct the file or name another with --kubeconfig`);
  if (!isJsonObject(value)) throw new AccessError(`kubeconfig ${file} is empty or not a kubeconfig; name another with --kubeconfig`);
  return text;
}

function attempt<T>(act: () => T, message: (why: string) => string): T {
  try {
    return act();
  } catch (error) {
    throw new AccessError(message(messageOf(error)), { cause: error });
  }
}

/** client-node does not know the kubeconfig field `tokenFile`; it is the same thing as a service account's token. */
function addTokenFiles(part: KubeConfig, text: string, file: string): void {
  const raw: unknown = valueAt(parse(text), 'users');
  for (const entry of Array.isArray(raw) ? raw : []) {
    const tokenFile = valueAt(entry, 'user', 'tokenFile');
    const user = part.users.findIndex(({ name }) => name === valueAt(entry, 'name'));
    const known = part.users[user];
    if (typeof tokenFile !== 'string' || known === undefined) continue;
    part.users[user] = { ...known, token: '', authProvider: { name: 'tokenFile', config: { tokenFile: resolve(dirname(file), tokenFile) } } };
  }
}

function chooseContext(config: KubeConfig, search: AccessSearch, where: string): void {
  const name = search.context ?? config.getCurrentContext();
  const known = config.getContexts().map((context) => context.name).join(', ') || 'none';
  if (!name) throw new AccessError(`${where} has no current context; choose one with --context (there are: ${known})`);
  const context = config.getContextObject(name);
  if (context === null) throw new AccessError(`${where} has no context named ${name}; there are: ${known}`);
  if (config.getCluster(context.cluster) === null) throw missing(where, name, `cluster ${context.cluster}`);
  // Without a user client-node would also leave out the CA.
  const user = context.user ?? ANONYMOUS;
  if (user === ANONYMOUS) config.addUser({ name: ANONYMOUS });
  if (config.getUser(user) === null) throw missing(where, name, `user ${user}`);
  config.contexts = config.contexts.map((other) => other.name === name ? { ...other, user } : other);
  config.setCurrentContext(name);
}

function missing(where: string, context: string, what: string): AccessError {
  return new AccessError(`${where}: context ${context} names ${what}, which is not there; correct the file`);
}

/** Exec plugins are told that nobody sits at a terminal, as kubectl does (Kubernetes doc "client-go credential plugins"). */
function informPlugins(config: KubeConfig): void {
  for (const { exec } of config.getUsers()) {
    if (exec === undefined || exec === null) continue;
    const apiVersion: unknown = exec.apiVersion;
    const info = { apiVersion, kind: 'ExecCredential', spec: { interactive: false } };
    exec.env = [...(exec.env ?? []), { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) }];
  }
}

function checkedServer(server: string, context: string): string {
  const url = URL.parse(server);
  if (server.includes('//undefined')) throw new AccessError('a service account was found, but $KUBERNETES_SERVICE_HOST is not set; set it or name a kubeconfig with --kubeconfig');
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new AccessError(`the server "${server}" of context ${context} is not an http(s) address; correct the kubeconfig`);
  }
  return server.replace(/\/+$/, '');
}

function checkedProxy(proxyUrl: string | undefined): string | undefined {
  if (proxyUrl === undefined || /^https?:$/.test(URL.parse(proxyUrl)?.protocol ?? '')) return proxyUrl;
  throw new AccessError('the proxy for the API server is not an http(s) address; use an HTTP proxy, or none by way of NO_PROXY');
}
