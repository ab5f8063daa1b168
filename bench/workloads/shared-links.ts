/** Jobs that share links, run second by second: each computes, then sends a burst; links serve bursts in an order of priority. The judge of shifts and priorities. */

import type { Dice } from '../../src/base/dice.ts';
import type { PhasedJob, SharedLink } from '../../src/plan/phases/phase-circle.ts';

export interface SharedMix {
  readonly jobs: readonly (PhasedJob & { readonly flopsPerStep: number })[];
  readonly links: readonly SharedLink[];
}

/** Accelerators, step times and burst shares in the manner of a production cluster (Crux, SIGCOMM 2024): many small jobs, few large ones; periods from a few model families. */
export function drawSharedMix(dice: Dice, size: { readonly jobs: number; readonly links: number }): SharedMix {
  const periodsMs = [100, 150, 200, 200, 300, 400];
  const jobs = Array.from({ length: size.jobs }, (_, row) => {
    const periodNs = (periodsMs[dice.below(periodsMs.length)] ?? 200) * 1e6;
    const durationNs = periodNs * (0.08 + 0.2 * dice.uniform());
    const accelerators = 8 * 2 ** dice.below(5);
    return {
      id: `job${row}`, accelerators, periodNs, originNs: dice.uniform() * periodNs, jitterNs: 0, movable: true, flopsPerStep: accelerators * (periodNs - durationNs) * 4e5 * (0.3 + 0.4 * dice.uniform()),
      bursts: [{ trafficClass: 'allReduce' as const, startNs: periodNs - durationNs, durationNs, rateGbps: 400, slackNs: 0 }],
    };
  });
  // Every job crosses two links next to each other on a row, so that links chain jobs into groups.
  const users: { job: number; scale: number }[][] = Array.from({ length: size.links }, () => []);
  jobs.forEach((_, job) => {
    const first = dice.below(size.links);
    users[first]?.push({ job, scale: 1 });
    if (first + 1 < size.links && dice.uniform() < 0.5) users[first + 1]?.push({ job, scale: 1 });
  });
  return { jobs, links: users.map((own, at) => ({ name: `trunk${at}`, capacityGbps: 400, users: own })) };
}

/** FLOPs of an iteration over the transfer time at its bottleneck, the highest first; ties go to the lower row (Crux, section 4.1). */
export function intensityOrder({ jobs, links }: SharedMix): readonly number[] {
  const intensity = jobs.map((job, row) => {
    const bits = job.bursts.reduce((sum, burst) => sum + burst.rateGbps * burst.durationNs, 0);
    const slowestGbps = Math.min(400, ...links.filter(({ users }) => users.some((user) => user.job === row)).map(({ capacityGbps }) => capacityGbps));
    return job.flopsPerStep / (bits / slowestGbps);
  });
  return [...jobs.keys()].sort((a, b) => (intensity[b] ?? 0) - (intensity[a] ?? 0) || a - b);
}

export interface RunOptions {
  readonly horizonNs: number;
  /** Rows in order of priority, or `null` to share links evenly. */
  readonly order: readonly number[] | null;
  /** Later start, once, and wait in every step. */
  readonly shiftNs: readonly number[];
  readonly holdNs: readonly number[];
}

/** Rates of jobs that send: by priority each takes what its links have left; evenly, all rise together until a link is full. */
function ratesOf({ jobs, links }: SharedMix, sending: readonly number[], order: readonly number[] | null): Float64Array {
  const rate = new Float64Array(jobs.length);
  const room = links.map(({ capacityGbps }) => capacityGbps);
  const linksOf = (row: number): readonly number[] => [...links.keys()].filter((at) => links[at]?.users.some(({ job }) => job === row));
  if (order !== null) {
    for (const row of order) {
      if (!sending.includes(row)) continue;
      const own = linksOf(row);
      rate[row] = Math.min(jobs[row]?.bursts[0]?.rateGbps ?? 0, ...own.map((at) => room[at] ?? 0));
      for (const at of own) room[at] = (room[at] ?? 0) - (rate[row] ?? 0);
    }
    return rate;
  }
  let open = [...sending];
  while (open.length > 0) {
    const growth = Math.min(
      ...open.map((row) => (jobs[row]?.bursts[0]?.rateGbps ?? 0) - (rate[row] ?? 0)),
      // A link with nobody who still grows sets no limit; an empty one must not ask 0 / 0.
      ...links.map((_, at) => {
        const growing = open.filter((row) => linksOf(row).includes(at)).length;
        return growing === 0 ? Infinity : (room[at] ?? 0) / growing;
      }),
    );
    for (const row of open) {
      rate[row] = (rate[row] ?? 0) + growth;
      for (const at of linksOf(row)) room[at] = (room[at] ?? 0) - growth;
    }
    open = open.filter((row) => (rate[row] ?? 0) < (jobs[row]?.bursts[0]?.rateGbps ?? 0) - 1e-6 && linksOf(row).every((at) => (room[at] ?? 0) > 1e-6));
  }
  return rate;
}

/** Share of accelerator time spent computing. */
export function runShared(mix: SharedMix, { horizonNs, order, shiftNs, holdNs }: RunOptions): number {
  const { jobs } = mix;
  const left = new Float64Array(jobs.length);
  /** When compute ends, Infinity while sending. */
  const wakeNs = Float64Array.from(jobs, (job, row) => ((job.originNs + (job.bursts[0]?.startNs ?? 0)) % job.periodNs) + (shiftNs[row] ?? 0));
  const busyNs = new Float64Array(jobs.length);
  let nowNs = 0;
  while (nowNs < horizonNs) {
    const sending = [...jobs.keys()].filter((row) => wakeNs[row] === Infinity);
    const rate = ratesOf(mix, sending, order);
    let nextNs = Math.min(horizonNs, ...wakeNs);
    for (const row of sending) if ((rate[row] ?? 0) > 0) nextNs = Math.min(nextNs, nowNs + (left[row] ?? 0) / (rate[row] ?? 1));
    for (const row of sending) left[row] = (left[row] ?? 0) - (rate[row] ?? 0) * (nextNs - nowNs);
    nowNs = nextNs;
    for (const [row, job] of jobs.entries()) {
      const burst = job.bursts[0];
      if (burst === undefined) continue;
      if (wakeNs[row] === Infinity && (left[row] ?? 0) <= 1) {
        wakeNs[row] = nowNs + job.periodNs - burst.durationNs + (holdNs[row] ?? 0);
        busyNs[row] = (busyNs[row] ?? 0) + job.periodNs - burst.durationNs;
      } else if ((wakeNs[row] ?? 0) <= nowNs) {
        wakeNs[row] = Infinity;
        left[row] = burst.rateGbps * burst.durationNs;
      }
    }
  }
  const total = jobs.reduce((sum, job) => sum + job.accelerators, 0);
  return jobs.reduce((sum, job, row) => sum + job.accelerators * (busyNs[row] ?? 0), 0) / total / horizonNs;
}
