/**
 * What can stop or slow a job where it stands: each hazard that reaches its ranks, how many replicas it takes, and what that costs
 * in time over the job's length. Failures arrive as independent Poisson processes at their service rates.
 */

import { rowsOf } from '../../base/csr.ts';
import type { ComponentIx } from '../../fabric/fabric.ts';
import type { ParallelPlan } from '../../traffic/parallel-plan.ts';
import type { ClusterView } from './cluster-view.ts';

export interface RiskTerms {
  /** How long the job runs. */
  readonly lengthH: number;
  /** From a failure until the job computes again, lost work included. */
  readonly restartH: number;
  /** Replicas with which the job can go on until the repair; the plan's own count for a job that cannot shrink. */
  readonly replicasMin: number;
}

export interface WorstHazard {
  /** A component of it, by its path. */
  readonly component: string;
  readonly replicasLost: number;
  readonly gpusCut: number;
  readonly mtbfH: number;
}

export interface PlacementRisk {
  /** Failures that cut at least one of the job's accelerators. */
  readonly cutMtbfH: number;
  readonly cutProbability: number;
  /** Those that leave fewer replicas than the job can go on with. */
  readonly stopMtbfH: number;
  readonly stopProbability: number;
  /** Those that only take links or wavelengths on its ways. */
  readonly slowMtbfH: number;
  readonly slowProbability: number;
  /** Share of time lost to restarts, to standing still and to missing replicas until the repair. */
  readonly lostShare: number;
  /** The hazard that takes most replicas, then most accelerators; ties to the more frequent, then to the lower row. `null` without any. */
  readonly worst: WorstHazard | null;
}

const probability = (perH: number, hours: number): number => -Math.expm1(-perH * hours);

/** One pass over the ranks, replica by replica; `crosses` says that the job uses links above the access tier. */
export function placementRisk({ hazards, index: { cluster } }: Pick<ClusterView, 'hazards' | 'index'>, plan: ParallelPlan, ranks: Int32Array, terms: RiskTerms & { readonly crosses: boolean }): PlacementRisk {
  const gpusCut = new Int32Array(hazards.count);
  const replicasLost = new Int32Array(hazards.count);
  const lastReplica = new Int32Array(hazards.count).fill(-1);
  const isSlowing = new Uint8Array(hazards.count);
  const inner = plan.tensor * plan.context;
  for (let replica = 0; replica < plan.data; replica++) {
    for (let stage = 0; stage < plan.pipeline; stage++) {
      const from = (stage * plan.data + replica) * inner;
      for (let at = from; at < from + inner; at++) {
        const rank = ranks[at] ?? 0;
        for (const hazard of rowsOf(hazards.cutting, rank)) {
          gpusCut[hazard] = (gpusCut[hazard] ?? 0) + 1;
          if (lastReplica[hazard] === replica) continue;
          lastReplica[hazard] = replica;
          replicasLost[hazard] = (replicasLost[hazard] ?? 0) + 1;
        }
        for (const hazard of rowsOf(hazards.slowing, rank)) isSlowing[hazard] = 1;
      }
    }
  }
  let [cutPerH, stopPerH, slowPerH, lostShare, worst] = [0, 0, 0, 0, -1];
  for (let hazard = 0; hazard < hazards.count; hazard++) {
    const perH = hazards.perH[hazard] ?? 0;
    const lost = replicasLost[hazard] ?? 0;
    if (lost === 0) {
      if (isSlowing[hazard] === 1 && (terms.crosses || hazards.isAbove[hazard] === 0)) slowPerH += perH;
      continue;
    }
    const stops = plan.data - lost < terms.replicasMin;
    cutPerH += perH;
    if (stops) stopPerH += perH;
    lostShare += perH * terms.restartH + (hazards.awayShare[hazard] ?? 0) * (stops ? 1 : lost / plan.data);
    const order = worst < 0 ? 1 : lost - (replicasLost[worst] ?? 0) || (gpusCut[hazard] ?? 0) - (gpusCut[worst] ?? 0) || perH - (hazards.perH[worst] ?? 0);
    if (order > 0) worst = hazard;
  }
  return {
    cutMtbfH: 1 / cutPerH, cutProbability: probability(cutPerH, terms.lengthH), stopMtbfH: 1 / stopPerH, stopProbability: probability(stopPerH, terms.lengthH),
    slowMtbfH: 1 / slowPerH, slowProbability: probability(slowPerH, terms.lengthH), lostShare,
    worst: worst < 0 ? null : {
      component: cluster.fabric.componentName((hazards.example[worst] ?? 0) as ComponentIx), replicasLost: replicasLost[worst] ?? 0, gpusCut: gpusCut[worst] ?? 0, mtbfH: 1 / (hazards.perH[worst] ?? 0),
    },
  };
}

