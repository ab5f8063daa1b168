/** What a network is worth, asked in the three ways a buyer asks: accelerators saved, microseconds, cost per token. */

import type { Parsed } from '../base/issue.ts';
import { parsed } from '../base/issue.ts';
import type { Refusal } from '../base/refusal.ts';
import { isRefusal, refuse } from '../base/refusal.ts';
import type { Bill } from '../fabric/bill.ts';
import { makeBill } from '../fabric/bill.ts';
import { compileFabric } from '../fabric/compile.ts';
import type { CompiledCluster } from '../fabric/compiled.ts';
import type { ClusterDesign } from '../fabric/design.ts';
import type { LinkTier } from '../fabric/fabric.ts';
import { linkTiers } from '../fabric/fabric.ts';
import type { EvaluateMedium } from '../fabric/medium.ts';
import type { FindPartFigures } from '../fabric/part-figures.ts';
import { describePlan } from '../traffic/parallel-plan.ts';
import { fastestPlan } from '../traffic/plan-search.ts';
import { networkView } from './fabric-view.ts';
import { questionFindings } from './questions-findings.ts';
import type { BestPlanRow, FabricSizeRow, LatencyRow, QuestionsResult, WorkloadAnswers } from './questions-result.ts';
import type { TrainingJob } from './training-run.ts';
import { runTraining } from './training-run.ts';

/** What a token costs besides time: how long the machines are written off, and what electricity costs. */
export interface CostTerms {
  readonly years: number;
  readonly usdPerKwh: number;
  readonly pue: number;
}

export interface NetworkWorthQuestion {
  readonly study: string;
  readonly cluster: string;
  readonly accelerator: string;
  readonly choice: { readonly name: string; readonly design: ClusterDesign };
  readonly workloads: readonly { readonly name: string; readonly job: TrainingJob }[];
  readonly terms: CostTerms;
}

export interface QuestionsDeps {
  readonly evaluateMedium: EvaluateMedium;
  readonly findPartFigures: FindPartFigures;
  readonly onProgress?: (done: number, total: number, label: string) => void;
}

/** Sizes of the scale-out network that are tried; 1 is as it stands. */
export const fabricSizes: readonly number[] = [0.25, 0.5, 1, 2, 4, 8];
/** Further one-way latencies that are tried. */
export const extraLatenciesNs: readonly number[] = [0, 500, 1000, 2000, 5000, 10_000];

const secondsPerYear = 365.25 * 86_400;
const joulesPerKwh = 3.6e6;

/** Money spent per second on machines and power: straight-line depreciation, every machine at full power. */
function usdPerSecond(machines: { readonly costUsd: number; readonly powerW: number }, terms: CostTerms): number {
  return machines.costUsd / (terms.years * secondsPerYear) + (machines.powerW * terms.pue * terms.usdPerKwh) / joulesPerKwh;
}

/** The compiled cluster with other link figures; the light behind them stays as it was. */
function relinked(cluster: CompiledCluster, change: { readonly rate: (gbps: number, tier: LinkTier) => number; readonly latency: (ns: number, tier: LinkTier) => number }): CompiledCluster {
  const { fabric } = cluster;
  const tierOf = (link: number): LinkTier => linkTiers[fabric.linkTier[link] ?? 0] ?? 'fabric';
  return {
    ...cluster,
    fabric: {
      ...fabric,
      linkRateGbps: fabric.linkRateGbps.map((rate, link) => change.rate(rate, tierOf(link))),
      wavelengthRateGbps: fabric.wavelengthRateGbps.map((rate, row) => change.rate(rate, tierOf(fabric.wavelengthLink[row] ?? 0))),
      linkLatencyNs: fabric.linkLatencyNs.map((ns, link) => change.latency(ns, tierOf(link))),
    },
  };
}

/** So many scale-out networks side by side, traffic spread evenly over them: the same paths, that many times as fast. */
export const withFabrics = (cluster: CompiledCluster, times: number): CompiledCluster =>
  relinked(cluster, { rate: (gbps, tier) => (tier === 'scaleUp' ? gbps : gbps * times), latency: (ns) => ns });

/** Every path between accelerators of different nodes longer by `extraNs`: half of it on each of its two access links. */
export const withLatency = (cluster: CompiledCluster, extraNs: number): CompiledCluster =>
  relinked(cluster, { rate: (gbps) => gbps, latency: (ns, tier) => (tier === 'access' ? ns + extraNs / 2 : ns) });

/** Everything one workload's rows share. */
interface Ground {
  readonly cluster: CompiledCluster;
  readonly bill: Bill;
  readonly job: TrainingJob;
  readonly terms: CostTerms;
}

/** Cost and power of the cluster with so many of its scale-out networks. */
const machinesWith = (bill: Bill, times: number): { readonly costUsd: number; readonly powerW: number } => ({
  costUsd: bill.clusterCostUsd.value + (times - 1) * bill.fabricCostUsd.value, powerW: bill.clusterPowerW.value + (times - 1) * bill.fabricPowerW.value,
});

interface Timed { readonly stepS: number; readonly tokensPerS: number }

function timeStep(cluster: CompiledCluster, job: TrainingJob): Timed | Refusal {
  const run = runTraining(cluster, job);
  return isRefusal(run) ? run : { stepS: run.prediction.stepS, tokensPerS: run.prediction.tokensPerS };
}

