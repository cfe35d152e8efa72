import { destination, pino, stdTimeFunctions, type DestinationStream } from 'pino';
import { isJsonObject } from '../lib/json.ts';

/** What a log line carries besides its constant message. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Structured log lines: keys for data, a constant message. */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** From quiet to talkative. */
export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug';

const SECRET_FIELDS: ReadonlySet<string> = new Set(['data', 'stringData', 'password', 'token', 'authorization']);
const DEEPEST = 8;

/** A copy in which the values of secret fields are replaced, at any depth; errors pass, they have a serializer of their own. */
export function redacted(value: unknown, depth = 0): unknown {
  if (depth > DEEPEST) return '[too deep]';
  if (Array.isArray(value)) return value.map((item) => redacted(item, depth + 1));
  if (!isJsonObject(value) || value instanceof Error) return value;
  return Object.fromEntries(Object.entries(value).map(([name, nested]) =>
    [name, SECRET_FIELDS.has(name.toLowerCase()) || SECRET_FIELDS.has(name) ? '[redacted]' : redacted(nested, depth + 1)]));
}

/**
 * JSON lines with time, level and message, to stdout unless a stream is given. An error goes under the key `err`.
 * Law: no field called `data` or `stringData` is ever printed, wherever it is.
 */
export function createLogger(options: { readonly level: LogLevel; readonly stream?: DestinationStream }): Logger {
  const settings = {
    level: options.level, base: null, messageKey: 'message', timestamp: stdTimeFunctions.isoTime,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: Record<string, unknown>) => Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, redacted({ [name]: value })]).map(unwrap)),
    },
  };
  return pino(settings, options.stream ?? standardOutput());
}

/** Lines are written behind the work, several at a time under load, so that a slow reader of our output holds nothing up; the rest goes out at the end. */
function standardOutput(): DestinationStream {
  const stdout = destination({ dest: 1, sync: false });
  process.once('exit', () => { stdout.flushSync(); });
  return stdout;
}

function unwrap([name, wrapped]: readonly unknown[]): [string, unknown] {
  return [String(name), isJsonObject(wrapped) ? wrapped[String(name)] : wrapped];
}
