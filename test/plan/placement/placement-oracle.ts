/**
 * A second opinion on placement, written without any routine of the placement code: faults spread over the tables of the compiled
 * fabric by plain searches, risk is a sum over every installed part, and what fits is counted from scratch.
 */

import type { CompiledFabric } from '../../../src/fabric/compiled.ts';
import { componentKinds } from '../../../src/fabric/components.ts';
import { linkTiers, nodeKinds } from '../../../src/fabric/fabric.ts';
import { repairTimes } from '../../../src/optics/reliability/evidence.ts';
import type { PlacementIndex } from '../../../src/plan/placement/placement-index.ts';
import type { PlacedJob } from '../../../src/plan/placement/placed-step.ts';
import type { RiskTerms } from '../../../src/plan/placement/placement-risk.ts';
import { defaultCalibration } from '../../../src/traffic/calibration.ts';
import { combineStep } from '../../../src/traffic/combine-step.ts';
import type { NetworkView, RankGroup } from '../../../src/traffic/network-view.ts';
import type { ParallelPlan } from '../../../src/traffic/parallel-plan.ts';
import { communicationPhases } from '../../../src/traffic/phases.ts';
import { computeParts, phaseDurations } from '../../../src/traffic/step-time.ts';

const height: Readonly<Record<string, number>> = { gpu: 0, scaleUpSwitch: 1, leaf: 2, spine: 3, core: 4 };
export const heightOf = (fabric: CompiledFabric, node: number): number => height[nodeKinds[fabric.nodeKind[node] ?? 0] ?? 'gpu'] ?? 0;
export const tierOf = (fabric: CompiledFabric, link: number): string => linkTiers[fabric.linkTier[link] ?? 0] ?? '';
export const kindOf = (fabric: CompiledFabric, component: number): string => componentKinds[fabric.componentKind[component] ?? 0] ?? '';
export const linksFrom = (fabric: CompiledFabric, node: number): readonly number[] => [...fabric.outLink.subarray(fabric.outOffset[node] ?? 0, fabric.outOffset[node + 1] ?? 0)];
const rowsOf = (lists: { readonly offset: Int32Array; readonly row: Int32Array }, at: number): readonly number[] => [...lists.row.subarray(lists.offset[at] ?? 0, lists.offset[at + 1] ?? 0)];

/** What stops working when some components do: links by row with the share of their wavelengths that is dark, and dead nodes. */
export interface Damage {
  readonly deadNodes: ReadonlySet<number>;
  readonly darkShare: Float64Array;
}

function goneWith(fabric: CompiledFabric, components: readonly number[]): ReadonlySet<number> {
  const gone = new Set<number>();
  const visit = (component: number): void => {
    if (gone.has(component)) return;
    gone.add(component);
    for (const next of [...rowsOf(fabric.components.children, component), ...rowsOf(fabric.components.feeds, component)]) visit(next);
  };
  components.forEach(visit);
  return gone;
}

export function damageOf(fabric: CompiledFabric, components: readonly number[]): Damage {
  const gone = goneWith(fabric, components);
  const deadNodes = new Set([...Array(fabric.nodeCount).keys()].filter((node) => gone.has(fabric.nodeComponent[node] ?? -1)));
  const darkShare = new Float64Array(fabric.linkCount);
  for (let link = 0; link < fabric.linkCount; link++) {
    const rows = [...Array((fabric.linkWavelength[link + 1] ?? 0) - (fabric.linkWavelength[link] ?? 0)).keys()].map((at) => (fabric.linkWavelength[link] ?? 0) + at);
    const dark = rows.filter((row) => gone.has(fabric.wavelengthLaser[row] ?? -1)).length;
    const isLost = gone.has(fabric.linkPort[link] ?? -1) || gone.has(fabric.linkCable[link >> 1] ?? -1)
      || deadNodes.has(fabric.linkSource[link] ?? 0) || deadNodes.has(fabric.linkTarget[link] ?? 0);
    darkShare[link] = isLost ? 1 : dark / Math.max(1, rows.length);
  }
  // A link that cannot answer cannot be used.
  for (let link = 0; link < fabric.linkCount; link++) if (darkShare[link] === 1) darkShare[fabric.linkReverse[link] ?? link] = 1;
  return { deadNodes, darkShare };
}

