/**
 * The degradation ladder: rungs are worked out, priced in job progress, and the cheapest that serves is taken. One that starts a job
 * again, shrinks it or leaves it standing is taken only when no other keeps every job whole.
 *
 * Equal prices go to the rung that takes less weighted light from leases, then to the lower rung. When no rung serves, the plan of
 * last resort gives what light is left by strict priority, floors or not, and jobs that get none are held with the reason.
 */

import type { Grant } from '../../plan/plan.ts';
import type { LadderRung, RungName } from '../../plan/policy.ts';
import type { TrafficClassName } from '../../traffic/classes.ts';
import { trafficClassNames } from '../../traffic/classes.ts';
import type { Candidate, Decision, Impact } from '../decision.ts';
import { notWorkedOut } from '../decision.ts';
import { keepLast } from '../kept.ts';
import { componentKinds } from '../../fabric/components.ts';
import type { Claim } from './allocate.ts';
import { byPriority } from './allocate.ts';
import type { Weight } from './better.ts';
import { breaksJobs, isBetter } from './better.ts';
import { migrate, migrateToll, shrink, shrinkToll } from './job-rungs.ts';
import { derate, preempt, reroute } from './move-rungs.ts';
import { packTogether } from './pack-together.ts';
import { lostWeight, priceOf } from './price.ts';
import type { LadderQuestion, Proposal, RungAnswer } from './proposal.ts';
import { cannot, propose } from './proposal.ts';
import { stayOnLinks } from './shrink-paths.ts';
import { shift } from './shift.ts';
import { hold, retune, spare } from './stay-rungs.ts';

const rungs: Readonly<Record<RungName, (question: LadderQuestion) => RungAnswer>> = { hold, retune, spare, reroute, derate, shift, preempt, shrink, migrate };

/** Rows kept of each list of a logged impact; its counts say how many there are. */
export const impactRowsMax = 1024;
const latelyRows = 1024;

export function impactOf({ state, component, view, affected }: LadderQuestion): Impact {
  const { fabric } = state.plant.cluster;
  const classes = new Set<TrafficClassName>(affected.map(({ grant }) => grant.trafficClass));
  const lasers = new Set<number>();
  // Lasers seen lately, by their last digits: many wavelengths share one.
  const lately = new Int32Array(latelyRows).fill(-1);
  const bodies = new Set<number>();
  const wavelengths: number[] = [];
  let wavelengthCount = 0;
  let last = -1;
  for (let at = 0; at < view.judged.length; at++) {
    const link = view.judged[at] ?? 0;
    const body = fabric.componentParent[fabric.linkPort[link] ?? 0] ?? 0;
    // Neighbours mostly leave the same body.
    if (body !== last) bodies.add((last = body));
    for (let row = fabric.linkWavelength[link] ?? 0; row < (fabric.linkWavelength[link + 1] ?? 0); row++) {
      const laser = fabric.wavelengthLaser[row] ?? -1;
      if (laser >= 0 && lately[laser % latelyRows] !== laser) {
        lately[laser % latelyRows] = laser;
        lasers.add(laser);
      }
      if (wavelengthCount++ < impactRowsMax) wavelengths.push(row);
    }
  }
  const ascending = (rows: ReadonlySet<number>): readonly number[] => [...rows].sort((a, b) => a - b).slice(0, impactRowsMax);
  return {
    component, components: ascending(bodies), lasers: ascending(lasers), wavelengths, links: view.judged.slice(0, impactRowsMax),
    leases: affected.map(({ id }) => id).slice(0, impactRowsMax),
    classes: trafficClassNames.filter((name) => classes.has(name)),
    jobs: [...new Set(affected.flatMap(({ grant }) => grant.job ?? []))].sort(),
    counts: { components: bodies.size, lasers: lasers.size, wavelengths: wavelengthCount, links: view.judged.length, leases: affected.length },
  };
}

/** Grants of the last resort: all that share the light assigned together without regard to floors, or what is left of each link by strict priority. */
function grantsWithoutFloors(question: LadderQuestion): { readonly grants: ReadonlyMap<string, Grant | null>; readonly reason: string } {
  const { state, view } = question;
  const packed = packTogether(question, { breaksFloors: true });
  if (packed.ok && packed.risen.every(({ share }) => share > 0)) return { grants: packed.grants, reason: `No rung keeps every floor; ${packed.leases} leases that share the light are assigned together without them.` };
  const withoutFloors = (claims: readonly Claim[], capacity: number): readonly number[] | null => byPriority(claims.map((claim) => ({ ...claim, floorGbps: 0 })), capacity);
  const floorless = new Map<string, Grant>(question.affected.map(({ id, grant }) => [id, { ...grant, floorGbps: 0 }]));
  for (const link of view.judged) for (const id of state.leasesOfLink.get(link) ?? []) {
    const grant = state.leases.get(id)?.grant;
    if (grant != null) floorless.set(id, { ...grant, floorGbps: 0 });
  }
  const stayed = stayOnLinks(state, view, floorless, withoutFloors);
  if (!stayed.ok) throw new Error(`sharing without floors cannot fail: ${stayed.reason}`);
  return { grants: stayed.grants, reason: 'No rung keeps every floor; what light is left goes by strict priority.' };
}

