import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completionAt } from '../../../../src/cli/completion/candidates.ts';
import { clusterFlagsIn } from '../../../../src/cli/completion/live-names.ts';
import { buildProgram } from '../../../../src/cli/program.ts';

const program = buildProgram({ code: 0, whenFailing: 1 });

/** What could stand at the end of a line; the last word is at the cursor. */
function at(line: string): string {
  const words = line.split(' ');
  const completion = completionAt(program, words.slice(0, -1), words.at(-1) ?? '');
  if (completion.is === 'these') return completion.candidates.map(({ value }) => value).join(' ');
  return completion.is === 'live' ? `<${completion.kind}>` : '<files>';
}

const CASES: readonly (readonly [string, string])[] = [
  ['mu', 'must-gather'], ['get ', 'meshes members routes gateways'], ['get me', 'meshes members'], ['get smcp -o ', 'table wide json yaml'], ['get meshes -o w', 'wide'],
  ['why ', '<namespaces>'], ['why pay ', ''], ['why --context x ', '<namespaces>'], ['get routes -n ', '<namespaces>'], ['get routes --context ', '<contexts>'], ['why --operator-namespace ', '<namespaces>'],
  ['get routes --kubeconfig ', '<files>'], ['render -f ', '<files>'], ['must-gather -o ', '<files>'], ['completion ', 'bash zsh fish'], ['why --out', '--output'], ['why --output=json --out', ''],
  ['render -f x --file', '--filename'], ['run --log-level ', 'debug info warn error silent'], ['run --webhook-port ', ''],
];

for (const [line, expected] of CASES) {
  test(`tmesh ${line}⇥ gives ${expected === '' ? 'nothing' : expected}`, () => assert.equal(at(line), expected));
}

test('flags on the line say which cluster the names come from', () => {
  assert.deepEqual(clusterFlagsIn(['why', '--kubeconfig', '/k', '--context=c']), { kubeconfig: '/k', context: 'c' });
  assert.deepEqual(clusterFlagsIn(['why']), {});
});
