import { execFile } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** How a command ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; never throws for its exit code. */
export function runProgram(file: string, parameters: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(file, parameters, { env: { ...process.env, ...environment }, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
  });
}

/** Runs the bundled command as a user would. */
export function tmesh(parameters: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return runProgram(process.execPath, [join(root, 'dist', 'tmesh.mjs'), ...parameters], environment);
}
