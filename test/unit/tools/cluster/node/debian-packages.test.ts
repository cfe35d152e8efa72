import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { download, type Apt } from '../../../../../tools/cluster/node/debian-packages.ts';

/** An apt that knows some pins, and brings some packages at whatever version it has. */
function aptThat(knows: (name: string) => boolean): { readonly apt: Apt; readonly asked: string[] } {
  const asked: string[] = [];
  const apt: Apt = (parameters) => {
    asked.push(parameters.filter((word) => word !== '-qq').join(' ').replaceAll(/=\S+/g, '=PIN'));
    return Promise.resolve(parameters[0] === 'update' || parameters.slice(2).every(knows) ? undefined : 'E: not found');
  };
  return { apt, asked };
}

describe('Debian packages', () => {
  it('come at their pinned versions, in one go, without a new list', async () => {
    const { apt, asked } = aptThat(() => true);
    assert.deepEqual(await download(['runc', 'haproxy'], '/', apt), []);
    assert.deepEqual(asked, ['download runc=PIN haproxy=PIN']);
  });

  it('that Debian has replaced come at the version apt knows, the others stay pinned, and the caller hears which', async () => {
    const { apt, asked } = aptThat((name) => !name.startsWith('haproxy='));
    assert.deepEqual(await download(['runc', 'haproxy'], '/', apt), ['haproxy']);
    assert.deepEqual(asked, ['download runc=PIN haproxy=PIN', 'update', 'download runc=PIN', 'download haproxy=PIN', 'download haproxy']);
  });

  it('that cannot be had at all end it with the name and the words of apt', async () => {
    const { apt } = aptThat((name) => name.startsWith('runc'));
    await assert.rejects(download(['runc', 'haproxy'], '/', apt), /failed for haproxy;.*\nE: not found/);
  });
});
