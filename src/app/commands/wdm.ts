/** `heliostat wdm GRID`: channel plan, ring-to-line locks, and what a temperature step makes of them. */

import { readCatalogue } from '../../adapters/parts-file.ts';
import { parseQuantity } from '../../adapters/quantity.ts';
import { writeWholeFile } from '../../adapters/whole-file.ts';
import { absoluteZeroC } from '../../base/constants.ts';
import { createDice } from '../../base/dice.ts';
import type { Issue, Parsed } from '../../base/issue.ts';
import { formatIssue, parsed, rejected } from '../../base/issue.ts';
import type { Catalogue } from '../../optics/catalogue/catalogue.ts';
import { requirePart } from '../../optics/catalogue/catalogue.ts';
import { chooseMidpoint, createFigureReader } from '../../optics/link/figures.ts';
import { readRingTuner } from '../../optics/link/ring-lock.ts';
import type { Grid } from '../../optics/wdm/grid.ts';
import { findGrid, grids } from '../../optics/wdm/grid.ts';
import type { OrderFreedom } from '../../optics/wdm/ring-assignment.ts';
import type { RingBankAnswer, RingBankQuestion } from '../../optics/wdm/ring-bank.ts';
import { gridPeriodNm, studyRingBank } from '../../optics/wdm/ring-bank.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { packageVersion } from '../package-version.ts';
import { renderWdmHtml } from '../report/wdm-html.ts';
import type { Terminal } from '../terminal.ts';
import { wdmPage } from '../wdm-page.ts';
import { collect } from './part.ts';

interface WdmOptions {
  readonly rings?: string;
  readonly sigma: string;
  readonly order: string;
  readonly engine: string;
  readonly temperature: string;
  readonly step: string;
  readonly lineStep: string;
  readonly dark?: string;
  readonly hysteresis: string;
  readonly guard: string;
  readonly fsr?: string;
  readonly width: string;
  readonly drift: string;
  readonly draws: string;
  readonly seed: string;
  readonly parts: readonly string[];
  readonly json?: true;
  readonly html?: string;
}

const examples = `
Examples:
  heliostat wdm cw-wdm-16 --step 6K                      16 rings, and what 6 K of coolant do to their locks
  heliostat wdm cw-wdm-16 --rings 14 --dark 3 --order any --step 6K     two spare lines, line 3 goes dark
  heliostat wdm oci-4x4 --width 53.125 --drift 0.02      the plan of a bidirectional fibre
  heliostat wdm cwdm4 --drift 5.9                        does a 65 K swing keep DFB lines in their windows?
  heliostat wdm cw-wdm-8 --sigma 0.25 --json             one JSON document
  heliostat wdm cw-wdm-16 --step 20K --html locks.html   lines and rings before and after

Grids: ${grids.map(({ id }) => id).join(', ')}. Rings sit on their lines, heater off, at the engine's hottest temperature; heaters only shift to
the red. A ring that follows its line costs nothing, a new lock is an outage of one channel. Widths are in GHz, shifts in nm.
Exit codes: 0 every ring holds a line; 1 some reach none after the step, with the reason; 2 bad input.`;

const orders: readonly OrderFreedom[] = ['fixed', 'cyclic', 'any'];
const temperatureMaxC = 300;
const drawsMax = 100_000;
const seedMax = 2 ** 32 - 1;

/** Part whose rings the catalogue describes. */
const ringPartId = 'mrm';

const plainNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

function numberIn(text: string, path: string, range: { readonly low: number; readonly high: number; readonly unit: string }): Parsed<number> {
  const value = plainNumber.test(text) ? Number(text) : Number.NaN;
  if (value >= range.low && value <= range.high) return parsed(value);
  return rejected({ code: 'out-of-range', path, message: `This is not a number of ${range.unit} in range`, remedy: `Write a number from ${range.low} to ${range.high}`, value: text });
}

function wholeIn(text: string, path: string, range: { readonly low: number; readonly high: number }): Parsed<number> {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= range.low && value <= range.high) return parsed(value);
  return rejected({ code: 'out-of-range', path, message: 'This is not a whole number in range', remedy: `Write a number from ${range.low} to ${range.high}`, value: text });
}

function stepK(text: string): Parsed<number> {
  const match = /^\s*([+-]?\d+(?:\.\d+)?)\s*(?:K|C|°C)\s*$/.exec(text);
  const value = Number(match?.[1]);
  if (match !== null && Math.abs(value) <= temperatureMaxC) return parsed(value);
  return rejected({ code: 'not-a-quantity', path: '--step', message: 'This is not a temperature difference in range', remedy: `Write one such as 6K, at most ${temperatureMaxC}K`, value: text });
}

