/**
 * Wavelengths for a set of demands, for `heliostat wavelengths`: which slots along which links, and why what does not fit does not.
 *
 * Over circuits as they are built, light keeps its slot between two nodes that convert it (accelerators and packet switches); each
 * such stretch is a lightpath of its own. Through one switch that leads every wavelength by itself, ports are all that counts.
 */

import type { Dice } from '../base/dice.ts';
import type { Refusal } from '../base/refusal.ts';
import { isRefusal, refuse } from '../base/refusal.ts';
import type { CompiledFabric } from '../fabric/compiled.ts';
import type { ComponentIx, NodeIx } from '../fabric/fabric.ts';
import { nodeKinds } from '../fabric/fabric.ts';
import type { Grant } from '../plan/plan.ts';
import type { PathSearch } from '../plan/paths/find-path.ts';
import { createPathSearch, searchPath } from '../plan/paths/find-path.ts';
import { kShortestPaths } from '../plan/paths/k-shortest.ts';
import { defaultPolicy } from '../plan/policy.ts';
import { chooseWays } from '../plan/wavelengths/choose-ways.ts';
import { assignLightpath, assignLightpaths, releaseLightpath, withdrawFromLightpaths } from '../plan/wavelengths/lightpath-assign.ts';
import { classWeight } from '../plan/wavelengths/lightpath-table.ts';
import type { LightpathRequest, Lightpaths } from '../plan/wavelengths/lightpaths.ts';
import { createLightpaths, grantOf } from '../plan/wavelengths/lightpaths.ts';
import { assignAll, withdrawWavelengths } from '../plan/wavelengths/one-hop-assign.ts';
import type { WavelengthRequest } from '../plan/wavelengths/one-hop.ts';
import { createOneHop } from '../plan/wavelengths/one-hop.ts';
import type { RankDemand } from './demand-file.ts';

/** One wavelength from one converting node to the next. */
export interface Stretch {
  readonly slot: number;
  /** Ports that send, by component name. */
  readonly links: readonly string[];
}

export interface AnsweredDemand extends RankDemand {
  /** Asked for, and held from end to end. */
  readonly wavelengths: number;
  readonly served: number;
  /** By wavelength: its stretches. */
  readonly light: readonly (readonly Stretch[])[];
  readonly refusals: readonly Refusal[];
}

type Links = readonly number[];

/** Ways that are offered to the search: so many that the fabric's routing takes, and so many of the shortest. */
const routedMax = 8;
const shortestMax = 16;
const hashStep = 0x9e3779b1;
const passive: ReadonlySet<number> = new Set([nodeKinds.indexOf('ocs'), nodeKinds.indexOf('awgr')]);
const grating = nodeKinds.indexOf('awgr');
const switchKind = nodeKinds.indexOf('ocs');
/** Leases of a plan that nobody carries out need no times; all of them stand side by side. */
const together = { tenant: 'plan', job: null, startNs: 0, endNs: 1 } as const;

/** Parallel links between two nodes that convert light stand for each other: by link the first of its bundle, and all of each. */
interface Bundles {
  readonly first: Int32Array;
  readonly members: ReadonlyMap<number, Links>;
  /** Links that are not the first of theirs. */
  readonly others: Links;
}

function bundlesOf({ linkCount, linkSource, linkTarget, nodeKind, nodeCount }: CompiledFabric): Bundles {
  const first = Int32Array.from({ length: linkCount }, (_, link) => link);
  const firstOf = new Map<number, number>();
  const members = new Map<number, number[]>();
  for (let link = 0; link < linkCount; link++) {
    const [source, target] = [linkSource[link] ?? 0, linkTarget[link] ?? 0];
    // A circuit leads on from one very link.
    const isOwn = passive.has(nodeKind[source] ?? -1) || passive.has(nodeKind[target] ?? -1);
    const known = isOwn ? undefined : firstOf.get(source * nodeCount + target);
    first[link] = known ?? link;
    if (known === undefined && !isOwn) firstOf.set(source * nodeCount + target, link);
    if (known === undefined) members.set(link, [link]);
    else members.get(known)?.push(link);
  }
  return { first, members, others: [...first.keys()].filter((link) => first[link] !== link) };
}

