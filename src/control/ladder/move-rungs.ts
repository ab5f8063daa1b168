/** Rungs that change what leases hold: reroute, derate, preempt. */

import { actText, countText, gpuTimeText } from '../../base/number-text.ts';
import type { Change, Grant, GrantPath } from '../../plan/plan.ts';
import { byPriority, inProportion } from './allocate.ts';
import type { Affected } from './affected.ts';
import { affectedLeases, heldShort } from './affected.ts';
import type { Weight } from './better.ts';
import { breaksJobs, isBetter } from './better.ts';
import { overNewCircuits } from './circuit-ways.ts';
import { findWayRound } from './find-way.ts';
import { unfit } from './fitness.ts';
import { Ledger } from './ledger.ts';
import { packTogether } from './pack-together.ts';
import { lostWeight, priceOf } from './price.ts';
import type { Cooled, LadderQuestion, Proposal, RungAnswer } from './proposal.ts';
import { cannot, propose, withPaths } from './proposal.ts';
import { lockPauses } from './relock.ts';
import type { State } from '../state.ts';
import type { Stayed } from './shrink-paths.ts';
import { stayOnLinks } from './shrink-paths.ts';
import { askedGbps } from '../lease-terms.ts';
import { holdMarginDb } from '../light.ts';
import type { LightView } from './view.ts';
import type { IsWorth, Losing } from './take-room.ts';
import { roomFor } from './take-room.ts';

const noLinks: ReadonlySet<number> = new Set<number>();

/** Links on which a path holds light that is gone: what is left there is for the spare rung, and may go next. */
function brokenLinks({ state, view }: LadderQuestion, path: GrantPath): ReadonlySet<number> {
  let broken: Set<number> | null = null;
  for (let hop = 0; hop < path.links.length; hop++) {
    if (heldShort(state, view, path, hop).length > 0) (broken ??= new Set<number>()).add(path.links[hop] ?? -1);
  }
  return broken ?? noLinks;
}

function holdsAlone({ wavelengths }: GrantPath): boolean {
  for (const rows of wavelengths) if (rows.length > 0) return true;
  return false;
}

interface Rerouted {
  readonly grants: ReadonlyMap<string, Grant>;
  readonly stuck: readonly Affected[];
}

/** Other paths for every short or threatened path of the leases; those that find none are named. */
function rerouteAll(question: LadderQuestion, affected: readonly Affected[], ledger: Ledger): Rerouted {
  const { state } = question;
  const avoid = unfit(state, question.view);
  const grants = new Map<string, Grant>();
  const stuck: Affected[] = [];
  for (const one of affected) {
    const { grant, lease } = one;
    const paths: GrantPath[] = [];
    for (let row = 0; row < grant.paths.length; row++) {
      const path = grant.paths[row];
      if (path === undefined) break;
      if (!one.short.includes(row) && !one.atRisk.includes(row)) {
        paths.push(path);
        continue;
      }
      // Make before break: the new path is found while the old one still holds its light, and only then is that free for others. On links of both it stays as it is.
      const alone = holdsAlone(path);
      const broken = brokenLinks(question, path);
      const way = findWayRound(state, ledger, { fromRank: lease.request.fromRank, toRank: lease.request.toRank, rateGbps: path.rateGbps, alone, avoid, broken, instead: path });
      if (way === null) break;
      ledger.move(path, way);
      paths.push(way);
    }
    if (paths.length === grant.paths.length) grants.set(one.id, withPaths(grant, paths));
    else {
      stuck.push(one);
      // What this lease took before it got stuck goes back.
      paths.forEach((path, row) => {
        const before = grant.paths[row];
        if (before !== undefined && path !== before) ledger.move(path, before);
      });
    }
  }
  return { grants, stuck };
}

/** What the leases of a question find in free light, for another rung that begins with it. */
const reroutedFor = new WeakMap<LadderQuestion, Rerouted>();

