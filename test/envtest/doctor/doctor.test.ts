import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { tmesh } from '../../support/tmesh-command.ts';
import type { Finding } from '../../../src/domain/doctor/finding.ts';
import { ALIVE, DEAD, OTHER_OPERATOR, type Fault } from './faults.ts';
import { startDoctorStage, type DoctorStage } from './stage.ts';

/* `tmesh doctor` on a real API server: each fault is made, found, and mended by what the doctor says; then all is well again. */

let stage: DoctorStage;
before(async () => { stage = await startDoctorStage(); });
after(async () => { await stage?.stop(); });

type Told = Finding & { readonly check: string };

async function findings(): Promise<readonly Told[]> {
  return (await stage.diagnose()).checks.flatMap(({ check, findings: found }) => found.map((finding) => ({ check, ...finding })));
}

const of = (fault: Fault, all: readonly Told[]): Told | undefined => all.find(({ check, about }) => check === fault.check && about === fault.about);

function isRight(fault: Fault, told: Told): void {
  assert.equal(told.severity, fault.severity);
  assert.match(told.message, fault.says);
  assert.match(told.remedy, fault.remedy);
  assert.equal(told.fix !== undefined, fault.mend === 'fix', 'only what takes nothing from anybody is mended by itself');
}

async function mend(faults: readonly Fault[], told: readonly Told[]): Promise<void> {
  const fixable = faults.filter((fault) => fault.mend === 'fix');
  if (fixable.length > 0) {
    const { mended } = await stage.diagnose(true);
    assert.deepEqual(mended.filter((line) => line.startsWith('mended: ')).length, fixable.length, mended.join('\n'));
  }
  for (const fault of faults) {
    if (typeof fault.mend === 'function') await fault.mend(stage);
    if (fault.mend === 'remedy') await stage.shell(of(fault, told)?.remedy ?? '');
    await fault.afterwards?.(stage);
  }
}

/** Makes faults together, looks at each answer, mends all, and waits until none is left. */
function playTogether(title: string, faults: readonly Fault[]): void {
  test(title, async (context) => {
    for (const fault of faults) await fault.seed(stage);
    const told = await eventually('all are found', async () => {
      const all = await findings();
      const missing = faults.filter((fault) => of(fault, all) === undefined);
      if (missing.length > 0) throw new Error(`not found: ${missing.map(({ what }) => what).join(', ')}; found: ${all.map(({ check, about }) => `${check} ${about}`).join(', ')}`);
      return all;
    }, 40);
    for (const fault of faults) {
      await context.test(`${fault.what}: ${fault.check} says so and names the remedy`, () => {
        const found = of(fault, told);
        assert.ok(found !== undefined);
        isRight(fault, found);
      });
    }
    await context.test('what the remedies and --fix mend is mended', async () => {
      await mend(faults, told);
      await eventually('none is left', async () => {
        const all = await findings();
        const left = faults.filter((fault) => !fault.stays && of(fault, all) !== undefined);
        if (left.length > 0) throw new Error(left.map(({ what }) => what).join(', '));
        return true;
      }, 40);
    });
  });
}

test('on a cluster that is well the doctor finds nothing, and says what it looked at', async () => {
  await eventually('all is well', async () => {
    const found = await findings();
    if (found.length > 0) throw new Error(JSON.stringify(found));
    return true;
  }, 40);
  const { stdout, code } = await tmesh(['doctor'], { KUBECONFIG: stage.fixture.cluster.kubeconfig });
  assert.equal(code, 0);
  assert.match(stdout, /^ok {7}kubernetes-version {5}the API server is new enough\n(?:ok {7}.*\n)+\n30 checks: 0 errors, 0 warnings\n$/);
});

playTogether('an operator of OpenShift Service Mesh 2', OTHER_OPERATOR);
playTogether(`${ALIVE.length} faults at the same time, while the operator works`, ALIVE);

test('who may not look is told what could not be looked at', async () => {
  const { stdout } = await tmesh(['doctor'], { KUBECONFIG: stage.fixture.cluster.kubeconfigFor('alice') });
  assert.match(stdout, /^\? {8}other-operator .*forbidden/m);
  assert.match(stdout, /could not look\n$/);
});

test('no operator works: found at once, also after it ended in good order; JSON and exit code say it too', async () => {
  await stage.fixture.operator().stop();
  const { stdout, code } = await tmesh(['doctor', '-o', 'json'], { KUBECONFIG: stage.fixture.cluster.kubeconfig });
  const told = (JSON.parse(stdout) as Awaited<ReturnType<DoctorStage['diagnose']>>).checks.find(({ check }) => check === 'operator')?.findings[0];
  assert.deepEqual([code, told?.about], [1, 'Lease tenant-mesh-operator/tenant-mesh-operator']);
  assert.match(told?.message ?? '', /no operator works: its Lease was renewed last at 20.*nothing is repaired/);
});

for (const faults of DEAD) playTogether(`without an operator: ${faults.map(({ check }) => check).join(', ')}`, faults);

test('and an operator that comes puts right what is its own', async () => {
  await stage.fixture.restart();
  await eventually('its own is right', async () => {
    const own = new Set(['operator', 'webhook', 'certificates', 'node-plugin', 'istio-crds', 'permissions', 'crds']);
    const left = (await findings()).filter(({ check }) => own.has(check));
    if (left.length > 0) throw new Error(JSON.stringify(left));
    return true;
  }, 40);
});
