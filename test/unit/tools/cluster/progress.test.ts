import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lineScreen, Progress, progressLine } from '../../../../tools/cluster/progress.ts';

describe('the progress display', () => {
  it('names everything that goes on and for how long', () => {
    const active = new Map([['building etcd', 0], ['building kubectl', 9_000]]);
    assert.equal(progressLine(active, 12_400), 'building etcd 12 s · building kubectl 3 s');
  });

  it('writes one line at the start and one at the end where lines cannot be written over', async () => {
    const lines: string[] = [];
    const progress = new Progress(lineScreen((line) => { lines.push(line); }));
    assert.equal(await progress.during('building etcd', () => Promise.resolve('etcd')), 'etcd');
    assert.match(lines.join('|'), /^building etcd …\|building etcd: done in \d+ s$/);
  });

  it('says that it failed, and hands on the error', async () => {
    const lines: string[] = [];
    const progress = new Progress(lineScreen((line) => { lines.push(line); }));
    await assert.rejects(progress.during('building etcd', () => Promise.reject(new Error('no network'))), /no network/);
    assert.match(lines.at(-1) ?? '', /^building etcd: failed after \d+ s$/);
  });

  it('writes over its line on a terminal, and clears it before a line that stays', async () => {
    let text = '';
    const progress = new Progress({ isTerminal: true, write: (part) => { text += part; } });
    await progress.during('building etcd', () => Promise.resolve());
    assert.ok(text.startsWith('\r\u001B[Kbuilding etcd 0 s\r\u001B[Kbuilding etcd: done in '), JSON.stringify(text));
  });
});
