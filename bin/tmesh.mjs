#!/usr/bin/env node
// The installed command. `npm run build` makes the file it loads.
if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(`tmesh: needs Node 24 or newer in the PATH; this is ${process.versions.node}\n`);
  process.exit(2);
}
await import('../dist/tmesh.mjs');
