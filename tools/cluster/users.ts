import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Who may talk to a local cluster: its administrator, and two tenants who are known but have no rights yet. */
export const USERS = ['admin', 'alice', 'bob'] as const;
export type User = (typeof USERS)[number];

const GROUPS: Readonly<Record<User, string>> = { admin: 'system:masters', alice: 'tenant-a', bob: 'tenant-b' };

export type Tokens = Readonly<Record<User, string>>;

/** The API server's token file (Kubernetes doc: Authenticating, "Static token file"). */
export function tokenFile(dir: string): string {
  return join(dir, 'tokens.csv');
}

export function kubeconfigFile(dir: string, user: User): string {
  return join(dir, user === 'admin' ? 'kubeconfig' : `kubeconfig-${user}`);
}

/** Tokens out of the text of a token file; undefined if one of our users is missing. */
export function parseTokens(text: string): Tokens | undefined {
  const byName = new Map(text.split('\n').map((line): [string, string] => {
    const [token = '', name = ''] = line.split(',');
    return [name, token];
  }));
  const [admin, alice, bob] = USERS.map((user) => byName.get(user));
  return admin === undefined || alice === undefined || bob === undefined ? undefined : { admin, alice, bob };
}

/** The text of a token file: token, name, uid, groups. */
export function formatTokens(tokens: Tokens): string {
  return USERS.map((user) => `${tokens[user]},${user},${user}-uid,"${GROUPS[user]}"\n`).join('');
}

/** Tokens are random for each cluster, since other people of the machine reach its loopback too; those of an earlier run are kept. */
export async function ensureTokens(dir: string): Promise<Tokens> {
  const known = parseTokens(await readFile(tokenFile(dir), 'utf8').catch(() => ''));
  if (known !== undefined) return known;
  const fresh = (): string => randomBytes(24).toString('hex');
  const tokens = { admin: fresh(), alice: fresh(), bob: fresh() };
  await writeFile(tokenFile(dir), formatTokens(tokens), { mode: 0o600 });
  return tokens;
}

/** A kubeconfig as JSON, which is YAML. Holds all it needs, so that it can be copied elsewhere. */
export function kubeconfigText(user: User, token: string, server: string, ca: string): string {
  const name = 'local';
  return `${JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name, context: { cluster: name, user, namespace: 'default' } }],
    'current-context': name,
  }, undefined, 2)}\n`;
}

/** Writes one kubeconfig per user into `dir`. */
export async function writeKubeconfigs(dir: string, tokens: Tokens, server: string, caFile: string): Promise<void> {
  const ca = await readFile(caFile, 'utf8');
  await Promise.all(USERS.map((user) =>
    writeFile(kubeconfigFile(dir, user), kubeconfigText(user, tokens[user], server, ca), { mode: 0o600 })));
}
