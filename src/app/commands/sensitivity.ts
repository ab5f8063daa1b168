/** `heliostat sensitivity STUDY`: how step time, energy, cost and margin move with every part parameter and with the network. */

import { readStudy } from '../../adapters/spec/study.ts';
import type { StudyChoice, StudySpec, StudyWorkload } from '../../adapters/spec/spec.ts';
import { writeWholeFile } from '../../adapters/whole-file.ts';
import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import { nearestNames } from '../../base/nearest-name.ts';
import { createCatalogue } from '../../optics/catalogue/catalogue.ts';
import { studySensitivity } from '../../study/sensitivity.ts';
import type { SensitivityResult } from '../../study/sensitivity-result.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { packageVersion } from '../package-version.ts';
import { renderSensitivityHtml } from '../report/sensitivity-html.ts';
import { renderSensitivity } from '../sensitivity-table.ts';
import { studyPhysics } from '../study-physics.ts';
import type { Terminal } from '../terminal.ts';
import { collect } from './part.ts';

const examples = `
Examples:
  heliostat sensitivity examples/sensitivity.yaml
  heliostat sensitivity examples/optics-choice.yaml --choice lpo --workload mixtral-8x22b
  heliostat sensitivity examples/sensitivity.yaml --param network.rate --param network.latency --param dr8-800g.power_typ
  heliostat sensitivity examples/sensitivity.yaml --html sensitivity.html --json > sensitivity.json

Without --choice and --workload the study's first ones are taken. Without --param every figure that the choice's links and bill
read is turned, with network.rate, network.latency, network.extraLoss (what is 1 dB worth), network.caseTemperature (where the
study states one), scaleUp.rate, scaleUp.latency, switch.latency, switch.power, switch.cost, nic.power, nic.cost,
accelerator.power and site.pue. Derivatives name their unit (s per dB, kW per W, $ per $/Gb/s). Where a result jumps, because
a link stops closing, the value at which it does is given instead. Exit code 0: done; 1: the workload cannot run on the
choice; 2: bad input.`;

/** Rows of each ranking in the terminal; the report and JSON have all. */
const topRows = 8;

interface Options { readonly json?: true; readonly choice?: string; readonly workload?: string; readonly param: readonly string[]; readonly html?: string }

/** The one that is named, or the first; an unknown name is an issue. */
export function pickNamed<T>(list: readonly T[], nameOf: (one: T) => string, asked: { readonly name: string | undefined; readonly option: string }): Parsed<T> {
  const found = asked.name === undefined ? list[0] : list.find((one) => nameOf(one) === asked.name);
  if (found !== undefined) return parsed(found);
  const names = list.map(nameOf);
  const near = nearestNames(asked.name ?? '', names);
  return { ok: false, issues: [{
    code: 'unknown-name', path: asked.option, value: asked.name ?? '', message: 'The study has nothing of this name',
    remedy: near.length > 0 ? `Did you mean ${near.join(', ')}?` : `Choose one of: ${names.join(', ')}`,
  }] };
}

function pick(study: StudySpec, options: Options): Parsed<{ readonly choice: StudyChoice; readonly workload: StudyWorkload }> {
  const choice = pickNamed(study.choices, (one) => one.name, { name: options.choice, option: '--choice' });
  const workload = pickNamed(study.workloads, (one) => one.workload.name, { name: options.workload, option: '--workload' });
  const issues: Issue[] = [...(choice.ok ? [] : choice.issues), ...(workload.ok ? [] : workload.issues)];
  return choice.ok && workload.ok ? parsed({ choice: choice.value, workload: workload.value }) : { ok: false, issues };
}

function study(spec: StudySpec, options: Options, terminal: Terminal): Parsed<SensitivityResult> {
  const picked = pick(spec, options);
  if (!picked.ok) return picked;
  const { choice, workload: { workload, plan } } = picked.value;
  const { cluster, prices } = spec;
  const progress = terminal.startProgress(`turning ${spec.name}`, 100);
  try {
    return studySensitivity({
      study: spec.name, cluster: cluster.name, choice, pue: cluster.pue, parameters: options.param,
      workload: { name: workload.name, job: { model: workload.model, plan, accelerator: cluster.accelerator } },
    }, {
      catalogue: createCatalogue(), bind: (world) => studyPhysics({ ...world, prices }),
      onProgress: (done, total, label) => progress.update((100 * done) / total, label),
    });
  } finally {
    progress.finish();
  }
}

function runSensitivity(terminal: Terminal, file: string, options: Options): ExitCode {
  const json = options.json === true;
  const read = readStudy(file);
  if (!read.ok) return reportIssues(terminal, read.issues, { json });
  const studied = study(read.value, options, terminal);
  if (!studied.ok) return reportIssues(terminal, studied.issues.map((issue) => ({ file, ...issue })), { json });
  const result = studied.value;
  if (options.html !== undefined) {
    const written = writeWholeFile(options.html, renderSensitivityHtml(result, {
      generatedAt: new Date().toISOString(), version: packageVersion,
      command: `heliostat sensitivity ${file} --choice ${result.choice} --workload ${result.workload} --html ${options.html}`,
    }));
    if (!written.ok) return reportIssues(terminal, written.issues, { json });
  }
  if (json) terminal.printJson(result);
  else terminal.print(renderSensitivity(result, { colours: terminal.colours, top: topRows }));
  return result.metrics[0]?.value === null ? 1 : 0;
}

export const sensitivityCommand: CommandModule = {
  register(program, terminal, finish) {
    program
      .command('sensitivity')
      .description('what a decibel, a watt, a microsecond is worth: derivatives of step time, energy, cost and margin')
      .argument('<study>', 'Study spec of type compare')
      .option('--choice <name>', 'choice of the study (default: the first)')
      .option('--workload <name>', 'workload of the study (default: the first)')
      .option('--param <name>', 'turn this parameter only, part.figure or network.rate and kin; may be repeated', collect, [])
      .option('--html <file>', 'write the answer and its pictures as one HTML file')
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples)
      .action((file: string, options: Options) => finish(runSensitivity(terminal, file, options)));
  },
};
