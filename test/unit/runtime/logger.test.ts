import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { valueAt } from '../../../src/lib/json.ts';
import { createLogger, redacted, type LogLevel } from '../../../src/runtime/logger.ts';

function logged(level: LogLevel, write: (logger: ReturnType<typeof createLogger>) => void): Readonly<Record<string, unknown>>[] {
  const lines: string[] = [];
  write(createLogger({ level, stream: { write: (line: string) => void lines.push(line) } }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('logger', () => {
  test('a line is JSON with time, level, message and the fields given, and nothing of the machine', () => {
    const [line] = logged('info', (logger) => logger.info({ kind: 'Pod', name: 'x' }, 'reconciled'));
    assert.deepEqual(Object.keys(line ?? {}).toSorted(), ['kind', 'level', 'message', 'name', 'time']);
    assert.deepEqual([line?.['level'], line?.['message'], line?.['kind']], ['info', 'reconciled', 'Pod']);
    assert.ok(!Number.isNaN(Date.parse(String(line?.['time']))));
  });

  test('values of secrets are never printed, at any depth', () => {
    const secret = { kind: 'Secret', data: { password: 'aHVudGVyMg==' }, stringData: { password: 'hunter2' } };
    const text = JSON.stringify(logged('debug', (logger) => {
      logger.debug(secret, 'flat');
      logger.debug({ object: secret, list: [{ deep: { deeper: secret } }] }, 'deep');
      logger.debug({ headers: { Authorization: 'Bearer hunter2' }, token: 'hunter2' }, 'token');
    }));
    assert.doesNotMatch(text, /hunter2|aHVudGVyMg/);
    assert.match(text, /\[redacted\]/);
  });

  test('errors are printed with their stack', () => {
    const [line] = logged('error', (logger) => logger.error({ err: new TypeError('boom') }, 'failed'));
    assert.deepEqual([valueAt(line, 'err', 'type'), valueAt(line, 'err', 'message')], ['TypeError', 'boom']);
    assert.match(String(valueAt(line, 'err', 'stack')), /logger\.test/);
  });

  test('the level decides what is printed', () => {
    const all = (logger: ReturnType<typeof createLogger>): void => {
      logger.debug({}, 'd');
      logger.info({}, 'i');
      logger.warn({}, 'w');
      logger.error({}, 'e');
    };
    assert.deepEqual(logged('warn', all).map(({ level }) => level), ['warn', 'error']);
    assert.deepEqual(logged('silent', all), []);
  });

  test('what goes too deep is cut, and plain values pass', () => {
    let deep: unknown = 'bottom';
    for (let count = 0; count < 20; count += 1) deep = { deep };
    assert.match(JSON.stringify(redacted(deep)), /too deep/);
    assert.deepEqual(redacted([1, 'a', null, undefined, true]), [1, 'a', null, undefined, true]);
  });
});
