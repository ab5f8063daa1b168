/** `heliostat thermal CLUSTER.yaml`: temperatures over time when coolant, air or flow change, and what they do to light and power. */

import type { Command as Commander } from 'commander';
import { writeWholeFile } from '../../adapters/whole-file.ts';
import { readCluster } from '../../adapters/spec/read-spec.ts';
import type { ClusterSpec } from '../../adapters/spec/spec.ts';
import { parseQuantity } from '../../adapters/quantity.ts';
import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import { makeBill } from '../../fabric/bill.ts';
import { compileFabric } from '../../fabric/compile.ts';
import { createEvaluateMedium, createFindPartFigures } from '../../fabric/physics.ts';
import { createCatalogue } from '../../optics/catalogue/catalogue.ts';
import type { ThermalResult } from '../../study/thermal-result.ts';
import { runThermal } from '../../study/thermal-run.ts';
import { temperatureIssues } from '../../thermal/network.ts';
import { typicalInlet } from '../../thermal/steady.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { packageVersion } from '../package-version.ts';
import { renderThermalHtml } from '../report/thermal-html.ts';
import type { Terminal } from '../terminal.ts';
import { printThermal } from '../thermal-text.ts';

interface ThermalOptions {
  readonly loopStep: string;
  readonly loop?: string;
  readonly airStep: string;
  readonly airFlow: string;
  readonly coolantFlow: string;
  readonly duration: string;
  readonly inlet: string;
  readonly coolant: string;
  readonly activity: string;
  readonly hottest: string;
  readonly json?: true;
  readonly html?: string;
}

const examples = `
Examples:
  $ heliostat thermal examples/cluster-liquid-1024.yaml --loop-step 6K   every coolant loop warms by 6 K
  $ heliostat thermal cluster.yaml --loop-step 6K --loop 2            only the loop of row 2
  $ heliostat thermal cluster.yaml --air-flow 0.5 --duration 30min    half of the fans stop
  $ heliostat thermal cluster.yaml --coolant-flow 0 --json            the pumps stop: one JSON document
  $ heliostat thermal cluster.yaml --loop-step 6K --html heat.html    pictures: temperature over time, power by level

The cluster first settles at its inlet temperatures; the change happens at time zero. Shares of flow are of the design flow;
a stopped fan or pump leaves natural convection. Times to a limit are exact for constant conditions, not stepped.
Exit codes: 0 answered, 2 bad input.`;

/** Points of each course in the result. */
const courseSamples = 61;
const hottestMax = 50;
const durationMaxS = 10 * 365 * 86_400;

interface Asked {
  readonly loopStepK: number;
  readonly loopRow: number | null;
  readonly airStepK: number;
  readonly airFlow: number;
  readonly coolantFlow: number;
  readonly durationS: number;
  readonly airC: number;
  readonly coolantC: number;
  readonly activity: number;
  readonly followedMax: number;
}

/** A temperature difference such as `6K`; a kelvin and a degree Celsius of difference are the same. */
function parseStep(text: string, path: string): Parsed<number> {
  const match = /^\s*([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*(K|C|°C)\s*$/.exec(text);
  const value = Number(match?.[1]);
  if (match !== null && Number.isFinite(value)) return parsed(value);
  return rejected({ code: 'not-a-quantity', path, message: 'This is not a temperature difference', remedy: 'Write one such as 6K or -2.5K', value: text });
}

function parseShare(text: string, path: string, highest: number): Parsed<number> {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value) && value >= 0 && value <= highest) return parsed(value);
  return rejected({ code: 'out-of-range', path, message: `This share must be a number from 0 to ${highest}`, remedy: 'Write 1 for all and 0 for none', value: text });
}

function parseWhole(text: string, path: string, range: { readonly least: number; readonly most: number }): Parsed<number> {
  const value = Number(text);
  if (/^\s*\d+\s*$/.test(text) && value >= range.least && value <= range.most) return parsed(value);
  return rejected({ code: 'out-of-range', path, message: `This must be a whole number from ${range.least} to ${range.most}`, remedy: `Write a number such as ${range.least}`, value: text });
}

function parseTemperature(text: string, path: string): Parsed<number> {
  const read = parseQuantity(text, 'temperature');
  if (read.ok) {
    const issues = temperatureIssues({ [path]: read.value });
    return issues.length > 0 ? { ok: false, issues } : read;
  }
  return { ok: false, issues: read.issues.map((issue) => ({ ...issue, path })) };
}

function parseDuration(text: string): Parsed<number> {
  const read = parseQuantity(text, 'time');
  if (!read.ok) return { ok: false, issues: read.issues.map((issue) => ({ ...issue, path: '--duration' })) };
  const seconds = read.value / 1e9;
  if (seconds > 0 && seconds <= durationMaxS) return parsed(seconds);
  return rejected({ code: 'out-of-range', path: '--duration', message: 'The duration must be above 0 and at most ten years', remedy: 'Write a time such as 10min', value: text });
}

