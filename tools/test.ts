import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ADDON_BRICKS, BRICKS, BROWSER_BRICKS, CNI_BRICKS, ensureBricks, FILE_BRICKS, IMAGE_BRICKS, MESH_BRICKS, NODE_BRICKS, PACKAGE_BRICKS, TEST_BRICKS } from './cluster/bricks.ts';
import { runCheck } from './check-steps.ts';
import { runWithSecondTry } from './second-try.ts';
import { closeRun, root, runStep, testStep, toolStep, type StepResult } from './step-runner.ts';

/*
 * `npm test`: the check, then everything that needs a real API server, then the demo. The API server is built (once) while the check runs, and
 * Istio and the add-ons while the tests run that need only the API server. A folder or file given as argument runs only those tests.
 * `TMESH_ALSO_BUILD=node` builds the programs of a real node in that time too, for an e2e that follows.
 */
const only = process.argv.slice(2);
const ENVTEST = join(root, 'test', 'envtest');
/** Folders whose tests start Istio's, an add-on's, OLM's or an emulated program, or a browser. */
const LATE = ['addons', 'gitops', 'images', 'injection', 'monitoring', 'olm', 'report', 'scoped-api'];

async function attempt(title: string, work: Promise<unknown>): Promise<StepResult[]> {
  try {
    await work;
    return [];
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return [{ title, passed: 0, failed: 1, seconds: 0 }];
  }
}

async function envtestGlobs(): Promise<{ readonly early: readonly string[]; readonly late: readonly string[] }> {
  const folders = (await readdir(ENVTEST, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const globs = (names: readonly string[]): string[] => names.map((name) => `test/envtest/${name}/**/*.test.ts`);
  return { early: globs(folders.filter((name) => !LATE.includes(name))), late: globs(folders.filter((name) => LATE.includes(name))) };
}

async function runAll(): Promise<StepResult[]> {
  const cluster = attempt('build the API server', ensureBricks(BRICKS));
  const results = await runCheck();
  const missing = await cluster;
  if (missing.length > 0) return [...results, ...missing];
  const late = attempt('build Istio and the add-ons', ensureBricks([...MESH_BRICKS, ...TEST_BRICKS, ...FILE_BRICKS, ...ADDON_BRICKS, ...PACKAGE_BRICKS, ...IMAGE_BRICKS, ...BROWSER_BRICKS]));
  if (process.env['TMESH_ALSO_BUILD'] === 'node') void late.then(() => attempt('build the node', ensureBricks([...NODE_BRICKS, ...CNI_BRICKS])));
  results.push(await runStep(testStep('10,000 control planes', ['test/property/control-plane-laws.test.ts'], 1, { TMESH_SPECS: '10000' }), false));
  const globs = await envtestGlobs();
  results.push(await runStep(toolStep('bundle', 'tools/build/bundle.ts'), true));
  results.push(await runWithSecondTry(testStep('on a real API server', globs.early, 2)));
  results.push(...await late);
  results.push(await runWithSecondTry(testStep('with Istio and the add-ons', globs.late, 2)));
  results.push(await runStep(toolStep('demo', 'tools/demo/main.ts'), true));
  return results;
}

async function runOnly(files: readonly string[]): Promise<StepResult[]> {
  const missing = await attempt('build the API server', ensureBricks(BRICKS));
  if (missing.length > 0) return missing;
  return [await runStep(toolStep('bundle', 'tools/build/bundle.ts'), true), await runStep(testStep('on a real API server', files, 2), false)];
}

process.exitCode = closeRun(only.length === 0 ? await runAll() : await runOnly(only));
process.exit();