/** The links that each stretch may take: one of a bundle, or the very links of a way through passive switches. */
const routesOf = ({ members }: Bundles, stretch: Links): readonly Links[] => (stretch.length === 1 ? (members.get(stretch[0] ?? -1) ?? stretch).map((link) => [link]) : [stretch]);

/** The ways that the fabric routes by, and the shortest others; accelerators pass on what is not theirs only where a demand has no other way. */
function waysOf({ fabric, search, bundles }: Ground, { fromRank, toRank }: RankDemand): readonly Links[] {
  const into = new Int32Array(Math.max(1, fabric.routing.hopsMax));
  const [from, to] = [fabric.gpuNode[fromRank] ?? 0, fabric.gpuNode[toRank] ?? 0];
  const found: Links[] = [];
  const add = (links: Links): void => { if (links.length > 0 && !found.some((other) => other.join() === links.join())) found.push(links); };
  for (let choice = 0; choice < routedMax; choice++) {
    const hops = fabric.routing.route(from as NodeIx, to as NodeIx, Math.imul(choice, hashStep) | 0, into);
    add(Array.from(into.subarray(0, Math.max(0, hops)), (link) => bundles.first[link] ?? link));
  }
  const query = { from, to, residualGbps: fabric.linkRateGbps, needGbps: 0, avoidLinks: bundles.others };
  const throughGpus = searchPath(search, { ...query, throughGpus: false }) < 0;
  for (const { links } of kShortestPaths(search, { ...query, throughGpus }, shortestMax)) add(links);
  return found;
}

const isOptical = ({ linkWavelength, wavelengthSlot }: CompiledFabric, link: number): boolean => (wavelengthSlot[linkWavelength[link] ?? 0] ?? -1) >= 0;

/** Stretches of a way between converting nodes, those of copper left out. */
function stretchesOf(fabric: CompiledFabric, way: Links): readonly Links[] {
  const stretches: number[][] = [];
  for (const link of way) {
    const goesOn = passive.has(fabric.nodeKind[fabric.linkSource[link] ?? 0] ?? -1);
    if (goesOn) stretches.at(-1)?.push(link);
    else stretches.push([link]);
  }
  return stretches.filter((links) => links.every((link) => isOptical(fabric, link)));
}

/** What one wavelength carries along some links at least. */
const leastGbps = ({ linkWavelength, wavelengthRateGbps }: CompiledFabric, links: Links): number =>
  links.reduce((least, link) => Math.min(least, wavelengthRateGbps.subarray(linkWavelength[link], linkWavelength[link + 1]).reduce((most, gbps) => Math.max(most, gbps), 0)), Infinity);

const nameOf = (fabric: CompiledFabric, link: number): string => fabric.componentName((fabric.linkPort[link] ?? 0) as ComponentIx);

function stretchText(fabric: CompiledFabric, { links, wavelengths }: Grant['paths'][number]): Stretch {
  return { slot: fabric.wavelengthSlot[wavelengths[0]?.[0] ?? -1] ?? -1, links: links.map((link) => nameOf(fabric, link)) };
}

/** What ways are looked for on. */
interface Ground {
  readonly fabric: CompiledFabric;
  readonly search: PathSearch;
  readonly bundles: Bundles;
}

interface Wanted {
  readonly demand: RankDemand;
  readonly wavelengths: number;
  /** By way: its stretches. */
  readonly ways: readonly (readonly Links[])[];
  readonly refusal: Refusal | null;
}

/** The lightpaths that a demand wants, and the ways that each may take. */
function wantedOf(ground: Ground, demand: RankDemand): Wanted {
  const { fabric } = ground;
  const none = (refusal: Refusal): Wanted => ({ demand, wavelengths: 0, ways: [], refusal });
  const ways = waysOf(ground, demand);
  if (ways.length === 0) return none(refuse('no-way', 'never', `No route leads from rank ${demand.fromRank} to rank ${demand.toRank}.`));
  if (ways.some((way) => way.some((link) => fabric.nodeKind[fabric.linkTarget[link] ?? 0] === grating))) {
    const reason = `The way from rank ${demand.fromRank} to rank ${demand.toRank} leads through a wavelength grating, which sends each wavelength to one port: there is nothing to assign.`;
    return none(refuse('grating-decides', 'never', reason));
  }
  const laid = ways.map((way) => stretchesOf(fabric, way));
  const gbps = Math.min(...laid.flat().map((links) => leastGbps(fabric, links)));
  if (laid.every((stretches) => stretches.length === 0)) return none(refuse('no-light', 'never', `Ranks ${demand.fromRank} and ${demand.toRank} are joined by copper alone: there is no wavelength to assign.`));
  if (!(gbps > 0)) return none(refuse('link-does-not-close', 'never', `A link between ranks ${demand.fromRank} and ${demand.toRank} carries nothing by its physics.`));
  return { demand, wavelengths: Math.ceil(demand.rateGbps / gbps - 1e-9), ways: laid, refusal: null };
}

