import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { parseArguments, VERBS } from '../../../../tools/cluster/cli-arguments.ts';

function command(...words: readonly string[]): object {
  const parsed = parseArguments(words);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error);
  return parsed.value;
}

function complaint(...words: readonly string[]): string {
  const parsed = parseArguments(words);
  assert.ok(!parsed.ok, `${words.join(' ')} was accepted`);
  return parsed.error;
}

describe('the arguments of `npm run cluster`', () => {
  it('takes each verb alone', () => {
    for (const verb of VERBS) assert.deepEqual(command(verb), { verb, flavour: undefined, node: false, dir: undefined });
  });

  it('takes the flavour and the folder in any order and both spellings', () => {
    const wanted = { verb: 'up', flavour: 'openshift', node: false, dir: 'some/folder' };
    assert.deepEqual(command('up', '--openshift', '--dir', 'some/folder'), wanted);
    assert.deepEqual(command('up', '--dir=some/folder', '--openshift'), wanted);
  });

  it('takes a real node with every verb, since it means another folder', () => {
    for (const verb of VERBS) assert.deepEqual(command(verb, '--node'), { verb, flavour: undefined, node: true, dir: undefined });
  });

  it('keeps a folder whose name holds an equals sign', () => {
    assert.deepEqual(command('down', '--dir=a=b'), { verb: 'down', flavour: undefined, node: false, dir: 'a=b' });
  });

  it('asks for a verb when there is none', () => {
    assert.match(complaint(), /say what to do: one of up, down, status/);
  });

  it('names an unknown verb and the known ones', () => {
    assert.equal(complaint('start'), 'unknown verb "start"; one of up, down, status');
  });

  it('names an unknown flag and those the verb takes', () => {
    assert.equal(complaint('up', '--fast'), 'unknown argument "--fast"; `up` takes --node, --openshift and --dir FOLDER');
    assert.equal(complaint('status', 'now'), 'unknown argument "now"; `status` takes --node and --dir FOLDER');
  });

  it('refuses a folder that is missing, empty or looks like a flag', () => {
    assert.equal(complaint('up', '--dir'), '--dir needs a folder');
    assert.equal(complaint('up', '--dir='), '--dir needs a folder');
    assert.equal(complaint('up', '--dir', '--openshift'), '--dir needs a folder');
  });

  it('refuses the flavour for verbs that take the cluster as it is', () => {
    assert.match(complaint('down', '--openshift'), /^--openshift belongs to `up`/);
  });

  it('gives help for the usual spellings', () => {
    for (const word of ['--help', '-h', 'help']) assert.equal((command(word) as { verb: string }).verb, 'help');
  });

  it('answers anything with a command or one line', () => {
    fc.assert(fc.property(fc.array(fc.string()), (words) => {
      const parsed = parseArguments(words);
      assert.ok(parsed.ok || !parsed.error.includes('\n'));
    }));
  });
});
