/**
 * Where a job fits: candidate placements with predicted step time, risk, energy, light and what they strand, best first, and why
 * not elsewhere; or a refusal with counter-offers. A dry run by construction: it reads a view and returns values.
 *
 * Score: accelerator-seconds of the cluster that one step of useful work takes,
 *
 *     step time x accelerators out of use (held and stranded) / (1 - share of time lost to failures),
 *
 * the least first, to four digits; ties to light that is heard, to the fewer pods, to the less left in them (best fit), to the lower
 * first rank, to the order of generation. Locality lowers the step time and may raise what one failure takes; `prefer` looks at one
 * end of that trade only, and the answer always shows both ends.
 */

import { rowsOf } from '../../base/csr.ts';
import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import { linkTiers } from '../../fabric/fabric.ts';
import { memoryUse, refuseMemory } from '../../traffic/memory.ts';
import type { ParallelPlan } from '../../traffic/parallel-plan.ts';
import { planGpus } from '../../traffic/parallel-plan.ts';
import type { ClusterView } from './cluster-view.ts';
import { freeState, withStates } from './cluster-view.ts';
import type { CounterOffer } from './counter-offers.ts';
import { counterOffers, fewerReplicas, withReplicas } from './counter-offers.ts';
import { largestPart, roomByRegion, strictRooms } from './cut-rooms.ts';
import type { PlacedJob, PlacedStep } from './placed-step.ts';
import { oversubscription, placedStep, routeLatencyNs } from './placed-step.ts';
import type { SpreadLevel } from './placement-index.ts';
import type { PlacementRisk, RiskTerms } from './placement-risk.ts';
import { placementRisk } from './placement-risk.ts';
import type { RankOrder } from './rank-order.ts';
import { orderRanks } from './rank-order.ts';
import type { Room, Sequence } from './sequences.ts';
import { freeLines, roomFor, sequencesFor, standsInLines } from './sequences.ts';
import type { Elsewhere } from './why-not.ts';
import { whyNot } from './why-not.ts';

export interface PlaceRequest extends RiskTerms {
  readonly job: PlacedJob;
  /** `score` weighs; `locality` takes the shortest step, `spread` the rarest stop. */
  readonly prefer: 'score' | 'locality' | 'spread';
  /** Candidates returned, at least 1. */
  readonly candidatesMax: number;
}

export interface Candidate {
  /** Cluster ranks in the job's own rank order. */
  readonly ranks: Int32Array;
  readonly order: RankOrder;
  readonly spreadOver: SpreadLevel | null;
  readonly pods: readonly { readonly pod: number; readonly gpus: number }[];
  readonly step: PlacedStep;
  readonly risk: PlacementRisk;
  /** Accelerators and their share of the fabric, at full power. */
  readonly powerKw: number;
  readonly energyPerStepMj: number;
  /** Network links in both directions that its traffic can take up to the first tier above the leaves, and their wavelengths. */
  readonly light: { readonly links: number; readonly wavelengths: number };
  /** Free accelerators of whole domains that the placement opens and does not fill, or left in a line too short for a tensor group. */
  readonly strandedGpus: number;
  /** Usable accelerators that stay free in the pods it opens: the less, the better it fits. */
  readonly leftGpus: number;
  /** Network links of its accelerators of whose state nothing is heard, while most of the cluster is. */
  readonly unheardLinks: number;
  /** Accelerator-seconds per step. */
  readonly score: number;
}

/** Both ends of locality against fault domains, out of all that was priced. */
export interface LocalityTrade {
  readonly closest: Candidate;
  readonly safest: Candidate;
}

export interface Placement {
  readonly kind: 'placement';
  readonly candidates: readonly Candidate[];
  readonly trade: LocalityTrade;
  readonly elsewhere: Elsewhere;
}

export interface PlacementRefusal extends Refusal {
  readonly offers: readonly CounterOffer[];
  readonly elsewhere: Elsewhere | null;
}

const accessTier = linkTiers.indexOf('access');
const fabricTier = linkTiers.indexOf('fabric');
const scaleUpTier = linkTiers.indexOf('scaleUp');

