/** `heliostat explain LOG [N]`: why a decision was taken, what it cost, what was rejected at what price, from the reading up to the jobs. */

import { isRefusal } from '../../base/refusal.ts';
import { formatIssue } from '../../base/issue.ts';
import { decisionsIn, explainDecision, plansIn } from '../../control/explain/explain-decision.ts';
import { explainLines } from '../../control/explain/explain-text.ts';
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

LOG is a plain log: heliostat scenario PLAY --log LOG, or heliostat store export. The Cluster file gives the names of its rows and
must be the one with which the log was begun. A log that is cut short is explained as far as it goes.

Exit code 0: done. 1: there is no such decision. 2: bad input, all issues listed.`;

interface ExplainOptions {
  readonly cluster: string;
  readonly json?: true;
}

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
    terminal.printJson({ schema: 'heliostat/explain/1', decision: null, decisions: decisions.map(({ n, atNs, rung, because, status, price, impact }) => ({ n, atNs, rung, because, status, lostGpuS: price.lostGpuS, jobs: impact.jobs })) });
    return 0;
  }
  for (const { n, atNs, rung, because, price } of decisions) terminal.print(`${n}  ${(atNs / 1e9).toFixed(3)} s  ${rung}, ${price.lostGpuS.toFixed(0)} GPU s: ${because}`);
  terminal.print(`${countText(decisions.length, 'decision')}, ${countText(plansIn(entries).length - decisions.length, 'other plan')} in ${entries.length} entries`);
  return 0;
}

function runExplain(terminal: Terminal, file: string, which: string | undefined, options: ExplainOptions): ExitCode {
  const json = options.json === true;
  if (which !== undefined && which !== 'last' && !/^[1-9]\d{0,14}$/.test(which)) {
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

export const explainCommand: CommandModule = {
  register(program, terminal, finish) {
    program
      .command('explain')
      .summary('why a decision was taken, and what the others would have cost')
      .description('Explains a decision of a log: the reading that caused it, whom it touched, every plan that was weighed with its price, what was done.')
      .argument('<log>', 'a plain log')
      .argument('[decision]', 'number of the decision, or `last`; lists all of them when absent')
      .requiredOption('--cluster <file>', 'the Cluster spec of the log')
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples)
      .action((file: string, which: string | undefined, options: ExplainOptions) => finish(runExplain(terminal, file, which, options)));
  },
};
