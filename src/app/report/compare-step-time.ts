/** Where the time of a step goes: by cause on one scale, and everything but compute by purpose on its own. */

import type { CompareResult, WorkloadResult } from '../../study/compare-result.ts';
import type { Ink } from '../charts/palette.ts';
import { inkOf } from '../charts/palette.ts';
import type { BarPart, BarRow } from '../charts/stacked-bars.ts';
import { stackedBars } from '../charts/stacked-bars.ts';
import { classInk, classOrder, classWords } from '../class-text.ts';
import { workloadNames } from '../compare-table.ts';
import { plainName } from '../name-text.ts';
import { countText, fixedText, numberText, sharedDecimals } from '../number-text.ts';
import type { Cell } from './compare-cells.ts';
import { agreeingWords, cellsOf, isSameShare } from './compare-cells.ts';
import type { Section } from './document.ts';
import type { Markup } from './html.ts';
import { chartFigure, dataTable, tag, wideChartPx, words } from './html.ts';

const computeInk: Ink = { colour: 0 };
const bubbleInk: Ink = { colour: 7 };
const otherInk: Ink = { colour: 7, hatched: true };

function stepParts(cell: WorkloadResult): readonly BarPart[] {
  return [
    { series: 'compute', value: cell.step.computeS },
    { series: 'pipeline bubble', value: cell.step.bubbleS },
    ...classOrder(cell.step.exposed.map((part) => part.trafficClass)).map((name): BarPart => {
      const parts = cell.step.exposed.filter((part) => part.trafficClass === name);
      const note = parts.map((part) => `${part.name}, ${plainName(part.tier)}: ${numberText(part.seconds)} s`).join('; ');
      return { series: `exposed ${classWords(name)}`, value: parts.reduce((sum, part) => sum + part.seconds, 0), note };
    }),
    { series: 'other', value: cell.step.otherS },
  ];
}

function stepTable(workload: string, cells: readonly Cell[], classes: readonly string[]): Markup {
  const decimals = sharedDecimals(cells.map((cell) => cell.result.step.stepS)) + 1;
  const seconds = (value: number): Markup => words(fixedText(value, decimals));
  const columns = ['Step', 'Compute', 'Bubble', ...classes.map((name) => `Exposed ${classWords(name)}`), 'Other'].map((title) => ({ title, unit: 's', isNumeric: true }));
  const more = [
    { title: 'MFU', unit: '%', isNumeric: true }, { title: 'Throughput', unit: 'tokens/s', isNumeric: true },
    { title: 'Energy', unit: 'MJ/step', isNumeric: true }, { title: 'Energy', unit: 'J/token', isNumeric: true },
  ];
  const energyDecimals = sharedDecimals(cells.map((cell) => cell.result.energyPerStepMj));
  const tokenDecimals = sharedDecimals(cells.map((cell) => cell.result.energyPerTokenJ));
  const rows = cells.map(({ choice, result }) => [
    words(choice.name), seconds(result.step.stepS), seconds(result.step.computeS), seconds(result.step.bubbleS),
    ...classes.map((name) => seconds(result.step.exposed.reduce((sum, part) => sum + (part.trafficClass === name ? part.seconds : 0), 0))),
    seconds(result.step.otherS), words(fixedText(result.mfu * 100, 1)), words(fixedText(Number(result.tokensPerS.toPrecision(4)), 0)),
    words(fixedText(result.energyPerStepMj, energyDecimals)), words(fixedText(result.energyPerTokenJ, tokenDecimals)),
  ]);
  return dataTable(`Step time of ${workload}`, [{ title: 'Choice' }, ...columns, ...more], rows);
}

/** One exposed communication: what it is for and the tier that carries it. */
const purposeOf = (part: WorkloadResult['step']['exposed'][number]): string => `${part.name}, ${plainName(part.tier)}`;

/** Purposes by falling sum of seconds over all choices; equal sums keep the order in which they appear. */
function purposesBySize(cells: readonly Cell[]): readonly string[] {
  const sums = new Map<string, number>();
  for (const part of cells.flatMap((cell) => cell.result.step.exposed)) sums.set(purposeOf(part), (sums.get(purposeOf(part)) ?? 0) + part.seconds);
  return [...sums].map(([name, sum], order) => ({ name, sum, order })).sort((a, b) => b.sum - a.sum || a.order - b.order).map((entry) => entry.name);
}

interface StepPicture {
  readonly id: string;
  readonly workload: string;
  readonly result: CompareResult;
  readonly cells: readonly Cell[];
}

