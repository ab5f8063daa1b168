/**
 * From beliefs to light: which links a set of changed beliefs touches, and what physics lets each of their wavelengths carry.
 *
 * A link is judged at the hotter of the cases at its two ends, circuit switches passed, with the losses of everything on its way.
 * A wavelength is dark while a dead component's fault domain holds it anywhere on its way over the circuits as they stand. Links that
 * stand alike are told in one group.
 *
 * Bounds: links, ports, cables and wavelengths are rows of the plant's tables; places are those of a link's own wavelengths.
 */

import type { CompiledFabric } from '../../fabric/compiled.ts';
import { lightWay, portTable } from '../circuit-ports.ts';
import type { JudgedGroup } from '../fact.ts';
import type { LightCondition } from '../plant.ts';
import type { State } from '../state.ts';
import type { Beliefs, BodyLight } from './beliefs.ts';
import { bodyLight, isDark, lossDbOf, ringDbOf, tunedNmOf, warmDbOf } from './beliefs.ts';
import { scratchOf } from './scratch.ts';

export { beliefsWith } from './beliefs.ts';

/** Links found so far, each once. */
interface Found {
  readonly links: number[];
  /** A link is among them if its entry is that of the turn. */
  readonly linkTurn: Float64Array;
  readonly turn: number;
  isAscending: boolean;
}

function note(found: Found, link: number): void {
  const { links, linkTurn, turn } = found;
  if (linkTurn[link] === turn) return;
  linkTurn[link] = turn;
  if (links.length > 0 && link < links[links.length - 1]!) found.isAscending = false;
  links.push(link);
}

/** Notes links with their twins, and those that light on them passes over circuit switches. */
function noteWays({ plant, circuits }: State, rows: Int32Array, found: Found): void {
  const { linkReverse } = plant.cluster.fabric;
  const { linkSwitch } = portTable(plant);
  for (let at = 0; at < rows.length; at++) {
    const link = rows[at]!;
    if (linkSwitch[link]! < 0) {
      note(found, link);
      note(found, linkReverse[link]!);
    } else for (const passed of lightWay(plant, circuits, link)) {
      note(found, passed);
      note(found, linkReverse[passed]!);
    }
  }
}

/** Directed links whose light hangs on any of these components, ascending, twins included. */
export function linksOf(state: State, components: Iterable<number>): readonly number[] {
  const scratch = scratchOf(state.plant);
  scratch.turns += 1;
  const found: Found = { links: [], linkTurn: scratch.linkTurn, turn: scratch.turns, isAscending: true };
  for (const component of components) {
    const { lostLinkRows, deratedLinkRows } = state.plant.lightDomains.blast(component as never);
    noteWays(state, lostLinkRows, found);
    noteWays(state, deratedLinkRows, found);
  }
  return found.isAscending ? found.links : Array.from(Int32Array.from(found.links).sort());
}

/** The engine or module at the sending end of a directed link. */
export const bodyAt = (state: State, link: number): number => {
  const { fabric } = state.plant.cluster;
  return fabric.componentParent[fabric.linkPort[link] ?? 0] ?? 0;
};

interface LinkLight {
  readonly marginDb: number;
  readonly gbps: readonly number[];
  /** Whether any wavelength carries anything. */
  readonly isLit: boolean;
}

/** Margin of copper and of traces, which no loss of light can hurt: more than any optical budget. */
export const unlimitedMarginDb = 99;

/** Loss that leaves no light; finite, so that sums stay finite. */
const darkDb = 100;

/** Wavelengths of a link, its first, that are told to be dark by the bits of a number. */
const maskedMax = 31;

/** Stands for the bodies of a way before there is one. */
const nobody: BodyLight = { component: -1, caseC: NaN, lossDb: 0, warmDb: 0, ringDb: 0, ringTunedNm: NaN };

/** The hotter of two cases; NaN where neither is known. */
const hotter = (one: number, other: number): number => (Number.isNaN(one) ? other : Number.isNaN(other) ? one : Math.max(one, other));