/** One wavelength of a demand. Its id is demand and wavelength, each from 1; those of its stretches add the stretch from the second on. */
interface Unit {
  readonly row: number;
  readonly id: string;
  readonly trafficClass: RankDemand['trafficClass'];
  readonly ways: Wanted['ways'];
}

const unitsOf = (wanted: readonly Wanted[]): readonly Unit[] =>
  wanted.flatMap(({ demand: { trafficClass }, wavelengths, ways }, row) => Array.from({ length: wavelengths }, (_, unit) => ({ row, id: `${row + 1}/${unit + 1}`, trafficClass, ways })));

const stretchIds = ({ id }: Unit, stretches: readonly Links[]): readonly string[] => stretches.map((_, at) => (at === 0 ? id : `${id}/${at + 1}`));

const requestsOf = (bundles: Bundles, unit: Unit, stretches: readonly Links[]): readonly LightpathRequest[] =>
  stretchIds(unit, stretches).map((id, at) => ({ id, ...together, trafficClass: unit.trafficClass, floorGbps: 0, routes: routesOf(bundles, stretches[at] ?? []) }));

/** What is assigned, and which links stand for each other. */
interface Table {
  readonly light: Lightpaths;
  readonly bundles: Bundles;
}

function freeOn({ holder, slots, linkRow }: Lightpaths, link: number): number {
  const row = linkRow.get(link) ?? 0;
  return holder.subarray(row * slots.length, (row + 1) * slots.length).reduce((free, one) => (one === -1 ? free + 1 : free), 0);
}

/** All units together on the ways of which each link has slots enough, the number of one way each; -1 where none is left. */
function waysTogether({ light, bundles }: Table, units: readonly Unit[], dice: Dice): readonly number[] {
  const [wayFirst, linkFirst, link] = [[0], [0], [] as number[]];
  for (const { ways } of units) {
    for (const stretches of ways) {
      for (const one of stretches.flat()) link.push(light.linkRow.get(one) ?? 0);
      linkFirst.push(link.length);
    }
    wayFirst.push(linkFirst.length - 1);
  }
  const chosen = chooseWays({
    demandCount: units.length, wayFirst: Int32Array.from(wayFirst), linkFirst: Int32Array.from(linkFirst), link: Int32Array.from(link),
    capacity: Int32Array.from(light.links, (link) => (bundles.members.get(link) ?? []).reduce((sum, one) => sum + freeOn(light, one), 0)),
    weight: Float64Array.from(units, ({ trafficClass }) => classWeight(defaultPolicy.classes[trafficClass].priority)),
  }, { dice });
  return units.map((_, at) => ((chosen[at] ?? -1) < 0 ? -1 : (chosen[at] ?? 0) - (wayFirst[at] ?? 0)));
}

/** Holds light on every stretch of one of a unit's ways, others retuning for it; else the refusal of its first way, and nothing held. */
function tryWays({ light, bundles }: Table, unit: Unit): readonly string[] | Refusal {
  let first: Refusal | null = null;
  for (const stretches of unit.ways) {
    const held: string[] = [];
    for (const request of requestsOf(bundles, unit, stretches)) {
      const plan = assignLightpath(light, request);
      if (isRefusal(plan)) first ??= plan;
      if (isRefusal(plan)) break;
      held.push(request.id);
    }
    if (held.length === stretches.length) return held;
    for (const id of held) releaseLightpath(light, id);
  }
  const other = unit.ways.length > 1 ? [`None of the ${unit.ways.length - 1} other ways has light for it either.`] : [];
  return first === null ? refuse('no-way', 'never', `Lease ${unit.id} has no way.`) : refuse(first.code, first.remedy, ...first.reasons, ...other);
}

