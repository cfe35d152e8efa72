/** Parameters of a list or watch, each at most once. Kubernetes doc "API concepts". */
export interface ListQuery {
  readonly isWatch: boolean;
  readonly resourceVersion: string;
  readonly resourceVersionMatch?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly timeoutSeconds?: number;
  readonly allowsBookmarks: boolean;
  /** Asks for the list as events (`sendInitialEvents`); refused, after which clients list and watch. */
  readonly wantsInitialEvents: boolean;
  /** A later page. Lists are never cut into pages here, so nobody has a token for one. */
  readonly isContinued: boolean;
}

/** Why a query is not read: a sentence for the caller. */
export interface QueryFault {
  readonly fault: string;
}

const KNOWN = new Set([
  'watch', 'resourceVersion', 'resourceVersionMatch', 'labelSelector', 'fieldSelector', 'timeoutSeconds', 'timeout', 'allowWatchBookmarks', 'sendInitialEvents',
  'limit', 'continue', 'pretty',
]);
const DIGITS = /^\d{0,19}$/;

function boolean(parameters: URLSearchParams, name: string): boolean {
  // Go's strconv.ParseBool, which the API server uses.
  return ['1', 't', 'T', 'true', 'TRUE', 'True', ''].includes(parameters.get(name) ?? 'false');
}

function optional<Name extends string>(parameters: URLSearchParams, name: Name): Partial<Record<Name, string>> {
  const value = parameters.get(name);
  return value === null || value === '' ? {} : { [name]: value } as Record<Name, string>;
}

function secondsOf(parameters: URLSearchParams): Pick<ListQuery, 'timeoutSeconds'> {
  const seconds = Number(parameters.get('timeoutSeconds') ?? '');
  return Number.isInteger(seconds) && seconds > 0 ? { timeoutSeconds: seconds } : {};
}

function faultOf(parameters: URLSearchParams): string | undefined {
  const names = [...parameters.keys()];
  const unknown = names.find((name) => !KNOWN.has(name));
  if (unknown !== undefined) return `query parameter "${unknown.slice(0, 40)}" is not one of a list or watch`;
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) return `query parameter "${twice}" is given twice`;
  if (!DIGITS.test(parameters.get('resourceVersion') ?? '')) return 'query parameter "resourceVersion" is not a number';
  return undefined;
}

/** Reads the query of a list or watch. What goes upstream is written anew from this, never copied. */
export function listQueryOf(parameters: URLSearchParams): ListQuery | QueryFault {
  const fault = faultOf(parameters);
  if (fault !== undefined) return { fault };
  return {
    isWatch: boolean(parameters, 'watch'), resourceVersion: parameters.get('resourceVersion') ?? '',
    ...optional(parameters, 'resourceVersionMatch'), ...optional(parameters, 'labelSelector'), ...optional(parameters, 'fieldSelector'), ...secondsOf(parameters),
    allowsBookmarks: boolean(parameters, 'allowWatchBookmarks'), wantsInitialEvents: boolean(parameters, 'sendInitialEvents'),
    isContinued: (parameters.get('continue') ?? '') !== '',
  };
}
