import { startAdmissionServer, type AdmissionServer } from '../../support/admission-server.ts';

/** A webhook server that admits everything and remembers who was asked about. */
export interface CountingWebhook extends AdmissionServer {
  /** Paths of the calls since the last question, in order. */
  calls(): string[];
}

/** Starts one on loopback. */
export async function startCountingWebhook(): Promise<CountingWebhook> {
  let paths: string[] = [];
  const server = await startAdmissionServer((path) => { paths.push(path); return {}; });
  return {
    ...server,
    calls() {
      const seen = paths;
      paths = [];
      return seen;
    },
  };
}