function temperature(text: string): Parsed<number> {
  const read = parseQuantity(text, 'temperature');
  if (!read.ok) return { ok: false, issues: read.issues.map((issue) => ({ ...issue, path: '--temperature' })) };
  if (read.value > absoluteZeroC && read.value <= temperatureMaxC) return read;
  return rejected({ code: 'out-of-range', path: '--temperature', message: 'This temperature is out of range', remedy: `Write one above absolute zero (${absoluteZeroC}C) and up to ${temperatureMaxC}C`, value: text });
}

function gridOf(id: string): Parsed<Grid> {
  const grid = findGrid(id);
  if (grid !== undefined) return parsed(grid);
  return rejected({ code: 'unknown-grid', path: 'grid', message: 'There is no grid of this name', remedy: `Name one of ${grids.map((known) => known.id).join(', ')}`, value: id });
}

function darkLines(text: string | undefined): Parsed<readonly number[]> {
  if (text === undefined) return parsed([]);
  const lines = text.split(',').map((one) => (/^\s*\d+\s*$/.test(one) ? Number(one) : Number.NaN));
  if (lines.every(Number.isSafeInteger)) return parsed(lines);
  return rejected({ code: 'not-a-list', path: '--dark', message: 'This is not a list of lines', remedy: 'Write row numbers from 0, such as 3 or 2,5', value: text });
}

/** The tuner of an engine on a grid: heater reach in nm as the engine states it, free spectral range as asked, or one that meets each line once. */
function tunerOf(options: WdmOptions, grid: Grid, catalogue: Catalogue): Parsed<{ readonly tuner: RingBankQuestion['tuner']; readonly hotC: number }> {
  const engine = requirePart(catalogue, options.engine);
  const ring = requirePart(catalogue, ringPartId);
  if (!engine.ok) return { ok: false, issues: engine.issues.map((issue) => ({ ...issue, path: '--engine' })) };
  if (!ring.ok) return ring;
  const read = createFigureReader(chooseMidpoint);
  const { tuner, hotC } = readRingTuner({ part: engine.value, ring: ring.value }, read);
  const [missing] = read.missing;
  if (missing !== undefined) {
    const message = `This part has no rings to lock: ${missing} is not stated`;
    return rejected({ code: 'engine-without-rings', path: '--engine', message, remedy: 'Name an engine with micro-rings, such as wdm-comb-800g', value: options.engine });
  }
  const [impossible] = read.impossible;
  if (impossible !== undefined) return rejected({ code: 'figure-out-of-range', path: '--engine', message: impossible, remedy: 'Mend the figure of the part', value: options.engine });
  const fsrNm = options.fsr === undefined ? parsed(gridPeriodNm(grid)) : numberIn(options.fsr, '--fsr', { low: 0.001, high: 1000, unit: 'nm' });
  if (!fsrNm.ok) return fsrNm;
  const mwPerNm = tuner.heaterPerFsrMw / tuner.fsrNm;
  return parsed({ hotC, tuner: { ...tuner, fsrNm: fsrNm.value, heaterPerFsrMw: mwPerNm * fsrNm.value } });
}

interface Asked {
  readonly question: RingBankQuestion;
  readonly seed: number;
}

function readQuestion(id: string, options: WdmOptions, catalogue: Catalogue): Parsed<Asked> {
  const issues: Issue[] = [];
  const take = <T>(read: Parsed<T>): T | undefined => {
    if (read.ok) return read.value;
    issues.push(...read.issues);
    return undefined;
  };
  const grid = take(gridOf(id));
  const forward = grid?.slots.filter(({ direction }) => direction === 'forward').length ?? 0;
  const isCoarse = grid?.id === 'cwdm4';
  const rings = options.rings === undefined ? (isCoarse ? 0 : forward) : take(wholeIn(options.rings, '--rings', { low: 0, high: 4096 }));
  const tuner = grid === undefined ? undefined : take(tunerOf(options, grid, catalogue));
  const coolC = take(temperature(options.temperature));
  const sigmaSpacings = take(numberIn(options.sigma, '--sigma', { low: 0, high: 100, unit: 'channel spacings' }));
  const ringStepK = take(stepK(options.step));
  const lineStepNm = take(numberIn(options.lineStep, '--line-step', { low: -100, high: 100, unit: 'nm' }));
  const dark = take(darkLines(options.dark));
  const hysteresisNm = take(numberIn(options.hysteresis, '--hysteresis', { low: 0, high: 100, unit: 'nm' }));
  const guardNm = take(numberIn(options.guard, '--guard', { low: 0, high: 100, unit: 'nm' }));
  const widthGhz = take(numberIn(options.width, '--width', { low: 1e-6, high: 1e5, unit: 'GHz' }));
  const driftNm = take(numberIn(options.drift, '--drift', { low: 0, high: 1000, unit: 'nm' }));
  const draws = take(wholeIn(options.draws, '--draws', { low: 1, high: drawsMax }));
  const seed = take(wholeIn(options.seed, '--seed', { low: 0, high: seedMax }));
  const order = orders.find((known) => known === options.order);
  if (order === undefined) issues.push({ code: 'unknown-order', path: '--order', message: 'Rings lock in no such order', remedy: `Write one of ${orders.join(', ')}`, value: options.order });
  if (grid === undefined || rings === undefined || tuner === undefined || coolC === undefined || sigmaSpacings === undefined || ringStepK === undefined || lineStepNm === undefined
    || dark === undefined || hysteresisNm === undefined || guardNm === undefined || widthGhz === undefined || driftNm === undefined || draws === undefined || seed === undefined
    || order === undefined) return { ok: false, issues };
  return parsed({
    seed,
    question: {
      grid, widthGhz, driftNm, rings, tuner: tuner.tuner, coolerK: tuner.hotC - coolC, sigmaSpacings, policy: { order, hysteresisNm, guardNm },
      step: { ringStepK, lineStepNm, darkLines: dark }, draws,
    },
  });
}

