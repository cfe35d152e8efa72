#!/usr/bin/env node
// The installed command. `npm run build` makes the file it loads.
import { homedir } from 'node:os';
import { join } from 'node:path';

if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(`tmesh: needs Node 24 or newer in the PATH; this is ${process.versions.node}\n`);
  process.exit(2);
}
// What the compiler made of the code is kept for the next start: a folder of the user, because whoever can write there decides what runs.
const { enableCompileCache } = await import('node:module');
enableCompileCache(join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'tmesh', 'compiled'));
await import('../dist/tmesh.mjs');
