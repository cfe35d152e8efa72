import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameError } from '../../../src/runtime/frame-decoder.ts';
import { listAll, type ListOptions } from '../../../src/runtime/paged-list.ts';
import { listPage, refusal, RestTape, type TapeAnswer } from '../../support/rest-tape.ts';

const PATH = '/api/v1/pods';
const source = {
  id: 'pods', type: { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true }, labelSelector: 'app=a', fieldSelector: 'spec.nodeName=n',
};
const item = (name: string): object => ({ metadata: { name, resourceVersion: '1' } });

function options(more: Partial<ListOptions> = {}): ListOptions {
  return { pageSize: 2, notOlderThan: '0', timeoutMs: 1000, signal: new AbortController().signal, onPage: () => undefined, ...more };
}

const record = (...answers: readonly TapeAnswer[]): RestTape => new RestTape({ [PATH]: answers });

test('pages are put together; the position is that of the first', async () => {
  const tape = record(listPage('10', [item('a'), item('b')], 'more'), listPage('11', [item('c'), item('d')], 'most'), listPage('12', [item('e')]));
  let pages = 0;
  const listed = await listAll(tape, source, options({ onPage: () => { pages += 1; } }));
  assert.deepEqual(listed.objects.map(({ metadata }) => metadata.name), ['a', 'b', 'c', 'd', 'e']);
  assert.deepEqual([listed.resourceVersion, listed.pages, pages], ['10', 3, 3]);
});

test('the first page says how new it must be, the others only where they go on; selectors go with each', async () => {
  const tape = record(listPage('10', [], 'more'), listPage('10', []));
  await listAll(tape, source, options());
  const selectors = { labelSelector: 'app=a', fieldSelector: 'spec.nodeName=n' };
  assert.deepEqual(tape.requests.map(({ query }) => JSON.parse(JSON.stringify(query))), [
    { resourceVersion: '0', resourceVersionMatch: 'NotOlderThan', limit: 2, ...selectors },
    { continue: 'more', limit: 2, ...selectors },
  ]);
});

test('asking for the newest names no version', async () => {
  const tape = record(listPage('10', []));
  await listAll(tape, source, options({ notOlderThan: '' }));
  assert.equal(tape.requests[0]?.query?.['resourceVersion'], undefined);
  assert.equal(tape.requests[0]?.query?.['resourceVersionMatch'], undefined);
});

test('410 between two pages fails the list: half of it is not a list', async () => {
  await assert.rejects(listAll(record(listPage('10', [item('a')], 'more'), refusal(410)), source, options()), { status: 410 });
});

test('an empty list may come without items', async () => {
  const listed = await listAll(record({ json: { metadata: { resourceVersion: '3' } } }), source, options());
  assert.deepEqual([listed.objects, listed.resourceVersion], [[], '3']);
});

test('an answer that is no list is refused', async () => {
  for (const json of [undefined, '<html>', {}, { metadata: {} }, { metadata: { resourceVersion: '1' }, items: 'a' }]) {
    await assert.rejects(listAll(record({ json }), source, options()), FrameError);
  }
});
