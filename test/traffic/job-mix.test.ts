/** Arrival processes and job mixes against their closed-form moments and the published ones. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../src/base/dice.ts';
import type { ArrivalProcess } from '../../src/traffic/arrivals.ts';
import { arrivals, dayS, meanRatePerS } from '../../src/traffic/arrivals.ts';
import { clusterMixes, drawMix, sizeShares } from '../../src/traffic/job-mix.ts';
import { sharedTest } from '../shared.ts';
import { readFileSync } from 'node:fs';

/** Counts in windows of equal length: their mean rate and index of dispersion (variance over mean). */
function windowed(process: ArrivalProcess, windowS: number, windows: number, seed = 5): { readonly ratePerS: number; readonly dispersion: number } {
  const counts = new Float64Array(windows);
  for (const at of arrivals(process, createDice(seed))) {
    const row = Math.floor(at / windowS);
    if (row >= windows) break;
    counts[row] = (counts[row] ?? 0) + 1;
  }
  const mean = counts.reduce((sum, count) => sum + count, 0) / windows;
  const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (windows - 1);
  return { ratePerS: mean / windowS, dispersion: variance / mean };
}

test('Poisson arrivals have their rate and a dispersion of one', () => {
  // 20,000 windows of 10 expected arrivals: the mean is good to 1/sqrt(200,000) = 0.2 %, the dispersion to sqrt(2/20,000) = 1 %.
  const { ratePerS, dispersion } = windowed({ kind: 'poisson', ratePerS: 2 }, 5, 20_000);
  assert.ok(Math.abs(ratePerS / 2 - 1) < 0.01 && Math.abs(dispersion - 1) < 0.04, `${ratePerS} ${dispersion}`);
});

test('Gamma gaps of variation c give counts of dispersion c squared', () => {
  // Renewal counts over windows much longer than a gap: variance over mean tends to the squared variation of the gaps (Cox 1962).
  for (const variation of [0.5, 2, 3]) {
    const { ratePerS, dispersion } = windowed({ kind: 'gamma', ratePerS: 1, variation }, 500, 2000);
    assert.ok(Math.abs(ratePerS - 1) < 0.02, `${ratePerS}`);
    assert.ok(Math.abs(dispersion / variation ** 2 - 1) < 0.15, `${variation}: ${dispersion}`);
  }
});

test('A modulated process has the mean of its states and comes in bursts', () => {
  // Rates 0.5 for 90 s and 9.5 for 10 s: (45 + 95) / 100 = 1.4 per second.
  const process: ArrivalProcess = { kind: 'mmpp', calmPerS: 0.5, busyPerS: 9.5, calmMeanS: 90, busyMeanS: 10 };
  assert.ok(Math.abs(meanRatePerS(process) - 1.4) < 1e-12);
  const { ratePerS, dispersion } = windowed(process, 1000, 2000);
  // Long-run dispersion: 1 + 2 (l1 - l2)^2 s1 s2 / ((s1 + s2)^2 (l1 s2 + l2 s1)), s the rates of leaving (1/90, 1/10):
  // 2 x 81 x (1/900) / ((0.1111)^2 x (0.5 x 0.1 + 9.5 / 90)) = 0.18 / (0.012346 x 0.155556) = 93.7.
  assert.ok(Math.abs(ratePerS / 1.4 - 1) < 0.05 && dispersion > 70 && dispersion < 110, `${ratePerS} ${dispersion}`);
});

test('A daily process peaks when it should', () => {
  const process: ArrivalProcess = { kind: 'diurnal', ratePerS: 0.5, swing: 0.8, periodS: dayS, peakS: 14 * 3600 };
  let peak = 0;
  let night = 0;
  let all = 0;
  const days = 20;
  for (const at of arrivals(process, createDice(8))) {
    if (at >= days * dayS) break;
    all++;
    const hour = (at % dayS) / 3600;
    if (Math.abs(hour - 14) < 0.5) peak++;
    if (Math.abs(hour - 2) < 0.5) night++;
  }
  // 0.5 per second; an hour at the peak has 1.8 times the mean, one at night 0.2 times.
  assert.ok(Math.abs(all / (days * dayS) / 0.5 - 1) < 0.01);
  assert.ok(Math.abs(peak / (days * 1800) - 1.8) < 0.06 && Math.abs(night / (days * 1800) - 0.2) < 0.04);
});

test('Size shares sum to one and meet the mean', () => {
  for (const mix of Object.values(clusterMixes)) {
    const shares = sizeShares(mix);
    assert.ok(Math.abs(shares.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-12);
    assert.ok(Math.abs(shares.reduce((sum, { gpus, share }) => sum + gpus * share, 0) / mix.meanGpus - 1) < 1e-9);
    assert.ok((shares[0]?.share ?? 0) > (shares[1]?.share ?? 1));
  }
});

sharedTest('Drawn mixes have the published mean size, median and mean run time within a tenth', 'facts/paper-figures.json', (path) => {
  const document = JSON.parse(readFileSync(path, 'utf8')) as unknown;
  interface MixFigure { readonly id: string; readonly value: { readonly mean_gpus: number[]; readonly median_runtime_s: number[]; readonly mean_runtime_s: number[] } }
  const figures = (Array.isArray(document) ? document : (document as { figures: unknown }).figures) as MixFigure[];
  const figure = figures.find(({ id }) => id === 'cluster-mix');
  assert.ok(figure);
  for (const [at, name] of ['seren', 'kalos', 'philly', 'helios'].entries()) {
    const mix = clusterMixes[name];
    assert.ok(mix);
    const jobs = drawMix({ mix, arrival: { kind: 'poisson', ratePerS: 1 }, jobs: 200_000, gpusMax: 2048, seed: 2 });
    const meanOf = (pick: (job: (typeof jobs)[number]) => number): number => jobs.reduce((sum, job) => sum + pick(job), 0) / jobs.length;
    const median = jobs.map((job) => job.runtimeS).sort((a, b) => a - b)[jobs.length >> 1] ?? 0;
    assert.ok(Math.abs(meanOf((job) => job.gpus) / (figure.value.mean_gpus[at] ?? 0) - 1) < 0.1, name);
    assert.ok(Math.abs(median / (figure.value.median_runtime_s[at] ?? 0) - 1) < 0.1, name);
    assert.ok(Math.abs(meanOf((job) => job.runtimeS) / (figure.value.mean_runtime_s[at] ?? 0) - 1) < 0.1, `${name} ${meanOf((job) => job.runtimeS)}`);
  }
});

test('The same seed draws the same jobs, and jobs arrive in order', () => {
  const mix = clusterMixes['seren'];
  assert.ok(mix);
  const draw = (jobs: number): ReturnType<typeof drawMix> => drawMix({ mix, arrival: { kind: 'gamma', ratePerS: 0.1, variation: 3 }, jobs, gpusMax: 100, seed: 9 });
  assert.deepEqual(draw(500), draw(1000).slice(0, 500));
  const jobs = draw(1000);
  assert.ok(jobs.every((job, at) => job.gpus <= 64 && job.runtimeS > 0 && job.arrivalS >= (jobs[at - 1]?.arrivalS ?? 0)));
});