/** What each unit holds, by the ids of its stretches, or why it holds nothing. */
type Held = Map<Unit, readonly string[] | Refusal>;

/** Units that have not light from end to end let go of the rest and try their other ways, highest class first. */
function tryAgain(table: Table, units: readonly Unit[], held: Held): void {
  const { light } = table;
  const priority = ({ trafficClass }: Unit): number => defaultPolicy.classes[trafficClass].priority;
  const short = units.filter((unit) => { const ids = held.get(unit); return ids === undefined || isRefusal(ids) || ids.some((id) => !light.byId.has(id)); });
  for (const unit of short) {
    const ids = held.get(unit);
    if (ids !== undefined && !isRefusal(ids)) for (const id of ids) releaseLightpath(light, id);
  }
  for (const unit of short.toSorted((left, right) => priority(left) - priority(right))) held.set(unit, tryWays(table, unit));
}

/** Where light is converted on the way: ways first, then slots on their stretches, then whoever was left out once more. */
function assignConverted(table: Table, units: readonly Unit[], { dice, lost }: AssignOptions): Held {
  const { light, bundles } = table;
  const chosen = waysTogether(table, units, dice.fork('ways'));
  const held: Held = new Map();
  const requests = units.flatMap((unit, at) => {
    const stretches = unit.ways[chosen[at] ?? -1];
    if (stretches === undefined) return [];
    held.set(unit, stretchIds(unit, stretches));
    return requestsOf(bundles, unit, stretches);
  });
  assignLightpaths(light, requests, { dice });
  tryAgain(table, units, held);
  withdrawFromLightpaths(light, lost);
  tryAgain(table, units, held);
  return held;
}

/** Where every way keeps its slot from end to end: one search over all ways and slots. */
function assignWhole({ light, bundles }: Table, units: readonly Unit[], { dice, lost }: AssignOptions): Held {
  const requests = units.map(({ id, trafficClass, ways }): LightpathRequest => ({ id, ...together, trafficClass, floorGbps: 0, routes: ways.flat().flatMap((stretch) => routesOf(bundles, stretch)) }));
  const refused = [...assignLightpaths(light, requests, { dice }).refused, ...withdrawFromLightpaths(light, lost).refused];
  const refusals = new Map(refused.map(({ request, refusal }) => [request.id, refusal] as const));
  return new Map(units.map((unit) => [unit, refusals.get(unit.id) ?? [unit.id]]));
}

export interface AssignOptions {
  readonly dice: Dice;
  /** Wavelengths that go out of service once all is assigned: who lost light looks for other, highest class first. */
  readonly lost: readonly number[];
}

/** Lightpaths over the circuits as they are built, all demands together, higher classes first. */
export function assignOverWays(fabric: CompiledFabric, demands: readonly RankDemand[], options: AssignOptions): readonly AnsweredDemand[] {
  const bundles = bundlesOf(fabric);
  const ground: Ground = { fabric, search: createPathSearch(fabric), bundles };
  const wanted = demands.map((demand) => wantedOf(ground, demand));
  const units = unitsOf(wanted);
  const links = [...new Set(wanted.flatMap(({ ways }) => ways.flat(1).flatMap((stretch) => routesOf(bundles, stretch).flat())))].sort((a, b) => a - b);
  const light = createLightpaths(fabric, { links, classes: defaultPolicy.classes });
  const isWhole = wanted.every(({ ways }) => ways.every((stretches) => stretches.length === 1));
  const held = (isWhole ? assignWhole : assignConverted)({ light, bundles }, units, options);
  const lightOf = (id: string): readonly Stretch[] => {
    const lightpath = light.byId.get(id);
    return (lightpath === undefined ? [] : grantOf(light, lightpath)?.paths ?? []).map((path) => stretchText(fabric, path));
  };
  const answers = wanted.map(({ demand, wavelengths, refusal }) => ({ ...demand, wavelengths, served: 0, light: [] as (readonly Stretch[])[], refusals: refusal === null ? [] : [refusal] }));
  for (const unit of units) {
    const [answer, ids] = [answers[unit.row], held.get(unit)];
    if (answer === undefined || ids === undefined) continue;
    if (isRefusal(ids)) answer.refusals.push(ids);
    else {
      answer.served += 1;
      answer.light.push(ids.flatMap(lightOf));
    }
  }
  return answers;
}

