/** What one choice answers for one workload, as a function of everything that a sensitivity study may turn: parts, network, site. */

import type { Parsed } from '../base/issue.ts';
import { parsed } from '../base/issue.ts';
import { isRefusal } from '../base/refusal.ts';
import { makeBill } from '../fabric/bill.ts';
import { compileFabric } from '../fabric/compile.ts';
import type { CompiledCluster } from '../fabric/compiled.ts';
import type { ClusterDesign, MediumDesign, TierMedia } from '../fabric/design.ts';
import { linkTiers } from '../fabric/fabric.ts';
import type { EvaluateMedium, MediumAnswer, MediumQuestion } from '../fabric/medium.ts';
import { memoised } from '../fabric/medium.ts';
import type { FindPartFigures } from '../fabric/part-figures.ts';
import type { Catalogue } from '../optics/catalogue/catalogue.ts';
import { networkView } from './fabric-view.ts';
import type { Sample } from './sensitivity-derivative.ts';
import type { TrainingJob } from './training-run.ts';
import { runTraining } from './training-run.ts';

/** What is differentiated. `better` says which way is good. */
export const sensitivityMetrics = [
  { name: 'step', label: 'step time', unit: 's', better: 'lower' },
  { name: 'energyPerStep', label: 'energy per step', unit: 'MJ', better: 'lower' },
  { name: 'energyPerToken', label: 'energy per token', unit: 'J', better: 'lower' },
  { name: 'siteEnergyPerToken', label: 'energy per token with the site', unit: 'J', better: 'lower' },
  { name: 'fabricPower', label: 'fabric power', unit: 'kW', better: 'lower' },
  { name: 'fabricCost', label: 'fabric cost', unit: '$', better: 'lower' },
  { name: 'failures', label: 'fabric failures', unit: '1/d', better: 'lower' },
  { name: 'margin', label: 'least link margin', unit: 'dB', better: 'higher' },
] as const satisfies readonly { readonly name: string; readonly label: string; readonly unit: string; readonly better: 'lower' | 'higher' }[];

export type SensitivityMetric = (typeof sensitivityMetrics)[number]['name'];

/** Everything that can be turned, all at once. */
export interface World {
  readonly design: ClusterDesign;
  readonly catalogue: Catalogue;
  /** Of every part; `null` where each settles at its own. */
  readonly caseTemperatureC: number | null;
  /** Further loss in every path. */
  readonly extraLossDb: number;
  /** Multiplies the rate of every scale-out link. */
  readonly rateScale: number;
  readonly pue: number;
}

/** Binds link physics and part figures to a catalogue. */
export type BindPhysics = (options: { readonly catalogue: Catalogue; readonly caseTemperatureC: number | null; readonly extraLossDb: number }) => {
  readonly evaluateMedium: EvaluateMedium;
  readonly findPartFigures: FindPartFigures;
};

export interface Outcome extends Sample {
  readonly links: { readonly total: number; readonly closing: number };
  /** Why the workload cannot run; empty when it can. */
  readonly refused: readonly string[];
}

export interface OutcomeModel {
  /** The results in a world, in the order of `sensitivityMetrics`. */
  at(world: World): Outcome;
  /** Only the state of `at`, which costs no step. */
  stateAt(world: World): string;
  /** Rate and latency of the scale-out network as it stands. */
  readonly network: { readonly rateGbps: number; readonly latencyNs: number };
}

interface Run {
  readonly cluster: CompiledCluster;
  /** Rows of the questions whose answers the cluster's links use. */
  readonly used: readonly number[];
  readonly stepS: number;
  readonly tokensPerStep: number;
  readonly refused: readonly string[];
}

type CableQuestion = Omit<MediumQuestion, 'caseTemperatureC'>;

const questionKey = ({ medium, lengthM, throughPart }: CableQuestion): string => `${medium.name} ${lengthM} ${throughPart ?? ''}`;

