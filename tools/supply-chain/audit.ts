import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/*
 * `npm run audit`: asks the registry for known vulnerabilities of what the operator's program is made of. Ends with 1 when one is high or critical. A registry
 * that does not answer (no network, a mirror without this service) is said, and counts as neither passed nor failed: it is about the world, not about this
 * source. `-- --answer-needed`, as a release asks, ends with 1 then.
 */

interface Report {
  readonly metadata?: { readonly vulnerabilities?: Readonly<Record<string, number>> };
  readonly message?: string;
}

/** What an answer means. */
export interface Verdict {
  readonly answer: 'clean' | 'vulnerable' | 'none';
  readonly line: string;
}

/** In: what `npm audit --json` printed, and how many packages it was asked about. */
export function verdictOf(output: string, packages: number): Verdict {
  const report = parsed(output);
  const found = report?.metadata?.vulnerabilities;
  if (found === undefined) return { answer: 'none', line: `npm audit: NOT ANSWERED (${report?.message?.split(' - ')[0] ?? 'nothing came back'}): whether one of ${packages} packages has a known vulnerability is not known` };
  const bad = (found['high'] ?? 0) + (found['critical'] ?? 0);
  return { answer: bad > 0 ? 'vulnerable' : 'clean', line: `npm audit: ${bad} high or critical, ${found['total'] ?? 0} in all, among ${packages} packages` };
}

/** How many packages the program is made of, by the lockfile. */
export function deliveredPackages(lockfile: string): number {
  const { packages } = JSON.parse(lockfile) as { packages: Readonly<Record<string, { readonly dev?: boolean }>> };
  return Object.entries(packages).filter(([path, { dev }]) => path !== '' && dev !== true).length;
}

function parsed(output: string): Report | undefined {
  try {
    return JSON.parse(output) as Report;
  } catch {
    return undefined;
  }
}

if (import.meta.main) {
  const isAnswerNeeded = process.argv.includes('--answer-needed');
  const root = join(import.meta.dirname, '..', '..');
  const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json', '--fetch-retries=0', '--fetch-timeout=20000'], { cwd: root, encoding: 'utf8', timeout: 60_000 });
  const { answer, line } = verdictOf(stdout ?? '', deliveredPackages(readFileSync(join(root, 'package-lock.json'), 'utf8')));
  const failed = answer === 'vulnerable' || (answer === 'none' && isAnswerNeeded) ? 1 : 0;
  process.stdout.write(`${line}\n${answer === 'clean' ? 1 : 0} passed, ${failed} failed\n`);
  process.exitCode = failed;
}
