/** `heliostat completion`: the script with which a shell completes commands and options. */

import type { Shell } from '../client/completion-scripts.ts';
import { completionScript, completionTree, shells } from '../client/completion-scripts.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import type { Terminal } from '../terminal.ts';
import type { Command as Commander } from 'commander';

function complete(program: Commander, terminal: Terminal, name: string, json: boolean): ExitCode {
  const shell = shells.find((known): known is Shell => known === name);
  if (shell === undefined) {
    return reportIssues(terminal, [{ code: 'unknown-shell', path: 'shell', value: name, message: 'There is no completion for this shell', remedy: `Write one of ${shells.join(', ')}` }], { json });
  }
  if (json) terminal.printJson({ schema: 'heliostat/completion/1', shell, commands: completionTree(program), script: completionScript(shell, program.name(), program) });
  else terminal.print(completionScript(shell, program.name(), program));
  return 0;
}

export const completionCommand: CommandModule = {
  register(program, terminal, finish) {
    program
      .command('completion')
      .summary('completion for bash, zsh or fish')
      .description('Prints a script with which a shell completes commands and options.')
      .argument('<shell>', shells.join(', '))
      .option('--json', 'print the tree of commands and the script as one JSON document')
      .addHelpText('after', `
Examples:
  source <(heliostat completion bash)
  heliostat completion zsh > ~/.zfunc/_heliostat
  heliostat completion fish | source`)
      .action((name: string, options: { readonly json?: true }) => finish(complete(program, terminal, name, options.json === true)));
  },
};