/** Accelerators that lines of a direct network still offer to tensor groups that need whole domains. */
function inLines(view: ClusterView, plan: ParallelPlan): number {
  const room = roomFor(view, { ...plan, tensor: Math.max(plan.tensor, view.index.domainSize) });
  return freeLines(room).reduce((sum, line) => sum + Math.floor(line.length / room.domainsPerGroup) * room.domainsPerGroup * view.index.domainSize, 0);
}

/** What is lost to others beyond what the job takes: the rest of every whole domain that it opens, or of lines that it leaves too short. */
function strandedBy({ view, plan }: Room, sequence: Int32Array, inLinesBefore: number): number {
  const { index } = view;
  const state = view.state.slice();
  for (const rank of sequence) state[rank] = freeState + 1;
  if (standsInLines(index)) return Math.max(0, inLinesBefore - inLines(withStates(view, state), plan) - sequence.length);
  let stranded = 0;
  for (let domain = 0; domain < index.domainCount; domain++) {
    const ranks = rowsOf(index.domains, domain);
    let [left, before] = [0, 0];
    for (const rank of ranks) {
      if (state[rank] === freeState) left++;
      if (view.state[rank] === freeState) before++;
    }
    if (left > 0 && left < ranks.length && before === ranks.length) stranded += left;
  }
  return stranded;
}

/** Whether one pair of accelerators of two domains that stand on the same rail, or the first two where no rail is shared, has a lit route. */
function isReached(view: ClusterView, from: Int32Array, to: Int32Array, scratch: Int32Array): boolean {
  const { domainSize } = view.index;
  let hasShared = false;
  for (const one of from) {
    const other = to.find((rank) => rank % domainSize === one % domainSize);
    if (other === undefined) continue;
    hasShared = true;
    if (routeLatencyNs(view, { from: one, to: other }, scratch) !== null) return true;
  }
  return !hasShared && routeLatencyNs(view, { from: from[0] ?? 0, to: to[0] ?? 0 }, scratch) !== null;
}

/** The first two neighbouring domains of the sequence, closed to a ring where there are switches, that no route with light joins, by their first accelerators. */
function firstUnlit(view: ClusterView, sequence: Int32Array): readonly [from: number, to: number] | null {
  const { index } = view;
  const scratch = new Int32Array(index.cluster.fabric.routing.hopsMax);
  const parts: Int32Array[] = [];
  let start = 0;
  for (let at = 1; at <= sequence.length; at++) {
    if (at < sequence.length && index.domainOf[sequence[at] ?? 0] === index.domainOf[sequence[start] ?? 0]) continue;
    parts.push(sequence.subarray(start, at));
    start = at;
  }
  for (const [row, from] of parts.entries()) {
    // A line of a direct network does not close: its rings turn back along it.
    if (row + 1 === parts.length && standsInLines(index)) break;
    const to = parts[(row + 1) % parts.length] ?? from;
    if (index.domainOf[from[0] ?? 0] !== index.domainOf[to[0] ?? 0] && !isReached(view, from, to, scratch)) return [from[0] ?? 0, to[0] ?? 0];
  }
  return null;
}

/**
 * Sets whose neighbours reach each other: of all accelerators and, beside them, of those that slow nothing (`strictRooms`), so that one
 * weak server does not slow a job that has room elsewhere. Where no set does, those of each part of the cluster that light joins. `unlit` is
 * a pair in the way, `null` where no set was found at all.
 */
function litSequences(room: Room): { readonly sequences: readonly Sequence[]; readonly unlit: readonly [from: number, to: number] | null } {
  let unlit: readonly [from: number, to: number] | null = null;
  const litIn = (part: Room): readonly Sequence[] => sequencesFor(part).filter(({ gpus }) => {
    const pair = firstUnlit(room.view, gpus);
    unlit ??= pair;
    return pair === null;
  });
  let sequences = litIn(room);
  if (sequences.length > 0) return { sequences: [...sequences, ...strictRooms(room).flatMap(litIn)], unlit };
  if (unlit === null) return { sequences, unlit };
  for (const part of roomByRegion(room)) {
    sequences = litIn(part);
    if (sequences.length > 0) break;
  }
  return { sequences, unlit };
}

