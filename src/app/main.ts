#!/usr/bin/env node
/** The command line: one program, one module per command. */

import { Command } from 'commander';
import type { CommandModule } from './command.ts';
import { createTerminal } from './terminal.ts';

const modules: readonly CommandModule[] = [];

const program = new Command('heliostat')
  .description('Makes light a schedulable resource in AI clusters.')
  .showHelpAfterError('(run with --help for examples)')
  .exitOverride();
const terminal = createTerminal(process.stdout, process.stderr);
for (const module of modules) module.register(program, terminal, (code) => { process.exitCode = code; });
await program.parseAsync(process.argv);
