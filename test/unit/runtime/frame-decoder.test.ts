import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameDecoder, FrameError, type FrameFault } from '../../../src/runtime/frame-decoder.ts';

const push = (decoder: FrameDecoder, ...chunks: readonly (string | Uint8Array)[]): unknown[] =>
  chunks.flatMap((chunk) => [...decoder.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)]);

const faultOf = (act: () => unknown): FrameFault | 'none' => {
  try {
    act();
    return 'none';
  } catch (error) {
    assert.ok(error instanceof FrameError);
    return error.fault;
  }
};

test('each line is one frame, several in a chunk or one in several', () => {
  const decoder = new FrameDecoder();
  assert.deepEqual(push(decoder, '{"a":1}\n{"b":2}\n{"c"', ':', '3}', '\n'), [{ a: 1 }, { b: 2 }, { c: 3 }]);
  assert.doesNotThrow(() => decoder.end());
});

test('a character split over chunks arrives whole', () => {
  const bytes = Buffer.from('"größer 🕸️"\n');
  assert.deepEqual(push(new FrameDecoder(), ...[...bytes].map((byte) => Uint8Array.of(byte))), ['größer 🕸️']);
});

test('blank lines and carriage returns are nothing', () => {
  assert.deepEqual(push(new FrameDecoder(), '\n\r\n{"a":1}\r\n  \n'), [{ a: 1 }]);
});

test('a line of 2 MiB in small chunks is one frame', () => {
  const text = 'x'.repeat(2 * 1024 * 1024);
  const bytes = Buffer.from(`${JSON.stringify({ text })}\n`);
  const chunks = Array.from({ length: Math.ceil(bytes.length / 16_384) }, (_, n) => bytes.subarray(n * 16_384, (n + 1) * 16_384));
  assert.deepEqual(push(new FrameDecoder(), ...chunks), [{ text }]);
});

test('an end inside a line is an error, not a loss', () => {
  const decoder = new FrameDecoder();
  assert.deepEqual(push(decoder, '{"a":1}\n{"b"'), [{ a: 1 }]);
  assert.equal(faultOf(() => decoder.end()), 'cut');
});

test('a last line without its newline is an error even if it is JSON: nobody can tell that it is complete', () => {
  const decoder = new FrameDecoder();
  push(decoder, '12');
  assert.equal(faultOf(() => decoder.end()), 'cut');
});

test('frames before a line that is not JSON are still given', () => {
  const seen: unknown[] = [];
  const fault = faultOf(() => {
    for (const frame of new FrameDecoder().push(Buffer.from('1\n2\n{oops}\n3\n'))) seen.push(frame);
  });
  assert.equal(fault, 'malformed');
  assert.deepEqual(seen, [1, 2]);
});

test('a line longer than the limit is refused while it comes, before it is complete', () => {
  const decoder = new FrameDecoder(10);
  assert.deepEqual(push(decoder, '"12345678"\n'), ['12345678']);
  assert.deepEqual(push(decoder, '"1234'), []);
  assert.equal(faultOf(() => push(decoder, '567890')), 'too-long');
});

test('messages never carry what was in the line', () => {
  const decoder = new FrameDecoder();
  assert.throws(() => push(decoder, '{"password":"hunter2"\n'), (error: Error) => !error.message.includes('hunter2') && error.cause === undefined);
});
