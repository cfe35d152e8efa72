import type { ApiClient } from '../api-client.ts';
import { followCollection } from '../list-watch.ts';
import type { RoutedRoute } from './route-table.ts';

/** All Routes of a cluster, kept up to date. */
export class RouteMirror {
  readonly #stopped = new AbortController();
  readonly #routes = new Map<string, RoutedRoute>();
  readonly #followed: Promise<void>;

  /** In: the API, and who hears that something changed. */
  constructor(client: ApiClient, onChange: () => void = () => undefined) {
    this.#followed = followCollection<RoutedRoute>(client, '/apis/route.openshift.io/v1/routes', {
      onList: (routes) => {
        this.#routes.clear();
        for (const route of routes) this.#routes.set(route.metadata.uid, route);
        onChange();
      },
      onChange: (route, isGone) => {
        if (isGone) this.#routes.delete(route.metadata.uid);
        else this.#routes.set(route.metadata.uid, route);
        onChange();
      },
    }, this.#stopped.signal);
  }

  routes(): readonly RoutedRoute[] {
    return [...this.#routes.values()];
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#followed;
  }
}
