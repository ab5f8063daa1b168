/**
 * Whether jobs that cannot all send at once over the light they share can do so one after another, step after step, and when each
 * has to begin its steps for that.
 *
 * The phases come from `shiftPhases`; what it finds in slots is then checked exactly: on no link may the windows of the steps on one
 * circle ever ask for more than it carries. Jobs whose step times agree on no common circle are refused, because their windows
 * drift past each other whatever their phase.
 */

import type { TrafficClassName } from '../../traffic/classes.ts';
import type { PhasedJob, SharedLink } from './phase-circle.ts';
import { shiftPhases, slotsPerStep } from './phase-shift.ts';
import type { ShiftGroup } from './phase-shift.ts';

/** When in its step a job may send in a class. */
export interface SendingWindow {
  readonly trafficClass: TrafficClassName;
  /** From the start of the step; it may run over the end into the next step. */
  readonly startNs: number;
  readonly durationNs: number;
}

export interface PeriodicJob {
  readonly id: string;
  readonly accelerators: number;
  readonly periodNs: number;
  readonly windows: readonly SendingWindow[];
}

export interface SharedLight {
  readonly name: string;
  /** What is left beside those who may send at any time. */
  readonly capacityGbps: number;
  /** Rows of jobs, and what each puts on this link in its windows, by class. */
  readonly users: readonly { readonly job: number; readonly gbpsOf: Partial<Record<TrafficClassName, number>> }[];
}

export interface JobPlace {
  /** When its steps begin, from the start of the circle. */
  readonly startNs: number;
  /** What it waits in every step to stay in place. */
  readonly holdNs: number;
  /** Its step with that wait. */
  readonly stepNs: number;
}

export type Interleaved =
  | { readonly ok: true; readonly places: readonly JobPlace[]; /** The most that is ever sent at once, by link. */ readonly peakGbps: readonly number[]; readonly circleNs: number }
  | { readonly ok: false; readonly reason: string };

/** A window is kept free for this share of the step before and after it: clocks of hosts and lengths of steps are not better known (estimate). */
export const guardShare = 0.005;

const ms = (ns: number): string => `${Number((ns / 1e6).toPrecision(4))} ms`;

/** The window with a guard on each side, never longer than the step. */
function guarded({ trafficClass, startNs, durationNs }: SendingWindow, periodNs: number, share: number): SendingWindow {
  const guardNs = Math.min(share * periodNs, Math.max(0, periodNs - durationNs) / 2);
  return { trafficClass, startNs: startNs - guardNs, durationNs: Math.min(periodNs, durationNs + 2 * guardNs) };
}

interface Edge {
  readonly atNs: number;
  readonly gbps: number;
}

/** The most that the windows of all steps on the circle ask for at once. Of a window that ends where another begins, the end counts first. */
function peakOf(link: SharedLight, jobs: readonly PeriodicJob[], places: readonly JobPlace[], circleNs: number): number {
  const edges: Edge[] = [];
  let always = 0;
  for (const { job, gbpsOf } of link.users) {
    const [own, place] = [jobs[job], places[job]];
    if (own === undefined || place === undefined) continue;
    const turns = Math.max(1, Math.round(circleNs / place.stepNs));
    for (const window of own.windows) {
      const gbps = gbpsOf[window.trafficClass] ?? 0;
      if (gbps <= 0) continue;
      const { startNs, durationNs } = guarded(window, own.periodNs, guardShare);
      if (durationNs * turns >= circleNs) {
        always += gbps;
        continue;
      }
      for (let turn = 0; turn < turns; turn++) {
        const fromNs = (((place.startNs + startNs + turn * place.stepNs) % circleNs) + circleNs) % circleNs;
        const toNs = fromNs + durationNs;
        edges.push({ atNs: fromNs, gbps }, { atNs: toNs > circleNs ? toNs - circleNs : toNs, gbps: -gbps });
        if (toNs > circleNs) edges.push({ atNs: 0, gbps });
      }
    }
  }
  // Ends within a billionth of the circle of a beginning are the same time.
  const atOf = ({ atNs }: Edge): number => Math.round((atNs / circleNs) * 1e9);
  edges.sort((a, b) => atOf(a) - atOf(b) || a.gbps - b.gbps);
  let [now, peak] = [always, always];
  for (const { gbps } of edges) peak = Math.max(peak, (now += gbps));
  return peak;
}

