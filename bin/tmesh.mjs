#!/usr/bin/env node
// The installed command. `npm run build` makes the file it loads.
import '../dist/tmesh.mjs';