/** Whether any wavelength carries anything. */
const anyLit = (gbps: readonly number[]): boolean => gbps.some((rate) => rate !== 0);

/** The light of a link whose wavelengths stand differently: `null` for one that is dark. */
function mixedLight(conditions: readonly (LightCondition | null)[]): LinkLight {
  let marginDb = Infinity;
  const gbps = conditions.map((light, place) => light?.rateGbps[place] ?? 0);
  conditions.forEach((light, place) => {
    if (light !== null) marginDb = Math.min(marginDb, gbps[place] === 0 ? -Infinity : light.marginDb);
  });
  return { marginDb: Math.min(marginDb, unlimitedMarginDb), gbps, isLit: anyLit(gbps) };
}

/** The light of a link without wavelengths. */
const noLanes = mixedLight([]);

/** The light of links whose lit wavelengths stand alike, by what physics said of one of them and which are dark; and of dark links, by how many they have. */
const kept = new WeakMap<LightCondition, Map<number, LinkLight>>();
const unlit = new Map<number, LinkLight>();

function keptLight(condition: LightCondition, count: number, dark: number): LinkLight {
  let byDark = kept.get(condition);
  if (byDark === undefined) kept.set(condition, (byDark = new Map()));
  let light = byDark.get(dark);
  if (light?.gbps.length !== count) byDark.set(dark, (light = mixedLight(Array.from({ length: count }, (_, place) => (place < maskedMax && ((dark >>> place) & 1) === 1 ? null : condition)))));
  return light;
}

function unlitLight(count: number): LinkLight {
  let light = unlit.get(count);
  if (light === undefined) unlit.set(count, (light = { marginDb: -Infinity, gbps: Array.from({ length: count }, () => 0), isLit: false }));
  return light;
}

/** What is known while links are judged under beliefs one after another: neighbours share much of what has to be looked up. */
interface Judging {
  readonly state: State;
  readonly beliefs: Beliefs;
  readonly fabric: CompiledFabric;
  readonly linkSwitch: Int32Array;

  /** The link judged last, and the links that its light passes; `null` for a link that meets no circuit switch and is a way alone. */
  link: number;
  passed: readonly number[] | null;
  /** The first link of the other direction, and the bodies that send on both. */
  farLink: number;
  near: BodyLight;
  far: BodyLight;
  /** The hotter of the bodies' cases, NaN where neither is known, and the loss between them. */
  caseC: number;
  wayDb: number;

  /** What physics was asked last, and said. */
  use: number;
  askedC: number;
  askedDb: number;
  condition: LightCondition | null;

  /** The last light that was made of a condition, and of which wavelengths being dark. */
  light: LinkLight;
  lightOf: LightCondition | null;
  lightDark: number;
}

const judging = (state: State, beliefs: Beliefs): Judging => ({
  state, beliefs, fabric: state.plant.cluster.fabric, linkSwitch: portTable(state.plant).linkSwitch,
  link: -1, passed: null, farLink: -1, near: nobody, far: nobody, caseC: NaN, wayDb: 0,
  use: -1, askedC: NaN, askedDb: NaN, condition: null, light: noLanes, lightOf: null, lightDark: 0,
});

/** Moves on to the way of a link. That of a link alone is its twin's the other way round. */
function pass(at: Judging, link: number): void {
  const { near, far } = at;
  if (link === at.farLink && at.passed === null) {
    at.farLink = at.link;
    at.link = link;
    at.near = far;
    at.far = near;
    return;
  }
  const { state, beliefs, fabric: { linkPort, linkReverse, linkCable, componentParent } } = at;
  at.link = link;
  at.passed = at.linkSwitch[link]! < 0 ? null : lightWay(state.plant, state.circuits, link);
  at.farLink = linkReverse[at.passed?.at(-1) ?? link]!;
  const nearPort = linkPort[link]!;
  const farPort = linkPort[at.farLink]!;
  at.near = bodyLight(beliefs, componentParent[nearPort]!);
  at.far = bodyLight(beliefs, componentParent[farPort]!);
  at.caseC = hotter(at.near.caseC, at.far.caseC);
  // Both ports read the same way, whichever end is dirty; what they read is not lost twice. The sum of both ends is the same from either side, to the last bit.
  at.wayDb = Math.max(lossDbOf(beliefs, nearPort), lossDbOf(beliefs, farPort)) + (at.near.lossDb + at.far.lossDb) + lossDbOf(beliefs, linkCable[link >> 1]!);
}

