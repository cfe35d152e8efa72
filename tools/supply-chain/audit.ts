import { spawnSync } from 'node:child_process';

/*
 * `npm run audit`: asks the registry for known vulnerabilities of what the operator's program is made of. Ends with 1 when one is high or critical. A registry
 * that cannot be asked (no network, a mirror without this service) is said, and is no failure: the answer is about the world, not about this source.
 */

interface Report {
  readonly metadata?: { readonly vulnerabilities?: Readonly<Record<string, number>> };
  readonly message?: string;
}

/** What an answer means. In: what `npm audit --json` printed. */
export function verdictOf(output: string): { readonly code: 0 | 1; readonly line: string } {
  const report = parsed(output);
  const found = report?.metadata?.vulnerabilities;
  if (found === undefined) return { code: 0, line: `npm audit: not asked (${report?.message?.split(' - ')[0] ?? 'no answer'})` };
  const bad = (found['high'] ?? 0) + (found['critical'] ?? 0);
  return { code: bad > 0 ? 1 : 0, line: `npm audit: ${bad} high or critical, ${found['total'] ?? 0} in all` };
}

function parsed(output: string): Report | undefined {
  try {
    return JSON.parse(output) as Report;
  } catch {
    return undefined;
  }
}

if (import.meta.main) {
  const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json', '--fetch-retries=0', '--fetch-timeout=20000'], { encoding: 'utf8', timeout: 60_000 });
  const { code, line } = verdictOf(stdout ?? '');
  process.stdout.write(`${line}\n${1 - code} passed, ${code} failed\n`);
  process.exitCode = code;
}
