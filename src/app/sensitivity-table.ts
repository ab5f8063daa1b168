/** A sensitivity study as text: for each result what moves it most, then the values at which results jump. */

import type { SensitivityEffect, SensitivityResult, SensitivityRow, SensitivityThreshold } from '../study/sensitivity-result.ts';
import { fixedText, numberText } from './number-text.ts';
import type { Colours } from './terminal.ts';

export interface SensitivityStyle { readonly colours: Colours; /** Rows of each ranking. */ readonly top: number }

const signed = (text: string): string => (text.startsWith('-') ? text : `+${text}`);

/** `+0.31 %`, or with its unit where the result has no ratio scale: `-1 dB`. */
export function changeText(effect: SensitivityEffect, unit: string): string {
  if (effect.change === null) return 'jumps here';
  return effect.changeShare === null ? `${signed(numberText(effect.change))} ${unit}` : `${signed(numberText(100 * effect.changeShare))} %`;
}

/** `0.0123 s per dB`, with both slopes where two regimes meet. */
export function derivativeText(effect: SensitivityEffect): string {
  if (effect.derivative === null) return 'no derivative';
  const value = effect.kink === null ? numberText(effect.derivative) : `${numberText(effect.kink.below)} below, ${numberText(effect.kink.above)} above`;
  return `${value} ${effect.unit}`;
}

export const valueText = (row: SensitivityRow): string => `${numberText(row.value, 4)}${row.unit === '' ? '' : ` ${row.unit}`}`;

/** A result that moves by less across the bisected gap does not jump there. */
const jumpShare = 1e-3;

/** What happens at a threshold, in one sentence. */
export function thresholdText(row: SensitivityRow, threshold: SensitivityThreshold, result: SensitivityResult): string {
  const { linksClosing: { before, after, total } } = threshold;
  const unit = row.unit === '' ? '' : ` ${row.unit}`;
  const side = threshold.outside > row.value ? 'above' : 'below';
  const links = before === after ? 'other media are chosen' : `${fixedText(after, 0)} of ${fixedText(total, 0)} links close instead of ${fixedText(before, 0)}`;
  const moved = threshold.jumps.flatMap((jump) => {
    const metric = result.metrics.find((candidate) => candidate.name === jump.metric);
    if (metric === undefined || jump.metric === 'margin' || jump.before === null || jump.after === null) return [];
    return Math.abs(jump.after - jump.before) <= jumpShare * Math.abs(jump.before) ? [] : [`${metric.label} jumps from ${numberText(jump.before, 4)} to ${numberText(jump.after, 4)} ${metric.unit}`];
  });
  const isRevived = threshold.refused.length === 0 && threshold.jumps.some((jump) => jump.metric === 'step' && jump.before === null && jump.after !== null);
  const consequence = threshold.refused.length > 0 ? ['the workload cannot run'] : isRevived ? ['the workload can run'] : moved;
  return `${side} ${numberText(threshold.inside, 5)}${unit} ${[links, ...consequence].join('; ')}`;
}

export function renderSensitivity(result: SensitivityResult, style: SensitivityStyle): string {
  const { bold, dim, yellow } = style.colours;
  const lines: string[] = [
    `${bold(result.workload)} on ${bold(result.choice)} ${dim(`${result.cluster}; ${fixedText(result.links.closing, 0)} of ${fixedText(result.links.total, 0)} links close`)}`,
  ];
  const rowOf = new Map(result.rows.map((row) => [row.parameter, row]));
  result.metrics.forEach((metric, column) => {
    const ranked = result.rankings.find((ranking) => ranking.metric === metric.name)?.parameters ?? [];
    lines.push('', `${bold(metric.label)} ${metric.value === null ? yellow('no value') : `${numberText(metric.value, 5)} ${metric.unit}`}`);
    if (ranked.length === 0) lines.push(dim('  moved by none of these parameters'));
    for (const name of ranked.slice(0, style.top)) {
      const row = rowOf.get(name);
      const effect = row?.effects[column];
      if (row === undefined || effect === undefined) continue;
      const elasticity = effect.elasticity === null ? '' : `, elasticity ${numberText(effect.elasticity)}`;
      const change = `${row.probeText.padStart(10)}: ${changeText(effect, metric.unit).padEnd(14)}`;
      lines.push(`  ${name.padEnd(42)} ${valueText(row).padStart(16)}  ${change} ${dim(`${derivativeText(effect)}${elasticity}`)}${row.crosses ? yellow(' !') : ''}`);
    }
    if (ranked.length > style.top) lines.push(dim(`  and ${ranked.length - style.top} more`));
  });
  const jumping = result.rows.filter((row) => row.thresholds.length > 0);
  if (jumping.length > 0) lines.push('', bold('Where results jump'));
  for (const row of jumping) for (const threshold of row.thresholds) lines.push(`  ${row.parameter} ${dim(`(${valueText(row)})`)}: ${thresholdText(row, threshold, result)}`);
  if (result.notTurned.length > 0) lines.push('', dim(`Not turned, because they count things: ${result.notTurned.join(', ')}.`));
  if (result.rows.some((row) => row.crosses)) lines.push(dim('! The change named crosses a threshold, so the derivative does not tell all of it.'));
  return lines.join('\n');
}
