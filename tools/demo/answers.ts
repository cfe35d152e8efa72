import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../src/lib/result.ts';
import { ask, type Asking } from '../cluster/ask.ts';
import { HOST_IP } from '../cluster/node-object.ts';
import { command, say, StepFailed } from './screen.ts';

/** What a client got; status 0 when there was no answer, and then the body says why. */
export interface Answer {
  readonly status: number;
  readonly server: string;
  readonly body: string;
}

const APPLICATION = '{"user_name":"Taro","store_id":1111,"store_name":"Shop_A"}';
/** A change is there when it has been seen this many times in a row: old connections show the world before it. */
const TIMES = 3;
const SECONDS = 30;

async function send(url: string, asking: Asking): Promise<Answer> {
  try {
    const { status, headers, body } = await ask(url, asking);
    return { status, server: String(headers['server'] ?? ''), body: body.trim() };
  } catch (thrown) {
    return { status: 0, server: '', body: messageOf(thrown) };
  }
}

/** The walk's application to a host of the router, as from a browser outside. */
export function applyAt(host: string, path: string): Promise<Answer> {
  return send(`http://${HOST_IP}${path}`, { method: 'POST', host, body: APPLICATION });
}

/** The same, sent by the application of a pod at that address; see /call of test/sample-app. */
export async function applyFrom(podAddress: string, url: string): Promise<Answer> {
  const query = new URLSearchParams({ url, method: 'POST', body: APPLICATION });
  const told = await send(`http://${podAddress}:8080/call?${query.toString()}`, {});
  const [, status = '0', server = '', body = ''] = /^(\d+) (\S+) \S+ \S+ (.*)$/s.exec(told.body) ?? [];
  return { status: Number(status), server: server === '-' ? '' : server, body };
}

/** As `curl -i` would show it, shortened to what matters here. */
export function describe({ status, server, body }: Answer): string {
  return status === 0 ? body : [`HTTP/1.1 ${status}`, ...(server === '' ? [] : [`server: ${server}`]), body].join(' | ');
}

/** Asks until the answer is right several times in a row, and prints it under the command that a user would type. @throws StepFailed with the last answer */
export async function expectAnswer(shown: string, look: () => Promise<Answer>, isRight: (answer: Answer) => boolean): Promise<void> {
  command(shown);
  const until = performance.now() + SECONDS * 1000;
  for (let inARow = 0; inARow < TIMES;) {
    const answer = await look();
    inARow = isRight(answer) ? inARow + 1 : 0;
    if (inARow === TIMES) say(describe(answer));
    else if (performance.now() > until) throw new StepFailed(`after ${SECONDS} s the answer is still ${describe(answer)}`);
    await sleep(inARow > 0 ? 50 : 200);
  }
}
