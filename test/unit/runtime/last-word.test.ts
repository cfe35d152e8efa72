import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { Pool } from 'undici';
import { lastWord } from '../../../src/runtime/last-word.ts';

describe('the last word before a request is written', () => {
  const seen: string[] = [];
  const answers: (() => void)[] = [];
  let server: Server;
  let pool: Pool;

  before(async () => {
    server = createServer((request, response) => {
      seen.push(request.url ?? '');
      answers.push(() => response.end('done'));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    pool = new Pool(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { connections: 1 });
  });

  after(async () => {
    await pool.destroy();
    server.close();
  });

  const whenSeen = async (count: number): Promise<void> => {
    while (seen.length < count) await new Promise((resolve) => setImmediate(resolve));
  };

  test('is asked when the connection is free, not when the request was handed over; no = nothing is sent', async () => {
    let mayYet = true;
    const guarded = pool.compose(lastWord(() => mayYet));
    const first = guarded.request({ method: 'POST', path: '/first', body: 'a' });
    await whenSeen(1);
    const second = guarded.request({ method: 'POST', path: '/second', body: 'b' });
    mayYet = false;
    for (const answer of answers.splice(0)) answer();
    assert.equal(await (await first).body.text(), 'done');
    await assert.rejects(second, /no longer allowed/);

    mayYet = true;
    const third = guarded.request({ method: 'POST', path: '/third', body: 'c' });
    await whenSeen(2);
    for (const answer of answers.splice(0)) answer();
    assert.equal(await (await third).body.text(), 'done');
    assert.deepEqual(seen, ['/first', '/third'], 'and the connection is good for others');
  });
});