function driftReason({ drifting }: ShiftGroup, jobs: readonly PeriodicJob[]): string {
  const steps = jobs.map(({ id, periodNs }) => `${id} ${ms(periodNs)}`).join(', ');
  return `Step times agree on no common circle (${steps}): phases of ${drifting.join(', ')} drift past the others and no shift lasts.`;
}

/** Half a slot of the search: in slots that two windows share in part they may seem to fit side by side. */
const halfSlotShare = 0.5 / slotsPerStep;

/** Places for all the jobs, or why there are none. Links that carry all of their users at once bind nobody. */
export function interleave(jobs: readonly PeriodicJob[], links: readonly SharedLight[]): Interleaved {
  const wide = placed(jobs, links, guardShare + halfSlotShare);
  return wide.ok ? wide : placed(jobs, links, guardShare);
}

/** Sought with windows that are wider by `searchShare` of the step on each side, and checked with their guards. */
function placed(jobs: readonly PeriodicJob[], links: readonly SharedLight[], searchShare: number): Interleaved {
  const phased = jobs.map(({ id, accelerators, periodNs, windows }): PhasedJob => ({
    id, accelerators, periodNs, originNs: 0, jitterNs: 0, movable: true, bursts: windows.map((window) => ({ ...guarded(window, periodNs, searchShare), rateGbps: 1, slackNs: 0 })),
  }));
  const sumOf = ({ gbpsOf }: SharedLight['users'][number]): number => Object.values(gbpsOf).reduce((sum, gbps) => sum + gbps, 0);
  const bind = links.filter(({ users, capacityGbps }) => users.reduce((sum, user) => sum + sumOf(user), 0) > capacityGbps * (1 + 1e-9));
  const shared = bind.map(({ name, capacityGbps, users }): SharedLink => ({ name, capacityGbps: Math.max(capacityGbps, 1e-9), users: users.map(({ job, gbpsOf }) => ({ job, scale: 0, scaleOf: gbpsOf })) }));
  const { shifts, groups } = shiftPhases({ jobs: phased, links: shared });
  const adrift = groups.find(({ drifting }) => drifting.length > 0);
  if (adrift !== undefined) return { ok: false, reason: driftReason(adrift, jobs.filter(({ id }) => adrift.jobs.includes(id))) };
  const circleNs = groups.reduce((most, group) => Math.max(most, group.circleNs ?? 0), 0);
  const places = jobs.map(({ id, periodNs }): JobPlace => {
    const shift = shifts.find(({ job }) => job === id);
    const holdNs = shift?.holdNs ?? 0;
    return { startNs: shift?.shiftNs ?? 0, holdNs, stepNs: periodNs + holdNs };
  });
  const peakGbps: number[] = [];
  for (const link of links) {
    if (!bind.includes(link)) {
      peakGbps.push(link.users.reduce((sum, user) => sum + sumOf(user), 0));
      continue;
    }
    const circle = groups.find((group) => group.links.includes(link.name))?.circleNs ?? circleNs;
    const peak = circle > 0 ? peakOf(link, jobs, places, circle) : Infinity;
    if (peak > link.capacityGbps * (1 + 1e-9)) {
      const wanted = Number.isFinite(peak) ? `${Number(peak.toPrecision(4))} Gb/s at once` : 'more than that at all times';
      return { ok: false, reason: `${link.name} carries ${Number(link.capacityGbps.toPrecision(4))} Gb/s, and wherever their phases stand its jobs would ask for ${wanted}.` };
    }
    peakGbps.push(peak);
  }
  return { ok: true, places, peakGbps, circleNs };
}