/** True when the choices that run the workload spend their step alike, part by part. */
function stepsAgree(cells: readonly Cell[]): boolean {
  const [first] = cells;
  if (first === undefined || cells.length < 2) return false;
  const shares = ({ result: { step } }: Cell): readonly number[] => [step.stepS, step.computeS, step.bubbleS, step.otherS, ...step.exposed.map((part) => part.seconds)].map((seconds) => seconds / first.result.step.stepS);
  const reference = shares(first);
  return cells.every((cell) => {
    const own = shares(cell);
    return own.length === reference.length && own.every((share, index) => isSameShare(share, reference[index] ?? Number.NaN));
  });
}

/** A row per choice, one row for those that agree; a choice that cannot run the workload says so. */
function rowsOf({ result, cells }: StepPicture, parts: (cell: WorkloadResult) => readonly BarPart[]): readonly BarRow[] {
  const refused = result.choices.filter((choice) => !cells.some((cell) => cell.choice === choice)).map((choice): BarRow => ({ label: choice.name, parts: [], note: 'cannot run' }));
  const [first] = cells;
  if (first !== undefined && stepsAgree(cells)) return [{ label: agreeingWords(result, cells.length), parts: parts(first.result) }, ...refused];
  return [...cells.map((cell): BarRow => ({ label: cell.choice.name, parts: parts(cell.result) })), ...refused];
}

function causeChart(picture: StepPicture, classes: readonly string[]): Markup {
  return stackedBars({
    id: `${picture.id}-cause`, title: `Step time of ${picture.workload} by cause for each choice`, axisTitle: 'seconds per step (s)', unit: 's', widthPx: wideChartPx,
    series: [
      { name: 'compute', ink: computeInk }, { name: 'pipeline bubble', ink: bubbleInk },
      ...classes.map((name) => ({ name: `exposed ${classWords(name)}`, ink: classInk(name) })), { name: 'other', ink: otherInk },
    ],
    rows: rowsOf(picture, stepParts),
  });
}

/** Compute dwarfs the rest of most steps, so the rest is drawn again on its own scale. */
function purposeChart(picture: StepPicture): Markup {
  return stackedBars({
    id: `${picture.id}-purpose`, title: `Step time of ${picture.workload} without compute, by purpose, for each choice`,
    axisTitle: 'seconds per step, compute left out (s)', unit: 's', widthPx: wideChartPx,
    series: [{ name: 'pipeline bubble', ink: bubbleInk }, ...purposesBySize(picture.cells).map((name, index) => ({ name, ink: inkOf(index) })), { name: 'other', ink: otherInk }],
    rows: rowsOf(picture, (cell) => [
      { series: 'pipeline bubble', value: cell.step.bubbleS },
      ...cell.step.exposed.map((part) => ({ series: purposeOf(part), value: part.seconds, note: classWords(part.trafficClass) })),
      { series: 'other', value: cell.step.otherS },
    ]),
  });
}

function purposeTable(picture: StepPicture): Markup {
  const purposes = purposesBySize(picture.cells);
  const secondsOf = (cell: Cell, purpose: string): number => cell.result.step.exposed.reduce((sum, part) => sum + (purposeOf(part) === purpose ? part.seconds : 0), 0);
  const rows = purposes.map((purpose) => [words(purpose), ...picture.cells.map((cell) => words(numberText(secondsOf(cell, purpose))))]);
  const columns = [{ title: 'Purpose' }, ...picture.cells.map((cell) => ({ title: cell.choice.name, unit: 's', isNumeric: true }))];
  return dataTable(`Exposed communication of ${picture.workload} by purpose`, columns, rows);
}

export function stepTimeSection(result: CompareResult): Section {
  const figures = workloadNames(result).map((workload, index) => {
    const cells = cellsOf(result, workload);
    const picture: StepPicture = { id: `step-${index}`, workload, result, cells };
    const classes = classOrder(cells.flatMap((cell) => cell.result.step.exposed.map((part) => part.trafficClass)));
    const sharing = cells[0]?.result.sharing[0];
    const shared = sharing === undefined ? '' :
      ` Its ${sharing.name} take ${numberText(sharing.slowedBy, 2)} times as long as on free links: ${countText(sharing.busiestLink.flows, 'flow')} share ${sharing.busiestLink.name}.`;
    const chart = causeChart(picture, classes) + tag('p', { class: 'between' }, 'Everything but compute, by purpose, on its own scale') + purposeChart(picture);
    const table = stepTable(workload, cells, classes) + purposeTable(picture);
    return chartFigure({ heading: workload, caption: `Hatched parts are communication that compute does not hide.${shared}`, chart, table });
  });
  return {
    id: 'step-time', title: 'Step time', about: 'One training step of each workload, split by what the accelerators are doing or waiting for.',
    body: tag('div', { class: 'stack' }, ...figures),
  };
}