function rerouted(question: LadderQuestion, ledger: Ledger): Rerouted {
  const found = rerouteAll(question, question.affected, ledger);
  reroutedFor.set(question, found);
  return found;
}

export function reroute(question: LadderQuestion): RungAnswer {
  const { state, affected, view } = question;
  const ledger = new Ledger(state, view);
  const { grants, stuck } = rerouted(question, ledger);
  const [first] = stuck;
  const made = first === undefined ? null : overNewCircuits(question, ledger, { grants, stuck });
  if (made?.ok === true) return made;
  if (first !== undefined) {
    const find = stuck.length === 1 ? 'finds' : 'find';
    const none = `${countText(stuck.length, 'lease')} of ${affected.length} ${find} no other path with free light; the first is ${first.id} (${first.grant.trafficClass}, ${first.grant.rateGbps.toFixed(0)} Gb/s).`;
    return cannot(none, ...(made?.reasons ?? []));
  }
  return propose(state, grants, [`${actText(grants.size, 'lease', 'move')} to other paths at full rate, made before the old ones are broken.`]);
}

/** Shares of power at which a warm body is tried, most first: a lane more or less moves it by about an eighth. */
const coolerShares = [7 / 8, 3 / 4, 5 / 8, 1 / 2, 3 / 8, 1 / 4] as const;

/** The largest share of power at which every judged link keeps its margin. */
function coolEnough({ state, cooler, view }: LadderQuestion): { readonly share: number; readonly cooled: Cooled } | null {
  if (cooler === null) return null;
  for (const share of coolerShares) {
    const cooled = cooler(share);
    if (view.judged.every((link) => cooled.view.marginDb(link) >= holdMarginDb(state, link))) return { share, cooled };
  }
  return null;
}

export function derate(question: LadderQuestion): RungAnswer {
  const { state, affected, view } = question;
  const cool = coolEnough(question);
  if (cool === null && affected.every(({ short }) => short.length === 0)) return cannot('Fewer lanes do not bring back margin: the loss is on the way, not in the heat.');
  const after = cool?.cooled.view ?? view;
  // Lanes that are switched off for the heat may leave light elsewhere; what finds none there shares what is left here.
  const moved = cool === null ? new Map<string, Grant>() : rerouteAll({ ...question, view: after }, affectedLeases(state, after), new Ledger(state, after)).grants;
  const stayed = stayOnLinks(state, after, moved, inProportion);
  if (!stayed.ok) return cannot(stayed.reason);
  const heat = cool === null ? '' : ` Bodies run at ${(cool.share * 100).toFixed(0)} % of their power, which keeps them inside their case limit (power taken as following the lit lanes).`;
  const less = [...stayed.grants].filter(([id, grant]) => grant.rateGbps < (state.leases.get(id)?.grant?.rateGbps ?? 0) * (1 - 1e-9)).length;
  const kept = less === 0 ? 'No lease loses light' : `${actText(less, 'lease', 'stay')} where ${less === 1 ? 'it is with less light, never below its floor' : 'they are with less light each, never below their floors'}`;
  const gone = moved.size > 0 ? `; ${actText(moved.size, 'lease', 'move')} to other paths` : '';
  return propose(state, new Map([...moved, ...stayed.grants]), [`${kept}${gone}.${heat}`], { last: orderedRates(question, after), cooled: cool?.cooled ?? null });
}

/** Orders that lower wavelengths to what they shall carry. */
export function orderedRates({ state, view }: LadderQuestion, after: LightView): readonly Change[] {
  const { linkWavelength } = state.plant.cluster.fabric;
  const changes: Change[] = [];
  for (const link of view.judged) for (let row = linkWavelength[link] ?? 0; row < (linkWavelength[link + 1] ?? 0); row++) {
    const told = state.wavelengths.rateGbps[row] ?? 0;
    const rate = after.gbps(row);
    if (rate < told) changes.push({ kind: 'setRate', wavelength: row, fromGbps: told, toGbps: rate });
  }
  return changes;
}