function lightOf(view: ClusterView, ranks: Int32Array, crosses: boolean): Candidate['light'] {
  const { fabric } = view.index.cluster;
  const isOwn = new Uint8Array(fabric.nodeCount);
  for (const rank of ranks) isOwn[fabric.gpuNode[rank] ?? 0] = 1;
  let [links, wavelengths] = [0, 0];
  const count = (link: number): void => {
    if ((view.linkRateGbps[link] ?? 0) <= 0) return;
    links += 2;
    wavelengths += 2 * ((fabric.linkWavelength[link + 1] ?? 0) - (fabric.linkWavelength[link] ?? 0));
  };
  const leaves = new Set<number>();
  for (const rank of ranks) {
    const node = fabric.gpuNode[rank] ?? 0;
    for (let edge = fabric.outOffset[node] ?? 0; edge < (fabric.outOffset[node + 1] ?? 0); edge++) {
      const link = fabric.outLink[edge] ?? 0;
      const target = fabric.linkTarget[link] ?? 0;
      if (fabric.linkTier[link] === scaleUpTier) continue;
      if (fabric.linkTier[link] === accessTier) leaves.add(target);
      // Between two accelerators of the job a link has both its ends here, and counts once.
      if (isOwn[target] === 1 ? node < target : fabric.linkTier[link] === accessTier) count(link);
    }
  }
  if (!crosses) return { links, wavelengths };
  for (const leaf of leaves) {
    for (let edge = fabric.outOffset[leaf] ?? 0; edge < (fabric.outOffset[leaf + 1] ?? 0); edge++) {
      const link = fabric.outLink[edge] ?? 0;
      if (fabric.linkTier[link] === fabricTier) count(link);
    }
  }
  return { links, wavelengths };
}

function podsOf({ index }: ClusterView, ranks: Int32Array): Candidate['pods'] {
  const counts = new Map<number, number>();
  for (const rank of ranks) {
    const pod = index.podOf[index.domainOf[rank] ?? 0] ?? 0;
    counts.set(pod, (counts.get(pod) ?? 0) + 1);
  }
  return [...counts].map(([pod, gpus]) => ({ pod, gpus })).sort((a, b) => a.pod - b.pod);
}

function price(room: Room, sequence: Sequence, request: PlaceRequest, inLinesBefore: number): readonly Candidate[] {
  const { view, plan } = room;
  const { bill, cluster } = view.index;
  const gpus = sequence.gpus.length;
  const strandedGpus = strandedBy(room, sequence.gpus, inLinesBefore);
  const pods = podsOf(view, sequence.gpus);
  const leftGpus = pods.reduce((sum, { pod }) => sum + rowsOf(view.index.podDomains, pod).reduce((own, domain) => own + (room.quota[domain] ?? 0), 0), 0) - gpus;
  const light = lightOf(view, sequence.gpus, pods.length > 1);
  const powerW = gpus * cluster.design.accelerator.powerW.value + (bill.fabricPowerW.value * gpus) / cluster.fabric.gpuNode.length;
  const unheardLinks = sequence.gpus.reduce((sum, rank) => sum + (view.unheard?.[rank] ?? 0), 0);
  const oversubscribed = oversubscription(view, sequence.gpus);
  return sequence.orders.map((order): Candidate => {
    const ranks = orderRanks(sequence.gpus, plan, order);
    const step = placedStep(view, request.job, ranks, oversubscribed);
    const risk = placementRisk(view, plan, ranks, { lengthH: request.lengthH, restartH: request.restartH, replicasMin: request.replicasMin, crosses: pods.length > 1 });
    const { stepS } = step.prediction;
    return {
      ranks, order, spreadOver: sequence.spreadOver, pods, step, risk, powerKw: powerW / 1000, energyPerStepMj: (powerW * stepS) / 1e6, light, strandedGpus, leftGpus, unheardLinks,
      score: (stepS * (gpus + strandedGpus)) / Math.max(Number.MIN_VALUE, 1 - Math.min(1, risk.lostShare)),
    };
  });
}

