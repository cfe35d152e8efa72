import { createHash, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { KubeObject } from '../k8s/object.ts';
import type { MintRecipe, MintRequest } from '../k8s/plan.ts';
import { isJsonObject } from '../lib/json.ts';

const random = promisify(randomBytes);

type Values = ReadonlyMap<string, string>;

const encode = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

/** `data` of a Secret as it is, still base64: it need not be text. */
function existingData(object: KubeObject): Record<string, string> {
  const data = isJsonObject(object['data']) ? object['data'] : {};
  return Object.fromEntries(Object.entries(data).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/**
 * One line of an htpasswd file: `user:{SHA}base64(SHA-1(password))`.
 *
 * Why this scheme: nginx (on any libc) and oauth-proxy both read it, FIPS builds too, and node:crypto has it; bcrypt would need a
 * dependency, and cuts a password after 72 bytes. A slow, salted hash protects passwords that people choose; this one is minted from
 * random bytes and never typed, so nothing can be guessed and no two are equal. The old operator wrote this form up to 2.3.
 */
export function htpasswdLine(user: string, password: string): string {
  return `${user}:{SHA}${createHash('sha1').update(password, 'utf8').digest('base64')}`;
}

function htpasswdFrom(recipe: Extract<MintRecipe, { recipe: 'htpasswd' }>, passwords: Values): string {
  const password = passwords.get(recipe.passwordFrom);
  if (password === undefined) throw new Error(`htpasswd recipe: the Secret has no value "${recipe.passwordFrom}" to hash`);
  return htpasswdLine(recipe.user, password);
}

/**
 * Makes the values a MintRequest asks for and returns its Secret with them in `data`.
 * - `random`: that many random bytes, as base64 text (so the text is a third longer).
 * - `htpasswd`: see `htpasswdLine`; hashes another value of the same Secret.
 * Values already in `object.data` are kept. Throws when an htpasswd recipe names a value that is not there: a bug of the plan.
 */
export async function mint(request: MintRequest): Promise<KubeObject> {
  const data = existingData(request.object);
  const passwords = new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]));
  const wanted = Object.entries(request.values).filter(([key]) => !passwords.has(key));
  for (const [key, recipe] of wanted) {
    if (recipe.recipe === 'random') passwords.set(key, (await random(recipe.bytes)).toString('base64'));
  }
  const minted = wanted.map(([key, recipe]) => [key, encode(recipe.recipe === 'htpasswd' ? htpasswdFrom(recipe, passwords) : passwords.get(key) ?? '')]);
  return { ...request.object, data: { ...data, ...Object.fromEntries(minted) } };
}
