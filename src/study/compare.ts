/** Compares optics choices on one cluster: compiles each, runs every workload's step on it, and prices power, cost and failure. */

import type { Figure } from '../base/figure.ts';
import { weakestKind } from '../base/figure.ts';
import type { Issue, Parsed } from '../base/issue.ts';
import { parsed } from '../base/issue.ts';
import { isRefusal } from '../base/refusal.ts';
import type { Bill } from '../fabric/bill.ts';
import { makeBill } from '../fabric/bill.ts';
import { compileFabric } from '../fabric/compile.ts';
import type { CompiledCluster } from '../fabric/compiled.ts';
import type { ComponentKind } from '../fabric/components.ts';
import type { ClusterDesign } from '../fabric/design.ts';
import { linkTiers } from '../fabric/fabric.ts';
import type { FaultDomains } from '../fabric/fault-domain.ts';
import { createFaultDomains } from '../fabric/fault-domain.ts';
import type { EvaluateMedium, MediumUse } from '../fabric/medium.ts';
import type { FindPartFigures } from '../fabric/part-figures.ts';
import { worstParts } from '../fabric/worst-parts.ts';
import type { Accelerator } from '../traffic/accelerators.ts';
import type { ModelSpec } from '../traffic/model.ts';
import type { ParallelPlan } from '../traffic/parallel-plan.ts';
import { rowName } from './bill-names.ts';
import { assumptionsOf } from './compare-assumptions.ts';
import { evidenceOf } from './compare-evidence.ts';
import { findingsOf } from './compare-findings.ts';
import type { CompareResult, MediumBudget, OpticsChoiceResult, SharedLinks, WorkloadResult, WorstPartResult } from './compare-result.ts';
import { networkView } from './fabric-view.ts';
import { lostGpuHours } from './lost-hours.ts';
import type { RunningTerms } from './ownership.ts';
import { defaultRunning, ownershipOf } from './ownership.ts';
import { countCables, refusedLinks } from './refused-links.ts';
import type { TrainingRun } from './training-run.ts';
import { runTraining, slowedFrom } from './training-run.ts';

export interface CompareQuestion {
  readonly name: string;
  readonly clusterName: string;
  readonly accelerator: Accelerator;
  /** Power of the site over power of its computers and network: multiplied into facility power and electricity, and into nothing else. */
  readonly pue: number;
  /** What running costs; `defaultRunning` where a study says nothing. */
  readonly running?: RunningTerms;
  /** At least one; the first is the one that findings compare with. */
  readonly choices: readonly { readonly name: string; readonly description: string; readonly design: ClusterDesign }[];
  readonly workloads: readonly { readonly name: string; readonly model: ModelSpec; readonly plan: ParallelPlan }[];
}

export interface CompareDeps {
  readonly evaluateMedium: EvaluateMedium;
  readonly findPartFigures: FindPartFigures;
  /** Told before each piece of work; `total` pieces in all. */
  readonly onProgress?: (done: number, total: number, label: string) => void;
}

const wattsPerKw = 1000;

/** Collectives that the engine finds slower than the closed form; ties in exposure keep the order of the phases. */
function sharingOf(run: TrainingRun): readonly SharedLinks[] {
  return run.phases.flatMap(({ name, trafficClass, tier, slowedBy, exposedS, busiestLink }): readonly SharedLinks[] =>
    (busiestLink === null || slowedBy <= slowedFrom ? [] : [{ name, trafficClass, tier, slowedBy, exposedS, busiestLink: { name: busiestLink.name, tier: busiestLink.tier, flows: busiestLink.flows } }]))
    .sort((a, b) => b.exposedS - a.exposedS);
}

