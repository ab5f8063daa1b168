/** A comparison as text for a terminal: what each choice costs, what each workload gets, what is refused and why. */

import type { EvidenceKind } from '../base/figure.ts';
import { evidenceKinds } from '../base/figure.ts';
import type { CompareResult, OpticsChoiceResult, RefusedLinks, StepBreakdown, WorkloadResult } from '../study/compare-result.ts';
import { areAlike, countText, fixedText, numberText, sharedDecimals } from './number-text.ts';
import { plainName } from './name-text.ts';
import type { Colours } from './terminal.ts';
import type { Cell, GridRow, GridStyle } from './text-table.ts';
import { cleanText, renderGrid, wrapText } from './text-table.ts';

export interface CompareTableOptions {
  /** Width of the terminal, in characters; the table is made for 100 and still reads at 80. */
  readonly columns: number;
  readonly colours: Colours;
}

/** A fact about the cluster shorter than this is never broken over two lines. */
const factKeptWhole = 24;
const columnsMin = 60;
const columnsMax = 140;

type Better = 'lower' | 'higher';

interface NumberRow {
  readonly label: string;
  readonly unit: string;
  readonly values: readonly number[];
  /** Absent where neither more nor less is better by itself. */
  readonly better?: Better;
  readonly kinds?: readonly EvidenceKind[];
  /** Marks columns in which the workload does not run, as opposed to a value that is missing. */
  readonly isAbsent?: readonly boolean[];
  /** Decimals of every value; without it they are chosen for the row. */
  readonly decimals?: number;
  /** Columns that may be best; all when absent. A choice that cannot do the job wins nothing. */
  readonly isRanked?: readonly boolean[];
}

/** Indexes of the best values, ties included; none when all are alike, because then it tells nothing apart. */
export function bestIndexes(every: readonly number[], better: Better, isRanked?: readonly boolean[]): ReadonlySet<number> {
  const values = every.map((value, index) => (isRanked?.[index] === false ? Number.NaN : value));
  const finite = values.filter(Number.isFinite);
  const best = better === 'lower' ? Math.min(...finite) : Math.max(...finite);
  const indexes = values.flatMap((value, index) => (areAlike(value, best) ? [index] : []));
  return new Set(indexes.length === finite.length ? [] : indexes);
}

function numberRow(row: NumberRow, colours: Colours): GridRow {
  const decimals = row.decimals ?? sharedDecimals(row.values);
  const best = row.better === undefined ? new Set<number>() : bestIndexes(row.values, row.better, row.isRanked);
  const cells = row.values.map((value, index): Cell => {
    const kind = row.kinds?.[index];
    const cell = { text: row.isAbsent?.[index] === true ? 'refused' : fixedText(value, decimals), ...(kind === undefined ? {} : { mark: kind.charAt(0) }) };
    return best.has(index) ? { ...cell, paint: (painted) => colours.bold(colours.green(painted)) } : cell;
  });
  return { label: row.label, unit: row.unit, cells };
}

const textRow = (label: string, texts: readonly string[]): GridRow => ({ label, unit: '', cells: texts.map((text) => ({ text: cleanText(text) })) });

