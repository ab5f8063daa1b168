/**
 * From beliefs to light: which links a set of changed beliefs touches, and what physics lets each of their wavelengths carry.
 *
 * A link is judged at the hotter of the cases at its two ends, circuit switches passed, with the losses of everything on its way.
 * A wavelength is dark while a dead component's fault domain holds it anywhere on its way over the circuits as they stand. Links that
 * stand alike are told in one group.
 */

import { lightWay, portTable } from '../circuit-ports.ts';
import type { JudgedGroup } from '../fact.ts';
import { rangesOf } from '../light.ts';
import { ringStateAt } from '../../thermal/light-response.ts';
import type { LightCondition } from '../plant.ts';
import type { State } from '../state.ts';
import type { Belief } from './belief.ts';
import { believedNow } from './belief.ts';

/** Beliefs of the state with some replaced, as if they were folded already. */
export interface Beliefs {
  of(component: number): Belief;
  /** Two of the three by themselves: judging asks for them hundreds of thousands of times. */
  caseC(component: number): number;
  lossDb(component: number): number;
  /** How many dead fault domains, circuit switches not passed, hold a wavelength. */
  darkCauses(wavelength: number): number;
  /** Tuning of a wavelength's ring against its free-running place. */
  tunedNm(wavelength: number): number;
  readonly changed: ReadonlyMap<number, Belief>;
}

/** With more wavelengths than this a table of all of them is cheaper than a map of those that change. */
const mappedMax = 2048;

/** Dead fault domains more or fewer for each wavelength, `null` for none anywhere. */
function darkChanges(state: State, changed: ReadonlyMap<number, Belief>): ((wavelength: number) => number) | null {
  const domains: { readonly rows: Int32Array; readonly by: number }[] = [];
  for (const [component, { isDead }] of changed) {
    if (isDead !== (state.components.isDead[component] === 1)) domains.push({ rows: state.plant.lightDomains.blast(component as never).wavelengthRows, by: isDead ? 1 : -1 });
  }
  const count = domains.reduce((sum, { rows }) => sum + rows.length, 0);
  if (count === 0) return null;
  if (count > mappedMax) {
    const table = new Int16Array(state.plant.cluster.fabric.wavelengthCount);
    for (const { rows, by } of domains) for (const row of rows) table[row] = (table[row] ?? 0) + by;
    return (wavelength) => table[wavelength] ?? 0;
  }
  const map = new Map<number, number>();
  for (const { rows, by } of domains) for (const row of rows) map.set(row, (map.get(row) ?? 0) + by);
  return (wavelength) => map.get(wavelength) ?? 0;
}

/** Slots of a table that says at one look of most components that they have not changed: a few for each that has, up to so many. */
const lookSlotsMin = 64;
const lookSlotsMax = 2 ** 15;

/** The changed belief of a component, `undefined` for the many that have not changed. */
function changedOf(changed: ReadonlyMap<number, Belief>): (component: number) => Belief | undefined {
  const slots = Math.min(lookSlotsMax, Math.max(lookSlotsMin, 2 ** Math.ceil(Math.log2(16 * changed.size + 1))));
  const mayHave = new Uint8Array(slots);
  for (const component of changed.keys()) mayHave[component & (slots - 1)] = 1;
  return (component) => (mayHave[component & (slots - 1)] === 1 ? changed.get(component) : undefined);
}

export function beliefsWith(state: State, changed: ReadonlyMap<number, Belief>, tuned: ReadonlyMap<number, number> = new Map()): Beliefs {
  const darker = darkChanges(state, changed);
  const changedAt = changedOf(changed);
  const { components, wavelengths: { darkCauses, tunedNm } } = state;
  return {
    changed,
    tunedNm: (wavelength) => (tuned.size === 0 ? undefined : tuned.get(wavelength)) ?? tunedNm[wavelength] ?? 0,
    of: (component) => changedAt(component) ?? believedNow(state, component),
    caseC: (component) => changedAt(component)?.caseC ?? components.caseC[component] ?? NaN,
    lossDb: (component) => changedAt(component)?.lossDb ?? components.lossDb[component] ?? 0,
    darkCauses: darker === null ? (wavelength) => darkCauses[wavelength] ?? 0 : (wavelength) => (darkCauses[wavelength] ?? 0) + darker(wavelength),
  };
}

