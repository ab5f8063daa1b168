/**
 * Sets of free accelerators in which a job could stand, each in the order in which they stand together.
 *
 * Search, best fit from the inside out: the smallest pod that holds the job, else the smallest block, else the fewest pods; whole
 * domains first, so that no domain is broken while a broken one has room. On a direct network the job is cut from the lines of
 * free servers that have links of their own (`cutLines`), or from a walk of any shape where no line holds it (`free-walk.ts`). Beside these packed sets stand spread ones, whose data-parallel replicas
 * are dealt over racks, rows or pods. O(accelerators + replicas) for each set; at most `packedMax` + 4 + 3 sets.
 */

import type { Csr } from '../../base/csr.ts';
import { groupRows, rowsOf } from '../../base/csr.ts';
import type { ParallelPlan } from '../../traffic/parallel-plan.ts';
import { planGpus } from '../../traffic/parallel-plan.ts';
import type { ClusterView } from './cluster-view.ts';
import { freeState } from './cluster-view.ts';
import { freeWalk, joinedBy } from './free-walk.ts';
import { cutLines } from './group-cut.ts';
import type { PlacementIndex, SpreadLevel } from './placement-index.ts';
import { spreadLevels } from './placement-index.ts';
import type { RankOrder } from './rank-order.ts';
import { replicaGpus } from './rank-order.ts';

export interface Sequence {
  /** As many as the plan needs, neighbours together. */
  readonly gpus: Int32Array;
  readonly orders: readonly RankOrder[];
  /** The level over which replicas are dealt, `null` where everything is packed. */
  readonly spreadOver: SpreadLevel | null;
}

/** Regions of one size in which the same job could stand packed. */
export const packedMax = 3;

/** Free accelerators of each domain that the plan's tensor groups can use. */
export interface Room {
  readonly view: ClusterView;
  readonly plan: ParallelPlan;
  readonly quota: Int32Array;
  /** Domains that one tensor group takes, at least 1. */
  readonly domainsPerGroup: number;
}

export function roomFor(view: ClusterView, plan: ParallelPlan): Room {
  const { index, state } = view;
  const free = new Int32Array(index.domainCount);
  for (let rank = 0; rank < state.length; rank++) if (state[rank] === freeState) free[index.domainOf[rank] ?? 0] = (free[index.domainOf[rank] ?? 0] ?? 0) + 1;
  const unit = Math.min(plan.tensor, index.domainSize);
  return { view, plan, quota: free.map((count) => Math.floor(count / unit) * unit), domainsPerGroup: Math.max(1, Math.ceil(plan.tensor / index.domainSize)) };
}

const sumOf = (quota: Int32Array, domains: Iterable<number>): number => {
  let sum = 0;
  for (const domain of domains) sum += quota[domain] ?? 0;
  return sum;
};

/** What is taken of a domain: the first free ranks of it. */
interface Taken { readonly domain: number; readonly gpus: number }

function write(room: Room, taken: readonly Taken[], gpus: number): Int32Array {
  const { index, state } = room.view;
  const sequence = new Int32Array(gpus);
  let at = 0;
  for (const { domain, gpus: wanted } of taken) {
    let left = wanted;
    for (const rank of rowsOf(index.domains, domain)) {
      if (left === 0) break;
      if (state[rank] !== freeState) continue;
      sequence[at++] = rank;
      left--;
    }
  }
  return sequence;
}

/** How many network links of a domain's free accelerators nothing is heard of. */
function unheardIn({ index, state, unheard }: ClusterView, domain: number): number {
  if (unheard === null) return 0;
  let links = 0;
  for (const rank of rowsOf(index.domains, domain)) if (state[rank] === freeState) links += unheard[rank] ?? 0;
  return links;
}

