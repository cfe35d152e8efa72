import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerError, brokenCall, parseRetryAfter, statusError } from '../../../src/runtime/api-answer.ts';
import { ApiError } from '../../../src/runtime/rest.ts';

const NOW = Date.UTC(2026, 0, 1);
const status = (more: object): string => JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', ...more });

test('a Status object gives reason and message', () => {
  const body = status({ code: 409, reason: 'Conflict', message: 'the object has been modified' });
  const error = answerError({ status: 409, body, what: 'PUT /x' }, NOW);
  assert.deepEqual([error.status, error.reason, error.message, error.retryAfterMs], [409, 'Conflict', 'the object has been modified', undefined]);
});

test('any other body is a message of one line', () => {
  const error = answerError({ status: 404, body: '404 page not found\nsecond line', what: 'GET /apis/x' }, NOW);
  assert.deepEqual([error.status, error.reason, error.message], [404, '', 'HTTP 404 on GET /apis/x: 404 page not found']);
  assert.equal(answerError({ status: 502, body: '', what: 'GET /x' }, NOW).message, 'HTTP 502 on GET /x');
});

test('the wait comes from the header, or else from the Status', () => {
  const body = status({ code: 429, details: { retryAfterSeconds: 7 } });
  assert.equal(answerError({ status: 429, body, what: '', retryAfter: '2' }, NOW).retryAfterMs, 2000);
  assert.equal(answerError({ status: 429, body, what: '' }, NOW).retryAfterMs, 7000);
});

test('Retry-After is seconds or a date, and never less than nothing', () => {
  assert.equal(parseRetryAfter('3', NOW), 3000);
  assert.equal(parseRetryAfter('Thu, 01 Jan 2026 00:00:10 GMT', NOW), 10_000);
  assert.equal(parseRetryAfter('Wed, 31 Dec 2025 00:00:00 GMT', NOW), 0);
  assert.equal(parseRetryAfter('-5', NOW), 0);
  for (const unreadable of [undefined, '', ' ', 'soon']) assert.equal(parseRetryAfter(unreadable, NOW), undefined);
});

test('only a Status is read as a Status', () => {
  assert.equal(statusError({ kind: 'Pod' }), undefined);
  assert.equal(statusError('gone'), undefined);
  assert.equal(statusError({ kind: 'Status', code: 410, reason: 'Expired' })?.status, 410);
});

test('a call without a whole answer has status 0 and says what was asked', () => {
  const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  assert.equal(brokenCall(reset, 'GET /x', undefined).message, 'GET /x: read ECONNRESET');
  assert.equal(brokenCall(Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' }), 'GET /x', undefined).message, 'GET /x: other side closed (UND_ERR_SOCKET)');
  assert.equal(brokenCall(Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }), 'GET /x', undefined).message, 'GET /x: ECONNREFUSED');
  assert.equal(brokenCall(new Error(''), 'GET /x', undefined).message, 'GET /x: the connection failed');
});

test('our own time limit is told instead of the abort it caused', () => {
  const error = brokenCall(new Error('This operation was aborted'), 'GET /x', new Error('no answer within 30 s'));
  assert.deepEqual([error.status, error.message], [0, 'GET /x: no answer within 30 s']);
});

test('an ApiError stays what it is', () => {
  const refused = new ApiError(403, 'Forbidden', 'no');
  assert.equal(brokenCall(refused, 'GET /x', undefined), refused);
});
