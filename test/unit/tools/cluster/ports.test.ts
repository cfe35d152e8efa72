import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { FIRST_PORT, freePorts, isFree, LAST_PORT } from '../../../../tools/cluster/ports.ts';

async function withTakenPort(action: (port: number) => Promise<void>): Promise<void> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await action((server.address() as AddressInfo).port);
  } finally {
    server.close();
    await once(server, 'close');
  }
}

describe('free ports', () => {
  it('are as many as asked for, all different, and below the range of outgoing connections', async () => {
    const ports = await freePorts(8);
    assert.equal(new Set(ports).size, 8);
    for (const port of ports) assert.ok(port >= FIRST_PORT && port <= LAST_PORT, String(port));
  });

  it('can be listened on', async () => {
    for (const port of await freePorts(3)) assert.equal(await isFree(port), true);
  });

  it('leave out a port that somebody listens on, and one picked twice', async () => {
    const [first = 0, second = 0] = await freePorts(2);
    await withTakenPort(async (taken) => {
      const picks = [taken, first, first, second];
      assert.deepEqual(await freePorts(2, () => picks.shift() ?? 0), [first, second]);
    });
  });

  it('are refused with a sentence when there are none', async () => {
    await withTakenPort(async (taken) => {
      await assert.rejects(freePorts(1, () => taken), /found only 0 of 1 free ports on 127\.0\.0\.1/);
    });
  });

  it('are told from taken ones', async () => {
    await withTakenPort(async (taken) => { assert.equal(await isFree(taken), false); });
  });
});