/** Whole domains in row order, those that are heard first, then the broken domain that fits the rest best; ties to the lower row. The domains must have room. */
function fill(room: Room, domains: Iterable<number>, gpus: number): Taken[] {
  const { quota } = room;
  const { domainSize } = room.view.index;
  const whole: number[] = [];
  const broken: number[] = [];
  for (const domain of domains) ((quota[domain] ?? 0) === domainSize ? whole : broken).push(domain);
  const louder = (a: number, b: number): number => unheardIn(room.view, a) - unheardIn(room.view, b);
  whole.sort(louder);
  const taken: Taken[] = [];
  let left = gpus;
  let next = 0;
  while (left >= domainSize && next < whole.length) {
    taken.push({ domain: whole[next++] ?? 0, gpus: domainSize });
    left -= domainSize;
  }
  broken.sort((a, b) => (quota[b] ?? 0) - (quota[a] ?? 0) || louder(a, b) || a - b);
  while (left > 0) {
    let best = -1;
    for (const domain of broken) if ((quota[domain] ?? 0) >= left && (best < 0 || (quota[domain] ?? 0) < (quota[best] ?? 0))) best = domain;
    if (best < 0 && next < whole.length) best = whole[next++] ?? 0;
    const domain = best < 0 ? broken.shift() ?? -1 : best;
    if (domain < 0) throw new Error('the domains of a region hold less than their quota');
    taken.push({ domain, gpus: Math.min(left, quota[domain] ?? 0) });
    left -= Math.min(left, quota[domain] ?? 0);
  }
  return taken;
}

interface Share { readonly region: number; readonly gpus: number }

/**
 * Shares of the fewest regions that hold `gpus` in whole chunks: the largest first, and the smallest that holds the rest last;
 * ties to the lower row. `null` when they do not hold it.
 */
function fewestRegions(room: readonly Share[], gpus: number, chunk: number): readonly Share[] | null {
  const whole = room.map(({ region, gpus: size }) => ({ region, gpus: Math.floor(size / chunk) * chunk })).filter((one) => one.gpus > 0);
  if (whole.reduce((sum, one) => sum + one.gpus, 0) < gpus) return null;
  whole.sort((a, b) => b.gpus - a.gpus || a.region - b.region);
  const shares: Share[] = [];
  let left = gpus;
  let next = 0;
  while (left > 0 && (whole[next]?.gpus ?? Infinity) < left) {
    const share = whole[next++];
    if (share === undefined) return null;
    shares.push(share);
    left -= share.gpus;
  }
  let last = next;
  while (last + 1 < whole.length && (whole[last + 1]?.gpus ?? 0) >= left) last++;
  // Among equals the lowest row wins; the list is in row order within one size.
  while (last > next && whole[last - 1]?.gpus === whole[last]?.gpus) last--;
  return left > 0 ? [...shares, { region: whole[last]?.region ?? 0, gpus: left }] : shares;
}

const unheardOfPod = (view: ClusterView, pod: number): number => (view.unheard === null ? 0 : rowsOf(view.index.podDomains, pod).reduce((sum, domain) => sum + unheardIn(view, domain), 0));

