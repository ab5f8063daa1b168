/** Thousands of jobs as public clusters see them: sizes, run times, arrivals and kinds, drawn on seeded dice. */

import type { Dice } from '../base/dice.ts';
import { createDice } from '../base/dice.ts';
import type { EvidenceKind } from '../base/figure.ts';
import type { ArrivalProcess } from './arrivals.ts';
import { arrivals } from './arrivals.ts';

/** Published moments of a cluster's accelerator jobs. */
export interface MixMoments {
  readonly name: string;
  readonly meanGpus: number;
  readonly maxGpus: number;
  readonly medianRuntimeS: number;
  readonly meanRuntimeS: number;
  readonly kind: EvidenceKind;
  readonly source: string;
}

const source = 'InternLM/AcmeTrace cluster_summary.csv (Hu et al., NSDI 2024), which also summarises Philly and Helios';
const moments = (name: string, meanGpus: number, maxGpus: number, medianRuntimeS: number, meanRuntimeS: number): MixMoments => ({ name, meanGpus, maxGpus, medianRuntimeS, meanRuntimeS, kind: 'published', source });

/** Alibaba's PAI is left out: its mean job has 0.68 accelerators, and here a job has whole ones. */
export const clusterMixes: Readonly<Record<string, MixMoments>> = {
  seren: moments('seren', 5.68, 1024, 122, 1414),
  kalos: moments('kalos', 26.77, 1024, 124, 1260),
  philly: moments('philly', 1.93, 128, 874, 18_006),
  helios: moments('helios', 3.72, 2048, 206, 6652),
};

/**
 * Share of jobs by size 1, 2, 4 ... up to `maxGpus`: size 2^k in proportion to r^k, with r such that the mean is met. The shape is
 * an estimate (published traces show powers of two, falling); the mean and the maximum are given. Needs 1 <= mean <= max.
 */
export function sizeShares(mix: Pick<MixMoments, 'meanGpus' | 'maxGpus'>): readonly { readonly gpus: number; readonly share: number }[] {
  const steps = Math.floor(Math.log2(mix.maxGpus));
  const sharesAt = (ratio: number): readonly { readonly gpus: number; readonly share: number }[] => {
    const weights = Array.from({ length: steps + 1 }, (_, k) => ratio ** k);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight, k) => ({ gpus: 2 ** k, share: weight / total }));
  };
  const meanOf = (ratio: number): number => sharesAt(ratio).reduce((sum, { gpus, share }) => sum + gpus * share, 0);
  let low = 0;
  let high = 1;
  while (meanOf(high) < mix.meanGpus && high < 1e6) high *= 2;
  for (let halving = 0; halving < 100; halving++) {
    const middle = (low + high) / 2;
    if (meanOf(middle) < mix.meanGpus) low = middle;
    else high = middle;
  }
  return sharesAt(high);
}

/** Lognormal with the given median and mean: mu = ln median, sigma = sqrt(2 ln(mean / median)). The shape is an estimate. */
export function runtimeDeviateS(mix: Pick<MixMoments, 'medianRuntimeS' | 'meanRuntimeS'>, dice: Dice): number {
  return mix.medianRuntimeS * Math.exp(Math.sqrt(2 * Math.log(mix.meanRuntimeS / mix.medianRuntimeS)) * dice.normal());
}

/** What a job does, which decides its classes of traffic. */
export const jobKinds = ['pretrain', 'pretrainExperts', 'finetune', 'serve', 'evaluate'] as const;
export type JobKind = (typeof jobKinds)[number];

/**
 * Kinds by size, estimates: large jobs pre-train, a third of them with experts; middle ones fine-tune; of small ones most evaluate,
 * as the counts of AcmeTrace say in words, and some serve.
 */
function kindOf(gpus: number, dice: Dice): JobKind {
  const toss = dice.uniform();
  if (gpus >= 64) return toss < 1 / 3 ? 'pretrainExperts' : 'pretrain';
  if (gpus >= 8) return toss < 0.7 ? 'finetune' : 'serve';
  return toss < 0.15 ? 'serve' : toss < 0.35 ? 'finetune' : 'evaluate';
}

export interface MixJob {
  readonly id: number;
  readonly arrivalS: number;
  readonly gpus: number;
  readonly runtimeS: number;
  readonly kind: JobKind;
}

export interface MixQuestion {
  readonly mix: MixMoments;
  readonly arrival: ArrivalProcess;
  readonly jobs: number;
  /** Sizes above it are cut to the largest power of two below. */
  readonly gpusMax: number;
  readonly seed: number;
}

/** Jobs in order of arrival. Size, run time, kind and arrival have dice of their own and are independent of each other. */
export function drawMix({ mix, arrival, jobs, gpusMax, seed }: MixQuestion): readonly MixJob[] {
  const dice = createDice(seed);
  const [sizes, runtimes, kinds] = [dice.fork('sizes'), dice.fork('runtimes'), dice.fork('kinds')];
  const times = arrivals(arrival, dice.fork('arrivals'));
  const shares = sizeShares(mix);
  const largest = 2 ** Math.floor(Math.log2(gpusMax));
  return Array.from({ length: jobs }, (_, id) => {
    let toss = sizes.uniform();
    const drawn = shares.find(({ share }) => (toss -= share) < 0) ?? shares[shares.length - 1];
    const gpus = Math.min(largest, drawn?.gpus ?? 1);
    return { id, arrivalS: times.next().value, gpus, runtimeS: runtimeDeviateS(mix, runtimes), kind: kindOf(gpus, kinds) };
  });
}

/** Arrivals per second that keep `gpus` accelerators busy to the share `load`. */
export const ratePerSFor = (mix: MixMoments, options: { readonly load: number; readonly gpus: number }): number => (options.load * options.gpus) / (mix.meanGpus * mix.meanRuntimeS);
