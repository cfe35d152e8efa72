const MILLISECONDS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 0.001, '\u00b5s': 0.001, ns: 0.000_001 };

/** Milliseconds of a duration as Go writes it (`1h30m`, `1.5s`, `100us`), whose form was checked. Source: Go, time.ParseDuration. */
export function millisecondsOf(duration: string): number {
  return [...duration.matchAll(/([0-9.]+)(h|ms|m|s|us|\u00b5s|ns)/g)].reduce((sum, [, number, unit = '']) => sum + Number(number) * (MILLISECONDS[unit] ?? 0), 0);
}