function choiceRows(choices: readonly OpticsChoiceResult[], colours: Colours): readonly GridRow[] {
  const isRanked = choices.map((choice) => choice.isRanked);
  const row = (label: string, unit: string, pick: (choice: OpticsChoiceResult) => number, more: Partial<NumberRow> = {}): GridRow =>
    numberRow({ label, unit, values: choices.map(pick), isRanked, ...more }, colours);
  const totals = new Set(choices.map((choice) => choice.cables.total));
  const total = totals.size === 1 ? `of ${fixedText([...totals][0] ?? 0, 0)}` : 'cables';
  const years = choices[0]?.ownership.years ?? 0;
  return [
    row('Fabric power', 'kW', (choice) => choice.fabricPowerKw, { better: 'lower' }),
    row('  share of cluster', '%', (choice) => choice.fabricPowerShare * 100, { better: 'lower', decimals: 2 }),
    row('Facility power', 'kW', (choice) => choice.ownership.facilityPowerKw, { better: 'lower' }),
    row('Fabric cost', 'M$', (choice) => choice.cost.fabricUsd.value / 1e6, { better: 'lower', kinds: choices.map((choice) => choice.cost.fabricUsd.kind) }),
    row('  per GPU', '$', (choice) => choice.cost.perGpuUsd, { better: 'lower', decimals: 0 }),
    row(`  electricity, ${numberText(years)} years`, 'M$', (choice) => choice.ownership.fabricElectricityUsd / 1e6, { better: 'lower', decimals: 2, kinds: choices.map((choice) => choice.ownership.usdPerKwh.kind) }),
    row('  both', 'M$', (choice) => choice.ownership.fabricTotalUsd / 1e6, { better: 'lower' }),
    row('Transceivers', 'per GPU', (choice) => choice.transceiversPerGpu, { better: 'lower' }),
    row('Lasers', 'per GPU', (choice) => choice.lasersPerGpu, { better: 'lower' }),
    row('Failures', 'per day', (choice) => choice.failuresPerDay.value, { better: 'lower', kinds: choices.map((choice) => choice.failuresPerDay.kind) }),
    row('  GPU time cut off', 'h/year', (choice) => choice.lostGpuHours.cutPerYear, { better: 'lower', kinds: choices.map((choice) => choice.lostGpuHours.kind) }),
    row('  GPU time slowed', 'h/year', (choice) => choice.lostGpuHours.slowedPerYear, { better: 'lower', kinds: choices.map((choice) => choice.lostGpuHours.kind) }),
    textRow('Worst single part', choices.map((choice) => plainName(choice.worstPart.kind))),
    row('  GPUs cut off', 'GPUs', (choice) => choice.worstPart.gpusCut, { better: 'lower', decimals: 0 }),
    row('  GPUs slowed', 'GPUs', (choice) => choice.worstPart.gpusSlowed, { better: 'lower', decimals: 0 }),
    textRow('Worst part with light', choices.map((choice) => plainName(choice.worstLightPart.kind))),
    row('  GPUs cut off', 'GPUs', (choice) => choice.worstLightPart.gpusCut, { better: 'lower', decimals: 0 }),
    row('  GPUs slowed', 'GPUs', (choice) => choice.worstLightPart.gpusSlowed, { better: 'lower', decimals: 0 }),
    row('Latency, next node', 'ns', (choice) => choice.latency.nextNodeNs, { better: 'lower', decimals: 0 }),
    row('  farthest GPU', 'ns', (choice) => choice.latency.farthestNs, { better: 'lower', decimals: 0 }),
    row('Cables with light', total, (choice) => choice.cables.lit, { better: 'higher', decimals: 0 }),
    row('  tried and refused', 'cables', (choice) => choice.cables.triedAndRefused, { better: 'lower', decimals: 0 }),
    row('  carried by fallback', 'cables', (choice) => choice.cables.carriedByFallback, { decimals: 0 }),
    row('  left without light', 'cables', (choice) => choice.cables.withoutLight, { better: 'lower', decimals: 0 }),
    textRow('Weakest evidence', choices.map((choice) => choice.weakestKind)),
  ];
}

/** Workloads in order of first appearance, those that no choice can run included. */
export const workloadNames = (result: CompareResult): readonly string[] =>
  [...new Set(result.choices.flatMap((choice) => [...choice.workloads, ...choice.refusedWorkloads].map((entry) => entry.workload)))];

/** Exposed purposes with their own row; what is smaller than this share of a step goes into one row. */
const ownRowFrom = 1e-3;

const exposedS = (step: StepBreakdown, isIn: (part: StepBreakdown['exposed'][number]) => boolean): number => step.exposed.reduce((sum, part) => sum + (isIn(part) ? part.seconds : 0), 0);

