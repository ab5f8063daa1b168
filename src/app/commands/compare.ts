/** `heliostat compare STUDY`: optics choices on one cluster, from link budget to training step, as a table and a report. */

import { resolve } from 'node:path';
import { placeDesignIssues } from '../../adapters/spec/design-places.ts';
import { readStudy } from '../../adapters/spec/study.ts';
import type { StudySpec } from '../../adapters/spec/spec.ts';
import { writeWholeFile } from '../../adapters/whole-file.ts';
import type { Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import { createCatalogue } from '../../optics/catalogue/catalogue.ts';
import { compareOptics } from '../../study/compare.ts';
import type { CompareResult } from '../../study/compare-result.ts';
import type { RunningTerms } from '../../study/ownership.ts';
import { defaultRunning } from '../../study/ownership.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { renderCompareTable } from '../compare-table.ts';
import { packageVersion } from '../package-version.ts';
import { renderCompareHtml } from '../report/compare-html.ts';
import { readElectricity, readYears } from '../running-terms.ts';
import { studyPhysics } from '../study-physics.ts';
import type { Terminal } from '../terminal.ts';

const examples = `
Examples:
  heliostat compare examples/optics-choice.yaml
  heliostat compare examples/optics-choice.yaml --html optics.html
  heliostat compare examples/optics-choice.yaml --years 5 --electricity 0.12
  heliostat compare examples/optics-choice.yaml --json > optics.json

The report is one HTML file that opens from disk without a network. With --json, one document of schema heliostat/compare/1
(docs/json.md) goes to stdout and no report is written unless --html asks for it.
Exit code 0: done, refused links included in the answer. 2: the study has issues, all listed.`;

interface Options { readonly json?: true; readonly html?: string; readonly years: string; readonly electricity: string }

/** File of the report when none is named. */
const defaultReport = 'heliostat-report.html';

/** A price that the user gives replaces the estimate, and its evidence with it. */
function readRunning(options: Options): Parsed<RunningTerms> {
  const years = readYears(options.years);
  const usd = readElectricity(options.electricity);
  if (!years.ok || !usd.ok) return { ok: false, issues: [years, usd].flatMap((read) => (read.ok ? [] : read.issues)) };
  const { usdPerKwh } = defaultRunning;
  const isDefault = usd.value === usdPerKwh.value;
  return parsed({ years: years.value, usdPerKwh: isDefault ? usdPerKwh : { ...usdPerKwh, value: usd.value, source: 'given as --electricity' } });
}

function compareStudy(study: StudySpec, running: RunningTerms, terminal: Terminal): Parsed<CompareResult> {
  const { cluster, choices, workloads, prices } = study;
  const progress = terminal.startProgress(`comparing ${study.name}`, choices.length * (1 + workloads.length));
  try {
    return compareOptics({
      name: study.name, clusterName: cluster.name, accelerator: cluster.accelerator, pue: cluster.pue, running, choices,
      workloads: workloads.map(({ workload, plan }) => ({ name: workload.name, model: workload.model, plan })),
    }, {
      ...studyPhysics({ catalogue: createCatalogue(), caseTemperatureC: cluster.design.caseTemperatureC, prices }),
      onProgress: (done, _total, label) => progress.update(done, label),
    });
  } finally {
    progress.finish();
  }
}

/** The command that makes the same report again: terms that are not the default are named. */
function commandLine(file: string, { years, electricity }: Options): string {
  const changed = [
    Number(years) === defaultRunning.years ? '' : ` --years ${years}`,
    Number(electricity) === defaultRunning.usdPerKwh.value ? '' : ` --electricity ${electricity}`,
  ];
  return `heliostat compare ${file}${changed.join('')}`;
}

function runCompare(terminal: Terminal, file: string, options: Options): ExitCode {
  const json = options.json === true;
  const startedMs = performance.now();
  const read = readStudy(file);
  if (!read.ok) return reportIssues(terminal, read.issues, { json });
  const running = readRunning(options);
  if (!running.ok) return reportIssues(terminal, running.issues, { json });
  const compared = compareStudy(read.value, running.value, terminal);
  if (!compared.ok) return reportIssues(terminal, placeDesignIssues(read.value, compared.issues), { json });
  const result = compared.value;
  const report = options.html ?? (json ? null : defaultReport);
  if (report !== null) {
    const written = writeWholeFile(report, renderCompareHtml(result, { generatedAt: new Date().toISOString(), command: commandLine(file, options), version: packageVersion }));
    if (!written.ok) return reportIssues(terminal, written.issues, { json });
  }
  if (json) terminal.printJson(result);
  else {
    terminal.print(renderCompareTable(result, { columns: terminal.columns, colours: terminal.colours }));
    const { dim } = terminal.colours;
    terminal.print(`\n${dim('Report')}  ${resolve(report ?? defaultReport)}\n${dim(`Took ${((performance.now() - startedMs) / 1000).toFixed(1)} s.`)}`);
  }
  return 0;
}

export const compareCommand: CommandModule = {
  register(program, terminal, finish) {
    program
      .command('compare')
      .description('compare optics choices on one cluster: step time, power, cost, failures, and what does not close')
      .argument('<study>', 'Study spec of type compare')
      .option('--html <file>', `write the report there (default ${defaultReport}; none with --json)`)
      .option('--years <count>', 'years over which electricity is counted', String(defaultRunning.years))
      .option('--electricity <price>', 'price of electricity, $ per kWh', String(defaultRunning.usdPerKwh.value))
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples)
      .action((study: string, options: Options) => finish(runCompare(terminal, study, options)));
  },
};
