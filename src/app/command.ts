/** What every command module exports, and the three ways a command can end. */

import type { Command as Commander } from 'commander';
import type { Issue } from '../base/issue.ts';
import { formatIssue } from '../base/issue.ts';
import type { Terminal } from './terminal.ts';

/** 0 done, 1 failed (a refusal or an I/O fault), 2 bad input. */
export type ExitCode = 0 | 1 | 2;

export interface CommandModule {
  /** Adds the command to the program. Its action must end in `finish`. */
  register(program: Commander, terminal: Terminal, finish: (code: ExitCode) => void): void;
}

/** Reports every issue at once: lines on stderr for people, one document on stdout for programs. Returns exit code 2. */
export function reportIssues(terminal: Terminal, issues: readonly Issue[], options: { readonly json: boolean }): ExitCode {
  if (options.json) terminal.printJson({ issues });
  else for (const issue of issues) terminal.complain(formatIssue(issue));
  return 2;
}
