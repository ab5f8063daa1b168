/** `heliostat store`: checks, copies, puts back, shrinks and exports the durable log of a controller. */

import { closeSync, openSync, writeSync } from 'node:fs';
import type { Command as Commander } from 'commander';
import { backupInThread } from '../../adapters/store/backup-thread.ts';
import { restoreStore } from '../../adapters/store/backup.ts';
import { exportLog } from '../../adapters/store/export-log.ts';
import { openOwnStore } from '../../adapters/store/own-store.ts';
import { storeLimits } from '../../adapters/store/store.ts';
import { verifyStore } from '../../adapters/store/verify-store.ts';
import { systemCode } from '../../adapters/regular-file.ts';
import type { Issue } from '../../base/issue.ts';
import { formatIssue } from '../../base/issue.ts';
import { isRefusal } from '../../base/refusal.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { fixedText } from '../number-text.ts';
import type { Terminal } from '../terminal.ts';

interface JsonOption {
  readonly json?: true;
}

const examples = `
Examples:
  heliostat store verify heliostat-data                       every entry, snapshot and archived segment; exit code 1 on damage
  heliostat store backup heliostat-data backups/monday        a checked copy, also while the server runs
  heliostat store restore backups/monday heliostat-data --force
  heliostat store compact heliostat-data --keep 10000         move old entries that two snapshots cover to the archive
  heliostat store export heliostat-data > log.jsonl           one entry per line with its hash, for heliostat replay

Exit code 1: the store is damaged, in use, or the disk refuses. 2: the folders or options are wrong.`;

const entriesText = (count: number): string => `${fixedText(count, 0)} ${count === 1 ? 'entry' : 'entries'}`;

/** Issues about what was asked; all others are about the store or the disk. */
const wrongInput: ReadonlySet<string> = new Set(['no-store', 'target-exists', 'store-exists', 'out-of-range', 'option-missing']);

function failWith(terminal: Terminal, issues: readonly Issue[], json: boolean): ExitCode {
  const code = reportIssues(terminal, issues, { json });
  return issues.some((issue) => wrongInput.has(issue.code)) ? code : 1;
}

function runVerify(terminal: Terminal, dir: string, json: boolean): ExitCode {
  const checked = verifyStore(dir);
  if (!checked.ok) return failWith(terminal, checked.issues, json);
  const { header, baseN, headN, headHash, acknowledgedN, snapshots, archivedEntries, issues, notes } = checked.value;
  if (json) {
    const { cluster, fingerprint, version } = header;
    terminal.printJson({ schema: 'heliostat/store-verify/1', cluster, fingerprint, version, baseN, headN, headHash, acknowledgedN, snapshots, archivedEntries, issues, notes });
  } else {
    const { bold, dim } = terminal.colours;
    terminal.print(`${bold(header.cluster)} ${dim(`format version ${header.version}`)}`);
    terminal.print(`  ${entriesText(headN - baseN)} in the database, up to entry ${fixedText(headN, 0)}; ${entriesText(archivedEntries)} in the archive`);
    terminal.print(`  snapshots after ${snapshots.length === 0 ? 'no entry yet' : snapshots.map((n) => `entry ${fixedText(n, 0)}`).join(' and ')}`);
    terminal.print(`  chain hash after entry ${fixedText(headN, 0)}: ${headHash}`);
    for (const issue of [...issues, ...notes]) terminal.complain(formatIssue(issue));
    terminal.print(issues.length === 0 ? '  whole: everything that was acknowledged is as it was written' : `  damaged: good up to entry ${fixedText(headN, 0)}`);
  }
  return issues.length === 0 ? 0 : 1;
}

async function runBackup(terminal: Terminal, dir: string, target: string, json: boolean): Promise<ExitCode> {
  const made = await backupInThread(dir, target);
  if (!made.ok) return failWith(terminal, made.issues, json);
  if (json) terminal.printJson({ schema: 'heliostat/store-backup/1', target, ...made.value });
  else terminal.print(`${target}: a checked copy of ${made.value.cluster} up to entry ${fixedText(made.value.headN, 0)}`);
  return 0;
}

async function runRestore(terminal: Terminal, from: string, dir: string, { force, json }: { readonly force: boolean; readonly json: boolean }): Promise<ExitCode> {
  const restored = await restoreStore(from, dir, { force });
  if (!restored.ok) return failWith(terminal, restored.issues, json);
  if (json) terminal.printJson({ schema: 'heliostat/store-restore/1', dir, ...restored.value });
  else {
    terminal.print(`${dir}: ${restored.value.cluster} up to entry ${fixedText(restored.value.headN, 0)}`);
    if (restored.value.replaced !== null) terminal.print(`  what it replaced is kept in ${restored.value.replaced} until the next restore`);
  }
  return 0;
}