/** Whether the wavelength at this place of every link of a way is dark on one of them. */
function isDarkOn({ beliefs, fabric: { linkWavelength } }: Judging, way: readonly number[], place: number): boolean {
  for (const link of way) if (isDark(beliefs, linkWavelength[link]! + place)) return true;
  return false;
}

/** True where no wavelength of the other direction has light. */
function isMute(at: Judging): boolean {
  const { state, beliefs, farLink, fabric: { linkWavelength } } = at;
  const first = linkWavelength[farLink]!;
  const count = linkWavelength[farLink + 1]! - first;
  const passed = at.passed === null ? null : lightWay(state.plant, state.circuits, farLink);
  for (let place = 0; place < count; place++) if (!(passed === null ? isDark(beliefs, first + place) : isDarkOn(at, passed, place))) return false;
  return count > 0;
}

function ask(at: Judging, lossDb: number): LightCondition {
  const { caseC, condition } = at;
  const use = at.fabric.cableUse[at.link >> 1]!;
  if (condition !== null && use === at.use && lossDb === at.askedDb && (caseC === at.askedC || (Number.isNaN(caseC) && Number.isNaN(at.askedC)))) return condition;
  at.use = use;
  at.askedC = caseC;
  at.askedDb = lossDb;
  return (at.condition = at.state.plant.lightAt(at.link, { caseC: Number.isNaN(caseC) ? null : caseC, lossDb }));
}

/** What physics says of a lit wavelength of the way, with what its laser and the laser's source are short of and what its ring loses. */
function conditionOf(at: Judging, laser: number, tunedNm: number): LightCondition {
  const { beliefs } = at;
  let laserDb = 0;
  if (laser >= 0) {
    const source = bodyLight(beliefs, at.fabric.componentParent[laser]!);
    laserDb = lossDbOf(beliefs, laser) + source.lossDb + warmDbOf(beliefs, source);
  }
  return ask(at, Math.min(darkDb, at.wayDb + laserDb + ringDbOf(beliefs, at.near, tunedNm)));
}

/** What physics says of each wavelength of the way, `null` for one that is dark. */
function conditionsOf(at: Judging): (LightCondition | null)[] {
  const { beliefs, link, passed, fabric: { linkWavelength, wavelengthLaser } } = at;
  const first = linkWavelength[link]!;
  return Array.from({ length: linkWavelength[link + 1]! - first }, (_, place) => {
    const row = first + place;
    return (passed === null ? isDark(beliefs, row) : isDarkOn(at, passed, place)) ? null : conditionOf(at, wavelengthLaser[row]!, tunedNmOf(beliefs, row));
  });
}

/** The light of the way whose lit wavelengths stand in one condition. */
function alikeLight(at: Judging, condition: LightCondition, count: number, dark: number): LinkLight {
  if (condition !== at.lightOf || dark !== at.lightDark || at.light.gbps.length !== count) {
    at.light = keptLight(condition, count, dark);
    at.lightOf = condition;
    at.lightDark = dark;
  }
  return at.light;
}