/** Typed arrays as plain lists, for JSON. */
function plain(answer: RingBankAnswer): unknown {
  return JSON.parse(JSON.stringify(answer, (_key, value: unknown) => (ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<number>) : value)));
}

function runWdm(terminal: Terminal, id: string, options: WdmOptions): ExitCode {
  const json = options.json === true;
  const catalogue = readCatalogue(options.parts);
  if (!catalogue.ok) return reportIssues(terminal, catalogue.issues, { json });
  const asked = readQuestion(id, options, catalogue.value);
  if (!asked.ok) return reportIssues(terminal, asked.issues, { json });
  const { question, seed } = asked.value;
  const answer = studyRingBank(question, createDice(seed));
  if (!answer.ok) return reportIssues(terminal, answer.issues, { json });
  if (json) terminal.printJson({ schema: 'heliostat/wdm/1', question: plain({ ...question } as never), answer: plain(answer.value) });
  else terminal.print(wdmPage(question, answer.value, terminal));
  if (options.html !== undefined) {
    const origin = { command: `heliostat wdm ${id} --step ${options.step} --html ${options.html}`, version: packageVersion, generatedAt: new Date().toISOString() };
    const written = writeWholeFile(options.html, renderWdmHtml(question, answer.value, origin));
    if (!written.ok) {
      for (const issue of written.issues) terminal.complain(formatIssue(issue));
      return 1;
    }
    terminal.complain(`Wrote ${written.value}`);
  }
  return answer.value.locks?.first.refusal == null && answer.value.locks?.after.refusal == null ? 0 : 1;
}

export const wdmCommand: CommandModule = {
  register(program, terminal, finish) {
    program
      .command('wdm')
      .description('channel plan of a grid, ring-to-line locks, and re-locks after a temperature step')
      .argument('<grid>', `one of ${grids.map(({ id }) => id).join(', ')}`)
      .option('--rings <count>', 'rings on the bus; fewer than lines leaves spare lines. One for each line by default, none on CWDM')
      .option('--sigma <spacings>', 'error of each ring as made, in channel spacings', '0.1')
      .option('--order <order>', 'order in which rings may take lines: fixed, cyclic or any', 'cyclic')
      .option('--engine <id>', 'part that states heater range and hottest temperature of its rings', 'wdm-comb-800g')
      .option('--temperature <temperature>', 'engine temperature at the first lock', '40C')
      .option('--step <difference>', 'how much the engine warms afterwards', '0K')
      .option('--line-step <nm>', 'how far the lines themselves move with it', '0')
      .option('--dark <lines>', 'lines that go dark with the step, from 0, e.g. 3 or 2,5')
      .option('--hysteresis <nm>', 'heater shift that a new lock must save', '0.1')
      .option('--guard <nm>', 'distance that a new lock keeps to both ends of the heater', '0.1')
      .option('--fsr <nm>', 'free spectral range of the rings; by default the period of the grid')
      .option('--width <GHz>', 'width of one carrier, about its symbol rate', '53.125')
      .option('--drift <nm>', 'how far a line may stray on either side', '0')
      .option('--draws <count>', 'draws of the study of order freedom', '2000')
      .option('--seed <seed>', 'seed of ring errors and draws', '1')
      .option('--parts <file>', 'YAML file with your own parts; may be repeated', collect, [])
      .option('--json', 'print one JSON document')
      .option('--html <file>', 'write lines and rings before and after as one HTML file')
      .addHelpText('after', examples)
      .action((id: string, options: WdmOptions) => finish(runWdm(terminal, id, options)));
  },
};