/** Visits the directed links whose light hangs on a component, twins included; some come more than once. */
export function forEachLinkOf({ plant, circuits }: State, component: number, visit: (link: number) => void): void {
  const { linkReverse } = plant.cluster.fabric;
  const { linkSwitch } = portTable(plant);
  const both = (link: number): void => {
    visit(link);
    visit(linkReverse[link] ?? link);
  };
  const { lostLinkRows, deratedLinkRows } = plant.lightDomains.blast(component as never);
  for (const rows of [lostLinkRows, deratedLinkRows]) for (let at = 0; at < rows.length; at++) {
    const link = rows[at] ?? 0;
    if ((linkSwitch[link] ?? -1) < 0) both(link);
    else for (const passed of lightWay(plant, circuits, link)) both(passed);
  }
}

/** Directed links whose light hangs on any of these components, ascending, twins included. */
export function linksOf(state: State, components: Iterable<number>): readonly number[] {
  const all: number[] = [];
  const visit = (link: number): void => void all.push(link);
  for (const component of components) forEachLinkOf(state, component, visit);
  const links: number[] = [];
  for (const link of new Int32Array(all).sort()) if (link !== links[links.length - 1]) links.push(link);
  return links;
}

/** The engine or module at the sending end of a directed link. */
export const bodyAt = (state: State, link: number): number => {
  const { fabric } = state.plant.cluster;
  return fabric.componentParent[fabric.linkPort[link] ?? 0] ?? 0;
};

/** Case of a body as believed, or as the design settles it. */
export const caseOf = (state: State, beliefs: Beliefs, body: number): number => {
  const caseC = beliefs.caseC(body);
  return Number.isNaN(caseC) ? state.plant.settledCaseC[body] ?? NaN : caseC;
};

/** What a held ring at the sending end loses because its heater cannot follow. */
function ringLossDb(state: State, beliefs: Beliefs, body: number, wavelength: number): number {
  const ring = state.plant.bodyOf(body)?.ring ?? null;
  const caseC = caseOf(state, beliefs, body);
  if (ring === null || Number.isNaN(caseC)) return 0;
  const tunedK = beliefs.tunedNm(wavelength) / ring.lock.ringDriftNmPerK;
  return ringStateAt(ring.lock, { ringC: caseC + ring.dieOverCaseK - tunedK }).driftLossDb;
}

/** Where a ring stands: the shift it wants of its heater, which reaches from 0 to `reachNm`, and what it loses where that is not enough. */
interface RingStand {
  readonly lossDb: number;
  readonly wantedNm: number;
  readonly lockStepNm: number;
  readonly reachNm: number;
  readonly heaterMwPerNm: number;
}

/** The ring that sends a wavelength, as it stands on its line. */
export function ringOffLine(state: State, beliefs: Beliefs, wavelength: number): RingStand | null {
  const link = state.plant.cluster.fabric.wavelengthLink[wavelength] ?? 0;
  const body = bodyAt(state, link);
  const ring = state.plant.bodyOf(body)?.ring ?? null;
  const caseC = caseOf(state, beliefs, body);
  if (ring === null || Number.isNaN(caseC)) return null;
  const wantedNm = ring.lock.ringDriftNmPerK * (ring.lock.hotC - caseC - ring.dieOverCaseK) + beliefs.tunedNm(wavelength);
  return { lossDb: ringLossDb(state, beliefs, body, wavelength), wantedNm, lockStepNm: ring.lockStepNm, reachNm: ring.lock.heaterRangeNm, heaterMwPerNm: ring.lock.heaterMwPerNm };
}

