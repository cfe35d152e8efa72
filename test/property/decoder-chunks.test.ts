import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { FrameDecoder, FrameError } from '../../src/runtime/frame-decoder.ts';

/** Bytes cut at the given places, in order. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const edges = [0, ...places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return edges.slice(1).map((edge, n) => bytes.subarray(edges[n], edge));
}

const values = fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 20 });
const places = fc.array(fc.nat(5000), { maxLength: 60 });
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('however the bytes are cut into chunks, the frames are the same', () => {
  fc.assert(fc.property(values, places, (frames, places) => {
    const bytes = Buffer.from(frames.map((frame) => `${JSON.stringify(frame)}\n`).join(''));
    const decoder = new FrameDecoder();
    const seen = cut(bytes, places).flatMap((chunk) => [...decoder.push(chunk)]);
    decoder.end();
    assert.deepEqual(seen, frames.map(asJson));
  }));
});

test('a stream that stops anywhere gives a prefix of the frames, and an error unless it stopped between two lines', () => {
  fc.assert(fc.property(values, fc.nat(5000), places, (frames, stop, places) => {
    const whole = Buffer.from(frames.map((frame) => `${JSON.stringify(frame)}\n`).join(''));
    const bytes = whole.subarray(0, stop % (whole.length + 1));
    const decoder = new FrameDecoder();
    const seen = cut(bytes, places).flatMap((chunk) => [...decoder.push(chunk)]);
    assert.deepEqual(seen, frames.slice(0, seen.length).map(asJson));
    if (bytes.length === 0 || bytes.at(-1) === 0x0a) assert.doesNotThrow(() => decoder.end());
    else assert.throws(() => decoder.end(), FrameError);
  }));
});

test('any bytes at all give frames or a FrameError, never another failure', () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 }), (chunks) => {
    const decoder = new FrameDecoder(200);
    try {
      for (const chunk of chunks) for (const frame of decoder.push(chunk)) assert.notEqual(frame, undefined);
      decoder.end();
    } catch (error) {
      assert.ok(error instanceof FrameError);
    }
  }));
});
