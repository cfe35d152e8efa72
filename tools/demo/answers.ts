import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { HOST_IP } from '../cluster/node-object.ts';
import { command, say, StepFailed } from './screen.ts';

/** What a client got; status 0 when there was no answer, and then the body says why. */
export interface Answer {
  readonly status: number;
  readonly server: string;
  readonly body: string;
}

const APPLICATION = '{"user_name":"Taro","store_id":1111,"store_name":"Shop_A"}';
const TIMEOUT_MS = 10_000;
/** A change is there when it has been seen this many times in a row: old connections show the world before it. */
const TIMES = 3;
const SECONDS = 30;

async function send(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<Answer> {
  return new Promise((resolve) => {
    const fail = (error: Error): void => { resolve({ status: 0, server: '', body: error.message }); };
    const outgoing = request(url, { method: body === '' ? 'GET' : 'POST', agent: false, timeout: TIMEOUT_MS, headers }, (response) => {
      const { server = '' } = response.headers;
      text(response).then((got) => { resolve({ status: response.statusCode ?? 0, server: String(server), body: got.trim() }); }, fail);
    });
    outgoing.once('timeout', () => outgoing.destroy(new Error(`no answer in ${TIMEOUT_MS / 1000} s`)));
    outgoing.once('error', fail);
    outgoing.end(body);
  });
}

/** The walk's application to a host of the router, as from a browser outside. */
export function applyAt(host: string, path: string): Promise<Answer> {
  return send(`http://${HOST_IP}${path}`, { host, 'content-type': 'application/json', 'content-length': String(APPLICATION.length) }, APPLICATION);
}

/** The same, sent by the application of a pod at that address; see /call of test/sample-app. */
export async function applyFrom(podAddress: string, url: string): Promise<Answer> {
  const query = new URLSearchParams({ url, method: 'POST', body: APPLICATION });
  const told = await send(`http://${podAddress}:8080/call?${query.toString()}`, {}, '');
  const [, status = '0', server = '', body = ''] = /^(\d+) (\S+) \S+ \S+ (.*)$/s.exec(told.body) ?? [];
  return { status: Number(status), server: server === '-' ? '' : server, body };
}

/** As `curl -i` would show it, shortened to what matters here. */
export function describe({ status, server, body }: Answer): string {
  return status === 0 ? body : [`HTTP/1.1 ${status}`, ...(server === '' ? [] : [`server: ${server}`]), body].join(' | ');
}

/** Asks until the answer is right several times in a row, and prints it under the command that a user would type. @throws StepFailed with the last answer */
export async function expectAnswer(shown: string, ask: () => Promise<Answer>, isRight: (answer: Answer) => boolean): Promise<void> {
  command(shown);
  const until = performance.now() + SECONDS * 1000;
  for (let inARow = 0; inARow < TIMES;) {
    const answer = await ask();
    inARow = isRight(answer) ? inARow + 1 : 0;
    if (inARow === TIMES) say(describe(answer));
    else if (performance.now() > until) throw new StepFailed(`after ${SECONDS} s the answer is still ${describe(answer)}`);
    await sleep(inARow > 0 ? 50 : 200);
  }
}