/** Sets inside one pod, best fit first and of equals those that are heard, or of the fewest pods of the smallest block that holds the job. */
function packedSets(room: Room): Sequence[] {
  const { view: { index }, plan, quota } = room;
  const gpus = planGpus(plan);
  const pods: Share[] = Array.from({ length: index.podCount }, (_, pod) => ({ region: pod, gpus: sumOf(quota, rowsOf(index.podDomains, pod)) }));
  const inOne = pods.filter((pod) => pod.gpus >= gpus).sort((a, b) => a.gpus - b.gpus || unheardOfPod(room.view, a.region) - unheardOfPod(room.view, b.region) || a.region - b.region).slice(0, packedMax);
  if (inOne.length > 0) {
    const orders: readonly RankOrder[] = plan.data > 1 && plan.pipeline > 1 && gpus > index.domainSize ? ['byStage', 'byReplica'] : ['byStage'];
    return inOne.map(({ region }) => ({ gpus: write(room, fill(room, rowsOf(index.podDomains, region), gpus), gpus), orders, spreadOver: null }));
  }
  const blocks = groupRows(index.blockOf, index.blockCount);
  const sizes = Array.from({ length: index.blockCount }, (_, block) => ({ block, gpus: [...rowsOf(blocks, block)].reduce((sum, pod) => sum + (pods[pod]?.gpus ?? 0), 0) }));
  const block = sizes.filter((one) => one.gpus >= gpus).sort((a, b) => a.gpus - b.gpus || a.block - b.block)[0];
  const among = block === undefined ? pods : [...rowsOf(blocks, block.block)].map((pod) => pods[pod] ?? { region: pod, gpus: 0 });
  const chunks: readonly (readonly [chunk: number, orders: readonly RankOrder[]])[] = [
    [plan.tensor * plan.context * plan.data, ['byStage']], [replicaGpus(plan), ['byReplica']], [Math.min(plan.tensor, index.domainSize), ['byStage', 'byReplica']],
  ];
  const sets: Sequence[] = [];
  for (const [chunk, orders] of chunks) {
    const shares = fewestRegions(among, gpus, chunk);
    if (shares === null) continue;
    const whole = shares.map(({ region, gpus: own }) => fill(room, rowsOf(index.podDomains, region), own));
    // Broken domains stand last, so that the aligned stretches of the whole ones are not shifted.
    const taken = whole.flat();
    const ordered = [...taken.filter((one) => one.gpus === index.domainSize), ...taken.filter((one) => one.gpus < index.domainSize)];
    sets.push({ gpus: write(room, ordered, gpus), orders, spreadOver: null });
  }
  return sets;
}

/** Lines of wholly free domains in which each has links to the next, as a direct network offers them. */
export function freeLines(room: Room): readonly (readonly number[])[] {
  const { view, quota } = room;
  return cutLines(Uint8Array.from(quota, (own) => (own === view.index.domainSize ? 1 : 0)), joinedBy(view));
}

/** Sets cut from lines, best fit first; several lines where no one holds the job. */
function lineSets(room: Room): Sequence[] {
  const { view: { index }, plan, domainsPerGroup, quota } = room;
  const gpus = planGpus(plan);
  const orders: readonly RankOrder[] = ['byStage', 'byReplica'];
  if (gpus <= index.domainSize) {
    const fitting = Array.from(quota, (own, domain) => ({ domain, own })).filter(({ own }) => own >= gpus).sort((a, b) => a.own - b.own || a.domain - b.domain).slice(0, packedMax);
    return fitting.map(({ domain }) => ({ gpus: write(room, [{ domain, gpus }], gpus), orders: ['byStage'], spreadOver: null }));
  }
  const lines = freeLines(room);
  const usable = (line: readonly number[]): number => Math.floor(line.length / domainsPerGroup) * domainsPerGroup * index.domainSize;
  const take = (line: readonly number[], wanted: number): readonly Taken[] =>
    line.slice(0, Math.ceil(wanted / index.domainSize)).map((domain, at) => ({ domain, gpus: Math.min(index.domainSize, wanted - at * index.domainSize) }));
  const shares = lines.map((line, region): Share => ({ region, gpus: usable(line) }));
  const inOne = shares.filter((line) => line.gpus >= gpus).sort((a, b) => a.gpus - b.gpus || a.region - b.region).slice(0, packedMax);
  if (inOne.length > 0) return inOne.map(({ region }) => ({ gpus: write(room, take(lines[region] ?? [], gpus), gpus), orders, spreadOver: null }));
  const walk = freeWalk(room, Math.ceil(gpus / index.domainSize));
  const walked = walk === null ? [] : [{ gpus: write(room, take(walk, gpus), gpus), orders, spreadOver: null }];
  const several = fewestRegions(shares, gpus, domainsPerGroup * Math.min(plan.tensor, index.domainSize));
  if (several === null) return walked;
  return [...walked, { gpus: write(room, several.flatMap(({ region, gpus: own }) => take(lines[region] ?? [], own)), gpus), orders, spreadOver: null }];
}