/** A cable through a circuit switch is asked for at twice its own length, as `cableLink` does. */
const questionOf = (use: CableQuestion): CableQuestion => ({ medium: use.medium, lengthM: use.throughPart === null ? use.lengthM : 2 * use.lengthM, throughPart: use.throughPart });

/** Every question that choosing media for the cables of a compiled cluster could ask. */
function questionsOf(cluster: CompiledCluster): readonly CableQuestion[] {
  const questions = new Map<string, CableQuestion>();
  const { fabric, design } = cluster;
  fabric.cableUse.forEach((row, cable) => {
    const use = fabric.uses[row];
    const tier = linkTiers[fabric.linkTier[2 * cable] ?? 0];
    if (use === undefined || tier === undefined || tier === 'scaleUp') return;
    for (const medium of design.media[tier]) {
      const question = questionOf({ ...use, medium });
      questions.set(questionKey(question), question);
    }
  });
  return [...questions.values()];
}

/** Prices, powers and lives enter the bill only; two designs that differ in nothing else have the same fabric. */
const billOnly = new Set(['powerW', 'costUsd', 'mtbfH', 'switchMtbfH', 'pjPerBit']);
const fabricKey = (design: ClusterDesign): string => JSON.stringify(design, (name, value: unknown) => (billOnly.has(name) ? undefined : value));

/** The design with every scale-out link that many times as fast, and the medium behind each scaled one. */
function scaledDesign(world: World): { readonly design: ClusterDesign; readonly original: ReadonlyMap<MediumDesign, MediumDesign> } {
  const { rateScale } = world;
  const design = { ...world.design, caseTemperatureC: world.caseTemperatureC };
  const original = new Map<MediumDesign, MediumDesign>();
  const tier = (media: readonly MediumDesign[]): readonly MediumDesign[] => media.map((medium) => {
    const fast = { ...medium, nominalRateGbps: medium.nominalRateGbps * rateScale };
    original.set(fast, medium);
    return fast;
  });
  const { access, fabric, core, dci } = design.media;
  const media: TierMedia = { access: tier(access), fabric: tier(fabric), core: tier(core), dci: tier(dci) };
  const portRateGbps = design.switch.portRateGbps * rateScale;
  return { design: { ...design, media, rateGbpsPerGpu: design.rateGbpsPerGpu * rateScale, switch: { ...design.switch, portRateGbps } }, original };
}

function countLinks({ fabric }: CompiledCluster): Outcome['links'] {
  const scaleUp = linkTiers.indexOf('scaleUp');
  let total = 0;
  let closing = 0;
  for (let link = 0; link < fabric.linkCount; link++) {
    if (fabric.linkTier[link] === scaleUp) continue;
    total++;
    if ((fabric.linkRateGbps[link] ?? 0) > 0) closing++;
  }
  return { total, closing };
}

/** Compiles a world and runs its step. `evaluate` answers for unscaled media. */
function runWorld(world: World, job: TrainingJob, evaluate: EvaluateMedium, questions: readonly CableQuestion[]): Run {
  const { design, original } = scaledDesign(world);
  const unscaled = (medium: MediumDesign): MediumDesign => original.get(medium) ?? medium;
  const evaluateMedium: EvaluateMedium = (question) => {
    const answer = evaluate({ ...question, medium: unscaled(question.medium) });
    return { ...answer, rateGbps: answer.rateGbps.map((rate) => rate * world.rateScale) };
  };
  const compiled = compileFabric(design, { evaluateMedium });
  if (!compiled.ok) throw new Error(`A variation of a sound design is not sound: ${compiled.issues.map((issue) => issue.message).join('; ')}`);
  const cluster = compiled.value;
  const inUse = new Set(cluster.fabric.uses.map((use) => questionKey(questionOf({ ...use, medium: unscaled(use.medium) }))));
  const used = questions.flatMap((question, row) => (inUse.has(questionKey(question)) ? [row] : []));
  const training = runTraining(cluster, job);
  if (isRefusal(training)) return { cluster, used, stepS: Number.NaN, tokensPerStep: Number.NaN, refused: training.reasons };
  return { cluster, used, stepS: training.prediction.stepS, tokensPerStep: training.prediction.tokensPerStep, refused: [] };
}