/** The fastest legal plan for a cluster's network, in closed form. The workload keeps its batch, precision and software. */
function planFor(cluster: CompiledCluster, { model, plan, accelerator }: TrainingJob): (Timed & { readonly plan: string }) | Refusal {
  const { globalBatch, precision, software, schedule } = plan;
  const schedules = [...new Set(['1f1b', 'zeroBubble', schedule] as const)];
  const best = fastestPlan({ model, accelerator, network: networkView(cluster), space: { gpus: cluster.design.gpus, globalBatch, precision, software, schedules } });
  if (best === null) return refuse('no-plan-fits', 'never', `No plan of ${model.name} fits into the memory of ${accelerator.name}.`);
  return { plan: describePlan(best.plan), stepS: best.stepS, tokensPerS: (globalBatch * model.seq) / best.stepS };
}

function fabricRows(ground: Ground, base: Timed): readonly FabricSizeRow[] | Refusal {
  const { cluster, bill, job, terms } = ground;
  const gpus = cluster.design.gpus;
  const planned = planFor(cluster, job);
  if (isRefusal(planned)) return planned;
  const rows: FabricSizeRow[] = [];
  for (const times of fabricSizes) {
    const sized = withFabrics(cluster, times);
    const own = timeStep(sized, job);
    const best = times === 1 ? planned : planFor(sized, job);
    if (isRefusal(own)) return own;
    if (isRefusal(best)) return best;
    const machines = machinesWith(bill, times);
    const usd = usdPerSecond(machines, terms);
    const bestPlan: BestPlanRow = { ...best, gpusForSameTokens: (gpus * planned.tokensPerS) / best.tokensPerS, usdPerMillionTokens: (1e6 * usd) / best.tokensPerS };
    rows.push({
      times, rateGbpsPerGpu: networkView(sized).scaleOut.rateGbps, ...own, gpusForSameTokens: (gpus * base.tokensPerS) / own.tokensPerS,
      usdPerMillionTokens: (1e6 * usd) / own.tokensPerS, joulesPerToken: (machines.powerW * terms.pue) / own.tokensPerS, bestPlan,
    });
  }
  return rows;
}

function latencyRows({ cluster, job }: Ground, base: Timed): readonly LatencyRow[] | Refusal {
  const rows: LatencyRow[] = [];
  for (const extraNs of extraLatenciesNs) {
    const timed = timeStep(withLatency(cluster, extraNs), job);
    if (isRefusal(timed)) return timed;
    rows.push({ extraNs, ...timed, gpusToMakeUp: cluster.design.gpus * (timed.stepS / base.stepS - 1) });
  }
  return rows;
}

function answer(ground: Ground, workload: string): WorkloadAnswers | Refusal {
  const base = timeStep(ground.cluster, ground.job);
  if (isRefusal(base)) return base;
  const sizes = fabricRows(ground, base);
  if (isRefusal(sizes)) return sizes;
  const latencies = latencyRows(ground, base);
  return isRefusal(latencies) ? latencies : { workload, plan: describePlan(ground.job.plan), fabricSizes: sizes, latencies };
}

const assumptionsOf = ({ terms }: NetworkWorthQuestion): readonly string[] => [
  'A network of twice the size is two networks side by side: twice the adapters, modules, links and switches, and traffic spread evenly over both.',
  'Accelerators for the same tokens per second keep their share of the batch, so throughput per accelerator decides; whole replicas are not rounded to.',
  `A token pays for all machines over ${terms.years} years in equal parts and for electricity at ${terms.usdPerKwh} $/kWh and a PUE of ${terms.pue}, ` +
    'every machine busy and at full power. Staff, building and capital are not counted.',
  'Steps with the workload’s own plan are timed by the flow engine; steps with the fastest plan are closed form.',
];

/** Issues are those of the design. A workload that cannot run is part of the answer, with its reasons. */
export function askNetworkWorth(question: NetworkWorthQuestion, deps: QuestionsDeps): Parsed<QuestionsResult> {
  const { choice, terms } = question;
  const compiled = compileFabric(choice.design, deps);
  if (!compiled.ok) return compiled;
  const cluster = compiled.value;
  const { bill, issues } = makeBill(cluster, deps.findPartFigures);
  if (issues.length > 0) return { ok: false, issues };
  const workloads: WorkloadAnswers[] = [];
  const refused: { workload: string; reasons: readonly string[] }[] = [];
  for (const [row, { name, job }] of question.workloads.entries()) {
    deps.onProgress?.(row, question.workloads.length, name);
    const answered = answer({ cluster, bill, job, terms }, name);
    if (isRefusal(answered)) refused.push({ workload: name, reasons: answered.reasons });
    else workloads.push(answered);
  }
  const result: Omit<QuestionsResult, 'findings'> = {
    schema: 'heliostat/questions/1', study: question.study, cluster: question.cluster, choice: choice.name, gpus: choice.design.gpus, accelerator: question.accelerator,
    rateGbpsPerGpu: networkView(cluster).scaleOut.rateGbps, clusterCostUsd: bill.clusterCostUsd.value, fabricCostUsd: bill.fabricCostUsd.value,
    clusterPowerW: bill.clusterPowerW.value, fabricPowerW: bill.fabricPowerW.value, workloads, refused, assumptions: assumptionsOf(question),
  };
  return parsed({ ...result, findings: questionFindings(result) });
}