/** One step of every workload on a compiled choice; energy is that of the whole cluster at full power for the step's length. */
function runWorkloads(question: CompareQuestion, cluster: CompiledCluster, bill: Bill, tell: (label: string) => void): Pick<OpticsChoiceResult, 'workloads' | 'refusedWorkloads'> {
  const workloads: WorkloadResult[] = [];
  const refusedWorkloads: { workload: string; reasons: readonly string[] }[] = [];
  for (const { name, model, plan } of question.workloads) {
    tell(name);
    const run = runTraining(cluster, { model, plan, accelerator: question.accelerator });
    if (isRefusal(run)) {
      refusedWorkloads.push({ workload: name, reasons: run.reasons });
      continue;
    }
    const { stepS, computeS, bubbleS, otherS, mfu, tokensPerS, tokensPerStep } = run.prediction;
    const energyPerStepJ = bill.clusterPowerW.value * stepS;
    workloads.push({
      workload: name, step: { stepS, computeS, bubbleS, exposed: run.exposed, otherS }, mfu, tokensPerS,
      energyPerStepMj: energyPerStepJ / 1e6, energyPerTokenJ: energyPerStepJ / tokensPerStep, tiers: run.tiers, sharing: sharingOf(run), flows: run.flows,
    });
  }
  return { workloads, refusedWorkloads };
}

/** The longest link of each medium and tier, with its budget. */
function longestBudgets(cluster: CompiledCluster): readonly MediumBudget[] {
  const { fabric } = cluster;
  const longest = new Map<string, { use: MediumUse; tier: string; count: number }>();
  fabric.cableUse.forEach((row, cable) => {
    const use = row < 0 ? undefined : fabric.uses[row];
    if (use === undefined) return;
    const tier = linkTiers[fabric.linkTier[2 * cable] ?? 0] ?? 'fabric';
    const known = longest.get(`${use.medium.name} ${tier}`);
    if (known === undefined) longest.set(`${use.medium.name} ${tier}`, { use, tier, count: 1 });
    else {
      known.count++;
      if (use.lengthM > known.use.lengthM) known.use = use;
    }
  });
  return [...longest.values()].flatMap(({ use: { medium, answer }, tier, count }): readonly MediumBudget[] => {
    const { report } = answer;
    if (report === null) return [];
    return [{
      medium: medium.name, nearPart: medium.near.part, farPart: medium.far.part, tier, linkCount: count,
      linkRateGbps: answer.rateGbps.reduce((sum, rate) => sum + rate, 0), report,
    }];
  });
}

/** Parts that make or carry the light, as opposed to what they are plugged into. */
const lightKinds: ReadonlySet<ComponentKind> = new Set<ComponentKind>(['module', 'engine', 'laserSource', 'laser', 'cable', 'ocs', 'awgr']);

function worstPartsOf(cluster: CompiledCluster, domains: FaultDomains): Pick<OpticsChoiceResult, 'worstPart' | 'worstLightPart'> {
  const ranked = worstParts(cluster.fabric, domains, { count: Infinity });
  const tell = (part: (typeof ranked)[number] | undefined): WorstPartResult =>
    part === undefined
      ? { name: 'none', kind: 'none', gpusCut: 0, gpusSlowed: 0, linksLost: 0 }
      : { name: part.exampleName, kind: part.kind, gpusCut: part.gpusCut, gpusSlowed: part.gpusSlowed, linksLost: part.linksLost };
  return { worstPart: tell(ranked[0]), worstLightPart: tell(ranked.find((part) => lightKinds.has(part.kind))) };
}

function costOf(bill: Bill, gpus: number): OpticsChoiceResult['cost'] {
  const priced = bill.rows.filter((row) => row.costUsd.value > 0);
  return {
    fabricUsd: bill.fabricCostUsd, perGpuUsd: bill.fabricCostUsd.value / gpus,
    parts: priced.map((row) => ({ name: rowName(row), usd: row.costUsd.value, kind: row.costUsd.kind })),
  };
}

function failurePartsOf(bill: Bill): OpticsChoiceResult['failureParts'] {
  return bill.rows
    .filter((row) => row.failuresPerDay.value > 0)
    .map((row) => ({ name: rowName(row), perDay: row.failuresPerDay.value, kind: row.failuresPerDay.kind, basis: row.failureBasis }));
}

/** Flight and switching between accelerators; what a dark link would add is not in it. */
function latencyOf(cluster: CompiledCluster): OpticsChoiceResult['latency'] {
  const { scaleOut } = networkView(cluster);
  return { nextNodeNs: scaleOut.latencyNs, farthestNs: scaleOut.coreLatencyNs };
}

