import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../../../tools/cluster/api-client.ts';

interface Meta { readonly name: string; readonly namespace?: string; readonly resourceVersion: string }
interface Listed { readonly metadata: { readonly resourceVersion: string }; readonly items: readonly { readonly metadata: Meta }[] }
interface Event { readonly type: string; readonly object: { readonly metadata: Meta; readonly code?: number } }

const keyOf = ({ namespace, name }: Meta): string => (namespace === undefined ? name : `${namespace}/${name}`);

/**
 * A client-go informer in small, after the rules of its reflector: list, watch from there; a broken watch goes on from the last resource version seen
 * in an event or bookmark, whatever that is; 410 means list anew. It trusts what it is sent, so whatever it misses stays missed.
 */
export class Informer {
  /** Key → resource version. */
  readonly store = new Map<string, string>();
  /** Every key it ever held. */
  readonly everHeld = new Set<string>();
  lists = 0;
  resumes = 0;
  /** What went wrong otherwise than that a watch ended or told to list anew. */
  readonly errors: string[] = [];
  readonly #path: string;
  readonly #selector: string;
  readonly #client: () => ApiClient;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  #cut = new AbortController();
  #at = '';

  constructor(path: string, selector: string, client: () => ApiClient) {
    this.#path = path;
    this.#selector = selector;
    this.#client = client;
    this.#done = this.#run();
  }

  /** Breaks the connection of the watch, wherever it is. */
  cut(): void {
    this.#cut.abort();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.cut();
    await this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#list();
        while (!this.#stop.signal.aborted && await this.#watch()) this.resumes += 1;
      } catch (error) {
        this.errors.push(`list of ${this.#path}: ${String(error)}`);
        await sleep(20);
      }
    }
  }

  async #list(): Promise<void> {
    const list = await this.#client().call<Listed>(`${this.#path}?${this.#selector}resourceVersion=${this.lists === 0 ? '0' : ''}`);
    this.lists += 1;
    this.store.clear();
    for (const { metadata } of list.items) this.#put(metadata);
    this.#at = list.metadata.resourceVersion;
  }

  /** True: go on from the last resource version. False: list anew. */
  async #watch(): Promise<boolean> {
    this.#cut = new AbortController();
    try {
      const path = `${this.#path}?${this.#selector}watch=true&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion=${this.#at}`;
      for await (const line of this.#client().lines(path, this.#cut.signal)) if (!this.#take(line as Event)) return false;
    } catch (error) {
      if (!this.#cut.signal.aborted) this.errors.push(`watch of ${this.#path}: ${String(error)}`);
      // Broken off: the next watch goes on from where this one was.
      await sleep(5);
    }
    return true;
  }

  #take({ type, object }: Event): boolean {
    if (type === 'ERROR') return false;
    this.#at = object.metadata.resourceVersion;
    if (type === 'DELETED') this.store.delete(keyOf(object.metadata));
    else if (type !== 'BOOKMARK') this.#put(object.metadata);
    return true;
  }

  #put(metadata: Meta): void {
    this.store.set(keyOf(metadata), metadata.resourceVersion);
    this.everHeld.add(keyOf(metadata));
  }
}
