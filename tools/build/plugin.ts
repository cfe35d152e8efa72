import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/lib/result.ts';
import { buildPlugin, projectVersion } from './kubectl-plugin.ts';

/* `npm run plugin -- --url URL [--homepage URL]`: the kubectl plugin as an archive, with its krew manifest, in dist/plugin. */
try {
  const { values: { url, homepage } } = parseArgs({ options: { url: { type: 'string' }, homepage: { type: 'string' } } });
  if (url === undefined) throw new Error('--url is missing: give the https folder that the archive will be downloaded from');
  const { archive, manifest } = await buildPlugin(join(import.meta.dirname, '..', '..', 'dist', 'plugin'), { url, homepage: homepage ?? new URL(url).origin, version: await projectVersion() });
  process.stdout.write(`${archive}\n${manifest}\nTo try it: kubectl krew install --manifest=${manifest} --archive=${archive}\n`);
} catch (error) {
  process.stderr.write(`plugin: ${messageOf(error)}\n`);
  process.exitCode = 2;
}
