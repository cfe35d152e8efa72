import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rootScript, type RootPlan } from '../../../../../tools/cluster/mesh-processes/container-root.ts';
import { hostTools } from '../../../../../tools/cluster/mesh-processes/host-tools.ts';

const TOOLS = await hostTools();
const PLAN: RootPlan = { root: "/tmp/it's", mounts: [], links: { '/lib': 'usr/lib' }, isReadOnly: false, workingDir: '/', user: 1337 };
const lines = (plan: Partial<RootPlan>): string[] => rootScript({ ...PLAN, ...plan }, TOOLS).split('\n');
const at = (script: readonly string[], part: string): number => script.findIndex((line) => line.includes(part));

describe('the script that gives a container its root', () => {
  it('mounts outer folders before inner ones', () => {
    const mount = (to: string) => ({ from: `/v${to}`, to, isFile: false, isReadOnly: false });
    const script = lines({ mounts: [mount('/var/run/secrets/istio/crl'), mount('/var/run/secrets/istio')] });
    assert.ok(at(script, "'/v/var/run/secrets/istio' ") < at(script, "'/v/var/run/secrets/istio/crl' "));
  });

  it('leaves the old root behind before the root becomes read-only, and gives up its rights last', () => {
    const script = lines({ isReadOnly: true });
    assert.ok(at(script, 'umount -l /old') < at(script, 'remount,bind,ro /'));
    assert.match(script.at(-1) ?? '', /unshare --user --map-user=1337 --map-group=1337 -- "\$@"$/);
    assert.equal(at(lines({}), 'remount,bind,ro /'), -1);
  });

  it('quotes every path', () => {
    assert.ok(lines({}).includes(String.raw`cd '/tmp/it'\''s'`));
  });
});
