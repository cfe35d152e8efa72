import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { resourcePath, type ResourceType } from '../../../src/k8s/resource.ts';
import { fingerprint } from '../../../src/lib/hash.ts';
import { err, messageOf, ok, type Result } from '../../../src/lib/result.ts';
import type { ApiClient } from '../../../tools/cluster/api-client.ts';

/** The range of node ports and that of cluster addresses are settings of an API server that nobody else can read. */
const KNOWN_TO_THE_SERVER_ONLY = /provided port is not in the valid range|provided IP( \([^)]*\))? is not in the valid range|the provided (IP|network) does not match|not configured on (this )?cluster/i;

/** No verdict: a machine that has too much to do. */
const NO_ANSWER = /context deadline exceeded|TLS handshake timeout|^no answer from|socket hang up/;
const TRIES = 5;
const PAUSE_MS = 2000;

const QUERY = 'dryRun=All&fieldManager=tmesh-test&fieldValidation=Strict';

/** Asks an API server what it would say, and changes nothing. */
export class DryRuns {
  readonly #client: ApiClient;
  readonly #seen = new Set<string>();

  constructor(client: ApiClient) {
    this.#client = client;
  }

  /** How many different objects were applied. */
  get different(): number {
    return this.#seen.size;
  }

  /** Creates it, webhooks and conversion included. Out: the object as the server would give it back, or its refusal. */
  async created(type: ResourceType, body: KubeObject): Promise<Result<KubeObject, string>> {
    const path = resourcePath(type, { namespace: body.metadata.namespace });
    return this.#answer(() => this.#client.call(`${path}?${QUERY}`, { method: 'POST', body }));
  }

  /** Applies it, unless the very same object was applied before. Out: its refusal, if any. */
  async refusalOf(type: ResourceType, body: KubeObject): Promise<string | undefined> {
    const content = fingerprint(body);
    if (this.#seen.has(content)) return undefined;
    this.#seen.add(content);
    const answer = await this.#answer(() => this.#client.call(`${resourcePath(type, body.metadata)}?${QUERY}&force=true`, { method: 'PATCH', body, contentType: 'application/apply-patch+yaml' }));
    return answer.ok || KNOWN_TO_THE_SERVER_ONLY.test(answer.error) ? undefined : answer.error;
  }

  async #answer(call: () => Promise<KubeObject>, tries = TRIES): Promise<Result<KubeObject, string>> {
    try {
      return ok(await call());
    } catch (thrown) {
      const error = messageOf(thrown);
      if (tries === 1 || !NO_ANSWER.test(error)) return err(error);
      await sleep(PAUSE_MS);
      return this.#answer(call, tries - 1);
    }
  }
}
