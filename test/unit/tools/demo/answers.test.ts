import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describe as shown } from '../../../../tools/demo/answers.ts';

describe('an answer on the screen', () => {
  it('is status, server and body, as far as there are any', () => {
    assert.equal(shown({ status: 201, server: 'istio-envoy', body: '{"user_id":39}' }), 'HTTP/1.1 201 | server: istio-envoy | {"user_id":39}');
    assert.equal(shown({ status: 201, server: '', body: 'ok' }), 'HTTP/1.1 201 | ok');
  });

  it('is the reason when there was none', () => {
    assert.equal(shown({ status: 0, server: '', body: 'socket hang up' }), 'socket hang up');
  });
});
