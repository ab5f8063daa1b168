/** The pages of the documentation: every command in their blocks ends well, and every command they name in a sentence exists with its options. */

import assert from 'node:assert/strict';
import { existsSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Command } from 'commander';
import { createTerminal } from '../../src/app/terminal.ts';
import { blockCommands, commandModule, linkProject, readPage, root, runLine } from './page-commands.ts';

/** Pages whose commands need a running server have tests of their own. */
const served = ['docs/operator.md', 'docs/scheduler.md'];
const pages = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/**/*.md', { cwd: root })].sort();

const folder = mkdtempSync(join(tmpdir(), 'heliostat-docs-'));
linkProject(folder);
process.chdir(folder);
after(() => {
  process.chdir(root);
  rmSync(folder, { recursive: true, force: true });
});

/** Every play is performed by its own tests, and the largest takes as long as all else here together. */
const isPlay = (line: string): boolean => /^heliostat scenario (\S+)/.test(line) && existsSync(/^heliostat scenario (\S+)/.exec(line)?.[1] ?? '');

const done = new Set<string>();

for (const path of pages.filter((page) => !served.includes(page))) {
  const commands = blockCommands(readPage(path)).filter((line) => line.startsWith('heliostat ') && !isPlay(line));
  if (commands.length === 0) continue;
  test(`the commands in the blocks of ${path} end well`, async () => {
    for (const line of commands.filter((own) => !done.has(own))) {
      done.add(line);
      const run = await runLine(line);
      assert.equal(run.code, 0, `${line}\n${run.stdout.slice(-2000)}\n${run.stderr}`);
    }
  });
}

/** Commands that the table of questions in README.md can run at once: without a placeholder, without a server, and not those that others of the tests run for minutes. */
function questionCommands(): readonly string[] {
  const rows = readPage('README.md').split('\n').filter((line) => line.startsWith('| ') && line.includes('? | `'));
  const commands = rows.flatMap((line) => [...(line.split(' | ').at(-1) ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''));
  const needsServer = /^(?:status|top|jobs|lease|events|explain N|whatif|drain|repair|serve)\b/;
  const isLong = /^worth\b/;
  return commands.filter((line) => !/\b[A-Z]{3,}\b/.test(line) && !needsServer.test(line) && !isLong.test(line) && line.includes(' '));
}

test('the questions of README.md are answered by the commands beside them', async () => {
  const commands = questionCommands().map((words) => `heliostat ${words}`).filter((line) => !isPlay(line));
  assert.ok(commands.length > 15, `${commands.length} commands`);
  for (const line of commands.filter((own) => !done.has(own))) {
    const run = await runLine(line);
    assert.equal(run.code, 0, `${line}\n${run.stdout.slice(-2000)}\n${run.stderr}`);
  }
});

/** A command's own help page, and that of the subcommand behind it. */
async function helpOf(words: readonly string[]): Promise<string> {
  const program = new Command('heliostat');
  (await commandModule(words[0] ?? '')).register(program, createTerminal({ write: () => true }, { write: () => true }), () => undefined);
  const command = program.commands[0];
  const sub = command?.commands.find((own) => own.name() === words[1]);
  return `${command?.helpInformation() ?? ''}\n${sub?.helpInformation() ?? ''}`;
}

test('commands that a sentence names exist, with the options it names', async () => {
  const wrong: string[] = [];
  for (const path of pages) {
    for (const [, line = ''] of readPage(path).matchAll(/`heliostat ([a-z][^`]*)`/g)) {
      const words = line.split(/\s+/);
      try {
        const help = await helpOf(words);
        for (const [option] of line.matchAll(/--[a-z][a-z-]*/g)) if (!help.includes(option) && option !== '--help') wrong.push(`${path}: heliostat ${line}: ${option}`);
      } catch (fault) {
        wrong.push(`${path}: heliostat ${line}: ${(fault as Error).message.split('\n')[0]}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});
