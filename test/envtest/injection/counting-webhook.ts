import { startWebhookServer, type WebhookServer } from '../../support/webhook-server.ts';

/** A webhook server that admits everything and remembers who was asked about. */
export interface CountingWebhook extends WebhookServer {
  /** Paths of the calls since the last question, in order. */
  calls(): string[];
}

/** Starts one. */
export async function startCountingWebhook(): Promise<CountingWebhook> {
  let paths: string[] = [];
  const server = await startWebhookServer((path) => {
    paths.push(path);
    return {};
  });
  return {
    ...server,
    calls() {
      const seen = paths;
      paths = [];
      return seen;
    },
  };
}
