/** What a comparison answers: one cell per optics choice and workload, every figure with unit and evidence. */

import type { EvidenceKind, Figure } from '../base/figure.ts';
import type { LinkReport } from '../optics/link/link-report.ts';

/** Seconds of one training step by cause. The parts sum to `stepS`; only exposed communication counts. */
export interface StepBreakdown {
  readonly stepS: number;
  readonly computeS: number;
  /** Pipeline fill and drain. */
  readonly bubbleS: number;
  /** Exposed (not hidden under compute) communication by purpose. */
  readonly exposed: readonly { readonly name: string; readonly trafficClass: string; readonly tier: string; readonly seconds: number }[];
  /** Optimiser, input and everything else on the critical path. */
  readonly otherS: number;
}

export interface TierUse {
  readonly tier: string;
  /** Mean share of capacity in use over the step, 0 to 1. */
  readonly meanUtilisation: number;
  /** The busiest link of the tier. */
  readonly peakUtilisation: number;
}

/** One workload on one optics choice. */
export interface WorkloadResult {
  readonly workload: string;
  readonly step: StepBreakdown;
  /** Model FLOPs utilisation, 0 to 1. */
  readonly mfu: number;
  readonly tokensPerS: number;
  readonly energyPerStepMj: number;
  readonly energyPerTokenJ: number;
  readonly tiers: readonly TierUse[];
  /** Collectives run on the flow engine for this cell. */
  readonly flows: { readonly flows: number; readonly solves: number };
}

/** Links of one medium that do not close, refused with the reason. */
export interface RefusedLinks {
  readonly medium: string;
  readonly partId: string;
  readonly tier: string;
  /** Cables, each a link in both directions. */
  readonly count: number;
  /** The shortest of them; `reasons` are its own. */
  readonly lengthM: number;
  readonly longestM: number;
  /** Every distinct length, shortest first. */
  readonly byLength: readonly { readonly lengthM: number; readonly count: number; readonly reasons: readonly string[] }[];
  /** Names of up to three such links. */
  readonly examples: readonly string[];
  readonly reasons: readonly string[];
  readonly remedy: string;
  /** What carries the traffic instead, when the choice states a substitute. */
  readonly replacedBy: string | null;
}

/** The single part whose failure takes most with it. */
export interface WorstPartResult {
  readonly name: string;
  readonly kind: string;
  readonly gpusCut: number;
  readonly gpusSlowed: number;
  readonly linksLost: number;
}

export interface OpticsChoiceResult {
  readonly name: string;
  readonly description: string;
  readonly fabricPowerKw: number;
  /** 0 to 1 of the cluster's IT power, fabric included. */
  readonly fabricPowerShare: number;
  readonly clusterPowerKw: number;
  /** Fabric power by sub-part, kW; sums to `fabricPowerKw`. */
  readonly powerParts: readonly { readonly name: string; readonly kw: number }[];
  readonly cost: { readonly fabricUsd: Figure; readonly perGpuUsd: number; readonly parts: readonly { readonly name: string; readonly usd: number; readonly kind: EvidenceKind }[] };
  readonly transceiversPerGpu: number;
  readonly lasersPerGpu: number;
  readonly failuresPerDay: Figure;
  readonly failureParts: readonly { readonly name: string; readonly perDay: number; readonly kind: EvidenceKind }[];
  /** Of everything installed, feeds and switches included. */
  readonly worstPart: WorstPartResult;
  /** Of what makes and carries the light: modules, engines, lasers, cables. */
  readonly worstLightPart: WorstPartResult;
  readonly links: { readonly total: number; readonly closing: number };
  readonly refused: readonly RefusedLinks[];
  /** One representative budget per medium, the longest link of it. */
  readonly budgets: readonly { readonly medium: string; readonly tier: string; readonly linkCount: number; readonly report: LinkReport }[];
  readonly workloads: readonly WorkloadResult[];
  /** Workloads that cannot run on this choice, because accelerators that must talk have no route with light. */
  readonly refusedWorkloads: readonly { readonly workload: string; readonly reasons: readonly string[] }[];
  /** Weakest evidence behind any number above. */
  readonly weakestKind: EvidenceKind;
}

export interface CompareResult {
  readonly schema: 'heliostat/compare/1';
  readonly study: string;
  readonly cluster: {
    readonly name: string;
    readonly gpus: number;
    readonly accelerator: string;
    readonly rateGbpsPerGpu: number;
    readonly fabric: string;
    readonly cableLengthsM: { readonly min: number; readonly median: number; readonly max: number };
  };
  readonly choices: readonly OpticsChoiceResult[];
  /** Plain-language findings, each with its figures. */
  readonly findings: readonly string[];
  /** What the answer assumes; printed with the result. */
  readonly assumptions: readonly string[];
}