/** Ranks cut off and ranks slowed by one failure: cut without a way up to a top of the fabric (between equals: to any other), slowed where some link on a way up is hurt. */
export function hitBy(fabric: CompiledFabric, components: readonly number[]): { readonly cut: ReadonlySet<number>; readonly slowed: ReadonlySet<number>; readonly isAbove: boolean } {
  const { deadNodes, darkShare } = damageOf(fabric, components);
  const ups = (node: number): readonly number[] => linksFrom(fabric, node).filter((link) => tierOf(fabric, link) !== 'scaleUp' && heightOf(fabric, fabric.linkTarget[link] ?? 0) > heightOf(fabric, node));
  const peers = (node: number): readonly number[] => linksFrom(fabric, node).filter((link) => tierOf(fabric, link) !== 'scaleUp' && heightOf(fabric, fabric.linkTarget[link] ?? 0) === heightOf(fabric, node));
  const isLit = (link: number): boolean => (darkShare[link] ?? 0) < 1;
  const leads = (node: number): boolean => {
    if (deadNodes.has(node)) return false;
    const up = ups(node);
    if (up.length > 0) return up.some((link) => isLit(link) && leads(fabric.linkTarget[link] ?? 0));
    const level = peers(node);
    return level.length === 0 || level.some((link) => isLit(link) && !deadNodes.has(fabric.linkTarget[link] ?? 0));
  };
  /** Own links upward, to equals and into the scale-up domain, and those of everything above. */
  const isSlowed = (node: number): boolean => linksFrom(fabric, node).some((link) => {
    const target = fabric.linkTarget[link] ?? 0;
    if (heightOf(fabric, target) < heightOf(fabric, node)) return false;
    const isHurt = (darkShare[link] ?? 0) > 0 || (darkShare[fabric.linkReverse[link] ?? link] ?? 0) > 0;
    return isHurt || (heightOf(fabric, target) > heightOf(fabric, node) && isSlowed(target));
  });
  const cut = new Set<number>();
  const slowed = new Set<number>();
  fabric.gpuNode.forEach((node, rank) => {
    const hasNetwork = linksFrom(fabric, node).some((link) => tierOf(fabric, link) !== 'scaleUp');
    if (deadNodes.has(node) || (hasNetwork && !leads(node))) cut.add(rank);
    else if (isSlowed(node)) slowed.add(rank);
  });
  const isAbove = cut.size === 0 && darkShare.every((share, link) => share === 0 || !['scaleUp', 'access'].includes(tierOf(fabric, link)));
  return { cut, slowed, isAbove };
}

/** Failures per hour of every installed part and its hours of repair, as the designs of these tests state them; modules of 400 and 800 Gb/s alike. */
export function partRates({ cluster: { design, fabric } }: PlacementIndex, moduleMtbfH: number): readonly { readonly component: number; readonly perH: number; readonly repairH: number }[] {
  const board = repairTimes.chassis.value;
  return [...Array(fabric.componentCount).keys()].flatMap((component) => {
    switch (kindOf(fabric, component)) {
      case 'gpu': return [{ component, perH: 1 / design.accelerator.mtbfH.value, repairH: board }];
      case 'nic': return [{ component, perH: 1 / design.nic.mtbfH.value, repairH: board }];
      case 'scaleUpSwitch': return [{ component, perH: 1 / design.scaleUp.switchMtbfH.value, repairH: board }];
      case 'leaf': case 'spine': case 'core': return [{ component, perH: 1 / design.switch.mtbfH.value, repairH: repairTimes.switch.value }];
      case 'powerShelf': return [{ component, perH: 1 / (design.feeds.power?.mtbfH.value ?? Infinity), repairH: board }];
      case 'coolantLoop': return [{ component, perH: 1 / (design.feeds.coolant?.mtbfH.value ?? Infinity), repairH: board }];
      case 'module': return [{ component, perH: 1 / moduleMtbfH, repairH: repairTimes.module.value }];
      default: return [];
    }
  });
}

