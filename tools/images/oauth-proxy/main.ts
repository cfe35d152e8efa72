import { readFileSync } from 'node:fs';
import { request, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';

/*
 * Stands in for OpenShift's oauth-proxy, which logs people in at OpenShift's own server: here is none, so nobody can log in. It ends TLS, hands
 * on what its arguments let pass without login, and refuses everything else. Arguments are those of the real one; the others are not looked at.
 */

/** What of the arguments counts. */
export interface ProxySettings {
  readonly port: number;
  readonly upstream: URL;
  /** Paths that need no login. */
  readonly open: RegExp;
  readonly certificateFile: string;
  readonly keyFile: string;
}

function valueOf(args: readonly string[], flag: string): string {
  const found = args.find((argument) => argument.startsWith(`-${flag}=`));
  if (found === undefined) throw new Error(`oauth-proxy: there is no -${flag}`);
  return found.slice(flag.length + 2);
}

/** Reads the arguments of a rendered container. @throws an Error that names a missing one */
export function settingsFrom(args: readonly string[]): ProxySettings {
  const isOpen = args.some((argument) => argument.startsWith('-skip-auth-regex='));
  return {
    port: Number(valueOf(args, 'https-address').replace(/.*:/, '')), upstream: new URL(valueOf(args, 'upstream')),
    open: new RegExp(isOpen ? valueOf(args, 'skip-auth-regex') : '^/oauth/healthz$'), certificateFile: valueOf(args, 'tls-cert'), keyFile: valueOf(args, 'tls-key'),
  };
}

function answer(settings: ProxySettings, incoming: IncomingMessage, response: ServerResponse): void {
  const path = (incoming.url ?? '/').split('?')[0] ?? '/';
  if (path === '/oauth/healthz') response.writeHead(200).end('OK');
  else if (!settings.open.test(path)) response.writeHead(403, { 'content-type': 'text/plain' }).end('log in\n');
  else {
    request(new URL(incoming.url ?? '/', settings.upstream), { method: incoming.method }, (upstream) => {
      response.writeHead(upstream.statusCode ?? 502, upstream.headers);
      upstream.pipe(response);
    }).once('error', () => { response.writeHead(502).end(); }).end();
  }
}

if (import.meta.main) {
  const settings = settingsFrom(process.argv.slice(2));
  createServer({ cert: readFileSync(settings.certificateFile), key: readFileSync(settings.keyFile) }, (incoming, response) => { answer(settings, incoming, response); }).listen(settings.port);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => { process.exit(0); });
}
