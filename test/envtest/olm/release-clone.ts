import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/* A copy of the source in a repository of its own, in which releases can be made. */

const root = join(import.meta.dirname, '..', '..', '..');

/** What a run of `npm run release` came to. */
export interface ReleaseRun { readonly code: number | null; readonly out: string; readonly err: string }

/** The copy, and what a publisher does in it. */
export interface ReleaseClone {
  readonly dir: string;
  text(file: string): string;
  edit(file: string, change: (text: string) => string): void;
  git(...parameters: readonly string[]): void;
  /** `tools/FILE` in the copy. */
  run(tool: string, ...parameters: readonly string[]): ReleaseRun;
  remove(): void;
}

/** An npm whose registry knows of no vulnerability; everything else is done by the real one. */
function writeNpm(folder: string): void {
  const real = execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim();
  mkdirSync(folder);
  writeFileSync(join(folder, 'npm'), `#!/bin/sh\nif [ "$1" = audit ]; then echo '{"metadata":{"vulnerabilities":{"high":0,"critical":0,"total":0}}}'; else exec ${real} "$@"; fi\n`, { mode: 0o755 });
}

/** Copies everything that git would commit. */
export function cloneForReleases(): ReleaseClone {
  const dir = mkdtempSync(join(tmpdir(), 'tmesh-release-'));
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 }).split('\0').filter((file) => file !== '');
  for (const file of files) {
    mkdirSync(dirname(join(dir, 'source', file)), { recursive: true });
    copyFileSync(join(root, file), join(dir, 'source', file));
  }
  const source = join(dir, 'source');
  symlinkSync(join(root, 'node_modules'), join(source, 'node_modules'));
  writeNpm(join(dir, 'bin'));
  const env = { ...process.env, PATH: `${join(dir, 'bin')}:${process.env['PATH'] ?? ''}` };
  const git = (...parameters: readonly string[]): void => { execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t.test', ...parameters], { cwd: source, stdio: 'ignore' }); };
  git('init', '--quiet');
  // A symbolic link is not what .gitignore's `node_modules/` means.
  writeFileSync(join(source, '.git', 'info', 'exclude'), 'node_modules\n');
  git('add', '--all');
  git('commit', '--quiet', '-m', 'source');
  const text = (file: string): string => readFileSync(join(source, file), 'utf8');
  return {
    dir: source, text, git,
    edit: (file, change) => { writeFileSync(join(source, file), change(text(file))); },
    run: (tool, ...parameters) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [`tools/${tool}`, ...parameters], { cwd: source, env, encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 });
      return { code: status, out: stdout, err: stderr };
    },
    remove: () => { rmSync(dir, { recursive: true }); },
  };
}
