/**
 * Jobs take turns: where the light that is left cannot carry the busy phases of several running jobs at once but can carry them one
 * after another, each job is told when to begin its steps (the class of CASSINI, Rajasekaran et al., NSDI 2024).
 *
 * Grants shrink to what the light carries, never below floors, so that nobody is promised more than there is. In its windows a job
 * sends at its full rate all the same, because its partners compute then (`jobs/interleaving.ts`). That holds on every link of the
 * ways: where all fit at once what they send beyond their grants is held back for them, elsewhere their windows may not meet.
 */

import type { Grant } from '../../plan/plan.ts';
import { interleave } from '../../plan/phases/interleave.ts';
import type { PeriodicJob, SharedLight } from '../../plan/phases/interleave.ts';
import type { TrafficClassName } from '../../traffic/classes.ts';
import { countedGbps } from '../evolve/grants.ts';
import { linkName } from '../explain/name-parts.ts';
import { classShares } from '../jobs/class-shares.ts';
import type { Interleaving, JobPhase } from '../jobs/interleaving.ts';
import { stepWindows } from '../jobs/phase-windows.ts';
import type { Job } from '../state.ts';
import { inProportion } from './allocate.ts';
import type { Affected } from './affected.ts';
import { orderedRates } from './move-rungs.ts';
import type { LadderQuestion, RungAnswer } from './proposal.ts';
import { cannot, propose } from './proposal.ts';
import { pathsOnLink, stayOnLinks } from './shrink-paths.ts';

/** Larger incidents do not spend their time on phases: the search grows with jobs and links. */
export const turnsLeasesMax = 256;
export const turnsJobsMax = 16;

const ms = (ns: number): string => `${Number((ns / 1e6).toPrecision(4))} ms`;
const isCut = ({ grant }: Affected, after: Grant | undefined): boolean => after !== undefined && after.rateGbps < grant.rateGbps * (1 - 1e-9);

interface Turner extends PeriodicJob {
  readonly job: Job;
  /** Leases that the light no longer carries whole. */
  readonly cut: readonly Affected[];
}

/** Jobs with leases that lose light, as periodic senders; the name of one that no step paces. */
function turnersOf({ state }: LadderQuestion, cut: readonly Affected[]): readonly Turner[] | string {
  const ids = [...new Set(cut.flatMap(({ grant }) => grant.job ?? []))].sort();
  const turners: Turner[] = [];
  for (const id of ids) {
    const job = state.jobs.get(id);
    if (job === undefined) continue;
    const step = stepWindows(job.request.profile, classShares(state, job));
    if (step === null) return id;
    turners.push({ id, job, accelerators: job.ranks.length, periodNs: step.stepNs, windows: step.windows, cut: cut.filter(({ grant }) => grant.job === id) });
  }
  return turners;
}

interface Way extends SharedLight {
  readonly link: number;
  /** What the turners' grants take of it after. */
  readonly grantedGbps: number;
}

/** Every link of the turners' cut leases, with what each sends over it in its windows and what is left for them beside all others. */
function waysOf({ state, view }: LadderQuestion, turners: readonly Turner[], after: ReadonlyMap<string, Grant>): readonly Way[] {
  const jobOf = new Map(turners.flatMap(({ cut }, row) => cut.map(({ id }) => [id, row] as const)));
  const leaving = new Set(turners.map(({ job }) => job.interleaving));
  const links = [...new Set(turners.flatMap(({ cut }) => cut.flatMap(({ grant }) => grant.paths.flatMap((path) => path.links))))].sort((a, b) => a - b);
  const { linkWavelength } = state.plant.cluster.fabric;
  return links.map((link): Way => {
    let capacityGbps = 0;
    for (let row = linkWavelength[link] ?? 0; row < (linkWavelength[link + 1] ?? 0); row++) if ((state.wavelengths.holder[row] ?? -1) < 0) capacityGbps += view.gbps(row);
    for (const [of, standing] of state.interleavings) if (!leaving.has(of)) capacityGbps -= standing.links.find((one) => one.link === link)?.heldGbps ?? 0;
    const users = new Map<number, Partial<Record<TrafficClassName, number>>>();
    let grantedGbps = 0;
    for (const { id, grant, row, path, hop } of pathsOnLink(state, link, new Map())) {
      if ((path.wavelengths[hop] ?? []).length > 0) continue;
      const keepsGbps = after.get(id)?.paths[row]?.rateGbps ?? path.rateGbps;
      const job = jobOf.get(id);
      if (job === undefined) capacityGbps -= keepsGbps;
      else {
        grantedGbps += keepsGbps;
        const own = users.get(job) ?? {};
        users.set(job, { ...own, [grant.trafficClass]: (own[grant.trafficClass] ?? 0) + path.rateGbps });
      }
    }
    return { link, name: linkName(state.plant, link), capacityGbps, grantedGbps, users: [...users].map(([job, gbpsOf]) => ({ job, gbpsOf })) };
  });
}

