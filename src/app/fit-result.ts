/** What `heliostat fit --json` prints: candidates with their ranks as runs, both ends of the locality trade, and why not elsewhere. */

import type { CounterOffer } from '../plan/placement/counter-offers.ts';
import type { Candidate, Placement, PlacementRefusal } from '../plan/placement/place-job.ts';
import type { PlacementRisk } from '../plan/placement/placement-risk.ts';
import type { Elsewhere, Region } from '../plan/placement/why-not.ts';
import { describePlan, planGpus } from '../traffic/parallel-plan.ts';
import type { FitQuestion } from './fit-question.ts';

/** Mean times in hours are `null` where nothing of the kind can happen. */
type RiskResult = { readonly [K in keyof PlacementRisk]: K extends `${string}MtbfH` ? number | null : PlacementRisk[K] };

export interface CandidateResult {
  /** Runs of cluster ranks, first and last, in the job's own rank order. */
  readonly ranks: readonly (readonly [first: number, last: number])[];
  readonly order: Candidate['order'];
  readonly spreadOver: Candidate['spreadOver'];
  readonly pods: Candidate['pods'];
  readonly stepS: number;
  readonly exposedS: number;
  readonly mfu: number;
  readonly edges: Candidate['step']['edges'];
  readonly risk: RiskResult;
  readonly powerKw: number;
  readonly energyPerStepMj: number;
  readonly light: Candidate['light'];
  readonly strandedGpus: number;
  /** Usable accelerators that stay free in the pods it opens. */
  readonly leftGpus: number;
  /** Accelerator-seconds of the cluster per step of useful work. */
  readonly score: number;
}

export interface FitResult {
  readonly schema: 'heliostat/fit/1';
  readonly cluster: string;
  readonly workload: string;
  readonly plan: string;
  readonly gpus: { readonly cluster: number; readonly job: number };
  readonly terms: { readonly lengthH: number; readonly restartH: number; readonly replicas: number; readonly replicasMin: number; readonly prefer: string };
  readonly candidates: readonly CandidateResult[];
  readonly trade: { readonly closest: CandidateResult; readonly safest: CandidateResult } | null;
  readonly elsewhere: readonly Region[];
  readonly regionsUntold: number;
  readonly refusal?: { readonly code: string; readonly remedy: string; readonly reasons: readonly string[]; readonly offers: readonly CounterOffer[] };
}

/** Ascending neighbours joined; order is kept. */
export function runsOf(ranks: Int32Array): readonly (readonly [number, number])[] {
  const runs: [number, number][] = [];
  for (const rank of ranks) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] + 1 === rank) run[1] = rank;
    else runs.push([rank, rank]);
  }
  return runs;
}

const finite = (hours: number): number | null => (Number.isFinite(hours) ? hours : null);

function candidateResult(candidate: Candidate): CandidateResult {
  const { order, spreadOver, pods, step, risk, powerKw, energyPerStepMj, light, strandedGpus, leftGpus, score } = candidate;
  return {
    ranks: runsOf(candidate.ranks), order, spreadOver, pods,
    stepS: step.prediction.stepS, exposedS: step.prediction.exposed.reduce((sum, { seconds }) => sum + seconds, 0), mfu: step.prediction.mfu, edges: step.edges,
    risk: { ...risk, cutMtbfH: finite(risk.cutMtbfH), stopMtbfH: finite(risk.stopMtbfH), slowMtbfH: finite(risk.slowMtbfH) },
    powerKw, energyPerStepMj, light, strandedGpus, leftGpus, score,
  };
}

export function fitResult({ cluster, workload, request }: FitQuestion, answer: Placement | PlacementRefusal): FitResult {
  const { plan } = request.job;
  const elsewhere: Elsewhere = answer.elsewhere ?? { regions: [], untold: 0 };
  const { lengthH, restartH, replicasMin, prefer } = request;
  return {
    schema: 'heliostat/fit/1', cluster: cluster.name, workload: workload.name, plan: describePlan(plan), gpus: { cluster: cluster.design.gpus, job: planGpus(plan) },
    terms: { lengthH, restartH, replicas: plan.data, replicasMin, prefer },
    candidates: answer.kind === 'placement' ? answer.candidates.map(candidateResult) : [],
    trade: answer.kind === 'placement' ? { closest: candidateResult(answer.trade.closest), safest: candidateResult(answer.trade.safest) } : null,
    elsewhere: elsewhere.regions, regionsUntold: elsewhere.untold,
    ...(answer.kind === 'placement' ? {} : { refusal: { code: answer.code, remedy: answer.remedy, reasons: answer.reasons, offers: answer.offers } }),
  };
}
