/*
 * Stands in for `@kubernetes/client-node` inside the bundle: the kubeconfig loader with its credential plugins, and nothing of the
 * generated API (85 MB of memory, 1.5 s of start-up; docs/adr/0002). The API classes exist only because the constructor of dot-i's
 * Operator names them; calling one is a bug and says so.
 */
export { KubeConfig } from '../../node_modules/@kubernetes/client-node/dist/config.js';
// Its own loadYaml would bring the models of every kind along; dot-i's Operator names it and does not get to call it.
export { parse as loadYaml } from 'yaml';

function unavailable(name: string): new (...parameters: readonly unknown[]) => object {
  return class {
    readonly basePath = '';
    constructor() {
      return new Proxy(this, {
        get(target, property, receiver): unknown {
          if (property in target || typeof property === 'symbol' || property === 'then') return Reflect.get(target, property, receiver);
          throw new Error(`${name}.${property} is not part of this build: requests go through src/runtime/rest-client.ts`);
        },
      });
    }
  };
}

export const CoreV1Api = unavailable('CoreV1Api');
export const ApiextensionsV1Api = unavailable('ApiextensionsV1Api');
export const Watch = unavailable('Watch');
