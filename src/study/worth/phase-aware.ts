/**
 * Phase-aware against static: circuits changed inside collectives, ports of rails shared in time, steps of jobs shifted against each other.
 *
 * Each question is asked twice, once with everything standing still, and the answers are compared. For shifts the flow engine runs
 * both, step after step, because the plan's own prediction would be judge of itself.
 */

import type { Dice } from '../../base/dice.ts';
import { createDice } from '../../base/dice.ts';
import { isRefusal } from '../../base/refusal.ts';
import { doublingGather, planCollectiveSteps, reduceThenGather, ringGather, standingNs } from '../../plan/circuits/collective-steps.ts';
import { exchangeLoads } from '../../plan/circuits/exchange-loads.ts';
import { exchangeBoundNs, exchangeMenu, planExchange, sequenceNs } from '../../plan/circuits/exchange-plan.ts';
import { randomRegular } from '../../plan/circuits/rank-topology.ts';
import type { RankTopology } from '../../plan/circuits/rank-topology.ts';
import type { RailQuestion } from '../../plan/phases/rail-share.ts';
import { shareRails } from '../../plan/phases/rail-share.ts';
import type { ShiftedJob } from './shifted-jobs.ts';
import { drawShiftedJobs, shiftOutcome } from './shifted-jobs.ts';

/** Ranks, circuits of each, rate and hop latency at which collectives are timed. */
export const collectiveShape = { ranks: 64, degree: 4, rateGbps: 400, alphaNs: 1000 } as const;

/** Seven sizes from 1 MiB to 1 GiB and seven dark times from 1 us to 1 ms, both geometric. */
export const sizesBits: readonly number[] = Array.from({ length: 7 }, (_, at) => 8 * 2 ** 20 * 1024 ** (at / 6));
export const darkTimesNs: readonly number[] = Array.from({ length: 7 }, (_, at) => 1e3 * 1000 ** (at / 6));

export interface CircuitPoint {
  readonly collective: 'all-to-all' | 'all-reduce';
  readonly bits: number;
  readonly darkNs: number;
  readonly staticNs: number;
  readonly plannedNs: number;
  /** No sequence ends sooner; `null` where none is known. */
  readonly boundNs: number | null;
  readonly changes: number;
}

export interface RailPoint {
  readonly switchNs: number;
  readonly staticNs: number;
  readonly plannedNs: number;
  readonly isShared: boolean;
}

export interface ShiftPoint {
  readonly jobs: readonly ShiftedJob[];
  /** Accelerator-weighted mean step over the step alone, on the flow engine, and as the plan predicts it. */
  readonly staticSlowdown: number;
  readonly shiftedSlowdown: number;
  readonly predictedStatic: number;
  readonly predictedShifted: number;
  readonly isSettled: boolean;
}

export interface PhaseStudy {
  readonly seed: number;
  readonly circuits: readonly CircuitPoint[];
  readonly rails: readonly RailPoint[];
  readonly shifts: readonly ShiftPoint[];
}

function allToAllPoints(standing: RankTopology, dice: Dice): readonly CircuitPoint[] {
  const loads = exchangeLoads([standing]);
  if (loads === null) return [];
  const sequence = { topologies: [standing], loads };
  const menu = exchangeMenu(collectiveShape, dice);
  return sizesBits.flatMap((bits) => darkTimesNs.map((darkNs): CircuitPoint => {
    const question = { rateGbps: collectiveShape.rateGbps, alphaNs: collectiveShape.alphaNs, darkNs, bitsPerRank: bits, isSetBefore: false };
    const plan = planExchange(sequence, menu, question);
    return { collective: 'all-to-all', bits, darkNs, staticNs: sequenceNs(sequence, question, 0), plannedNs: plan.durationNs, boundNs: exchangeBoundNs(sequence, question), changes: plan.changes };
  }));
}

function allReducePoints(standing: RankTopology): readonly CircuitPoint[] {
  return sizesBits.flatMap((bits) => darkTimesNs.map((darkNs): CircuitPoint => {
    const question = { standing, rateGbps: collectiveShape.rateGbps, alphaNs: collectiveShape.alphaNs, darkNs };
    const variants = [ringGather, doublingGather].map((gather) => reduceThenGather(gather(collectiveShape.ranks, bits)));
    const plan = planCollectiveSteps(variants, question);
    return { collective: 'all-reduce', bits, darkNs, staticNs: Math.min(...variants.map((variant) => standingNs(variant, question))), plannedNs: plan.durationNs, boundNs: null, changes: plan.changes };
  }));
}

/** Switching times of circuit switches at which rails are shared. */
export const railSwitchNs: readonly number[] = [0, 1e6, 10e6, 25e6, 100e6];

function railPoints(step: RailQuestion['step'], scaleUpSize: number): readonly RailPoint[] {
  return railSwitchNs.flatMap((switchNs): readonly RailPoint[] => {
    const plan = shareRails({ step, scaleUpSize, portsPerRail: 4, switchNs });
    if (isRefusal(plan)) return [];
    const staticNs = Math.min(...plan.alternatives.filter(({ kind }) => kind === 'static').map(({ stepNs }) => stepNs));
    return [{ switchNs, staticNs, plannedNs: plan.chosen.stepNs, isShared: plan.chosen.kind === 'shared' }];
  });
}

export interface PhaseQuestion {
  readonly seed: number;
  /** The step of a training job whose rails are shared, and the accelerators of its scale-up domain. */
  readonly step: RailQuestion['step'];
  readonly scaleUpSize: number;
  /** Draws of jobs that share a link. */
  readonly draws: number;
}

export function phaseStudy({ seed, step, scaleUpSize, draws }: PhaseQuestion): PhaseStudy {
  const dice = createDice(seed);
  const standing = randomRegular(collectiveShape.ranks, collectiveShape.degree, dice.fork('graph'));
  if (standing === null) throw new Error('a regular graph of 64 ranks and degree 4 is found');
  return {
    seed, circuits: [...allToAllPoints(standing, dice.fork('menu')), ...allReducePoints(standing)], rails: railPoints(step, scaleUpSize),
    shifts: Array.from({ length: draws }, (_, draw) => shiftOutcome(drawShiftedJobs(dice.fork(`jobs${draw}`)))),
  };
}