interface Placed { readonly row: number; readonly ocs: number; readonly request: WavelengthRequest }

/** The ports of two accelerators on one switch with the fewest wavelengths asked of them so far. */
function placeOn(fabric: CompiledFabric, demand: RankDemand, row: number, load: Map<number, number>): Placed | Refusal {
  const { outOffset, outLink, linkTarget, linkReverse, nodeKind } = fabric;
  const linksOf = (rank: number): readonly number[] => {
    const node = fabric.gpuNode[rank] ?? 0;
    return [...outLink.subarray(outOffset[node], outOffset[node + 1])].filter((link) => nodeKind[linkTarget[link] ?? 0] === switchKind);
  };
  let best: { readonly into: number; readonly out: number; readonly sum: number } | null = null;
  for (const into of linksOf(demand.fromRank)) for (const back of linksOf(demand.toRank)) {
    const out = linkReverse[back] ?? back;
    const sum = (load.get(into) ?? 0) + (load.get(out) ?? 0);
    if (linkTarget[into] === linkTarget[back] && sum < (best?.sum ?? Infinity)) best = { into, out, sum };
  }
  if (best === null) return refuse('not-one-hop', 'never', `No circuit switch has ports of both rank ${demand.fromRank} and rank ${demand.toRank}.`, 'Without --selective the ways over several switches are used.');
  const ocs = linkTarget[best.into] ?? 0;
  const leaving = [...outLink.subarray(outOffset[ocs], outOffset[ocs + 1])];
  const gbps = leastGbps(fabric, [best.into, best.out]);
  if (!(gbps > 0)) return refuse('link-does-not-close', 'never', `A link between ranks ${demand.fromRank} and ${demand.toRank} carries nothing by its physics.`);
  const wavelengths = Math.ceil(demand.rateGbps / gbps - 1e-9);
  for (const link of [best.into, best.out]) load.set(link, (load.get(link) ?? 0) + wavelengths);
  const aPort = leaving.indexOf(linkReverse[best.into] ?? -1);
  return { row, ocs, request: { id: String(row + 1), ...together, trafficClass: demand.trafficClass, aPort, bPort: leaving.indexOf(best.out), wavelengths, floorWavelengths: 0 } };
}

/** Wavelengths through switches that lead each wavelength by itself: whatever the ports have room for fits. */
export function assignSelectively(fabric: CompiledFabric, demands: readonly RankDemand[], { dice, lost }: AssignOptions): readonly AnsweredDemand[] {
  const load = new Map<number, number>();
  const placed = demands.map((demand, row) => placeOn(fabric, demand, row, load));
  const grants = new Map<number, Grant>();
  const refusals = new Map<number, Refusal>();
  const known = placed.flatMap((one) => ('ocs' in one ? [one] : []));
  for (const ocs of new Set(known.map((one) => one.ocs))) {
    const leaving = [...fabric.outLink.subarray(fabric.outOffset[ocs], fabric.outOffset[ocs + 1])];
    const oneHop = createOneHop(fabric, { aLinks: leaving.map((link) => fabric.linkReverse[link] ?? link), bLinks: leaving, classes: defaultPolicy.classes });
    const refused = [...assignAll(oneHop, known.flatMap((one) => (one.ocs === ocs ? [one.request] : [])), { dice }).refused, ...withdrawWavelengths(oneHop, lost).refused];
    for (const [id, { grant }] of oneHop.held) if (grant !== null) grants.set(Number(id) - 1, grant);
    for (const { request, refusal } of refused) refusals.set(Number(request.id) - 1, refusal);
  }
  return demands.map((demand, row) => {
    const one = placed[row];
    const refusal = one !== undefined && 'code' in one ? one : refusals.get(row);
    const light = (grants.get(row)?.paths ?? []).map((path) => [stretchText(fabric, path)]);
    return { ...demand, wavelengths: one !== undefined && 'ocs' in one ? one.request.wavelengths : 0, served: light.length, light, refusals: refusal === undefined ? [] : [refusal] };
  });
}