const isCut = (state: State, grant: Grant): boolean => grant.rateGbps < (state.leases.get(grant.id)?.grant?.rateGbps ?? 0) * (1 - 1e-9);

/** Free light first, then shares by priority where leases are; who would still lose light that it may not lose takes it from lower classes on its other ways. */
function yieldAll(question: LadderQuestion, isWorth: IsWorth): { readonly grants: ReadonlyMap<string, Grant | null>; readonly stayed: Stayed; readonly stuck: number } {
  const { state, view } = question;
  const { grants: free, stuck } = reroutedFor.get(question) ?? rerouted(question, new Ledger(state, view));
  const stayed = stayOnLinks(state, view, free, byPriority);
  const losing = stuck.flatMap((affected): readonly Losing[] => {
    const { id, grant } = affected;
    const after = stayed.ok ? stayed.grants.get(id) : null;
    if (after === null) return [{ affected, keepsGbps: 0 }];
    if (grant.job === null && state.policy.classes[grant.trafficClass].preemptible) return [];
    return after !== undefined && isCut(state, after) ? [{ affected, keepsGbps: after.rateGbps }] : [];
  });
  if (losing.length === 0) return { grants: free, stayed, stuck: stuck.length };
  const grants = roomFor(question, free, losing, isWorth);
  if (grants === null) return { grants: free, stayed, stuck: stuck.length };
  return { grants, stayed: stayOnLinks(state, view, grants, byPriority), stuck: stuck.length };
}

const classText = (grants: readonly Grant[]): string => [...new Set(grants.map(({ trafficClass }) => trafficClass))].join(', ');

function yieldText(yielding: readonly Grant[]): string {
  if (yielding.length === 0) return 'Nobody yields';
  return `${countText(yielding.length, 'lease')} of ${classText(yielding)} ${yielding.length === 1 ? 'yields down to its floor' : 'yield down to their floors'}`;
}

function forcedText(fixed: readonly Grant[]): string {
  if (fixed.length === 0) return '';
  return ` ${countText(fixed.length, 'lease')} of ${classText(fixed)} ${fixed.length === 1 ? 'loses light though its class does' : 'lose light though their classes do'} not yield, because nothing below is left to take.`;
}

/** Lease after lease, highest class first; `null` when nobody needs to yield. */
function preemptInTurn(question: LadderQuestion, isWorth: IsWorth): RungAnswer | null {
  const { state, view } = question;
  const { grants, stayed, stuck } = yieldAll(question, isWorth);
  if (!stayed.ok) return cannot(stayed.reason);
  const all = new Map<string, Grant | null>([...grants, ...stayed.grants]);
  const yielding = [...all].flatMap(([id, grant]) => grant ?? state.leases.get(id)?.grant ?? []).filter((grant) => all.get(grant.id) === null || isCut(state, grant));
  const fixed = yielding.filter((grant) => !state.policy.classes[grant.trafficClass].preemptible);
  // Where nobody yields and nobody moves, what is at risk stays at risk: that is for `hold` to price.
  if (yielding.length === 0 && (stuck === 0 || all.size === 0)) return null;
  const moves = grants.size === 0 ? '' : `; ${actText(grants.size, 'lease', 'move')} to free light`;
  return propose(state, all, [`${yieldText(yielding.filter((grant) => !fixed.includes(grant)))}${moves}.${forcedText(fixed)}`], { last: orderedRates(question, view), pauseNs: lockPauses(state, all) });
}

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;

