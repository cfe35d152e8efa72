import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, it } from 'node:test';
import { freePorts } from '../../../../../tools/cluster/ports.ts';
import { ServiceProxy } from '../../../../../tools/cluster/mesh-processes/service-proxy.ts';
import type { Backend, Service } from '../../../../../tools/cluster/service-table.ts';

class Table {
  #listener: () => void = () => undefined;
  #services: readonly Service[] = [];
  #backends: readonly Backend[] = [];

  onChange(listener: () => void): void { this.#listener = listener; }
  services(): readonly Service[] { return this.#services; }
  backends(): readonly Backend[] { return this.#backends; }
  become(port: number | undefined, backends: readonly Backend[]): void {
    const metadata = { name: 's', namespace: 'n', uid: 's', resourceVersion: '1', creationTimestamp: '2030-01-01T00:00:00Z' };
    this.#services = port === undefined ? [] : [{ metadata, spec: { clusterIP: '127.0.0.1', ports: [{ port }] } }];
    this.#backends = backends;
    this.#listener();
  }
}

describe('the stand-in for kube-proxy', () => {
  const ends: (() => void)[] = [];
  afterEach(() => { for (const end of ends.splice(0)) end(); });
  const backend = async (word: string): Promise<Backend> => {
    const server = createServer((socket) => { socket.end(word); }).listen(0, '127.0.0.1');
    ends.push(() => server.close());
    await once(server, 'listening');
    return { address: '127.0.0.1', port: (server.address() as AddressInfo).port };
  };
  const ask = async (port: number): Promise<string> => {
    const socket = connect(port, '127.0.0.1');
    return text(socket).catch((thrown: NodeJS.ErrnoException) => thrown.code ?? '');
  };
  const started = async (): Promise<{ table: Table; port: number }> => {
    const table = new Table();
    const proxy = new ServiceProxy(table, { address: '127.0.0.1', port: 1 });
    ends.push(() => { proxy.stop(); });
    const [port = 0] = await freePorts(1);
    return { table, port };
  };

  it('takes connections at the address of a Service, and hands them to its endpoints in turn', async () => {
    const { table, port } = await started();
    table.become(port, [await backend('one'), await backend('two')]);
    await sleep(50);
    assert.deepEqual([await ask(port), await ask(port), await ask(port)], ['one', 'two', 'one']);
  });

  it('resets while there is no endpoint, and follows when there is one', async () => {
    const { table, port } = await started();
    table.become(port, []);
    await sleep(50);
    assert.equal(await ask(port), 'ECONNRESET');
    table.become(port, [await backend('here')]);
    assert.equal(await ask(port), 'here');
  });

  it('lets go of the address when the Service goes', async () => {
    const { table, port } = await started();
    table.become(port, [await backend('here')]);
    await sleep(50);
    table.become(undefined, []);
    await sleep(50);
    assert.equal(await ask(port), 'ECONNREFUSED');
  });
});
