/** What a comparison answers: one cell per optics choice and workload, every figure with unit and evidence. */

import type { EvidenceKind, Figure } from '../base/figure.ts';
import type { FailureBasis } from '../fabric/bill.ts';
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

/** A collective that the engine finds slower than the closed form, because its flows share links. */
export interface SharedLinks {
  readonly name: string;
  readonly trafficClass: string;
  readonly tier: string;
  /** Engine over closed form. */
  readonly slowedBy: number;
  /** Of the step, what compute does not hide of it. */
  readonly exposedS: number;
  readonly busiestLink: { readonly name: string; readonly tier: string; readonly flows: number };
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
  /** Longest exposed first; empty where every collective runs as fast as the closed form says. */
  readonly sharing: readonly SharedLinks[];
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
  /** What helps, in words. */
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

/** Cables of the network between nodes, each a link in both directions, by how they fared. */
export interface CableCounts {
  readonly total: number;
  /** With light, on whatever medium. */
  readonly lit: number;
  /** At least one preferred medium did not close; each of them is counted in one of the next two. */
  readonly triedAndRefused: number;
  readonly carriedByFallback: number;
  readonly withoutLight: number;
}

/** Accelerator hours that failures of the fabric take in a year: failures times accelerators in the fault domain times repair time. */
export interface LostGpuHours {
  readonly cutPerYear: number;
  readonly slowedPerYear: number;
  readonly kind: EvidenceKind;
  readonly parts: readonly { readonly name: string; readonly cutPerYear: number; readonly slowedPerYear: number; readonly repairH: Figure }[];
}

/** What a fabric costs to buy and to run. */
export interface Ownership {
  readonly years: number;
  readonly usdPerKwh: Figure;
  /** Power of the site over power of its computers and network. */
  readonly pue: number;
  /** Of the fabric over all years, cooling and conversion included. */
  readonly fabricElectricityUsd: number;
  /** Purchase and electricity of the fabric. */
  readonly fabricTotalUsd: number;
  readonly clusterElectricityUsd: number;
  /** The whole cluster, cooling and conversion included. */
  readonly facilityPowerKw: number;
  readonly facilityMwhPerYear: number;
}

/** One figure behind a conclusion and how much of the conclusion it makes. */
export interface EvidenceFigure {
  readonly name: string;
  readonly figure: Figure;
  /** 0 to 1 of the conclusion's sum. */
  readonly share: number;
}

/** The figure that weighs most in a conclusion, and the heaviest of those with the weakest evidence; often the same. */
export interface ConclusionEvidence {
  readonly conclusion: 'power' | 'cost' | 'failures';
  readonly kind: EvidenceKind;
  readonly heaviest: EvidenceFigure;
  readonly weakest: EvidenceFigure;
}

/** The budget of the longest link of a medium in a tier. */
export interface MediumBudget {
  readonly medium: string;
  readonly nearPart: string;
  readonly farPart: string;
  readonly tier: string;
  /** Cables. */
  readonly linkCount: number;
  /** Of one link; the report is that of a whole part, which may carry several. */
  readonly linkRateGbps: number;
  /** Of the end with the smaller margin. */
  readonly report: LinkReport;
}

export interface OpticsChoiceResult {
  readonly name: string;
  readonly description: string;
  /** Every cable carries light and every workload runs; only such choices are compared with each other. */
  readonly isRanked: boolean;
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
  readonly failureParts: readonly { readonly name: string; readonly perDay: number; readonly kind: EvidenceKind; readonly basis: FailureBasis }[];
  /** Of everything installed, feeds and switches included. */
  readonly worstPart: WorstPartResult;
  /** Of what makes and carries the light: modules, engines, lasers, cables. */
  readonly worstLightPart: WorstPartResult;
  readonly ownership: Ownership;
  readonly lostGpuHours: LostGpuHours;
  /** One way between accelerators, propagation, modules and switching: to the next node, and to the farthest on the same rail. */
  readonly latency: { readonly nextNodeNs: number; readonly farthestNs: number };
  readonly cables: CableCounts;
  readonly refused: readonly RefusedLinks[];
  readonly budgets: readonly MediumBudget[];
  /** What power, cost and failures stand on. */
  readonly evidence: readonly ConclusionEvidence[];
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
