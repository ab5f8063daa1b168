/**
 * Jobs that take turns with light that cannot carry all of them at once: when each begins its steps, and what its leases may send at
 * in their windows beyond what they are granted.
 *
 * A grant stays what a lease may count on at any time: grants of a link fit into it, floors are kept. What partners do not use while
 * they compute is lent to whoever sends, as long as the jobs keep their places. On links that carry all of them at once the light
 * between their grants and what they send is held back for them.
 */

import { markPath } from '../../plan/admission/lease-book.ts';
import type { Job, Lease, State } from '../state.ts';

/** A job's place among others: a step begins at `startNs` on the log's clock and every `stepNs` from there. */
export interface JobPhase {
  readonly job: string;
  readonly startNs: number;
  readonly stepNs: number;
  /** What it waits in every step to stay in its place, part of `stepNs`. */
  readonly holdNs: number;
  /** What its leases may send at in their windows, Gb/s. */
  readonly burstGbps: Readonly<Record<string, number>>;
}

/** What partners ask of one directed link. */
export interface LentLink {
  readonly link: number;
  /** The most that their leases send over it at once. */
  readonly peakGbps: number;
  /** Of that, what their grants did not cover when it was agreed: held back for them. In steps of `countedGbps`, so that giving back leaves no trace. */
  readonly heldGbps: number;
}

export interface Interleaving {
  readonly jobs: readonly JobPhase[];
  readonly circleNs: number;
  readonly links: readonly LentLink[];
}

/** One in force, since when. */
export interface StandingInterleaving extends Interleaving {
  readonly sinceNs: number;
}

/** Enters what is held back in the calendars and in the table of links, or takes it out again (`sign` -1). */
function holdBack(state: State, { links, sinceNs }: StandingInterleaving, sign: 1 | -1): void {
  for (const { link, heldGbps } of links) {
    if (heldGbps <= 0) continue;
    markPath(state.book, { links: [link], wavelengths: [[]], rateGbps: heldGbps }, { startNs: sinceNs, endNs: Infinity }, sign);
    const left = (state.heldBackGbps.get(link) ?? 0) + sign * heldGbps;
    if (left > 0) state.heldBackGbps.set(link, left);
    else state.heldBackGbps.delete(link);
  }
}

/** Lets the interleaving of fact `of` go. */
export function endInterleaving(state: State, of: number): void {
  const standing = state.interleavings.get(of);
  if (standing === undefined) return;
  holdBack(state, standing, -1);
  state.interleavings.delete(of);
  for (const { job } of standing.jobs) {
    const partner = state.jobs.get(job);
    if (partner?.interleaving === of) partner.interleaving = null;
  }
}

/** Puts one in force under the number of its fact; a job has one place, so what it was in before is to be ended next. */
export function beginInterleaving(state: State, interleaving: Interleaving, stamp: { readonly n: number; readonly atNs: number }): string | null {
  const stranger = interleaving.jobs.find(({ job }) => !state.jobs.has(job));
  if (stranger !== undefined) return `no job ${stranger.job} is admitted`;
  const standing: StandingInterleaving = { ...interleaving, sinceNs: stamp.atNs };
  for (const { job } of interleaving.jobs) {
    const partner = state.jobs.get(job);
    if (partner !== undefined) partner.interleaving = stamp.n;
  }
  state.interleavings.set(stamp.n, standing);
  holdBack(state, standing, 1);
  return null;
}

/** The place of a job, `null` where it takes no turns. */
export const phaseOf = (state: State, job: Job): JobPhase | null =>
  (job.interleaving === null ? null : state.interleavings.get(job.interleaving)?.jobs.find((phase) => phase.job === job.request.id) ?? null);

/** What a job's lease can send at in its windows: its grant, or what partners lend it. A lease without any grant gets nothing. */
export const sendsGbps = (phase: JobPhase | null, { request, grant }: Lease): number => (grant === null ? 0 : Math.max(grant.rateGbps, phase?.burstGbps[request.id] ?? 0));