async function runCompact(terminal: Terminal, dir: string, { keep, json }: { readonly keep: string | undefined; readonly json: boolean }): Promise<ExitCode> {
  const entriesKept = keep === undefined ? storeLimits.entriesKept : /^\d{1,12}$/.test(keep) ? Number(keep) : NaN;
  if (Number.isNaN(entriesKept)) {
    return failWith(terminal, [{ code: 'out-of-range', path: '--keep', message: 'This is not a number of entries', remedy: 'Write a whole number from 0', value: keep ?? '' }], json);
  }
  const opened = openOwnStore(dir, { entriesKept });
  if (!opened.ok) return failWith(terminal, opened.issues, json);
  const store = opened.value;
  const compacted = await store.compact();
  const { baseN, headN } = store;
  await store.close();
  if (isRefusal(compacted)) {
    if (json) terminal.printJson({ refusal: { code: compacted.code, remedy: compacted.remedy, reasons: compacted.reasons } });
    else terminal.complain(`${compacted.reasons.join(' ')} [${compacted.code}]`);
    return 1;
  }
  if (json) terminal.printJson({ schema: 'heliostat/store-compact/1', dir, baseN, headN, ...compacted });
  else terminal.print(`${dir}: ${entriesText(compacted.archivedEntries)} moved to the archive, ${entriesText(headN - baseN)} stay in the database`);
  return 0;
}

/** Lines gathered before they are written. */
const gatheredLinesMax = 1000;

function writeLines(lines: Iterable<string>, write: (text: string) => void): void {
  let gathered: string[] = [];
  const flush = (): void => {
    if (gathered.length > 0) write(`${gathered.join('\n')}\n`);
    gathered = [];
  };
  for (const line of lines) {
    gathered.push(line);
    if (gathered.length >= gatheredLinesMax) flush();
  }
  flush();
}

function writeLinesTo(path: string, lines: Iterable<string>): void {
  const file = openSync(path, 'w');
  try {
    writeLines(lines, (text) => {
      const bytes = Buffer.from(text);
      for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
    });
  } finally {
    closeSync(file);
  }
}

function runExport(terminal: Terminal, dir: string, { out, json }: { readonly out: string | undefined; readonly json: boolean }): ExitCode {
  if (json && out === undefined) {
    return failWith(terminal, [{ code: 'option-missing', path: '--out', message: 'The log itself goes to standard output', remedy: 'Name a file with --out to have a JSON document there' }], json);
  }
  const exported = exportLog(dir);
  if (!exported.ok) return failWith(terminal, exported.issues, json);
  const { header, baseN, headN, issues, lines } = exported.value;
  if (out === undefined) writeLines(lines(), terminal.print);
  else {
    try {
      writeLinesTo(out, lines());
    } catch (fault) {
      if (!(fault instanceof Error && 'syscall' in fault)) throw fault;
      return failWith(terminal, [{ code: 'cannot-write', file: out, message: `The file cannot be written (${systemCode(fault)})`, remedy: 'Name a file in a folder that may be written' }], json);
    }
    if (json) terminal.printJson({ schema: 'heliostat/store-export/1', file: out, cluster: header.cluster, baseN, headN, issues });
    else terminal.print(`${out}: ${entriesText(headN - baseN)} of ${header.cluster}`);
  }
  if (!json) for (const issue of issues) terminal.complain(formatIssue(issue));
  return issues.length === 0 ? 0 : 1;
}

function addCommands(store: Commander, terminal: Terminal, finish: (code: ExitCode) => void): void {
  const json = ['--json', 'print one JSON document'] as const;
  store.command('verify').description('check every entry, snapshot and archived segment').argument('<dir>', 'folder of the store').option(...json).addHelpText('after', examples)
    .action((dir: string, options: JsonOption) => finish(runVerify(terminal, dir, options.json === true)));
  store.command('backup').description('copy a store, also while it is in use').argument('<dir>', 'folder of the store').argument('<target>', 'folder to make').option(...json).addHelpText('after', examples)
    .action(async (dir: string, target: string, options: JsonOption) => finish(await runBackup(terminal, dir, target, options.json === true)));
  store.command('restore').description('put a backup in the place of a store').argument('<backup>', 'folder of the backup').argument('<dir>', 'folder of the store')
    .option('--force', 'replace a store that is there').option(...json).addHelpText('after', examples)
    .action(async (from: string, dir: string, options: JsonOption & { readonly force?: true }) => finish(await runRestore(terminal, from, dir, { force: options.force === true, json: options.json === true })));
  store.command('compact').description('move old entries that two snapshots cover to the archive').argument('<dir>', 'folder of the store')
    .option('--keep <entries>', `newest entries that stay in the database (default: ${storeLimits.entriesKept})`).option(...json).addHelpText('after', examples)
    .action(async (dir: string, options: JsonOption & { readonly keep?: string }) => finish(await runCompact(terminal, dir, { keep: options.keep, json: options.json === true })));
  store.command('export').description('write the log as JSON Lines').argument('<dir>', 'folder of the store')
    .option('--out <file>', 'write to a file instead of standard output').option(...json).addHelpText('after', examples)
    .action((dir: string, options: JsonOption & { readonly out?: string }) => finish(runExport(terminal, dir, { out: options.out, json: options.json === true })));
}

export const storeCommand: CommandModule = {
  register(program, terminal, finish) {
    const store = program.command('store').description('check, back up, restore, compact or export the durable log of a controller').addHelpText('after', examples);
    addCommands(store, terminal, finish);
  },
};