export interface OracleRisk { readonly cut: number; readonly stop: number; readonly slow: number; readonly lostShare: number; readonly worstReplicas: number; readonly worstGpus: number }

/** Hit sets of every part, with some parts down already: these fail no more, and what stood in for them takes more with it. */
export type PartHits = readonly { readonly perH: number; readonly repairH: number; readonly hit: ReturnType<typeof hitBy> }[];
export const partHits = (index: PlacementIndex, moduleMtbfH: number, down: readonly number[] = []): PartHits => {
  const { fabric } = index.cluster;
  const before = hitBy(fabric, down);
  const gone = goneWith(fabric, down);
  return partRates(index, moduleMtbfH).filter(({ component }) => !gone.has(component)).map(({ component, perH, repairH }) => {
    const alone = hitBy(fabric, [component]);
    const together = down.length === 0 ? [] : [...hitBy(fabric, [...down, component]).cut].filter((rank) => !before.cut.has(rank));
    const cut = new Set([...alone.cut, ...together]);
    return { perH, repairH, hit: { cut, slowed: new Set([...alone.slowed].filter((rank) => !cut.has(rank))), isAbove: alone.isAbove && cut.size === 0 } };
  });
};

/** One term for each part: 1 - exp(-sum of rates x hours), whatever takes the same accelerators. */
export function oracleRisk(hits: PartHits, plan: ParallelPlan, ranks: readonly number[], terms: RiskTerms & { readonly crosses: boolean }): OracleRisk {
  const replicaAt = (at: number): number => Math.floor(at / (plan.tensor * plan.context)) % plan.data;
  let [cut, stop, slow, lostShare, worstReplicas, worstGpus] = [0, 0, 0, 0, 0, 0];
  for (const { perH, repairH, hit } of hits) {
    const places = [...ranks.keys()].filter((at) => hit.cut.has(ranks[at] ?? -1));
    if (places.length === 0) {
      if (ranks.some((rank) => hit.slowed.has(rank)) && (terms.crosses || !hit.isAbove)) slow += perH;
      continue;
    }
    const lost = new Set(places.map(replicaAt)).size;
    const isStop = plan.data - lost < terms.replicasMin;
    cut += perH;
    if (isStop) stop += perH;
    lostShare += perH * (terms.restartH + repairH * (isStop ? 1 : lost / plan.data));
    if (lost > worstReplicas || (lost === worstReplicas && places.length > worstGpus)) [worstReplicas, worstGpus] = [lost, places.length];
  }
  const chance = (rate: number): number => 1 - Math.exp(-rate * terms.lengthH);
  return { cut: chance(cut), stop: chance(stop), slow: chance(slow), lostShare, worstReplicas, worstGpus };
}

/** Rates of all links once some components are down together. */
export const litRates = (fabric: CompiledFabric, down: readonly number[]): Float64Array => {
  const { darkShare } = damageOf(fabric, down);
  return fabric.linkRateGbps.map((rate, link) => (rate * (1 - (darkShare[link] ?? 0)) < 1e-9 ? 0 : rate * (1 - (darkShare[link] ?? 0))));
};

/** Every choice of `count` out of `from`, ascending. */
export function choices(from: readonly number[], count: number): readonly (readonly number[])[] {
  if (count === 0) return [[]];
  return from.flatMap((first, at) => choices(from.slice(at + 1), count - 1).map((rest) => [first, ...rest]));
}

/** A cluster at one moment, as the second opinion sees it. */
export interface Moment {
  readonly index: PlacementIndex;
  /** Of every directed link. */
  readonly rates: Float64Array;
  /** By rank: `free`, `failed`, `dark`, `hot` or `held`. */
  readonly state: readonly string[];
  readonly isHeld: readonly boolean[];
}

/** What an accelerator can send: into its scale-up domain, or into the network (its access links; its links to neighbours where it has none). */
export function litSum(fabric: CompiledFabric, rates: Float64Array, rank: number, into: 'domain' | 'network'): number {
  const links = linksFrom(fabric, fabric.gpuNode[rank] ?? 0).filter((link) => (tierOf(fabric, link) === 'scaleUp') === (into === 'domain'));
  const access = links.filter((link) => tierOf(fabric, link) === 'access');
  return (access.length > 0 ? access : links).reduce((sum, link) => sum + (rates[link] ?? 0), 0);
}