function compareChoice(question: CompareQuestion, row: number, deps: CompareDeps, tell: (label: string) => void): Parsed<{ readonly choice: OpticsChoiceResult; readonly cluster: CompiledCluster }> {
  const asked = question.choices[row];
  if (asked === undefined) throw new Error(`The study has no choice ${row}.`);
  tell(`compiling ${asked.name}`);
  const compiled = compileFabric(asked.design, { evaluateMedium: deps.evaluateMedium });
  const placed = (issue: Issue): Issue => ({ ...issue, path: `choices[${row}]${issue.path === undefined ? '' : `.${issue.path}`}` });
  if (!compiled.ok) return { ok: false, issues: compiled.issues.map(placed) };
  const cluster = compiled.value;
  const { bill, issues } = makeBill(cluster, deps.findPartFigures);
  if (issues.length > 0) return { ok: false, issues: issues.map(placed) };
  const budgets = longestBudgets(cluster);
  const domains = createFaultDomains(cluster.fabric);
  const cables = countCables(cluster);
  const runs = runWorkloads(question, cluster, bill, (label) => tell(`${asked.name}: ${label}`));
  const figures: readonly Figure[] = [bill.fabricPowerW, bill.fabricCostUsd, bill.failuresPerDay];
  const choice: OpticsChoiceResult = {
    name: asked.name, description: asked.description, isRanked: cables.withoutLight === 0 && runs.refusedWorkloads.length === 0,
    fabricPowerKw: bill.fabricPowerW.value / wattsPerKw, fabricPowerShare: bill.fabricPowerShare, clusterPowerKw: bill.clusterPowerW.value / wattsPerKw,
    powerParts: bill.powerParts.map(({ name, powerW }) => ({ name, kw: powerW / wattsPerKw })),
    cost: costOf(bill, asked.design.gpus),
    transceiversPerGpu: bill.transceiversPerGpu, lasersPerGpu: bill.lasersPerGpu,
    failuresPerDay: bill.failuresPerDay, failureParts: failurePartsOf(bill),
    ...worstPartsOf(cluster, domains), ownership: ownershipOf(bill, { ...(question.running ?? defaultRunning), pue: question.pue }),
    lostGpuHours: lostGpuHours(bill, cluster.fabric, domains, deps.findPartFigures), latency: latencyOf(cluster),
    cables, refused: refusedLinks(cluster), budgets, evidence: evidenceOf(bill, { design: asked.design, find: deps.findPartFigures }), ...runs,
    weakestKind: weakestKind([...figures.map((figure) => figure.kind), ...budgets.map(({ report }) => report.weakestKind)]),
  };
  return parsed({ choice, cluster });
}

function cableLengths(cluster: CompiledCluster): CompareResult['cluster']['cableLengthsM'] {
  const { fabric } = cluster;
  const scaleUp = linkTiers.indexOf('scaleUp');
  const sorted = [...fabric.linkLengthM].filter((_, link) => fabric.linkTier[link] !== scaleUp).sort((a, b) => a - b);
  return { min: sorted[0] ?? 0, median: sorted[sorted.length >> 1] ?? 0, max: sorted.at(-1) ?? 0 };
}

/**
 * Compares the choices. Issues carry the path `choices[i]...` of the design at fault. A link that does not close and a workload
 * that cannot run are part of the result, with their reasons.
 */
export function compareOptics(question: CompareQuestion, deps: CompareDeps): Parsed<CompareResult> {
  const total = question.choices.length * (1 + question.workloads.length);
  let done = 0;
  const tell = (label: string): void => deps.onProgress?.(done++, total, label);
  const choices: OpticsChoiceResult[] = [];
  const issues: Issue[] = [];
  let first: CompiledCluster | null = null;
  for (const row of question.choices.keys()) {
    const compared = compareChoice(question, row, deps, tell);
    if (!compared.ok) {
      issues.push(...compared.issues);
      continue;
    }
    first ??= compared.value.cluster;
    choices.push(compared.value.choice);
  }
  if (issues.length > 0 || first === null) return { ok: false, issues };
  const { design, summary } = first;
  const cluster = {
    name: question.clusterName, gpus: design.gpus, accelerator: question.accelerator.name, rateGbpsPerGpu: design.rateGbpsPerGpu,
    fabric: summary, cableLengthsM: cableLengths(first),
  };
  return parsed({ schema: 'heliostat/compare/1', study: question.name, cluster, choices, findings: findingsOf(choices), assumptions: assumptionsOf(question) });
}