/** Reads every option and reports all that is wrong with them at once. */
function readOptions(options: ThermalOptions, rows: number): Parsed<Asked> {
  const issues: Issue[] = [];
  const take = (read: Parsed<number>): number => {
    if (read.ok) return read.value;
    issues.push(...read.issues);
    return 0;
  };
  const flowShareMax = 2;
  const asked: Asked = {
    loopStepK: take(parseStep(options.loopStep, '--loop-step')),
    loopRow: options.loop === undefined ? null : take(parseWhole(options.loop, '--loop', { least: 0, most: rows - 1 })),
    airStepK: take(parseStep(options.airStep, '--air-step')),
    airFlow: take(parseShare(options.airFlow, '--air-flow', flowShareMax)),
    coolantFlow: take(parseShare(options.coolantFlow, '--coolant-flow', flowShareMax)),
    durationS: take(parseDuration(options.duration)),
    airC: take(parseTemperature(options.inlet, '--inlet')),
    coolantC: take(parseTemperature(options.coolant, '--coolant')),
    activity: take(parseShare(options.activity, '--activity', 1)),
    followedMax: take(parseWhole(options.hottest, '--hottest', { least: 1, most: hottestMax })),
  };
  return issues.length > 0 ? { ok: false, issues } : parsed(asked);
}

/** Compiles the cluster, makes its bill and runs the study. */
function answer(spec: ClusterSpec, options: ThermalOptions): Parsed<ThermalResult> {
  const catalogue = createCatalogue();
  const physics = { catalogue, view: 'worst-case', caseTemperatureC: spec.design.caseTemperatureC } as const;
  const evaluateMedium = createEvaluateMedium(physics);
  const findPartFigures = createFindPartFigures(physics);
  const compiled = compileFabric(spec.design, { evaluateMedium });
  if (!compiled.ok) return compiled;
  const asked = readOptions(options, compiled.value.fabric.placement.rowCount);
  if (!asked.ok) return asked;
  const { bill, issues } = makeBill(compiled.value, findPartFigures);
  if (issues.length > 0) return { ok: false, issues };
  const { loopStepK, loopRow, airStepK, airFlow, coolantFlow, ...conditions } = asked.value;
  return runThermal({
    cluster: compiled.value, bill, catalogue, findPartFigures, evaluateMedium, acceleratorW: spec.accelerator.powerW, pue: spec.pue, samples: courseSamples,
    event: { coolantStepK: loopStepK, loopRow, airStepK, airFlow, coolantFlow }, ...conditions,
  });
}

/** The options of the event as they would be typed again. */
const changedOptions = (options: ThermalOptions): readonly string[] => [
  ...(options.loop === undefined ? [] : ['--loop', options.loop]),
  '--loop-step', options.loopStep, '--air-step', options.airStep, '--air-flow', options.airFlow, '--coolant-flow', options.coolantFlow,
  '--duration', options.duration, '--inlet', options.inlet, '--coolant', options.coolant, '--activity', options.activity,
];

function runThermalCommand(terminal: Terminal, file: string, options: ThermalOptions): ExitCode {
  const json = options.json === true;
  const spec = readCluster(file);
  if (!spec.ok) return reportIssues(terminal, spec.issues, { json });
  const result = answer(spec.value, options);
  if (!result.ok) return reportIssues(terminal, result.issues, { json });
  if (options.html !== undefined) {
    const command = `heliostat thermal ${[file, ...changedOptions(options)].join(' ')}`;
    const written = writeWholeFile(options.html, renderThermalHtml(result.value, { command, version: packageVersion, generatedAt: new Date().toISOString() }));
    if (!written.ok) return reportIssues(terminal, written.issues, { json });
  }
  if (json) terminal.printJson(result.value);
  else printThermal(terminal, result.value);
  if (options.html !== undefined) terminal.complain(`Wrote ${options.html}`);
  return 0;
}

export const thermalCommand: CommandModule = {
  register(program: Commander, terminal: Terminal, finish) {
    program
      .command('thermal')
      .description('temperatures over time when coolant, air or flow change: drift, margin, time to threshold, power')
      .argument('<cluster>', 'cluster file, YAML')
      .option('--loop-step <difference>', 'change of the coolant supply at time zero', '0K')
      .option('--loop <row>', 'the row whose loop changes; all by default')
      .option('--air-step <difference>', 'change of the air at the rack inlets', '0K')
      .option('--air-flow <share>', 'fans: share of the design flow from time zero', '1')
      .option('--coolant-flow <share>', 'pumps: share of the design flow from time zero', '1')
      .option('--duration <time>', 'how long to follow', '10min')
      .option('--inlet <temperature>', 'air at the rack inlets before the change', `${typicalInlet.airC.value}C`)
      .option('--coolant <temperature>', 'coolant supply before the change', `${typicalInlet.coolantC.value}C`)
      .option('--activity <share>', 'traffic and compute load, 0 idle to 1 busy', '1')
      .option('--hottest <count>', 'packages followed of each type', '3')
      .option('--json', 'print one JSON document')
      .option('--html <file>', 'write pictures as one HTML file')
      .addHelpText('after', examples)
      .action((file: string, options: ThermalOptions) => finish(runThermalCommand(terminal, file, options)));
  },
};
