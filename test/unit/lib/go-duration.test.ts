import assert from 'node:assert/strict';
import { test } from 'node:test';
import { millisecondsOf } from '../../../src/lib/go-duration.ts';

test('every unit of Go counts, alone, in fractions and together', () => {
  const expected = { 0: 0, '2h': 7_200_000, '1h30m': 5_400_000, '1.5s': 1500, '10ms': 10, '100us': 0.1, '100\u00b5s': 0.1, '500ns': 0.0005, '.5m': 30_000, '30s1m': 90_000 };
  for (const [duration, milliseconds] of Object.entries(expected)) assert.ok(Math.abs(millisecondsOf(duration) - milliseconds) < 1e-9, duration);
});
