import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SCOPED_KINDS } from '../../../src/api/istiod-calls.ts';
import type { ListQuery } from '../../../src/scoped-api/list-query.ts';
import { listUrl } from '../../../src/scoped-api/upstream-query.ts';

const query = (more: Partial<ListQuery>): ListQuery => ({ isWatch: false, resourceVersion: '', allowsBookmarks: false, wantsInitialEvents: false, isContinued: false, ...more });
const asked = (more: Partial<ListQuery>, next = ''): Record<string, string> => {
  const [kind] = SCOPED_KINDS;
  assert.ok(kind !== undefined);
  return Object.fromEntries(new URL(listUrl(kind, query(more), { next }), 'https://api').searchParams);
};

test('a list at a resource version means "not older": with a page size the API server would take it for "exactly that", and a client whose version is too old would never get away from it', () => {
  assert.deepEqual(asked({ resourceVersion: '646' }), { limit: '500', resourceVersion: '646', resourceVersionMatch: 'NotOlderThan' });
});

test('a list of whatever there is, of the newest, or with a match of its own is asked for as it was', () => {
  assert.deepEqual(asked({ resourceVersion: '0' }), { limit: '500', resourceVersion: '0' });
  assert.deepEqual(asked({}), { limit: '500' });
  assert.deepEqual(asked({ resourceVersion: '646', resourceVersionMatch: 'Exact' }), { limit: '500', resourceVersion: '646', resourceVersionMatch: 'Exact' });
});

test('a next page goes by its token alone', () => {
  assert.deepEqual(asked({ resourceVersion: '646' }, 'token'), { limit: '500', continue: 'token' });
});
