/** A stream that may be a terminal. */
interface Stream {
  readonly isTTY?: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Colour is for terminals that can show it, and never for people who do not want it (no-color.org). */
export function isColoured(stream: Stream, environment: Environment): boolean {
  return stream.isTTY === true && (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb';
}

/** Takes lines about what is going on: shown on a terminal, dropped in pipes and logs. */
export function progressOn(stream: Stream & { write(text: string): unknown }): (line: string) => void {
  return stream.isTTY === true ? (line) => { stream.write(`${line}\n`); } : () => {};
}
