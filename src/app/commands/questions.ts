/** `heliostat questions STUDY`: what a larger fabric saves in accelerators, what a microsecond costs, what a token costs at each bandwidth. */

import { join } from 'node:path';
import { readStudy } from '../../adapters/spec/study.ts';
import type { StudySpec } from '../../adapters/spec/spec.ts';
import { writeWholeFile } from '../../adapters/whole-file.ts';
import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import { createCatalogue } from '../../optics/catalogue/catalogue.ts';
import { askNetworkWorth } from '../../study/questions.ts';
import { defaultRunning } from '../../study/ownership.ts';
import type { QuestionsResult } from '../../study/questions-result.ts';
import { standaloneSvg } from '../charts/chart-style.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { packageVersion } from '../package-version.ts';
import { renderQuestions } from '../questions-table.ts';
import { questionPictures, renderQuestionsHtml } from '../report/questions-html.ts';
import { readElectricity, readYears } from '../running-terms.ts';
import { studyPhysics } from '../study-physics.ts';
import type { Terminal } from '../terminal.ts';
import { pickNamed } from './sensitivity.ts';

const examples = `
Examples:
  heliostat questions examples/questions/network-worth.yaml
  heliostat questions examples/questions/network-worth.yaml --years 5 --electricity 0.12
  heliostat questions examples/questions/network-worth.yaml --pictures docs/images
  heliostat questions examples/optics-choice.yaml --choice lpo --workload mixtral-8x22b --json --html worth.html

Three questions of one choice of a study (the first by default) and all its workloads: how many fewer accelerators give the same
tokens per second if the fabric doubles, what 1 microsecond is worth, and what a token costs against the bandwidth of each
accelerator. Rates in Gb/s per accelerator, one direction; costs in $ per million tokens; electricity in $ per kWh.
Exit code 0: done; 1: no workload can run on the choice; 2: bad input.`;

/** Of pictures that stand in documents, CSS pixels. */
const picturePx = 720;

interface Options {
  readonly json?: true;
  readonly choice?: string;
  readonly workload?: string;
  readonly years: string;
  readonly electricity: string;
  readonly html?: string;
  readonly pictures?: string;
}

function ask(spec: StudySpec, options: Options, terminal: Terminal): Parsed<QuestionsResult> {
  const { cluster, prices } = spec;
  const choice = pickNamed(spec.choices, (one) => one.name, { name: options.choice, option: '--choice' });
  const workload = options.workload === undefined ? parsed(null) : pickNamed(spec.workloads, (one) => one.workload.name, { name: options.workload, option: '--workload' });
  const years = readYears(options.years);
  const usdPerKwh = readElectricity(options.electricity);
  const issues: readonly Issue[] = [choice, workload, years, usdPerKwh].flatMap((read) => (read.ok ? [] : read.issues));
  if (!choice.ok || !workload.ok || !years.ok || !usdPerKwh.ok) return { ok: false, issues };
  const asked = workload.value === null ? spec.workloads : [workload.value];
  const progress = terminal.startProgress(`asking ${spec.name}`, asked.length);
  try {
    return askNetworkWorth({
      study: spec.name, cluster: cluster.name, accelerator: cluster.accelerator.name, choice: choice.value,
      terms: { years: years.value, usdPerKwh: usdPerKwh.value, pue: cluster.pue },
      workloads: asked.map(({ workload: { name, model }, plan }) => ({ name, job: { model, plan, accelerator: cluster.accelerator } })),
    }, {
      ...studyPhysics({ catalogue: createCatalogue(), caseTemperatureC: choice.value.design.caseTemperatureC, prices }),
      onProgress: (done, _total, label) => progress.update(done, label),
    });
  } finally {
    progress.finish();
  }
}

/** Report and pictures, each whole or not at all. */
function writeFiles(result: QuestionsResult, file: string, options: Options): readonly Issue[] {
  const texts: [path: string, text: string][] = [];
  const { html, pictures } = options;
  if (html !== undefined) {
    const origin = { generatedAt: new Date().toISOString(), version: packageVersion, command: `heliostat questions ${file} --choice ${result.choice}` };
    texts.push([html, renderQuestionsHtml(result, origin)]);
  }
  if (pictures !== undefined) for (const picture of questionPictures(result, picturePx)) texts.push([join(pictures, picture.file), standaloneSvg(picture.chart, 'light')]);
  return texts.flatMap(([path, text]) => {
    const written = writeWholeFile(path, text);
    return written.ok ? [] : written.issues;
  });
}

function runQuestions(terminal: Terminal, file: string, options: Options): ExitCode {
  const json = options.json === true;
  const read = readStudy(file);
  if (!read.ok) return reportIssues(terminal, read.issues, { json });
  const asked = ask(read.value, options, terminal);
  if (!asked.ok) return reportIssues(terminal, asked.issues.map((issue) => ({ file, ...issue })), { json });
  const result = asked.value;
  const issues = writeFiles(result, file, options);
  if (issues.length > 0) return reportIssues(terminal, issues, { json });
  if (json) terminal.printJson(result);
  else terminal.print(renderQuestions(result, { colours: terminal.colours, columns: terminal.columns }));
  return result.workloads.length === 0 ? 1 : 0;
}

export const questionsCommand: CommandModule = {
  register(program, terminal, finish) {
    program
      .command('questions')
      .description('what a network is worth: accelerators saved, a microsecond, cost per token against bandwidth')
      .argument('<study>', 'Study spec of type compare')
      .option('--choice <name>', 'choice of the study (default: the first)')
      .option('--workload <name>', 'one workload of the study (default: all)')
      .option('--years <count>', 'years over which machines are written off', String(defaultRunning.years))
      .option('--electricity <price>', 'price of electricity, $ per kWh', String(defaultRunning.usdPerKwh.value))
      .option('--pictures <folder>', 'write the three pictures there as SVG files')
      .option('--html <file>', 'write the answers and their pictures as one HTML file')
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples)
      .action((file: string, options: Options) => finish(runQuestions(terminal, file, options)));
  },
};