/** What a directed link carries. */
function judge(at: Judging, link: number): LinkLight {
  const { beliefs, fabric: { linkWavelength, wavelengthLaser } } = at;
  const first = linkWavelength[link]!;
  const count = linkWavelength[link + 1]! - first;
  if (count === 0) return noLanes;
  pass(at, link);
  const { passed } = at;
  let condition: LightCondition | null = null;
  let isAlike = true;
  let laser = -1;
  let tunedNm = NaN;
  let dark = 0;
  for (let place = 0; place < count && isAlike; place++) {
    const row = first + place;
    // What a dead part keeps dark needs no physics.
    if (passed === null ? isDark(beliefs, row) : isDarkOn(at, passed, place)) {
      if (place < maskedMax) dark |= 1 << place;
      else isAlike = false;
    } else if (condition === null || wavelengthLaser[row] !== laser || tunedNmOf(beliefs, row) !== tunedNm) {
      laser = wavelengthLaser[row]!;
      tunedNm = tunedNmOf(beliefs, row);
      const own = conditionOf(at, laser, tunedNm);
      isAlike = condition === null || own === condition;
      condition = own;
    }
  }
  const light = !isAlike ? mixedLight(conditionsOf(at)) : condition === null ? unlitLight(count) : alikeLight(at, condition, count, dark);
  return light.isLit && !isMute(at) ? light : unlitLight(count);
}

/** Judges one directed link under beliefs. */
export const judgeLink = (state: State, beliefs: Beliefs, link: number): LinkLight => judge(judging(state, beliefs), link);

function sameRates(one: LinkLight, other: LinkLight): boolean {
  if (one.marginDb !== other.marginDb || one.gbps.length !== other.gbps.length) return false;
  for (let row = 0; row < one.gbps.length; row++) if (one.gbps[row] !== other.gbps[row]) return false;
  return true;
}

/** Margins that differ by less than this are the same margin. */
const sameMarginDb = 0.01;

function sameLight({ links, wavelengths, plant }: State, link: number, { marginDb, gbps }: LinkLight): boolean {
  const before = links.marginDb[link]!;
  if (before !== marginDb && !(Math.abs(before - marginDb) < sameMarginDb)) return false;
  const first = plant.cluster.fabric.linkWavelength[link]!;
  for (let row = 0; row < gbps.length; row++) if (gbps[row] !== wavelengths.physicsGbps[first + row]) return false;
  return true;
}

/** Judges links; those that stand as they stood are left out. */
export const judgeLinks = (state: State, beliefs: Beliefs, links: readonly number[]): readonly JudgedGroup[] => judgeThose(state, beliefs, links, 'changed');

/** Judges links and tells all of them, as a judgement must that follows another one. */
export const judgeAllLinks = (state: State, beliefs: Beliefs, links: readonly number[]): readonly JudgedGroup[] => judgeThose(state, beliefs, links, 'all');

interface Told {
  readonly light: LinkLight;
  /** Pairs of first link and count. */
  readonly ranges: number[];
}

/** Adds a link that follows all others of its ranges. */
function addLink(ranges: number[], link: number): void {
  const last = ranges.length - 2;
  if (last >= 0 && ranges[last]! + ranges[last + 1]! === link) ranges[last + 1]! += 1;
  else ranges.push(link, 1);
}

/** Links of each light told so far, by the light as it is written down and by itself: the same answers come again and again, and only the first of a kind has to be written. */
interface Groups {
  readonly byKey: Map<string, Told>;
  readonly byLight: Map<LinkLight, Told>;
}

function groupOf({ byKey, byLight }: Groups, light: LinkLight): Told {
  const known = byLight.get(light);
  if (known !== undefined) return known;
  const key = `${light.marginDb.toFixed(3)}|${light.gbps.join(',')}`;
  const group: Told = byKey.get(key) ?? { light, ranges: [] };
  byKey.set(key, group);
  byLight.set(light, group);
  return group;
}

function judgeThose(state: State, beliefs: Beliefs, links: readonly number[], told: 'changed' | 'all'): readonly JudgedGroup[] {
  const groups: Groups = { byKey: new Map(), byLight: new Map() };
  const at = judging(state, beliefs);
  let last: Told | null = null;
  for (let row = 0; row < links.length; row++) {
    const link = links[row]!;
    const light = judge(at, link);
    if (told === 'changed' && sameLight(state, link, light)) continue;
    if (last === null || (last.light !== light && !sameRates(last.light, light))) last = groupOf(groups, light);
    addLink(last.ranges, link);
  }
  return [...groups.byKey.values()].map(({ light: { marginDb, gbps }, ranges }) => ({ ranges, marginDb: marginDb === -Infinity ? null : marginDb, gbps }));
}