/** How many replicas each place gets: one each in turn, the roomiest first, until all are dealt; `null` when they do not hold them. */
function deal(capacity: readonly Share[], replica: number, replicas: number): readonly Share[] | null {
  const order = capacity.filter((place) => place.gpus >= replica).sort((a, b) => b.gpus - a.gpus || a.region - b.region);
  const given = new Int32Array(order.length);
  let left = replicas;
  for (let last = order.length; left > 0 && last > 0;) {
    let still = 0;
    for (let at = 0; at < last && left > 0; at++) {
      if (((given[at] ?? 0) + 1) * replica > (order[at]?.gpus ?? 0)) continue;
      given[at] = (given[at] ?? 0) + 1;
      left--;
      still = at + 1;
    }
    last = still;
  }
  if (left > 0) return null;
  return order.map(({ region }, at) => ({ region, gpus: (given[at] ?? 0) * replica })).filter((share) => share.gpus > 0);
}

/** Replicas that are larger than any place take places of their own, as long as there are enough. */
function placesOfTheirOwn(places: readonly Share[], replica: number, replicas: number): readonly Share[] | null {
  const shares: Share[] = [];
  let wanted = replica;
  let left = replicas;
  for (const { region, gpus } of places) {
    if (left === 0) break;
    if (gpus === 0) continue;
    shares.push({ region, gpus: Math.min(gpus, wanted) });
    wanted -= Math.min(gpus, wanted);
    if (wanted > 0) continue;
    wanted = replica;
    left--;
  }
  return left === 0 ? shares : null;
}

function spreadSet(room: Room, level: SpreadLevel, places: Csr): Sequence | null {
  const { plan, quota } = room;
  const replica = replicaGpus(plan);
  const capacity = Array.from({ length: places.offset.length - 1 }, (_, place): Share => ({ region: place, gpus: sumOf(quota, rowsOf(places, place)) }));
  const shares = capacity.some((place) => place.gpus >= replica) ? deal(capacity, replica, plan.data) : placesOfTheirOwn(capacity, replica, plan.data);
  if (shares === null || shares.length < 2) return null;
  const gpus = planGpus(plan);
  return { gpus: write(room, shares.flatMap(({ region, gpus: own }) => fill(room, rowsOf(places, region), own)), gpus), orders: ['byReplica'], spreadOver: level };
}

const placesOf = (index: PlacementIndex, level: SpreadLevel): Csr => {
  const rows = index.placeOf[level];
  return groupRows(rows, rows.reduce((most, place) => Math.max(most, place + 1), 0));
};

/** A tensor group over several domains needs them whole. */
const wholeWhereNeeded = (room: Room): Room =>
  room.plan.tensor > room.view.index.domainSize ? { ...room, quota: room.quota.map((own) => (own === room.view.index.domainSize ? own : 0)) } : room;

/** Accelerators stand in lines that only links of their own join. */
export const standsInLines = ({ isDirect, podCount }: PlacementIndex): boolean => isDirect && podCount > 1;

/** Whether `sequencesFor` would find any set, at the cost of counting where counting is enough. */
export function hasRoom(asked: Room): boolean {
  const room = wholeWhereNeeded(asked);
  if (sumOf(room.quota, room.quota.keys()) < planGpus(room.plan)) return false;
  return !standsInLines(room.view.index) || lineSets(room).length > 0;
}

/** Every set that is worth pricing, packed ones first; empty when the job does not fit. */
export function sequencesFor(asked: Room): readonly Sequence[] {
  const room = wholeWhereNeeded(asked);
  const { view: { index }, plan, quota } = room;
  if (sumOf(quota, quota.keys()) < planGpus(plan)) return [];
  if (standsInLines(index)) return lineSets(room);
  const packed = packedSets(room);
  if (plan.data === 1) return packed;
  const spread = spreadLevels.map((level) => spreadSet(room, level, placesOf(index, level)));
  return [...packed, ...spread.filter((one): one is Sequence => one !== null)];
}