/** What is left when even floors do not fit: nobody is promised anything. */
function lastResort(question: LadderQuestion): { readonly rung: RungName; readonly proposal: Proposal } {
  const { grants: after, reason } = grantsWithoutFloors(question);
  const grants = new Map<string, Grant | null>();
  for (const [id, grant] of after) grants.set(id, grant !== null && grant.rateGbps > 0 ? { ...grant, floorGbps: Math.min(grant.rateGbps, question.state.leases.get(id)?.grant?.floorGbps ?? grant.floorGbps) } : null);
  const answer = propose(question.state, grants, [reason]);
  if (!answer.ok) throw new Error('a proposal from grants always stands');
  return { rung: 'preempt', proposal: answer.proposal };
}

export interface Weighed {
  readonly decision: Decision;
  readonly proposal: Proposal;
  /** False when no rung could keep what was promised. */
  readonly served: boolean;
}

interface Best extends Weight {
  readonly rung: RungName;
}

/**
 * Rungs that have to look at more leases than this are not worked out once they cannot win: the choice is the same, and each would take
 * milliseconds to tenths of a second to be told so. What they would cost at least is told all the same. Smaller incidents have every
 * rung worked out, for whoever asks why.
 */
const pricedLeasesMax = 32;

const costsNothing = (best: Best): boolean => best.price.lostGpuS <= 0 && best.weight <= 0 && !breaksJobs(best);

/** What a rung takes from jobs in any case, for rungs that no plan may take while another keeps every job whole. */
const tolls: Partial<Record<RungName, typeof shrinkToll>> = { shrink: shrinkToll, migrate: migrateToll };

/** Rungs that look at all leases of the question and beyond, or judge all the light again for each share of power that they try. */
const slowRungs: ReadonlySet<RungName> = new Set<RungName>(['derate', 'preempt']);

const tooMany = (leases: number): string => `with more than ${pricedLeasesMax} leases to look at (here ${leases}) no time goes into plans that cannot win`;

/** Why a rung that cannot win is left out, or `null` where it is worked out. */
function leftOut(question: LadderQuestion, rung: RungName, best: Best): RungAnswer | null {
  const leases = question.affected.length;
  if (slowRungs.has(rung)) {
    if (leases <= pricedLeasesMax || !costsNothing(best)) return null;
    return { ok: false, reasons: [`${notWorkedOut}${best.rung} costs 0 GPU s and takes 0 Gb/s from others, and nothing is cheaper; ${tooMany(leases)}.`], atLeastGpuS: 0 };
  }
  if (breaksJobs(best)) return null;
  const toll = tolls[rung]?.(question);
  // The rung would ask for the same toll first.
  if (toll?.ok === false) return toll;
  if (toll === undefined || toll.leases <= pricedLeasesMax) return null;
  const atLeastGpuS = priceOf(question.state, toll.proposal, question.expectedNs).lostGpuS;
  return { ok: false, reasons: [`${notWorkedOut}${best.rung} keeps every job whole; ${tooMany(toll.leases)}.`, ...toll.proposal.reasons], atLeastGpuS };
}

function answerOf(question: LadderQuestion, { rung, enabled }: LadderRung, best: Best | null): RungAnswer {
  if (!enabled) return cannot('The policy has switched this rung off.');
  return (best === null ? null : leftOut(question, rung, best)) ?? rungs[rung](question);
}

/** Works out the rungs that the policy enables, in its order, and takes the cheapest that keeps jobs going. */
export function weigh(question: LadderQuestion): Weighed {
  const { state, because, leadNs, expectedNs } = question;
  keepLast(state, 'question', question);
  const candidates: Candidate[] = [];
  let best: Best | null = null;
  for (const { rung, enabled } of state.policy.ladder) {
    const answer = answerOf(question, { rung, enabled }, best);
    if (!answer.ok) {
      candidates.push({ rung, price: null, ...(answer.atLeastGpuS === undefined ? {} : { atLeastGpuS: answer.atLeastGpuS }), changes: 0, reasons: answer.reasons });
      continue;
    }
    const price = priceOf(state, answer.proposal, expectedNs);
    const weight = lostWeight(state, answer.proposal);
    candidates.push({ rung, price, changes: answer.proposal.changes.length, reasons: answer.proposal.reasons });
    if (isBetter({ proposal: answer.proposal, price, weight }, best)) best = { rung, proposal: answer.proposal, price, weight };
  }
  const served = best !== null;
  const chosen = best ?? { ...lastResort(question), price: null };
  const price = chosen.price ?? priceOf(state, chosen.proposal, expectedNs);
  const { proposal, rung } = chosen;
  const decision: Decision = { rung, because, leadNs, impact: impactOf(question), candidates, plan: { changes: proposal.changes, reasons: proposal.reasons }, price };
  return { decision, proposal, served };
}

/** How long a fault of a component is expected to last, by the policy. */
export const expectedRepairNs = ({ state, component }: Pick<LadderQuestion, 'state' | 'component'>): number =>
  state.policy.costs.expectedRepairNs[componentKinds[state.plant.cluster.fabric.componentKind[component] ?? 0] ?? 'module'];
