/** Runs a command in this process, with the terminal's streams caught: as the program does, without the start of a process. */

import { Command } from 'commander';
import type { CommandModule, ExitCode } from '../../src/app/command.ts';
import { createTerminal } from '../../src/app/terminal.ts';

export interface Ran {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

export async function runCommand(modules: readonly CommandModule[], ...args: readonly string[]): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  let code: ExitCode = 0;
  const program = new Command('heliostat').exitOverride();
  const terminal = createTerminal({ write: (text: string) => out.push(text) }, { write: (text: string) => err.push(text) });
  for (const module of modules) module.register(program, terminal, (finished) => { code = finished; });
  await program.parseAsync(['node', 'heliostat', ...args]);
  return { code, stdout: out.join(''), stderr: err.join('') };
}