type Compare = (a: Candidate, b: Candidate) => number;
/** Measures are compared to four digits, finer than which no closed form is known, so that ties are real and their rules hold. */
const rounded = (value: number): number => Number(value.toPrecision(4));
const closer: Compare = (a, b) => rounded(a.step.prediction.stepS) - rounded(b.step.prediction.stepS);
const safer: Compare = (a, b) => rounded(a.risk.stopProbability) - rounded(b.risk.stopProbability) || rounded(a.risk.lostShare) - rounded(b.risk.lostShare);
const cheaper: Compare = (a, b) => rounded(a.score) - rounded(b.score);
/** The chosen measure, then the score, light that is heard, pods, what is left of them, and the first rank. */
const by = (first: Compare): Compare => (a, b) =>
  first(a, b) || cheaper(a, b) || a.unheardLinks - b.unheardLinks || a.pods.length - b.pods.length || a.leftGpus - b.leftGpus || (a.ranks[0] ?? 0) - (b.ranks[0] ?? 0);
const orders: Readonly<Record<PlaceRequest['prefer'], Compare>> = { score: by(cheaper), locality: by(closer), spread: by(safer) };

/** The same accelerators in the same order are one candidate, whichever search found them. */
function distinct(candidates: readonly Candidate[]): readonly Candidate[] {
  const kept: Candidate[] = [];
  for (const candidate of candidates) {
    if (!kept.some((other) => other.score === candidate.score && other.ranks.every((rank, at) => rank === candidate.ranks[at]))) kept.push(candidate);
  }
  return kept;
}

/** Whether the accelerators of an offer with fewer replicas reach each other. */
function isReachable(view: ClusterView, { plan }: PlacedJob, offer: CounterOffer): boolean {
  return offer.kind === 'fewer-replicas' && litSequences(roomFor(view, withReplicas(plan, offer.data))).sequences.length > 0;
}

function refusePlace(room: Room, request: PlaceRequest): PlacementRefusal {
  const { view, plan } = room;
  const wanted = planGpus(plan);
  const usable = room.quota.reduce((sum, own) => sum + own, 0);
  const offers = counterOffers(view, request.job);
  const waits = offers.some(({ kind }) => kind !== 'fewer-replicas');
  const why = usable >= wanted
    ? `${usable} accelerators are free, but not where whole tensor groups of ${plan.tensor} can stand.`
    : `The job needs ${wanted} accelerators and tensor groups of ${plan.tensor} can use ${usable} of the ${view.state.length} in the cluster.`;
  return { ...refuse('no-room', waits ? 'wait' : 'never', why, ...offers.map(({ reason }) => reason)), offers, elsewhere: whyNot(room, null) };
}

/**
 * Candidates best first. The plan must be legal for its own number of accelerators (`checkPlan`). Refusals: `out-of-memory`, `no-room`
 * with counter-offers, `no-route` where free accelerators have no lit way to each other.
 */
export function placeJob(view: ClusterView, request: PlaceRequest): Placement | PlacementRefusal {
  const { model, plan, accelerator } = request.job;
  const tooLarge = refuseMemory(memoryUse(model, plan, accelerator), plan);
  if (tooLarge !== null) return { ...tooLarge, offers: [], elsewhere: null };
  const room = roomFor(view, plan);
  const { sequences: lit, unlit } = litSequences(room);
  if (lit.length === 0 && unlit === null) return refusePlace(room, request);
  if (lit.length === 0) {
    const [from, to] = unlit ?? [0, 0];
    const reason = `Accelerators ${from} and ${to} are free, and no route between them has light; no other set of the job's size that was tried reaches itself.`;
    const smaller = fewerReplicas(largestPart(room), request.job).filter((offer) => isReachable(view, request.job, offer));
    return { ...refuse('no-route', 'wait', reason, ...smaller.map((offer) => offer.reason)), offers: smaller, elsewhere: whyNot(room, null) };
  }
  const before = standsInLines(view.index) ? inLines(view, plan) : 0;
  const priced = distinct(lit.flatMap((sequence) => price(room, sequence, request, before)));
  const ordered = [...priced].sort(orders[request.prefer]);
  const [best] = ordered;
  const [closest] = [...priced].sort(orders.locality);
  const [safest] = [...priced].sort(orders.spread);
  if (best === undefined || closest === undefined || safest === undefined) throw new Error('a set that was priced is a candidate');
  return { kind: 'placement', candidates: ordered.slice(0, Math.max(1, request.candidatesMax)), trade: { closest, safest }, elsewhere: whyNot(room, best.ranks) };
}
