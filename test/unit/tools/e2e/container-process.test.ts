import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idOfContainer, isCgroupOf } from '../../../../tools/e2e/container-process.ts';

const ID = '3b76bf7e4cc18e0f9da3efb11c5824aeb375abd04ae692734f34c97e391c6adb';

test('the id of a container comes without its runtime', () => {
  assert.equal(idOfContainer(`containerd://${ID}`), ID);
  assert.equal(idOfContainer(undefined), '');
});

test('the cgroup of a container ends with its id, in any hierarchy and with any driver', () => {
  assert.equal(isCgroupOf(`9:name=systemd:/k8s.io/${ID}\n0::/k8s.io/${ID}\n`, ID), true);
  assert.equal(isCgroupOf(`0::/kubepods.slice/cri-containerd-${ID}.scope`, ID), true);
  assert.equal(isCgroupOf('0::/system.slice/containerd.service\n', ID), false);
  assert.equal(isCgroupOf(`0::/k8s.io/${ID}`, ''), false, 'no id is nobody');
});
