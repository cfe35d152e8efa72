import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command, Option } from 'commander';
import { buildProgram } from '../../../src/cli/program.ts';

interface Printing {
  readonly words: readonly string[];
  readonly option: Option;
}

/** Every `-o`, but those that name a file or a folder to write. */
function printingCommands(command: Command, words: readonly string[] = []): Printing[] {
  const own = command.options.filter(({ short, flags }) => short === '-o' && !/<(file|folder)>/.test(flags)).map((option) => ({ words, option }));
  return [...own, ...command.commands.flatMap((below) => printingCommands(below, [...words, below.name()]))];
}

const PRINTING = printingCommands(buildProgram({ code: 0, whenFailing: 1 }));

test('there are commands that print in several formats', () => {
  const names = PRINTING.map(({ words }) => words.join(' '));
  for (const name of ['doctor', 'get meshes', 'migrate plan', 'render', 'why']) assert.ok(names.includes(name), name);
});

for (const { words, option } of PRINTING) {
  test(`${words.join(' ')} -o takes its formats and no other, the first by default`, async () => {
    assert.ok(option.argChoices !== undefined && option.argChoices.length > 1);
    assert.equal(option.defaultValue, option.argChoices[0]);
    const program = buildProgram({ code: 0, whenFailing: 1 });
    const names = words[0] === 'why' ? ['why', 'pay'] : words;
    const command = words.reduce((at, word) => at.commands.find((below) => below.name() === word) ?? at, program);
    command.configureOutput({ writeErr: () => undefined });
    await assert.rejects(program.parseAsync([...names, '-o', 'xml'], { from: 'user' }), { code: 'commander.invalidArgument', message: new RegExp(`'xml' is invalid.*${option.argChoices.join(', ')}`) });
  });
}
