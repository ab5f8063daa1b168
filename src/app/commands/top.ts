/** `heliostat top`: the overview again and again on a terminal, once into a pipe. */

import { setTimeout as sleep } from 'node:timers/promises';
import { overviewText, readOverview } from '../client/overview.ts';
import type { ServerOptions, Session } from '../client/server-options.ts';
import { reportProblem, serverHelp, show, withClient, withServer } from '../client/server-options.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { parseQuantity } from '../../adapters/quantity.ts';
import { reportIssues } from '../command.ts';
import { wrapText } from '../text-table.ts';

interface TopOptions extends ServerOptions {
  readonly interval: string;
  readonly once?: true;
}

const intervalMinMs = 200;
const onceRows = 20;
/** Lines of a screen that are no rows of tables. */
const frameLines = 22;
const alternateScreen = '\u001b[?1049h\u001b[?25l';
const usualScreen = '\u001b[?25h\u001b[?1049l';
const redraw = '\u001b[H';
const clearBelow = '\u001b[J';
const clearLine = '\u001b[K';

const isScreen = (): boolean => process.stdout.isTTY === true;

/** Cuts what is drawn to the screen, so that nothing scrolls; each line clears what stood behind it. */
function frame(text: string): string {
  const { rows = 24, columns = 80 } = process.stdout;
  const lines = text.split('\n').map((line) => (wrapText(line, columns)[0] === line ? line : cut(line, columns)));
  return redraw + lines.slice(0, rows - 1).map((line) => line + clearLine).join('\n') + clearBelow;
}

/** The first columns of a painted line; colour commands take none. */
function cut(line: string, columns: number): string {
  let width = 0;
  let kept = '';
  for (const [piece] of line.matchAll(/\u001b\[[\d;]*m|[\s\S]/gu)) {
    if (!piece.startsWith('\u001b') && ++width > columns) continue;
    kept += piece;
  }
  return kept;
}

async function watch({ client, terminal, json }: Session, intervalMs: number): Promise<ExitCode> {
  const first = await readOverview(client);
  if (!first.ok) return reportProblem(terminal, first.problem, { json });
  const ending = new AbortController();
  const end = (): void => ending.abort();
  const onKey = (key: Buffer): void => { if (/[q\u0003]/.test(key.toString('utf8'))) end(); };
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  process.stdin.on('data', onKey);
  if (process.stdin.isTTY) process.stdin.setRawMode(true);
  process.stdout.write(alternateScreen);
  let last = first.value;
  let note = terminal.colours.dim('q ends');
  try {
    while (!ending.signal.aborted) {
      const rows = Math.max(3, Math.floor(((process.stdout.rows ?? 40) - frameLines) / 3));
      process.stdout.write(frame(`${overviewText(last, { rows, withDecisions: true }, terminal.colours)}\n${note}`));
      await sleep(intervalMs, undefined, { signal: ending.signal }).catch(() => undefined);
      const asked = await readOverview(client);
      if (asked.ok) last = asked.value;
      note = asked.ok ? terminal.colours.dim('q ends') : terminal.colours.red(`${asked.problem.detail}; this is what was last heard`);
    }
    return 0;
  } finally {
    process.stdout.write(usualScreen);
    if (process.stdin.isTTY) process.stdin.setRawMode(false);
    process.stdin.off('data', onKey).pause();
    process.off('SIGINT', end);
    process.off('SIGTERM', end);
  }
}

export const topCommand: CommandModule = {
  register(program, terminal, finish) {
    withServer(program.command('top').summary('jobs, alarms and decisions as they change').description('Shows light, jobs, alarms and decisions, refreshed on a terminal until q or Ctrl-C; into a pipe once.'))
      .option('--interval <time>', 'time between refreshes', '2s')
      .option('--once', 'show it once, also on a terminal')
      .addHelpText('after', `
Examples:
  heliostat top
  heliostat top --interval 500ms
  heliostat top --once | head -20
${serverHelp}`)
      .action(async (options: TopOptions) => finish(await withClient(options, terminal, async (session) => {
        const interval = parseQuantity(options.interval, 'time');
        if (!interval.ok) return reportIssues(terminal, interval.issues.map((issue) => ({ ...issue, path: '--interval' })), session);
        if (isScreen() && options.once !== true && !session.json) return watch(session, Math.max(intervalMinMs, interval.value / 1e6));
        return show(session, await readOverview(session.client), { schema: 'heliostat/top/1', text: (overview) => overviewText(overview, { rows: onceRows, withDecisions: true }, terminal.colours) });
      })));
  },
};
