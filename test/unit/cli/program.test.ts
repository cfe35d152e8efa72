import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommanderError, type Command } from 'commander';
import { buildProgram } from '../../../src/cli/program.ts';

/** What somebody reads who types this. */
function refusal(words: readonly string[], name?: string): string {
  const program = buildProgram({ code: 0, whenFailing: 1 }, name);
  let text = '';
  const listen = (command: Command): void => {
    command.configureOutput({ writeErr: (line) => { text += line; } });
    for (const below of command.commands) listen(below);
  };
  listen(program);
  assert.throws(() => { program.parse([...words], { from: 'user' }); }, CommanderError);
  return text;
}

test('an error of the command line names the help of the command that it is about', () => {
  assert.equal(refusal(['gett']), "error: unknown command 'gett'\n(Did you mean get?)\n(see tmesh --help)\n");
  assert.match(refusal(['get', 'meshs']), /\(Did you mean one of mesh, meshes\?\)\n\(see tmesh get --help\)\n$/);
  assert.match(refusal(['get', 'meshes', '--outptu', 'json']), /unknown option '--outptu'\n\(Did you mean --output\?\)\n\(see tmesh get meshes --help\)\n$/);
  assert.match(refusal(['why'], 'kubectl tmesh'), /\(see kubectl tmesh why --help\)\n$/);
});
