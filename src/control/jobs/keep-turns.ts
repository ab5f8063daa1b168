/**
 * Whether jobs that take turns still can, and still have to: looked at after every reading, and when a job reports its step.
 *
 * Turns end when a partner leaves or changes, when the light or a new lease leaves no room for them, when a job slips out of its
 * place, or when light enough for all at once is back. That comes back after the hold-down of health, so turns do not come and go. A
 * job is not moved when they end: where its steps begin harms nobody then, and moving it back would cost another wait.
 */

import type { Fact } from '../fact.ts';
import { linkName } from '../explain/name-parts.ts';
import { sharedCapacityGbps } from '../light.ts';
import type { Reading } from '../reading.ts';
import type { State } from '../state.ts';
import type { StandingInterleaving } from './interleaving.ts';
import { phaseOf } from './interleaving.ts';

/** A job whose step is longer or shorter by this share in two reports, one after the other, has left its place (estimate: a window moves by its guard in a step). */
export const slipShare = 0.02;

/** Calendars count whole kb/s; as many leases as share a link may be off by that. */
const slackGbps = 1e-4;

interface Load {
  /** Of leases that take no turns. */
  readonly othersGbps: number;
  /** Of those that do: what they may count on or send at, whichever is more, all at once. */
  readonly togetherGbps: number;
}

export function loadOf(state: State, link: number, bursts: ReadonlyMap<string, number>): Load {
  let [othersGbps, togetherGbps] = [0, 0];
  for (const id of state.leasesOfLink.get(link) ?? []) {
    const grant = state.leases.get(id)?.grant;
    if (grant == null) continue;
    const burst = bursts.get(id);
    for (const { links, wavelengths, rateGbps } of grant.paths) {
      const hop = links.indexOf(link);
      if (hop < 0 || (wavelengths[hop] ?? []).length > 0) continue;
      if (burst === undefined || grant.rateGbps <= 0) othersGbps += rateGbps;
      else togetherGbps += Math.max(rateGbps, (burst * rateGbps) / grant.rateGbps);
    }
  }
  return { othersGbps, togetherGbps };
}

/** A lease that neither holds what it sends at nor stands on the links on which turns were agreed. */
function strayed(state: State, bursts: ReadonlyMap<string, number>, links: ReadonlySet<number>): string | null {
  for (const [id, burst] of bursts) {
    const grant = state.leases.get(id)?.grant ?? null;
    if (grant === null) return id;
    if (grant.rateGbps < burst - slackGbps && grant.paths.some((path) => path.links.some((link) => !links.has(link)))) return id;
  }
  return null;
}

/** Why turns end now, or `null`. */
export function turnsEnd(state: State, of: number, { jobs, links }: StandingInterleaving): string | null {
  const gone = jobs.find(({ job }) => state.jobs.get(job)?.interleaving !== of);
  if (gone !== undefined) return `${gone.job} takes no part in them any more.`;
  const bursts = new Map(jobs.flatMap(({ burstGbps }) => Object.entries(burstGbps)));
  const stray = strayed(state, bursts, new Set(links.map(({ link }) => link)));
  if (stray !== null) return `${stray} has lost its light or goes another way.`;
  let isNeeded = false;
  for (const { link, peakGbps } of links) {
    const capacityGbps = sharedCapacityGbps(state, link);
    const { othersGbps, togetherGbps } = loadOf(state, link, bursts);
    if (othersGbps + Math.min(peakGbps, togetherGbps) > capacityGbps + slackGbps) {
      return `${linkName(state.plant, link)} carries ${Number(capacityGbps.toPrecision(4))} Gb/s, too little for ${Number(othersGbps.toPrecision(4))} Gb/s of others and ${Number(peakGbps.toPrecision(4))} Gb/s in turns.`;
    }
    isNeeded ||= othersGbps + togetherGbps > capacityGbps + slackGbps;
  }
  return isNeeded ? null : 'There is light enough again for all of them at once.';
}

/** Ends turns that no longer hold. Changes nothing. */
export function decideTurns(state: State): readonly Fact[] {
  return [...state.interleavings].flatMap(([of, standing]): readonly Fact[] => {
    const reason = turnsEnd(state, of, standing);
    return reason === null ? [] : [{ kind: 'interleavingEnded', of, reason }];
  });
}

/** Ends the turns of a job that reports, for the second time, another step than its place has. Asked before the report is folded. */
export function decideSlip(state: State, { id, stepNs }: Pick<Extract<Reading, { kind: 'jobReported' }>, 'id' | 'stepNs'>): readonly Fact[] {
  const job = state.jobs.get(id);
  if (job === undefined || !(stepNs >= 0)) return [];
  const phase = phaseOf(state, job);
  const standing = job.interleaving === null ? undefined : state.interleavings.get(job.interleaving);
  if (phase === null || standing === undefined || job.interleaving === null || job.reportedNs <= standing.sinceNs) return [];
  const slips = (ns: number): boolean => Math.abs(ns - phase.stepNs) > slipShare * phase.stepNs;
  if (!slips(job.stepNs) || !slips(stepNs)) return [];
  const reason = `${id} reports steps of ${Number((stepNs / 1e6).toPrecision(4))} ms where its place has ${Number((phase.stepNs / 1e6).toPrecision(4))} ms: it has slipped out of turn.`;
  return [{ kind: 'interleavingEnded', of: job.interleaving, reason }];
}
