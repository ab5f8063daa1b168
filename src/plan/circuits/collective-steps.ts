/**
 * Collectives whose steps follow one another: for each step keep the circuits that stand, or change them, so that the whole ends first.
 *
 * A dynamic programme over (step, topology) after PCCL (arXiv 2509.15450): a step on a topology lasts alpha for each circuit of its longest way
 * plus the bits on its most loaded circuit; going over to another topology costs one dark time. The topologies are those that stand, and the
 * direct circuits of each step's pattern. O(steps x topologies^2) after routing each step on each topology once.
 */

import { patternLoads } from './exchange-loads.ts';
import type { RankTopology } from './rank-topology.ts';

/** Every rank sends one message to `target[rank]`; itself where it rests. */
export interface CollectiveStep {
  readonly target: Int32Array;
  readonly bits: number;
}

/** One way to run a collective. */
export interface CollectiveVariant {
  readonly name: string;
  readonly steps: readonly CollectiveStep[];
}

export interface CollectiveQuestion {
  readonly standing: RankTopology;
  readonly rateGbps: number;
  readonly alphaNs: number;
  readonly darkNs: number;
}

export interface CollectiveCircuits {
  readonly variant: CollectiveVariant;
  /** The topology that each step runs on. */
  readonly topologies: readonly RankTopology[];
  readonly changes: number;
  readonly durationNs: number;
  readonly reasons: readonly string[];
}

const powersBelow = (ranks: number): readonly number[] => Array.from({ length: Math.floor(Math.log2(ranks)) }, (_, power) => 2 ** power);
const partners = (ranks: number, distance: number): Int32Array => Int32Array.from({ length: ranks }, (_, rank) => rank ^ distance);
const isPowerOfTwo = (ranks: number): boolean => Number.isInteger(Math.log2(ranks));

/** Ring all-gather: n - 1 steps, each rank passing a part of bits / n to the next. `bits` is the gathered size. */
export function ringGather(ranks: number, bits: number): CollectiveVariant {
  const target = Int32Array.from({ length: ranks }, (_, rank) => (rank + 1) % ranks);
  return { name: 'ring', steps: Array.from({ length: ranks - 1 }, () => ({ target, bits: bits / ranks })) };
}

/** Recursive doubling all-gather: log2 n steps, partners twice as far and parts twice as large each; ranks a power of two (throws otherwise). */
export function doublingGather(ranks: number, bits: number): CollectiveVariant {
  if (!isPowerOfTwo(ranks)) throw new RangeError(`recursive doubling needs a power of two, not ${ranks} ranks`);
  return { name: 'recursive doubling', steps: powersBelow(ranks).map((distance) => ({ target: partners(ranks, distance), bits: (bits * distance) / ranks })) };
}

/** All-reduce of a variant's gather: its mirror image as reduce-scatter, then the gather itself (Thakur, Rabenseifner and Gropp, IJHPCA 19, 2005). */
export const reduceThenGather = (gather: CollectiveVariant): CollectiveVariant => ({ name: `${gather.name} all-reduce`, steps: [...[...gather.steps].reverse(), ...gather.steps] });

/** Circuits from each rank to its partner, every port of the rank the same way, so that the step's bits share them. */
const directTopology = ({ target }: CollectiveStep, degree: number): RankTopology => ({
  name: 'direct circuits', ranks: target.length, degree, isRotation: false,
  target: Int32Array.from({ length: target.length * degree }, (_, at) => target[Math.floor(at / degree)] ?? 0),
});

/** Time of a step on a topology, infinite where a partner cannot be reached. */
function stepNs(step: CollectiveStep, topology: RankTopology, { rateGbps, alphaNs }: CollectiveQuestion): number {
  const loads = patternLoads(topology, step.target);
  return loads === null ? Infinity : loads.mostHops * alphaNs + (loads.mostMessages * step.bits) / rateGbps;
}

/** Topology rows: 0 stands, then one for each distinct pattern. */
function listTopologies({ steps }: CollectiveVariant, standing: RankTopology): readonly RankTopology[] {
  const patterns = new Map(steps.map((step) => [step.target.join(), step]));
  return [standing, ...[...patterns.values()].map((step) => directTopology(step, standing.degree))];
}

function planVariant(variant: CollectiveVariant, question: CollectiveQuestion): CollectiveCircuits {
  const topologies = listTopologies(variant, question.standing);
  const known = new Map<string, readonly number[]>();
  const timesNs = variant.steps.map((step) => {
    const key = `${step.bits}:${step.target.join()}`;
    const times = known.get(key) ?? topologies.map((topology) => stepNs(step, topology, question));
    known.set(key, times);
    return times;
  });
  let endNs = topologies.map((_, row) => (row === 0 ? 0 : Infinity));
  const cameFrom = timesNs.map((times) => {
    const from = topologies.map((_, row) => endNs.reduce((best, end, before) => {
      const bestNs = (endNs[best] ?? Infinity) + (best === row ? 0 : question.darkNs);
      return end + (before === row ? 0 : question.darkNs) < bestNs ? before : best;
    }, row));
    endNs = from.map((before, row) => (endNs[before] ?? Infinity) + (before === row ? 0 : question.darkNs) + (times[row] ?? Infinity));
    return from;
  });
  const durationNs = Math.min(...endNs);
  let row = endNs.indexOf(durationNs);
  const rows: number[] = [];
  for (const from of [...cameFrom].reverse()) {
    rows.unshift(row);
    row = from[row] ?? 0;
  }
  const changes = rows.filter((at, step) => at !== (step === 0 ? 0 : rows[step - 1])).length;
  return { variant, topologies: rows.map((at) => topologies[at] ?? question.standing), changes, durationNs, reasons: [] };
}

/** Time of a variant when the standing circuits stay for all of it. */
export const standingNs = (variant: CollectiveVariant, question: CollectiveQuestion): number =>
  variant.steps.reduce((sum, step) => sum + stepNs(step, question.standing, question), 0);

/**
 * The variant and circuits that end first. Never slower than any of the variants on the standing circuits; of equal ends the variant listed
 * first wins, and a change that gains nothing is not made. Needs at least one variant.
 */
export function planCollectiveSteps(variants: readonly CollectiveVariant[], question: CollectiveQuestion): CollectiveCircuits {
  const plans = variants.map((variant) => planVariant(variant, question));
  const best = plans.reduce((first, plan) => (plan.durationNs < first.durationNs ? plan : first));
  const us = (ns: number): string => `${Number((ns / 1000).toPrecision(4))} us`;
  const stillNs = Math.min(...variants.map((variant) => standingNs(variant, question)));
  return {
    ...best,
    reasons: [
      `${best.variant.name} with ${best.changes} changes of ${us(question.darkNs)} ends after ${us(best.durationNs)}; without a change the best takes ${us(stillNs)}.`,
      ...plans.filter((plan) => plan !== best).map((plan) => `${plan.variant.name} would end after ${us(plan.durationNs)}.`),
    ],
  };
}