/** All leases that share the light at once (see `pack-together.ts`). */
function preemptTogether(question: LadderQuestion): RungAnswer {
  const { state, view } = question;
  const packed = packTogether(question, { breaksFloors: false });
  if (!packed.ok) return cannot(packed.reason);
  const { grants, risen, leases, leftOut, boundUtilisation } = packed;
  const less = [...grants.values()].filter((grant) => grant === null || isCut(state, grant)).length;
  const short = risen.filter(({ share }) => share < 1).map(({ job, trafficClass, share }) => `${trafficClass} of ${job} by ${percent(share)}`);
  const limit = boundUtilisation > 1 ? `; a little more would fill the fullest link to ${percent(boundUtilisation)} at least` : '';
  const stays = leftOut === 0 ? '' : ` ${countText(leftOut, 'lease')} more could have made room and stay, as no more than ${leases} are assigned together.`;
  const got = short.length === 0 ? 'get all that they asked for' : `rise from their floors to what they asked for, ${short.join(', ')} of the way${limit}`;
  const reason = `${countText(leases, 'lease')} that share the light are assigned together: those of the jobs that were hit ${got}; ${actText(grants.size, 'grant', 'change')}, ${less} of them to less.${stays}`;
  return propose(state, grants, [reason], { last: orderedRates(question, view), pauseNs: lockPauses(state, grants) });
}

const weightOf = ({ state, expectedNs }: LadderQuestion, proposal: Proposal): Weight => ({ proposal, price: priceOf(state, proposal, expectedNs), weight: lostWeight(state, proposal) });

const costs = ({ price, ...weight }: Weight): string => `${gpuTimeText(price.lostGpuS)}${breaksJobs({ price, ...weight }) ? ' and a job would not stay whole' : ''}`;

const withReasons = (proposal: Proposal, ...reasons: readonly string[]): RungAnswer => ({ ok: true, proposal: { ...proposal, reasons: [...proposal.reasons, ...reasons] } });

/** What leases cost at least that are served one after another: those that have their turn yet may get all that they asked for. */
function leastWeight(question: LadderQuestion, grants: ReadonlyMap<string, Grant | null>, rest: readonly Losing[]): Weight {
  const hoped = rest.map(({ affected: { id, grant, lease } }) => [id, { ...grant, rateGbps: askedGbps(lease.request) }] as const);
  const answer = propose(question.state, new Map([...grants, ...hoped]), []);
  if (!answer.ok) throw new Error('a proposal from grants always stands');
  return weightOf(question, answer.proposal);
}

/** The better of two ways to yield, with what the other one would cost. */
function better(question: LadderQuestion, inTurn: RungAnswer, together: RungAnswer): RungAnswer {
  if (!together.ok) return inTurn.ok ? withReasons(inTurn.proposal, ...together.reasons) : cannot(...inTurn.reasons, ...together.reasons);
  if (!inTurn.ok) return withReasons(together.proposal, 'Lease after lease it cannot be done.', ...inTurn.reasons);
  const [first, second] = [weightOf(question, inTurn.proposal), weightOf(question, together.proposal)];
  return isBetter(second, first) ? withReasons(second.proposal, `Lease after lease it would cost ${costs(first)}.`) : withReasons(first.proposal, `Assigned together it would cost ${costs(second)}.`);
}

/**
 * Lease after lease where that costs no job anything; else all together too, and the better of the two. Once the leases that had their
 * turn cost more than all together, the others need no turn.
 */
export function preempt(question: LadderQuestion): RungAnswer {
  if (question.affected.every(({ grant }) => grant.job === null)) return preemptInTurn(question, () => true) ?? cannot('Nobody needs to yield.');
  let together: RungAnswer | null = null;
  let beaten: RungAnswer | null = null;
  const inTurn = preemptInTurn(question, (grants, rest) => {
    const least = leastWeight(question, grants, rest);
    if (least.price.lostGpuS <= 0 && !breaksJobs(least)) return true;
    together ??= preemptTogether(question);
    if (!together.ok || !isBetter(weightOf(question, together.proposal), least)) return true;
    beaten = withReasons(together.proposal, `Lease after lease it would cost ${costs(least)}, or more.`);
    return false;
  });
  if (beaten !== null) return beaten;
  if (inTurn === null) return cannot('Nobody needs to yield.');
  const first = inTurn.ok ? weightOf(question, inTurn.proposal) : null;
  return first !== null && first.price.lostGpuS <= 0 && !breaksJobs(first) ? inTurn : better(question, inTurn, together ?? preemptTogether(question));
}