/** What both directions of a way share: the links of one of them, the bodies at its ends, the hotter of their cases, and the loss between. */
interface Passage {
  /** `null` for one that meets no circuit switch and is a link alone. */
  readonly passed: readonly number[] | null;
  readonly link: number;
  /** The first link of the other direction. */
  readonly farLink: number;
  readonly near: number;
  readonly far: number;
  readonly caseC: number | null;
  readonly wayDb: number;
}

/** Loss of wavelengths: that of their way, what their lasers and the lasers' sources are short of, and the ring of the body that sends them. Neighbours mostly share all of them. */
function lossOf(state: State, beliefs: Beliefs): (wavelength: number, way: Passage) => number {
  const { fabric } = state.plant.cluster;
  let [laser, laserDb] = [-1, 0];
  let [source, sourceDb, warmDb] = [-1, 0, 0];
  let [sender, tunedNm, ringDb] = [-1, NaN, 0];
  return (wavelength, { near: body, wayDb }) => {
    const own = fabric.wavelengthLaser[wavelength] ?? -1;
    if (own !== laser && own >= 0) {
      laser = own;
      const from = fabric.componentParent[laser] ?? -1;
      if (from !== source) {
        source = from;
        const caseC = caseOf(state, beliefs, source);
        sourceDb = beliefs.lossDb(source);
        warmDb = Number.isNaN(caseC) ? 0 : state.plant.bodyOf(source)?.laserLossDb(caseC) ?? 0;
      }
      laserDb = beliefs.lossDb(laser) + sourceDb + warmDb;
    }
    const tuned = beliefs.tunedNm(wavelength);
    if (tuned !== tunedNm || body !== sender) {
      sender = body;
      tunedNm = tuned;
      ringDb = ringLossDb(state, beliefs, body, wavelength);
    }
    return wayDb + (own < 0 ? 0 : laserDb) + ringDb;
  };
}

interface LinkLight {
  readonly marginDb: number;
  readonly gbps: readonly number[];
}

/** Whether any wavelength carries anything. */
function isLit({ gbps }: LinkLight): boolean {
  for (const rate of gbps) if (rate !== 0) return true;
  return false;
}

/** Margin of copper and of traces, which no loss of light can hurt: more than any optical budget. */
export const unlimitedMarginDb = 99;

/** Loss that leaves no light; finite, so that sums stay finite. */
const darkDb = 100;

/** Whether the wavelength at this place of every link of a way is dark on one of them. */
function isDarkAt(state: State, beliefs: Beliefs, way: readonly number[], place: number): boolean {
  const { linkWavelength } = state.plant.cluster.fabric;
  for (const link of way) if (beliefs.darkCauses((linkWavelength[link] ?? 0) + place) > 0) return true;
  return false;
}

/** The hotter of two cases, `null` where neither is known. */
const hotter = (one: number, other: number): number | null => (Number.isNaN(one) ? (Number.isNaN(other) ? null : other) : Number.isNaN(other) ? one : Math.max(one, other));

/** What is lost at a component of a way, if there is one. */
const lossFrom = (beliefs: Beliefs, component: number): number => (component < 0 ? 0 : beliefs.lossDb(component));

/** The light of links all of whose wavelengths stand alike, by what physics said of one of them; and of dark links, by how many they have. */
const whole = new WeakMap<LightCondition, LinkLight>();
const unlit = new Map<number, LinkLight>();

function wholeLight(condition: LightCondition, count: number): LinkLight {
  let light = whole.get(condition);
  if (light?.gbps.length === count) return light;
  const gbps = Array.from({ length: count }, (_, place) => condition.rateGbps[place] ?? 0);
  light = { marginDb: gbps.includes(0) ? -Infinity : Math.min(condition.marginDb, unlimitedMarginDb), gbps };
  whole.set(condition, light);
  return light;
}