/** Takes turns, says why that is impossible, or answers `null` where fewer than two jobs would. */
export function takeTurns(question: LadderQuestion): RungAnswer | null {
  const { state, affected, view, atNs, leadNs } = question;
  // Light that is only going to be lost still carries everybody.
  if (leadNs !== null && leadNs > 0) return null;
  const jobs = new Set<string>();
  for (const { grant, short } of affected) if (grant.job !== null && short.length > 0) jobs.add(grant.job);
  if (jobs.size < 2) return null;
  if (jobs.size > turnsJobsMax || affected.length > turnsLeasesMax) return cannot(`No turns are sought for ${jobs.size} jobs with ${affected.length} leases; at most ${turnsJobsMax} and ${turnsLeasesMax}.`);
  const stayed = stayOnLinks(state, view, new Map(), inProportion);
  if (!stayed.ok) return cannot(`Jobs cannot take turns: ${stayed.reason}`);
  const cut = affected.filter((one) => isCut(one, stayed.grants.get(one.id)));
  const alone = cut.find(({ grant }) => grant.job !== null && grant.paths.some(({ wavelengths }) => wavelengths.some((rows) => rows.length > 0)));
  if (alone !== undefined) return cannot(`${alone.id} holds its wavelengths alone, and nobody can lend it light in turns.`);
  const turners = turnersOf(question, cut);
  if (typeof turners === 'string') return cannot(`No step paces what ${turners} sends, so its phase cannot be placed.`);
  if (turners.length < 2) return null;
  const ways = waysOf(question, turners, stayed.grants);
  const found = interleave(turners, ways);
  if (!found.ok) return cannot(found.reason);
  const full = ways.findIndex(({ capacityGbps, grantedGbps }, at) => Math.max(found.peakGbps[at] ?? 0, grantedGbps) > capacityGbps + 1e-6);
  if (full >= 0) return cannot(`${ways[full]?.name ?? ''} has no room for what jobs in turns would send beyond their grants.`);
  const phases = turners.map(({ id, cut: own }, row): JobPhase => {
    const { startNs = 0, stepNs = 0, holdNs = 0 } = found.places[row] ?? {};
    return { job: id, startNs: atNs + startNs, stepNs, holdNs, burstGbps: Object.fromEntries(own.map((one) => [one.id, one.grant.rateGbps])) };
  });
  const links = ways.map(({ link, grantedGbps }, at) => ({ link, peakGbps: found.peakGbps[at] ?? 0, heldGbps: countedGbps(Math.max(0, (found.peakGbps[at] ?? 0) - grantedGbps)) }));
  const interleaving: Interleaving = { jobs: phases, circleNs: found.circleNs, links };
  return propose(state, stayed.grants, reasonsOf(ways, interleaving, atNs), { interleaving, pauseNs: new Map(phases.map(({ job, stepNs }) => [job, stepNs])), last: orderedRates(question, view) });
}

const sentGbps = ({ users }: Way): number => users.reduce((sum, { gbpsOf }) => sum + Object.values(gbpsOf).reduce((own, gbps) => own + gbps, 0), 0);
const figure = (value: number): string => String(Number(value.toPrecision(4)));

const tightReason = (way: Way, peakGbps: number): string =>
  `Over ${way.name}, which has ${figure(way.capacityGbps)} Gb/s for them, they then send at most ${figure(peakGbps)} Gb/s at once, not ${figure(sentGbps(way))} Gb/s.`;

function reasonsOf(ways: readonly Way[], { jobs, circleNs, links }: Interleaving, atNs: number): readonly string[] {
  // The link that is furthest from carrying all of them at once; of equal ones the first.
  const most = ways.reduce((best, way, at) => (sentGbps(way) / way.capacityGbps > sentGbps(ways[best] ?? way) / (ways[best] ?? way).capacityGbps + 1e-9 ? at : best), 0);
  const tight = ways[most];
  const begin = jobs.map(({ job, startNs, holdNs }) => `${job} at ${ms(startNs - atNs)}${holdNs > 0 ? ` (waiting ${ms(holdNs)} in every step)` : ''}`).join(', ');
  return [
    `${jobs.length} jobs take turns on a circle of ${ms(circleNs)}: steps of ${begin}; each waits up to one step, once, to get there.`,
    ...(tight === undefined ? [] : [tightReason(tight, links[most]?.peakGbps ?? 0)]),
  ];
}
