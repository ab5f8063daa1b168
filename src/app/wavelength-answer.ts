/**
 * Wavelengths for a set of demands, for `heliostat wavelengths`: which slots along which links, and why what does not fit does not.
 *
 * Over circuits as they are built, light keeps its slot between two nodes that convert it (accelerators and packet switches); each
 * such stretch is a lightpath of its own. Through one switch that leads every wavelength by itself, ports are all that counts.
 */

import type { Dice } from '../base/dice.ts';
import type { Refusal } from '../base/refusal.ts';
import { refuse } from '../base/refusal.ts';
import type { CompiledFabric } from '../fabric/compiled.ts';
import type { ComponentIx, NodeIx } from '../fabric/fabric.ts';
import { nodeKinds } from '../fabric/fabric.ts';
import type { Grant } from '../plan/plan.ts';
import { defaultPolicy } from '../plan/policy.ts';
import { assignLightpaths, withdrawFromLightpaths } from '../plan/wavelengths/lightpath-assign.ts';
import type { LightpathRequest } from '../plan/wavelengths/lightpaths.ts';
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

/** Equal-cost ways that are offered to the search. */
const waysMax = 8;
const hashStep = 0x9e3779b1;
const passive: ReadonlySet<number> = new Set([nodeKinds.indexOf('ocs'), nodeKinds.indexOf('awgr')]);
const grating = nodeKinds.indexOf('awgr');
const switchKind = nodeKinds.indexOf('ocs');
/** Leases of a plan that nobody carries out need no times; all of them stand side by side. */
const together = { tenant: 'plan', job: null, startNs: 0, endNs: 1 } as const;

function waysOf(fabric: CompiledFabric, { fromRank, toRank }: RankDemand): readonly Links[] {
  const into = new Int32Array(Math.max(1, fabric.routing.hopsMax));
  const found: Links[] = [];
  for (let choice = 0; choice < waysMax; choice++) {
    const hops = fabric.routing.route((fabric.gpuNode[fromRank] ?? 0) as NodeIx, (fabric.gpuNode[toRank] ?? 0) as NodeIx, Math.imul(choice, hashStep) | 0, into);
    const links = Array.from(into.subarray(0, Math.max(0, hops)));
    if (links.length > 0 && !found.some((other) => other.join() === links.join())) found.push(links);
  }
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

interface Wanted {
  readonly demand: RankDemand;
  readonly wavelengths: number;
  /** By wavelength: the ids of its stretches: demand, wavelength and stretch, each from 1. */
  readonly units: readonly (readonly string[])[];
  readonly requests: readonly LightpathRequest[];
  readonly refusal: Refusal | null;
}

/** The lightpaths that a demand wants. A way without a conversion offers all others like it as well; else wavelengths take turns over the ways. */
function wantedOf(fabric: CompiledFabric, demand: RankDemand, row: number): Wanted {
  const none = (refusal: Refusal): Wanted => ({ demand, wavelengths: 0, units: [], requests: [], refusal });
  const ways = waysOf(fabric, demand);
  if (ways.length === 0) return none(refuse('no-way', 'never', `No route leads from rank ${demand.fromRank} to rank ${demand.toRank}.`));
  if (ways.some((way) => way.some((link) => fabric.nodeKind[fabric.linkTarget[link] ?? 0] === grating))) {
    const reason = `The way from rank ${demand.fromRank} to rank ${demand.toRank} leads through a wavelength grating, which sends each wavelength to one port: there is nothing to assign.`;
    return none(refuse('grating-decides', 'never', reason));
  }
  const laid = ways.map((way) => stretchesOf(fabric, way));
  const gbps = Math.min(...laid.flat().map((links) => leastGbps(fabric, links)));
  if (laid.every((stretches) => stretches.length === 0)) return none(refuse('no-light', 'never', `Ranks ${demand.fromRank} and ${demand.toRank} are joined by copper alone: there is no wavelength to assign.`));
  if (!(gbps > 0)) return none(refuse('link-does-not-close', 'never', `A link between ranks ${demand.fromRank} and ${demand.toRank} carries nothing by its physics.`));
  const count = Math.ceil(demand.rateGbps / gbps - 1e-9);
  const requests: LightpathRequest[] = [];
  const isWhole = laid.every((stretches) => stretches.length === 1);
  const units = Array.from({ length: count }, (_, unit) => (laid[unit % laid.length] ?? []).map((links, at) => {
    const id = `${row + 1}/${unit + 1}${at === 0 ? '' : `/${at + 1}`}`;
    requests.push({ id, ...together, trafficClass: demand.trafficClass, floorGbps: 0, routes: isWhole ? laid.flat() : [links] });
    return id;
  }));
  return { demand, wavelengths: count, units, requests, refusal: null };
}

export interface AssignOptions {
  readonly dice: Dice;
  /** Wavelengths that go out of service once all is assigned: who lost light looks for other, highest class first. */
  readonly lost: readonly number[];
}

/** Lightpaths over the circuits as they are built, all demands together, higher classes first. */
export function assignOverWays(fabric: CompiledFabric, demands: readonly RankDemand[], { dice, lost }: AssignOptions): readonly AnsweredDemand[] {
  const wanted = demands.map((demand, row) => wantedOf(fabric, demand, row));
  const requests = wanted.flatMap((one) => one.requests);
  const light = createLightpaths(fabric, { links: [...new Set(requests.flatMap(({ routes }) => routes.flat()))].sort((a, b) => a - b), classes: defaultPolicy.classes });
  const refused = [...assignLightpaths(light, requests, { dice }).refused, ...withdrawFromLightpaths(light, lost).refused];
  const grants = new Map([...light.byId].flatMap(([id, lightpath]) => { const grant = grantOf(light, lightpath); return grant === null ? [] : [[id, grant] as const]; }));
  const refusals = new Map(refused.map(({ request, refusal }) => [request.id, refusal] as const));
  return wanted.map(({ demand, wavelengths, units, refusal }) => {
    const lit = units.filter((ids) => ids.every((id) => grants.has(id)));
    const why = units.flatMap((ids) => ids.flatMap((id) => refusals.get(id) ?? []));
    return {
      ...demand, wavelengths, served: lit.length, refusals: refusal === null ? why : [refusal],
      light: lit.map((ids) => ids.flatMap((id) => (grants.get(id)?.paths ?? []).map((path) => stretchText(fabric, path)))),
    };
  });
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