function unlitLight(count: number): LinkLight {
  let light = unlit.get(count);
  if (light === undefined) unlit.set(count, (light = { marginDb: -Infinity, gbps: Array.from({ length: count }, () => 0) }));
  return light;
}

/** The light of a link whose wavelengths stand differently: `null` for one that is dark. */
function mixedLight(conditions: readonly (LightCondition | null)[]): LinkLight {
  let marginDb = Infinity;
  const gbps = conditions.map((light, place) => light?.rateGbps[place] ?? 0);
  conditions.forEach((light, place) => {
    if (light !== null) marginDb = Math.min(marginDb, gbps[place] === 0 ? -Infinity : light.marginDb);
  });
  return { marginDb: Math.min(marginDb, unlimitedMarginDb), gbps };
}

function passageOf(state: State, beliefs: Beliefs, link: number, passed: readonly number[] | null): Passage {
  const { fabric } = state.plant.cluster;
  const last = passed?.at(-1) ?? link;
  const farLink = fabric.linkReverse[last] ?? last;
  const near = bodyAt(state, link);
  const far = bodyAt(state, farLink);
  // Both ports read the same way, whichever end is dirty; what they read is not lost twice.
  const portDb = Math.max(beliefs.lossDb(fabric.linkPort[link] ?? 0), beliefs.lossDb(fabric.linkPort[farLink] ?? 0));
  return {
    passed, link, farLink, near, far, caseC: hotter(caseOf(state, beliefs, near), caseOf(state, beliefs, far)),
    // The sum of both ends is the same from either side, to the last bit.
    wayDb: portDb + (lossFrom(beliefs, near) + lossFrom(beliefs, far)) + lossFrom(beliefs, fabric.linkCable[link >> 1] ?? -1),
  };
}

/** The passage of a link alone, seen from its other end. */
const turned = ({ passed, link, farLink, near, far, caseC, wayDb }: Passage): Passage => ({ passed, link: farLink, farLink: link, near: far, far: near, caseC, wayDb });

/** Judges directed links under beliefs, one after another: neighbours share much of what has to be looked up. */
function judgeUnder(state: State, beliefs: Beliefs): (link: number) => LinkLight {
  const { plant, plant: { cluster: { fabric: { linkWavelength, cableUse } } } } = state;
  const { linkSwitch } = portTable(plant);
  const lossDbOf = lossOf(state, beliefs);
  const wayOf = (link: number): readonly number[] | null => ((linkSwitch[link] ?? -1) < 0 ? null : lightWay(plant, state.circuits, link));
  const isDark = (link: number, passed: readonly number[] | null, place: number): boolean =>
    (passed === null ? beliefs.darkCauses((linkWavelength[link] ?? 0) + place) > 0 : isDarkAt(state, beliefs, passed, place));
  const countOf = (link: number): number => (linkWavelength[link + 1] ?? 0) - (linkWavelength[link] ?? 0);
  /** True where no wavelength that ends on a directed link has light: what cannot answer cannot be used the other way either. */
  const isMute = (link: number, passed: readonly number[] | null): boolean => {
    const count = countOf(link);
    for (let place = 0; place < count; place++) if (!isDark(link, passed, place)) return false;
    return count > 0;
  };
  let before: Passage | null = null;
  /** The passage of a link alone is that of its twin the other way round. */
  const passage = (link: number): Passage => {
    const isTwin = before !== null && before.passed === null && before.farLink === link;
    return (before = isTwin && before !== null ? turned(before) : passageOf(state, beliefs, link, wayOf(link)));
  };
  let [use, knownC, knownDb, known]: [number, number | null, number, LightCondition | null] = [-1, null, NaN, null];
  const conditionAt = (link: number, caseC: number | null, lossDb: number): LightCondition => {
    const own = cableUse[link >> 1] ?? -1;
    if (known !== null && own === use && caseC === knownC && lossDb === knownDb) return known;
    known = plant.lightAt(link, { caseC, lossDb });
    [use, knownC, knownDb] = [own, caseC, lossDb];
    return known;
  };
  return (link) => {
    const way = passage(link);
    const { passed, farLink, caseC } = way;
    const first = linkWavelength[link] ?? 0;
    const count = countOf(link);
    // Wavelengths of a link mostly stand alike; what they do is written down from the first on that does not.
    let conditions: (LightCondition | null)[] | null = null;
    let alike: LightCondition | null = null;
    for (let place = 0; place < count; place++) {
      // What a dead part keeps dark needs no physics.
      const light = isDark(link, passed, place) ? null : conditionAt(link, caseC, Math.min(darkDb, lossDbOf(first + place, way)));
      if (place === 0) alike = light;
      else if (light !== alike) conditions ??= new Array<LightCondition | null>(place).fill(alike);
      conditions?.push(light);
    }
    const light = conditions !== null || count === 0 ? mixedLight(conditions ?? []) : alike === null ? unlitLight(count) : wholeLight(alike, count);
    return count > 0 && (!isLit(light) || isMute(farLink, passed === null ? null : wayOf(farLink))) ? unlitLight(count) : light;
  };
}

