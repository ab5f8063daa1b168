/** `heliostat explain [LOG] [N]`: why a decision of a log, or of a running server, was taken, what it cost, what was rejected at what price, from the reading up to the jobs. */

import { isRefusal } from '../../base/refusal.ts';
import { formatIssue } from '../../base/issue.ts';
import { gpuTimeText } from '../../base/number-text.ts';
import { decisionsIn, explainDecision, plansIn } from '../../control/explain/explain-decision.ts';
import { explainLines } from '../../control/explain/explain-text.ts';
import { explainRemote } from '../client/explain-remote.ts';
import type { ServerOptions } from '../client/server-options.ts';
import { serverHelp, withServer } from '../client/server-options.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import type { LogOnPlant } from '../explain-log.ts';
import { readLogOnPlant } from '../explain-log.ts';
import { countText } from '../number-text.ts';
import type { Terminal } from '../terminal.ts';

const examples = `
Examples:
  heliostat explain incident.jsonl --cluster examples/cluster-liquid-1024.yaml            lists the decisions
  heliostat explain incident.jsonl last --cluster examples/cluster-liquid-1024.yaml
  heliostat explain incident.jsonl 14011 --cluster examples/cluster-liquid-1024.yaml --json
  heliostat explain                                                                      decisions of the running server
  heliostat explain last
  heliostat explain 14011 --server https://heliostat.example:7420

LOG is a plain log (heliostat scenario PLAY --log LOG, or heliostat store export) or the data folder of a server. The Cluster file gives the names of its rows and
must be the one with which the log was begun. A log that is cut short is explained as far as it goes.

${serverHelp}`;

interface LogOptions {
  readonly cluster: string;
  readonly json?: true;
}

interface ExplainOptions extends ServerOptions {
  readonly cluster?: string;
}

const entryNumber = /^[1-9]\d{0,14}$/;

/** `last` is the ladder's last decision, or the last plan where the ladder was never asked. */
function chosen(text: string, { entries }: LogOnPlant): number {
  return text === 'last' ? decisionsIn(entries).at(-1) ?? plansIn(entries).at(-1) ?? 0 : Number(text);
}

function listDecisions(terminal: Terminal, { plant, entries }: LogOnPlant, json: boolean): ExitCode {
  const decisions = decisionsIn(entries).flatMap((n) => {
    const explained = explainDecision(plant, entries, n);
    return isRefusal(explained) || !('rung' in explained) ? [] : [explained];
  });
  if (json) {
    const rows = decisions.map(({ n, atNs, rung, because, status, price, impact }) => ({ n, atNs, rung, because, status, lostGpuS: price.lostGpuS, jobs: impact.jobs }));
    terminal.printJson({ schema: 'heliostat/explain/1', decision: null, decisions: rows });
    return 0;
  }
  for (const { n, atNs, rung, because, price } of decisions) terminal.print(`${n}  ${(atNs / 1e9).toFixed(3)} s  ${rung}, ${gpuTimeText(price.lostGpuS)}: ${because}`);
  terminal.print(`${countText(decisions.length, 'decision')}, ${countText(plansIn(entries).length - decisions.length, 'other plan')} in ${entries.length} entries`);
  return 0;
}

function runExplain(terminal: Terminal, file: string, which: string | undefined, options: LogOptions): ExitCode {
  const json = options.json === true;
  if (which !== undefined && which !== 'last' && !entryNumber.test(which)) {
    return reportIssues(terminal, [{ code: 'not-an-entry', message: 'This is no number of an entry', remedy: 'Write `last` or a whole number', value: which }], { json });
  }
  const read = readLogOnPlant({ log: file, cluster: options.cluster });
  if (!read.ok) return reportIssues(terminal, read.issues, { json });
  const log = read.value;
  if (!json) for (const issue of log.issues) terminal.complain(formatIssue(issue));
  if (which === undefined) return listDecisions(terminal, log, json);
  const n = chosen(which, log);
  const explained = explainDecision(log.plant, log.entries, n);
  if (isRefusal(explained)) {
    if (json) terminal.printJson({ refusal: { code: explained.code, remedy: explained.remedy, reasons: explained.reasons } });
    else for (const reason of explained.reasons) terminal.complain(reason);
    return 1;
  }
  if (json) terminal.printJson({ schema: 'heliostat/explain/1', decision: explained, decisions: [] });
  else for (const line of explainLines(log.plant, log.entries, n)) terminal.print(line);
  return 0;
}

/** A log is explained with its cluster; without one, a decision of a running server is. */
async function explain(terminal: Terminal, words: readonly (string | undefined)[], options: ExplainOptions): Promise<ExitCode> {
  const [file, which] = words;
  const { cluster } = options;
  if (file !== undefined && cluster !== undefined) return runExplain(terminal, file, which, { ...options, cluster });
  if (which === undefined && cluster === undefined && (file === undefined || file === 'last' || entryNumber.test(file))) {
    return explainRemote(terminal, options, file === undefined ? null : file === 'last' ? file : Number(file));
  }
  const issue = file === undefined
    ? { code: 'option-missing', path: 'log', message: 'A cluster is named without its log', remedy: 'Name the log before it, or leave --cluster out to ask a server' }
    : { code: 'option-missing', path: '--cluster', message: 'A log is explained with the Cluster file with which it was begun', remedy: 'Add --cluster FILE, or write only a number to ask a server' };
  return reportIssues(terminal, [issue], { json: options.json === true });
}

export const explainCommand: CommandModule = {
  register(program, terminal, finish) {
    withServer(program
      .command('explain')
      .summary('why a decision was taken, and what the others would have cost')
      .description('Explains a decision of a log or of a running server: the reading that caused it, whom it touched, every plan that was weighed with its price, what was done.')
      .argument('[log]', 'a plain log or the data folder of a server; without one a server is asked')
      .argument('[decision]', 'number of the decision, or `last`; lists all of them when absent')
      .option('--cluster <file>', 'the Cluster spec of the log'))
      .addHelpText('after', examples)
      .action(async (file: string | undefined, which: string | undefined, options: ExplainOptions) => finish(await explain(terminal, [file, which], options)));
  },
};