export const freeOf = ({ index, state }: Moment, domain: number): readonly number[] => [...Array(index.domainSize).keys()].map((local) => domain * index.domainSize + local).filter((rank) => state[rank] === 'free');

/** Accelerators of a domain that tensor groups can use: whole groups, or all of the domain where a group takes several. */
export function quotaOf(index: PlacementIndex, plan: ParallelPlan, domain: number, isFree: (rank: number) => boolean): number {
  const free = [...Array(index.domainSize).keys()].filter((local) => isFree(domain * index.domainSize + local)).length;
  return plan.tensor > index.domainSize ? (free === index.domainSize ? free : 0) : free - (free % plan.tensor);
}

/** Lead domain of all that lit links join, whatever routing prefers. */
export function reachOf(moment: Moment): readonly number[] {
  const { index: { cluster: { fabric }, domainCount }, rates } = moment;
  const lead = new Array<number>(domainCount).fill(-1);
  for (let domain = 0; domain < domainCount; domain++) {
    if (lead[domain] !== -1) continue;
    const seen = new Set(freeOf(moment, domain).map((rank) => fabric.gpuNode[rank] ?? 0));
    for (const node of seen) for (const link of linksFrom(fabric, node)) if ((rates[link] ?? 0) > 0) seen.add(fabric.linkTarget[link] ?? 0);
    for (let other = domain; other < domainCount; other++) if (freeOf(moment, other).some((rank) => seen.has(fabric.gpuNode[rank] ?? 0))) lead[other] = domain;
  }
  return lead;
}

/** The worst leaf of the job: what enters it from accelerators that are held or the job's own, over what can leave it upward. */
export function expectedOversubscription({ index: { cluster: { fabric } }, rates, state }: Moment, ranks: readonly number[]): number {
  const sum = (links: readonly number[]): number => links.reduce((all, link) => all + (rates[link] ?? 0), 0);
  const rankOf = new Map([...fabric.gpuNode].map((node, rank) => [node, rank]));
  const leaves = new Set(ranks.flatMap((rank) => linksFrom(fabric, fabric.gpuNode[rank] ?? 0).filter((link) => tierOf(fabric, link) === 'access').map((link) => fabric.linkTarget[link] ?? 0)));
  return Math.max(1, ...[...leaves].map((leaf) => {
    const up = sum(linksFrom(fabric, leaf).filter((link) => tierOf(fabric, link) === 'fabric'));
    const busy = linksFrom(fabric, leaf).filter((link) => {
      const below = rankOf.get(fabric.linkTarget[link] ?? 0);
      return tierOf(fabric, link) === 'access' && below !== undefined && (ranks.includes(below) || state[below] === 'held');
    });
    return up > 0 ? sum(busy) / up : 1;
  }));
}

/** Every lit link, and its wavelengths, that touches the job's accelerators, or joins their leaves to what is above where it leaves a pod. */
export function expectedLight({ index: { cluster: { fabric } }, rates }: Moment, ranks: readonly number[], crosses: boolean): { readonly links: number; readonly wavelengths: number } {
  const own = new Set(ranks.map((rank) => fabric.gpuNode[rank] ?? 0));
  const access = [...Array(fabric.linkCount).keys()].filter((link) => tierOf(fabric, link) === 'access' && own.has(fabric.linkSource[link] ?? 0));
  const leaves = new Set(access.map((link) => fabric.linkTarget[link] ?? 0));
  const up = crosses ? [...Array(fabric.linkCount).keys()].filter((link) => tierOf(fabric, link) === 'fabric' && leaves.has(fabric.linkSource[link] ?? 0)) : [];
  const lit = [...access, ...up].filter((link) => (rates[link] ?? 0) > 0);
  return { links: 2 * lit.length, wavelengths: lit.reduce((sum, link) => sum + 2 * ((fabric.linkWavelength[link + 1] ?? 0) - (fabric.linkWavelength[link] ?? 0)), 0) };
}