/** Judges one directed link under beliefs. */
export const judgeLink = (state: State, beliefs: Beliefs, link: number): LinkLight => judgeUnder(state, beliefs)(link);

function sameRates(one: LinkLight, other: LinkLight): boolean {
  if (one.marginDb !== other.marginDb || one.gbps.length !== other.gbps.length) return false;
  for (let row = 0; row < one.gbps.length; row++) if (one.gbps[row] !== other.gbps[row]) return false;
  return true;
}

function sameLight(state: State, link: number, { marginDb, gbps }: LinkLight): boolean {
  const before = state.links.marginDb[link] ?? NaN;
  if (before !== marginDb && !(Math.abs(before - marginDb) < 0.01)) return false;
  const first = state.plant.cluster.fabric.linkWavelength[link] ?? 0;
  for (let row = 0; row < gbps.length; row++) if (gbps[row] !== state.wavelengths.physicsGbps[first + row]) return false;
  return true;
}

/** Judges links; those that stand as they stood are left out. */
export const judgeLinks = (state: State, beliefs: Beliefs, links: readonly number[]): readonly JudgedGroup[] =>
  judgeThose(state, beliefs, links, (link, light) => !sameLight(state, link, light));

/** Judges links and tells all of them, as a judgement must that follows another one. */
export const judgeAllLinks = (state: State, beliefs: Beliefs, links: readonly number[]): readonly JudgedGroup[] => judgeThose(state, beliefs, links, () => true);

interface Told {
  readonly light: LinkLight;
  readonly links: number[];
}

function judgeThose(state: State, beliefs: Beliefs, links: readonly number[], isTold: (link: number, light: LinkLight) => boolean): readonly JudgedGroup[] {
  const groups = new Map<string, Told>();
  const judge = judgeUnder(state, beliefs);
  // The same answers come again and again, and those of neighbours are mostly alike; then nobody has to write down how.
  const told = new Map<LinkLight, Told>();
  let last: Told | null = null;
  for (const link of links) {
    const light = judge(link);
    if (!isTold(link, light)) continue;
    if (last === null || (last.light !== light && !sameRates(last.light, light))) {
      const known = told.get(light);
      if (known === undefined) {
        const key = `${light.marginDb.toFixed(3)}|${light.gbps.join(',')}`;
        const group: Told = groups.get(key) ?? { light, links: [] };
        groups.set(key, group);
        told.set(light, group);
        last = group;
      } else last = known;
    }
    last.links.push(link);
  }
  return [...groups.values()].map(({ light, links: rows }) => ({ ranges: rangesOf(rows), marginDb: light.marginDb === -Infinity ? null : light.marginDb, gbps: light.gbps }));
}
