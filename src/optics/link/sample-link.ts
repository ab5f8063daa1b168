/**
 * Uncertainty of one link: every figure known only as a range is drawn, and the answers are spread out and explained.
 *
 * Draws are uniform over the range and independent between parameters; within one link a parameter has one value, so that
 * four connectors are all good or all bad together, which spreads the margin more than independent ones would. In the
 * typical view the headroom of shipped parts is drawn as well, so the fraction that closes is a yield of shipped links;
 * in the worst-case view it is the yield of parts that all stand at their standard's limits.
 */

import { createDice } from '../../base/dice.ts';
import type { EvidenceKind } from '../../base/figure.ts';
import { isRefusal } from '../../base/refusal.ts';
import type { Refusal } from '../../base/refusal.ts';
import type { RangeFigure } from '../catalogue/catalogue.ts';
import { evaluateLink } from './evaluate-link.ts';
import type { LinkRequest } from './request.ts';

export const linkSamplesMax = 100_000;

export interface SampleSetting {
  /** From 2 to `linkSamplesMax`. */
  readonly samples: number;
  readonly seed: number;
  /** Told now and then how many samples are done. */
  readonly progress?: (done: number) => void;
}

export interface Distribution {
  readonly mean: number;
  readonly standardDeviation: number;
  readonly min: number;
  readonly p5: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/** One parameter that was drawn, and how much of the spread follows it. */
export interface Driver {
  /** `part.figure`. */
  readonly parameter: string;
  readonly low: number;
  readonly high: number;
  readonly unit: string;
  readonly kind: EvidenceKind;
  /** Spearman's rank correlation with the outcome, from -1 to 1. */
  readonly marginCorrelation: number;
  readonly energyCorrelation: number;
  /** Squared correlation over the sum of all squared correlations. */
  readonly marginShare: number;
  readonly energyShare: number;
}

export interface LinkDistribution {
  readonly samples: number;
  readonly seed: number;
  /** Fraction of the samples that close. */
  readonly fractionClosing: number;
  readonly marginDb: Distribution;
  readonly pjPerBit: Distribution;
  readonly preFecBer: Distribution;
  /** By share of the margin's spread, largest first; ties by name. */
  readonly drivers: readonly Driver[];
}

/** Values drawn for one parameter, and the figure they were drawn from. */
interface Drawn {
  readonly figure: RangeFigure;
  readonly values: Float64Array;
}

const progressEvery = 128;

/** Draws `samples` links. A refusal without physics (no link, missing figures) is returned as it is. */
export function sampleLink(request: LinkRequest, { samples, seed, progress }: SampleSetting): LinkDistribution | Refusal {
  if (!Number.isInteger(samples) || samples < 2 || samples > linkSamplesMax) throw new RangeError(`samples must be a whole number from 2 to ${linkSamplesMax}`);
  const dice = createDice(seed);
  const drawn = new Map<string, Drawn>();
  const marginDb = new Float64Array(samples);
  const pjPerBit = new Float64Array(samples);
  const preFecBer = new Float64Array(samples);
  let closing = 0;
  for (let sample = 0; sample < samples; sample++) {
    const choose = (partId: string, name: string, figure: RangeFigure): number => {
      if (figure.low === figure.high) return figure.value;
      const key = `${partId}.${name}`;
      let parameter = drawn.get(key);
      if (parameter === undefined) drawn.set(key, (parameter = { figure, values: new Float64Array(samples).fill(figure.value) }));
      // Forked by name and sample, so that reading in another order draws the same values.
      const value = figure.low + (figure.high - figure.low) * dice.fork(`${key}#${sample}`).uniform();
      parameter.values[sample] = value;
      return value;
    };
    const report = evaluateLink({ ...request, choose });
    if (isRefusal(report)) return report;
    marginDb[sample] = report.marginDb;
    pjPerBit[sample] = report.pjPerBit;
    preFecBer[sample] = report.preFecBer;
    if (report.refusal === null) closing += 1;
    if (sample % progressEvery === 0) progress?.(sample);
  }
  return {
    samples, seed, fractionClosing: closing / samples, marginDb: distributionOf(marginDb), pjPerBit: distributionOf(pjPerBit), preFecBer: distributionOf(preFecBer),
    drivers: rankDrivers(drawn, marginDb, pjPerBit),
  };
}

/** Nearest-rank percentiles and the sample standard deviation. */
export function distributionOf(values: Float64Array): Distribution {
  const sorted = values.toSorted();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  const variance = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (sorted.length - 1);
  return { mean, standardDeviation: Math.sqrt(variance), min: at(0), p5: at(0.05), p50: at(0.5), p95: at(0.95), max: at(1) };
}

/** Ranks from 1; equal values share the mean of their ranks. */
function ranksOf(values: Float64Array): Float64Array {
  const order = Array.from(values.keys()).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b);
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to] ?? 0] === values[order[from] ?? 0]) to += 1;
    for (let at = from; at < to; at++) ranks[order[at] ?? 0] = (from + to + 1) / 2;
    from = to;
  }
  return ranks;
}

/** Spearman's rank correlation: Pearson's correlation of the ranks; 0 where one side does not vary. */
export function rankCorrelation(left: Float64Array, right: Float64Array): number {
  const a = ranksOf(left);
  const b = ranksOf(right);
  const mean = (a.length + 1) / 2;
  let product = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (let at = 0; at < a.length; at++) {
    const da = (a[at] ?? 0) - mean;
    const db = (b[at] ?? 0) - mean;
    product += da * db;
    squaresA += da * da;
    squaresB += db * db;
  }
  return squaresA === 0 || squaresB === 0 ? 0 : product / Math.sqrt(squaresA * squaresB);
}

/** Parameters move the margin by ranks; below this a correlation of n samples is chance (two standard errors). */
const chanceCorrelation = (samples: number): number => 2 / Math.sqrt(samples - 1);

function rankDrivers(drawn: ReadonlyMap<string, Drawn>, marginDb: Float64Array, pjPerBit: Float64Array): readonly Driver[] {
  const chance = chanceCorrelation(marginDb.length);
  const real = (correlation: number): number => (Math.abs(correlation) < chance ? 0 : correlation);
  const rows = [...drawn].map(([parameter, { figure, values }]) => ({
    parameter, figure, marginCorrelation: real(rankCorrelation(values, marginDb)), energyCorrelation: real(rankCorrelation(values, pjPerBit)),
  }));
  const marginSum = rows.reduce((sum, row) => sum + row.marginCorrelation ** 2, 0);
  const energySum = rows.reduce((sum, row) => sum + row.energyCorrelation ** 2, 0);
  return rows
    .map(({ parameter, figure, marginCorrelation, energyCorrelation }): Driver => ({
      parameter, low: figure.low, high: figure.high, unit: figure.unit, kind: figure.kind, marginCorrelation, energyCorrelation,
      marginShare: marginSum === 0 ? 0 : marginCorrelation ** 2 / marginSum, energyShare: energySum === 0 ? 0 : energyCorrelation ** 2 / energySum,
    }))
    .sort((a, b) => b.marginShare - a.marginShare || b.energyShare - a.energyShare || (a.parameter < b.parameter ? -1 : 1));
}