/** The smallest margin of the links in use; a link without a budget counts as having none, and copper and light alike count. */
const leastMarginDb = (run: Run, answers: readonly MediumAnswer[]): number =>
  run.used.reduce((least, row) => Math.min(least, answers[row]?.report?.marginDb ?? Number.NaN), Infinity);

/** More compiled variants than this are not kept; the oldest goes first. */
const runsMax = 64;

/**
 * The model of one choice and workload. Worlds whose links answer alike share one compiled fabric and one run of the step;
 * prices, powers and margins are always worked out anew. Issues are those of the base world.
 */
export function createOutcomeModel(base: World, job: TrainingJob, bind: BindPhysics): Parsed<OutcomeModel> {
  const physicsOf = (world: World): ReturnType<BindPhysics> => {
    const physics = bind({ catalogue: world.catalogue, caseTemperatureC: world.caseTemperatureC, extraLossDb: world.extraLossDb });
    return { ...physics, evaluateMedium: memoised(physics.evaluateMedium) };
  };
  const basePhysics = physicsOf(base);
  const first = compileFabric(base.design, basePhysics);
  if (!first.ok) return first;
  const { issues } = makeBill(first.value, basePhysics.findPartFigures);
  if (issues.length > 0) return { ok: false, issues };
  const questions = questionsOf(first.value);
  const runs = new Map<string, Run>();
  const answersOf = (world: World, evaluate: EvaluateMedium): readonly MediumAnswer[] =>
    questions.map((question) => evaluate({ ...question, caseTemperatureC: world.caseTemperatureC }));
  const stateOf = (answers: readonly MediumAnswer[]): string => answers.map((answer) => (answer.refusal === null ? '1' : '0')).join('');
  const runOf = (world: World, answers: readonly MediumAnswer[], evaluate: EvaluateMedium): Run => {
    const key = JSON.stringify([fabricKey(world.design), world.rateScale, answers.map(({ rateGbps, latencyNs, refusal }) => [rateGbps, latencyNs, refusal === null])]);
    const known = runs.get(key);
    if (known !== undefined) return known;
    const oldest = runs.size >= runsMax ? runs.keys().next().value : undefined;
    if (oldest !== undefined) runs.delete(oldest);
    const run = runWorld(world, job, evaluate, questions);
    runs.set(key, run);
    return run;
  };
  const at = (world: World): Outcome => {
    const { evaluateMedium, findPartFigures } = physicsOf(world);
    const answers = answersOf(world, evaluateMedium);
    const run = runOf(world, answers, evaluateMedium);
    // The run may come from a world with other prices and powers; the bill is made with those of this one.
    const { bill } = makeBill({ ...run.cluster, design: scaledDesign(world).design }, findPartFigures);
    const energyPerStepJ = bill.clusterPowerW.value * run.stepS;
    const energyPerTokenJ = energyPerStepJ / run.tokensPerStep;
    return {
      values: [
        run.stepS, energyPerStepJ / 1e6, energyPerTokenJ, energyPerTokenJ * world.pue, bill.fabricPowerW.value / 1000, bill.fabricCostUsd.value,
        bill.failuresPerDay.value, leastMarginDb(run, answers),
      ],
      state: stateOf(answers) + (run.refused.length > 0 ? ' refused' : ''), links: countLinks(run.cluster), refused: run.refused,
    };
  };
  const { rateGbps, latencyNs } = networkView(first.value).scaleOut;
  return parsed({ at, stateAt: (world) => stateOf(answersOf(world, physicsOf(world).evaluateMedium)), network: { rateGbps, latencyNs } });
}
