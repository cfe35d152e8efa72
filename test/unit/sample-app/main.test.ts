import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import type { Server } from 'node:http';
import { configFrom, createApp } from '../../sample-app/main.ts';

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return `http://127.0.0.1:${address.port}`;
}

function post(url: string): Promise<Response> {
  return fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', 'x-request-id': 'one' }, body: '{"user_name":"Taro"}' });
}

describe('the sample application', () => {
  const servers: Server[] = [];
  const start = async (env: Record<string, string>): Promise<string> => {
    const server = createApp(configFrom(env));
    servers.push(server);
    return listen(server);
  };
  let sample = '';
  before(async () => { sample = await start({ ROLE: 'sample', NAME: 'sample', VERSION: 'v2' }); });
  after(() => {
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
  });

  it('is sample: an application is accepted with 201 and user 39', async () => {
    const answer = await post(`${sample}/api/sample/apply`);
    assert.equal(answer.status, 201);
    assert.deepEqual(await answer.json(), { user_id: 39 });
  });

  it('is caller: it hands the answer of sample on', async () => {
    const caller = await start({ ROLE: 'caller', SAMPLE_URL: sample });
    const answer = await post(`${caller}/api/caller/apply`);
    assert.equal(answer.status, 201);
    assert.deepEqual(await answer.json(), { user_id: 39 });
  });

  it('is caller: without sample it says 502 and why', async () => {
    const caller = await start({ ROLE: 'caller', SAMPLE_URL: 'http://127.0.0.1:1' });
    const answer = await post(`${caller}/api/caller/apply`);
    assert.equal(answer.status, 502);
    assert.match(await answer.text(), /ECONNREFUSED/);
  });

  it('is weather and event listener', async () => {
    const weather = await start({ ROLE: 'weather' });
    const days = await (await fetch(`${weather}/weatherforecast`)).json() as readonly { summary: string }[];
    assert.deepEqual(days.map(({ summary }) => summary), ['Freezing', 'Chilly', 'Mild', 'Warm', 'Hot']);
    const listener = await start({ ROLE: 'el', NAME: 'el-sample' });
    const answer = await post(listener);
    assert.equal(answer.status, 202);
    assert.match(await answer.text(), /^\{"eventListener":"el-sample","eventID":"[0-9a-f-]{36}"\}$/);
  });

  it('echoes anything else with its headers and its version', async () => {
    const answer = await fetch(`${sample}/anything`, { headers: { 'x-forwarded-client-cert': 'URI=spiffe://a' } });
    assert.equal(answer.headers.get('x-version'), 'v2');
    const echo = await answer.json() as { name: string; path: string; headers: Record<string, string> };
    assert.equal(`${echo.name} ${echo.path} ${echo.headers['x-forwarded-client-cert']}`, 'sample /anything URI=spiffe://a');
  });

  it('answers 503 to everything but the switch while it is told to fail', async () => {
    const app = await start({});
    assert.equal(await (await fetch(`${app}/ctl/fail/on`)).text(), 'true\n');
    assert.equal((await fetch(app)).status, 503);
    assert.equal(await (await fetch(`${app}/ctl/fail/off`)).text(), 'false\n');
    assert.equal((await fetch(app)).status, 200);
  });

  it('waits as long as /sleep says', async () => {
    const started = performance.now();
    assert.equal(await (await fetch(`${sample}/sleep/60`)).text(), 'v2\n');
    assert.ok(performance.now() - started >= 59);
  });

  it('calls others and prints a line per call', async () => {
    const app = await start({});
    const lines = async (query: string): Promise<string[]> => (await (await fetch(`${app}/call?${query}`)).text()).trimEnd().split('\n');
    const url = encodeURIComponent(`${sample}/api/sample/apply`);
    const many = await lines(`url=${url}&method=POST&body=%7B%7D&n=3&par=1`);
    assert.equal(many.length, 3);
    for (const line of many) assert.match(line, /^201 - v2 \d\.\d\d \{"user_id":39\}$/);
    assert.match((await lines('url=http%3A%2F%2F127.0.0.1%3A1%2F'))[0] ?? '', /^000 - - \d\.\d\d .*ECONNREFUSED/);
    const [echoed = ''] = await lines(`url=${encodeURIComponent(sample)}&host=sample.example.com`);
    assert.match(echoed, /"host":"sample\.example\.com"/);
  });
});