/** Members of every group of one kind, as ranks: rank r of the job belongs to the group of all that differ by multiples of the stride inside one block. */
function groupsOf(group: RankGroup, ranks: readonly number[]): readonly (readonly number[])[] {
  const groups = new Map<string, number[]>();
  ranks.forEach((rank, at) => {
    const key = `${Math.floor(at / (group.size * group.stride))} ${at % group.stride}`;
    groups.set(key, [...groups.get(key) ?? [], rank]);
  });
  return [...groups.values()];
}

const kindsOf = (job: PlacedJob, network: NetworkView): readonly RankGroup[] =>
  [...new Map(communicationPhases(job.model, job.plan, network, defaultCalibration).map(({ group }) => [`${group.size} ${group.stride}`, group])).values()];

/** Ring edges of every kind of group, closed, and those between domains and between pods. */
export function expectedEdges(index: PlacementIndex, job: PlacedJob, network: NetworkView, ranks: readonly number[]): { readonly all: number; readonly betweenDomains: number; readonly betweenPods: number } {
  const domain = (rank: number): number => Math.floor(rank / index.domainSize);
  const pairs = kindsOf(job, network).flatMap((group) => groupsOf(group, ranks).flatMap((members) => members.map((rank, at) => [rank, members[(at + 1) % members.length] ?? rank] as const)));
  return {
    all: pairs.length, betweenDomains: pairs.filter(([a, b]) => domain(a) !== domain(b)).length, betweenPods: pairs.filter(([a, b]) => index.podOf[domain(a)] !== index.podOf[domain(b)]).length,
  };
}

/** The step from the traffic room's closed form, each kind of group told by brute force which domains and pods it really crosses. */
export function expectedStepS(index: PlacementIndex, job: PlacedJob, network: NetworkView, ranks: readonly number[]): number {
  const domain = (rank: number): number => Math.floor(rank / index.domainSize);
  const phases = communicationPhases(job.model, job.plan, network, defaultCalibration);
  const durations = phases.flatMap((phase) => {
    const groups = groupsOf(phase.group, ranks);
    const isTogether = (members: readonly number[], place: (rank: number) => number): boolean => new Set(members.map(place)).size === 1;
    const chunks = (length: number): boolean => groups.every((members) => members.every((_, at) => at % length !== 0 || isTogether(members.slice(at, at + length), domain)));
    let inDomain = phase.group.size;
    while (!chunks(inDomain)) inDomain--;
    const size = network.scaleUp.size <= 1 ? 1 : inDomain * phase.group.stride;
    const staysInPod = groups.every((members) => isTogether(members, (rank) => index.podOf[domain(rank)] ?? -1));
    const seen: NetworkView = { scaleUp: { ...network.scaleUp, size }, scaleOut: { ...network.scaleOut, podSize: staysInPod ? Infinity : 0 } };
    return phaseDurations([phase], seen, defaultCalibration);
  });
  const compute = computeParts(job.model, job.plan, job.accelerator, { scaleUpSize: network.scaleUp.size });
  return combineStep(compute, phases, durations, { contention: defaultCalibration.network.contention }).stepS;
}

/** Whether a walk through so many wholly free domains exists, each joined to the next accelerator by accelerator, by trying every one. */
export function hasWalk(moment: Moment, domains: number): boolean {
  const { index, rates } = moment;
  const { fabric } = index.cluster;
  const isWhole = (domain: number): boolean => freeOf(moment, domain).length === index.domainSize;
  const isJoined = (from: number, to: number): boolean => [...Array(index.domainSize).keys()].every((local) => {
    const target = fabric.gpuNode[to * index.domainSize + local];
    return linksFrom(fabric, fabric.gpuNode[from * index.domainSize + local] ?? 0).some((link) => fabric.linkTarget[link] === target && (rates[link] ?? 0) > 0);
  });
  const all = [...Array(index.domainCount).keys()].filter(isWhole);
  const extend = (walk: readonly number[]): boolean => walk.length === domains
    || all.some((next) => !walk.includes(next) && isJoined(walk[walk.length - 1] ?? 0, next) && isJoined(next, walk[walk.length - 1] ?? 0) && extend([...walk, next]));
  return all.some((first) => extend([first]));
}
