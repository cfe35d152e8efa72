import { isJsonObject } from '../../lib/json.ts';
import { textAt } from './fields.ts';

/*
 * What may not leave a cluster in a bug report. Three nets, each for what slips through the one before: fields whose name says that
 * their value is a secret; texts that look like one; and every value of a Secret that was read, wherever else it turns up.
 */

export const REDACTED = '<redacted>';

/** Part of a name that says: my value is secret. */
const WORD = 'pass(?:word|wd|phrase)|pwd|secret|token|credential|api[-_.]?key|(?:private|access|signing|encryption)[-_.]?key|cookie|authorization|htpasswd';
const SECRET_NAME = new RegExp(`${WORD}|^auth$`, 'i');
/** End of a name that only points at a secret, or says something about it. */
const POINTER = /(?:names?|refs?|references?|files?|paths?|dirs?|mounts?|audiences?|ttl|duration|lifetime|seconds|policy|provider|type|namespace|enabled|version|url)$/i;

/** True for the name of a field, variable or flag whose value has to stay out. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !POINTER.test(name);
}

/** What stands for a secret without being one. */
const HARMLESS = /^(?:|true|false|null|~|\{\}|\[\]|<redacted>.*|\$\{?\w+\}?|["']{2})$/i;

/** For String.replace with one of the expressions below: keeps what stands before the value, and the value if it is none of a secret. */
function withoutValue(...match: readonly unknown[]): string {
  const [before, name, value] = ['before', 'name', 'value'].map((group) => textAt(match.at(-1), group));
  return `${before}${isSecretName(name ?? '') && !HARMLESS.test(value?.trim() ?? '') ? REDACTED : value}`;
}

/* Names are bounded and looked for at the start of a word only: else the search is square in the length of a long line. */
const NAME = `[\\w.-]{0,60}(?:${WORD})[\\w.-]{0,60}`;
const PRIVATE_KEY = /-----BEGIN ([A-Z ]*)PRIVATE KEY-----[\s\S]*?(?:-----END \1PRIVATE KEY-----|$)/g;
const WEB_TOKEN = /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g;
const LOGIN = /\b(Bearer|Basic)(\s+)(?=[\w.~+/-]*[0-9=])[\w.~+/-]{8,}=*/gi;
const URL_LOGIN = /(\b[a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/:@"']{0,200}:[^\s/@"']{1,200}@/gi;
/** `password: x` on a line of its own, with the indented lines of a block below it. */
const YAML_LINE = new RegExp(`^(?<before>(?<indent>[ \\t]*)(?:- )?["']?(?<name>${NAME})["']?[ \\t]*:[ \\t]+)(?<value>[|>][-+0-9]*(?:\\n(?:\\k<indent>[ \\t]+.*|[ \\t]*(?=\\n)))*|\\S.*)$`, 'gim');
const JSON_FIELD = new RegExp(`(?<before>(?<quote>\\\\?")(?<name>${NAME})\\k<quote>\\s*:\\s*\\k<quote>)(?<value>(?:(?!\\k<quote>)[^\\n])*)`, 'gi');
const ASSIGNMENT = new RegExp(`(?<before>(?<![\\w.-])(?<name>${NAME})=["']?)(?<value>[^\\s"'&,;]+)`, 'gi');

/** A text without the parts that look like secrets. Linear in its length; a text without any comes back as it is. */
export function redactText(text: string): string {
  return text
    .replace(PRIVATE_KEY, '<private key redacted>').replace(WEB_TOKEN, REDACTED).replace(LOGIN, `$1$2${REDACTED}`).replace(URL_LOGIN, `$1${REDACTED}@`)
    .replace(YAML_LINE, withoutValue).replace(JSON_FIELD, withoutValue).replace(ASSIGNMENT, withoutValue);
}

/** A flag whose value is the next argument. */
function isSecretFlag(item: unknown): boolean {
  return typeof item === 'string' && /^--?[\w.-]+$/.test(item) && isSecretName(item);
}

/** Changes texts inside of any JSON value. In: what to do with a text. Names of fields decide first. */
function walk(value: unknown, scrub: (text: string) => string): unknown {
  if (typeof value === 'string') return scrub(redactText(value));
  if (Array.isArray(value)) return value.map((item: unknown, index) => (typeof item === 'string' && isSecretFlag(value[index - 1]) ? REDACTED : walk(item, scrub)));
  if (!isJsonObject(value)) return value;
  // An entry of `env`: the name is a value, too.
  const isSecretPair = typeof value['name'] === 'string' && isSecretName(value['name']);
  return Object.fromEntries(Object.entries(value).map(([key, field]) => {
    const isSecret = typeof field === 'string' && !HARMLESS.test(field) && (isSecretName(key) || (key === 'value' && isSecretPair));
    return [key, isSecret ? REDACTED : walk(field, scrub)];
  }));
}

/** Values of Secrets that everybody may know, by key: certificates and what addresses are made of. */
const PUBLIC_KEY = /(?:\.crt|\.cert|cert\.pem|cert-chain\.pem|^namespace|^user(?:name)?|^host(?:name)?|^port|^database|^service-ca\.crt)$/i;
const SHORTEST = 6;

/** Takes secrets out of texts and objects, and remembers the values of Secrets that it was shown. */
export class Redactor {
  readonly #values = new Set<string>();

  /** Remembers the values of a Secret as the API server gives it, as they are and in base64. Short ones would be found everywhere. */
  learn(secret: unknown): void {
    const data = isJsonObject(secret) && isJsonObject(secret['data']) ? secret['data'] : {};
    for (const [key, encoded] of Object.entries(data)) {
      if (typeof encoded !== 'string' || PUBLIC_KEY.test(key)) continue;
      const value = Buffer.from(encoded, 'base64').toString('utf8');
      for (const form of [value, value.trim(), encoded]) if (form.length >= SHORTEST) this.#values.add(form);
    }
  }

  /** A text, for example a log, without secrets. */
  text(text: string): string {
    return this.#scrub(redactText(text));
  }

  /** A JSON value without secrets; everything else in it stays. */
  value(value: unknown): unknown {
    return walk(value, (text) => this.#scrub(text));
  }

  #scrub(text: string): string {
    let rest = text;
    for (const value of this.#values) if (rest.includes(value)) rest = rest.replaceAll(value, REDACTED);
    return rest;
  }
}