/** Labels stay on one line: key-value caches go by their usual short name. Exposed traffic inside the scale-up domain in one row, between nodes by purpose, so that what findings name is seen. */
function exposedRows(cells: readonly (WorkloadResult | undefined)[], row: (label: string, pick: (cell: WorkloadResult) => number) => GridRow): readonly GridRow[] {
  const parts = cells.flatMap((cell) => cell?.step.exposed.filter((part) => part.seconds > 0).map((part) => ({ ...part, share: part.seconds / cell.step.stepS })) ?? []);
  const names = [...new Set(parts.filter((part) => part.tier !== 'scaleUp').map((part) => part.name))];
  const large = names.filter((name) => parts.some((part) => part.name === name && part.tier !== 'scaleUp' && part.share >= ownRowFrom));
  const isRest = (part: StepBreakdown['exposed'][number]): boolean => part.tier !== 'scaleUp' && !large.includes(part.name);
  return [
    ...(parts.some((part) => part.tier === 'scaleUp') ? [row('  traffic on scale-up *', (cell) => exposedS(cell.step, (part) => part.tier === 'scaleUp'))] : []),
    ...large.map((name) => row(`  ${cleanText(name).replace('key-value', 'KV')} *`, (cell) => exposedS(cell.step, (part) => part.tier !== 'scaleUp' && part.name === name))),
    ...(names.length > large.length ? [row('  traffic besides *', (cell) => exposedS(cell.step, isRest))] : []),
  ];
}

/** More digits of a rate than these would be invented. */
const rateDigits = 4;

function workloadRows(cells: readonly (WorkloadResult | undefined)[], isRanked: readonly boolean[], colours: Colours): readonly GridRow[] {
  const row = (label: string, unit: string, pick: (cell: WorkloadResult) => number, more: Partial<NumberRow> = {}): GridRow =>
    numberRow(
      { label, unit, values: cells.map((cell) => (cell === undefined ? Number.NaN : pick(cell))), isAbsent: cells.map((cell) => cell === undefined), isRanked, ...more },
      colours,
    );
  // The parts of a step share decimals, so that a reader can add them up; one more than the total needs, for the small parts.
  const decimals = sharedDecimals(cells.flatMap((cell) => (cell === undefined ? [] : [cell.step.stepS]))) + 1;
  return [
    row('Step time', 's', (cell) => cell.step.stepS, { better: 'lower', decimals }),
    row('  compute', 's', (cell) => cell.step.computeS, { decimals }),
    row('  bubble', 's', (cell) => cell.step.bubbleS, { decimals }),
    ...exposedRows(cells, (label, pick) => row(label, 's', pick, { decimals, better: 'lower' })),
    row('  other', 's', (cell) => cell.step.otherS, { decimals }),
    row('MFU', '%', (cell) => cell.mfu * 100, { better: 'higher' }),
    row('Throughput', 'tokens/s', (cell) => Number(cell.tokensPerS.toPrecision(rateDigits)), { better: 'higher', decimals: 0 }),
    row('Energy per step', 'MJ', (cell) => cell.energyPerStepMj, { better: 'lower' }),
    row('Energy per token', 'J', (cell) => cell.energyPerTokenJ, { better: 'lower' }),
  ];
}

/** Sentences with a bullet, wrapped behind it. */
function bulletList(title: string, items: readonly string[], options: { readonly width: number; readonly colours: Colours }): string {
  if (items.length === 0) return '';
  const lines = items.flatMap((item) => wrapText(cleanText(item), options.width - 4).map((line, index) => `${index === 0 ? '  • ' : '    '}${line}`));
  return [options.colours.bold(title), ...lines].join('\n');
}

/** `7.5 m`, or `7.5 to 9 m` where the cables differ. */
export const lengthSpan = (refused: RefusedLinks): string =>
  refused.longestM > refused.lengthM ? `${numberText(refused.lengthM)} to ${numberText(refused.longestM)} m` : `${numberText(refused.lengthM)} m`;

/** A refusal's head and what follows it, wrapped and indented. */
function refusalLines(head: string, details: readonly string[], options: { readonly width: number; readonly colours: Colours }): readonly string[] {
  return [
    ...wrapText(head, options.width - 4).map((line, index) => `${index === 0 ? '  ✗ ' : '    '}${options.colours.yellow(line)}`),
    ...details.flatMap((detail) => wrapText(detail, options.width - 6).map((line, index) => (index === 0 ? `    - ${line}` : `      ${line}`))),
  ];
}

