import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { valueAt } from '../../../src/lib/json.ts';
import { restLeaseLock, type LeaseRecord } from '../../../src/runtime/lease-lock.ts';
import { ApiError } from '../../../src/runtime/rest.ts';
import { RecordingRest } from './doubles.ts';

const AT = { namespace: 'ns', name: 'leader' };
const RECORD: LeaseRecord = { holder: 'me', durationMs: 15_000, acquireTime: 'a', renewTime: 'r', transitions: 2 };
const SPEC = { holderIdentity: 'me', leaseDurationSeconds: 15, acquireTime: 'a', renewTime: 'r', leaseTransitions: 2 };

describe('lease lock', () => {
  test('reads a Lease; what is missing in it is empty', async () => {
    const rest = new RecordingRest();
    rest.answer = () => ({ metadata: { name: 'leader', resourceVersion: '7' }, spec: SPEC });
    assert.deepEqual(await restLeaseLock(rest, AT).read(5000), { version: '7', record: RECORD });
    assert.deepEqual([rest.calls[0]?.path, rest.calls[0]?.timeoutMs], ['/apis/coordination.k8s.io/v1/namespaces/ns/leases/leader', 5000]);
    rest.answer = () => ({ metadata: { name: 'leader' } });
    assert.deepEqual((await restLeaseLock(rest, AT).read(5000))?.record, { holder: '', durationMs: 0, acquireTime: '', renewTime: '', transitions: 0 });
  });

  test('a Lease that is not there is undefined; any other trouble is thrown', async () => {
    const rest = new RecordingRest();
    rest.answer = () => {
      throw new ApiError(404, 'NotFound', 'none');
    };
    assert.equal(await restLeaseLock(rest, AT).read(5000), undefined);
    rest.answer = () => {
      throw new ApiError(503, '', 'down');
    };
    await assert.rejects(restLeaseLock(rest, AT).read(5000), { status: 503 });
  });

  test('replaces the version it was told, and creates without one', async () => {
    const rest = new RecordingRest();
    rest.answer = ({ body }) => ({ ...body as object, metadata: { name: 'leader', resourceVersion: '8' } });
    assert.deepEqual(await restLeaseLock(rest, AT).write(RECORD, '7', 5000), { version: '8', record: RECORD });
    await restLeaseLock(rest, AT).write(RECORD, undefined, 5000);
    const [put, post] = rest.calls;
    assert.deepEqual([put?.method, valueAt(put?.body, 'metadata')], ['PUT', { ...AT, resourceVersion: '7' }]);
    assert.deepEqual([post?.method, post?.path], ['POST', '/apis/coordination.k8s.io/v1/namespaces/ns/leases']);
  });
});