function refusedText(choices: readonly OpticsChoiceResult[], options: { readonly width: number; readonly colours: Colours }): string {
  const lines = choices.flatMap((choice) =>
    choice.refused.flatMap((refused) => {
      const part = refused.partId === refused.medium ? [] : [cleanText(refused.partId)];
      const where = [...part, cleanText(plainName(refused.tier)), lengthSpan(refused)].join(', ');
      const what = `${countText(refused.count, 'cable')} of ${cleanText(refused.medium)} (${where})`;
      const examples = refused.examples.length === 0 ? [] : [`for example ${refused.examples.map(cleanText).join(', ')}`];
      const remedy = refused.replacedBy === null ? [`remedy: ${cleanText(refused.remedy)}`] : [];
      const details = [...refused.reasons.map(cleanText), ...remedy, ...examples];
      return refusalLines(`${cleanText(choice.name)}: ${what} refused, ${refused.replacedBy === null ? 'left without light' : `carried by ${cleanText(refused.replacedBy)}`}`, details, options);
    }),
  );
  return [options.colours.bold('Cables that do not close'), ...(lines.length === 0 ? ['  none: every cable of every choice closes with its first medium'] : lines)].join('\n');
}

/** Empty where every choice runs every workload. */
function refusedWorkloadText(choices: readonly OpticsChoiceResult[], options: { readonly width: number; readonly colours: Colours }): string {
  const lines = choices.flatMap((choice) => choice.refusedWorkloads.flatMap((refused) => refusalLines(
    `${cleanText(choice.name)}: ${cleanText(refused.workload)} cannot run`, refused.reasons.map(cleanText), options,
  )));
  return lines.length === 0 ? '' : [options.colours.bold('Workloads that cannot run'), ...lines].join('\n');
}

/** Complete text with a line break between blocks and none at the end. Best values of a row are bold and green where colours are on. */
export function renderCompareTable(result: CompareResult, options: CompareTableOptions): string {
  const { colours } = options;
  const width = Math.min(columnsMax, Math.max(columnsMin, options.columns));
  const style: GridStyle = { columns: width, paintHead: colours.bold, paintRule: colours.dim, paintUnit: colours.dim };
  const { cluster, choices } = result;
  const cables = cluster.cableLengthsM;
  const facts = [
    cleanText(cluster.name), `${fixedText(cluster.gpus, 0)} x ${cleanText(cluster.accelerator)}`, `${numberText(cluster.rateGbpsPerGpu)} Gb/s per GPU`,
    cleanText(cluster.fabric), `cables ${numberText(cables.min)} to ${numberText(cables.max)} m`, `median ${numberText(cables.median)} m`,
  ].map((fact) => (fact.length < factKeptWhole ? fact.replaceAll(' ', '\u00a0') : fact)).join(', ');
  const names = choices.map((choice) => cleanText(choice.name));
  const workloads = workloadNames(result);
  const grids = workloads.map((workload) => {
    const cells = choices.map((choice) => choice.workloads.find((cell) => cell.workload === workload));
    return `${wrapText(cleanText(workload), width).map(colours.bold).join('\n')}\n${renderGrid({ names, rows: workloadRows(cells, choices.map((choice) => choice.isRanked), colours) }, style)}`;
  });
  const legend = [
    `Letters beside a number grade its evidence: ${evidenceKinds.map((kind) => `${kind.charAt(0)} ${kind}`).join(', ')}.`,
    '* communication that compute does not hide: on scale-up links in one row, between nodes by purpose. Bold and green, where colours are on: best of its row, ties included, among choices that carry every job.',
  ].flatMap((line) => wrapText(line, width));
  return [
    [...wrapText(cleanText(result.study), width).map(colours.bold), ...wrapText(facts, width)].join('\n'),
    bulletList('Findings', result.findings, { width, colours }),
    `${colours.bold('Fabric')}\n${renderGrid({ names, rows: choiceRows(choices, colours) }, style)}`,
    ...grids,
    refusedWorkloadText(choices, { width, colours }),
    refusedText(choices, { width, colours }),
    bulletList('Assumptions', result.assumptions, { width, colours }),
    legend.map((line) => colours.dim(line)).join('\n'),
  ].filter((block) => block !== '').join('\n\n');
}
