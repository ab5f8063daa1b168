/**
 * Who holds which wavelength at which port of a one-hop fabric, and the moves that make room for one more.
 *
 * One optical device stands between ports of an A side and a B side. A unit (one wavelength of one demand) joins a port of each side
 * and needs a wavelength that is free and alive at both: a proper edge colouring of a bipartite multigraph. Ports of both sides are
 * numbered in one row of numbers; a wavelength is a number below `wavelengthCount` that means the same slot at every port.
 *
 * Room is looked for in this order, cheapest for traffic first:
 *   1. the lowest wavelength free at both ends (first fit);
 *   2. a chain of retunings in which every one finds its new wavelength free at both its ends before it leaves the old one (make
 *      before break), fewest first, by breadth-first search;
 *   3. the shortest alternating path of two wavelengths (Kempe chain; Koenig's proof): it exists whenever both ports have room and
 *      no wavelength is out of service, but its units swap wavelengths, so each second one goes dark for the swap.
 * Every change goes into a journal, so a caller can tell what moved and take it back.
 *
 * Bounds: `holder` has ports x wavelengths entries, `free` ports x words; units, ports and wavelengths are rows handed out here.
 */

/** Nobody holds it, or nobody can. */
const heldByNobody = -1;
export const outOfService = -2;

/** Units that a make-before-break search looks at before it gives up: bounds one decision to well under a millisecond. */
const searchUnitsMax = 512;

export interface PortLight {
  readonly portCount: number;
  readonly wavelengthCount: number;
  /** 32 wavelengths a word. */
  readonly words: number;
  /** Unit at port p and wavelength w, at p * wavelengthCount + w. */
  readonly holder: Int32Array;
  /** Bit set: free and alive. */
  readonly free: Uint32Array;
  unitCount: number;
  /** Rows of dropped units, used again before new ones are made. */
  readonly spareUnits: number[];
  unitA: Int32Array;
  unitB: Int32Array;
  /** Wavelength of a unit, -1 while it holds none. */
  unitWavelength: Int32Array;
  /** Triples unit, wavelength before, wavelength after; -1 stands for none. */
  journal: number[];
}

export function createPortLight(size: { readonly ports: number; readonly wavelengths: number }): PortLight {
  const words = (size.wavelengths + 31) >> 5;
  const light: PortLight = {
    portCount: size.ports, wavelengthCount: size.wavelengths, words, holder: new Int32Array(size.ports * size.wavelengths).fill(heldByNobody),
    free: new Uint32Array(size.ports * words), unitCount: 0, spareUnits: [], unitA: new Int32Array(64), unitB: new Int32Array(64), unitWavelength: new Int32Array(64).fill(-1), journal: [],
  };
  for (let port = 0; port < size.ports; port++) for (let wavelength = 0; wavelength < size.wavelengths; wavelength++) setFree(light, port, wavelength);
  return light;
}

function setFree(light: PortLight, port: number, wavelength: number): void {
  light.free[port * light.words + (wavelength >> 5)]! |= 1 << (wavelength & 31);
}

function setTaken(light: PortLight, port: number, wavelength: number): void {
  light.free[port * light.words + (wavelength >> 5)]! &= ~(1 << (wavelength & 31));
}

const isFree = (light: PortLight, port: number, wavelength: number): boolean => (light.free[port * light.words + (wavelength >> 5)]! & (1 << (wavelength & 31))) !== 0;

const otherEnd = (light: PortLight, unit: number, port: number): number => (light.unitA[unit] === port ? light.unitB[unit]! : light.unitA[unit]!);

/** The array itself when it has `length` entries, else a copy of twice its size. */
function grown(array: Int32Array, length: number): Int32Array {
  if (length <= array.length) return array;
  const larger = new Int32Array(2 * length);
  larger.set(array);
  return larger;
}

/** A new unit that holds nothing yet. */
export function addUnit(light: PortLight, ends: { readonly a: number; readonly b: number }): number {
  const unit = light.spareUnits.pop() ?? light.unitCount++;
  light.unitA = grown(light.unitA, light.unitCount);
  light.unitB = grown(light.unitB, light.unitCount);
  light.unitWavelength = grown(light.unitWavelength, light.unitCount);
  light.unitA[unit] = ends.a;
  light.unitB[unit] = ends.b;
  light.unitWavelength[unit] = -1;
  return unit;
}

function setHolders(light: PortLight, unit: number, wavelength: number, isHeld: boolean): void {
  for (const port of [light.unitA[unit]!, light.unitB[unit]!]) {
    const at = port * light.wavelengthCount + wavelength;
    if (isHeld) {
      if (light.holder[at] !== heldByNobody) throw new Error(`wavelength ${wavelength} of port ${port} is not free`);
      light.holder[at] = unit;
      setTaken(light, port, wavelength);
    } else if (light.holder[at] === unit) {
      light.holder[at] = heldByNobody;
      setFree(light, port, wavelength);
    }
  }
}

/** Moves a unit to a wavelength that is free at both ends, or to none (-1), and notes it in the journal. */
export function setWavelength(light: PortLight, unit: number, wavelength: number): void {
  const before = light.unitWavelength[unit]!;
  if (wavelength >= 0) setHolders(light, unit, wavelength, true);
  if (before >= 0) setHolders(light, unit, before, false);
  light.unitWavelength[unit] = wavelength;
  light.journal.push(unit, before, wavelength);
}

/** Lets a unit's wavelength go and forgets the unit; its row will be used again. */
export function dropUnit(light: PortLight, unit: number): void {
  if (light.unitWavelength[unit]! >= 0) setWavelength(light, unit, -1);
  light.spareUnits.push(unit);
}

/** Takes back everything after a mark of the journal (its length then). */
export function undoTo(light: PortLight, mark: number): void {
  const undone = light.journal.slice(mark);
  for (let at = undone.length - 3; at >= 0; at -= 3) {
    const unit = undone[at]!;
    const before = undone[at + 1]!;
    const after = undone[at + 2]!;
    if (after >= 0) setHolders(light, unit, after, false);
    if (before >= 0) setHolders(light, unit, before, true);
    light.unitWavelength[unit] = before;
  }
  light.journal.length = mark;
}

/** Puts a wavelength of a port out of service; the unit that loses it (it holds none then), or -1. */
export function withdraw(light: PortLight, port: number, wavelength: number): number {
  const at = port * light.wavelengthCount + wavelength;
  const unit = light.holder[at]!;
  if (unit >= 0) setWavelength(light, unit, -1);
  light.holder[at] = outOfService;
  setTaken(light, port, wavelength);
  return Math.max(unit, -1);
}

/** Returns a wavelength of a port to service. */
export function restore(light: PortLight, port: number, wavelength: number): void {
  const at = port * light.wavelengthCount + wavelength;
  if (light.holder[at] !== outOfService) return;
  light.holder[at] = heldByNobody;
  setFree(light, port, wavelength);
}

/** The lowest wavelength that is free at two ports, or -1. */
export function lowestCommon(light: PortLight, a: number, b: number): number {
  for (let word = 0; word < light.words; word++) {
    const both = (light.free[a * light.words + word]! & light.free[b * light.words + word]!) >>> 0;
    if (both !== 0) return (word << 5) + (31 - Math.clz32(both & -both));
  }
  return -1;
}

/** Wavelengths of a port in service, and those free. */
export function portRoom(light: PortLight, port: number): { readonly alive: number; readonly free: number } {
  let [alive, free] = [0, 0];
  for (let wavelength = 0; wavelength < light.wavelengthCount; wavelength++) {
    const holder = light.holder[port * light.wavelengthCount + wavelength]!;
    if (holder !== outOfService) alive += 1;
    if (holder === heldByNobody) free += 1;
  }
  return { alive, free };
}

/** One unit that would have to leave its wavelength: `parent` is the entry whose unit then takes it, -1 for the new unit. */
interface SearchEntry {
  readonly unit: number;
  readonly parent: number;
  readonly depth: number;
}

/** Carries a chain out, deepest first; false and nothing changed when a step no longer finds its wavelength free. */
function retuneChain(light: PortLight, entries: readonly SearchEntry[], last: { readonly entry: number; readonly target: number }): boolean {
  const mark = light.journal.length;
  let target = last.target;
  for (let at = last.entry; at >= 0; at = entries[at]!.parent) {
    const { unit } = entries[at]!;
    if (!isFree(light, light.unitA[unit]!, target) || !isFree(light, light.unitB[unit]!, target)) {
      undoTo(light, mark);
      return false;
    }
    const left = light.unitWavelength[unit]!;
    setWavelength(light, unit, target);
    target = left;
  }
  return true;
}

/** Breadth-first search for retunings that free one wavelength at both ports without a break. True when carried out. */
function makeRoomUnbroken(light: PortLight, a: number, b: number, retunesMax: number): boolean {
  const { holder, wavelengthCount } = light;
  const entries: SearchEntry[] = [];
  const seen = new Set<number>();
  const look = (from: number, to: number, entry: Pick<SearchEntry, 'parent' | 'depth'>): void => {
    for (let wavelength = 0; wavelength < wavelengthCount && entries.length < searchUnitsMax; wavelength++) {
      const rival = holder[to * wavelengthCount + wavelength]!;
      if (rival < 0 || seen.has(rival) || !isFree(light, from, wavelength)) continue;
      seen.add(rival);
      entries.push({ unit: rival, ...entry });
    }
  };
  look(a, b, { parent: -1, depth: 1 });
  look(b, a, { parent: -1, depth: 1 });
  for (let at = 0; at < entries.length; at++) {
    const { unit, depth } = entries[at]!;
    const [unitA, unitB] = [light.unitA[unit]!, light.unitB[unit]!];
    const target = lowestCommon(light, unitA, unitB);
    const mark = light.journal.length;
    if (target >= 0 && retuneChain(light, entries, { entry: at, target })) {
      if (lowestCommon(light, a, b) >= 0) return true;
      undoTo(light, mark);
    }
    if (depth >= retunesMax) continue;
    look(unitA, unitB, { parent: at, depth: depth + 1 });
    look(unitB, unitA, { parent: at, depth: depth + 1 });
  }
  return false;
}

/** Length of the path from port b that alternates between two wavelengths, or -1 where it meets one out of service or grows too long. */
function alternatingLength(light: PortLight, b: number, pair: { readonly wanted: number; readonly spare: number }, lengthMax: number): number {
  const { holder, wavelengthCount } = light;
  let port = b;
  for (let length = 0, wavelength = pair.wanted; ; length++, wavelength = wavelength === pair.wanted ? pair.spare : pair.wanted) {
    const unit = holder[port * wavelengthCount + wavelength]!;
    if (unit === heldByNobody) return length;
    if (unit === outOfService || length >= lengthMax) return -1;
    port = otherEnd(light, unit, port);
  }
}

/** Swaps the two wavelengths along the path. First each second unit lets go, then the others retune, then the first come back. */
function swapAlong(light: PortLight, b: number, pair: { readonly wanted: number; readonly spare: number }): void {
  const { holder, wavelengthCount } = light;
  const path: number[] = [];
  let port = b;
  for (let wavelength = pair.wanted; ; wavelength = wavelength === pair.wanted ? pair.spare : pair.wanted) {
    const unit = holder[port * wavelengthCount + wavelength]!;
    if (unit < 0) break;
    path.push(unit);
    port = otherEnd(light, unit, port);
  }
  const broken = path.length === 1 ? [] : path.filter((_, at) => at % 2 === 0);
  for (const unit of broken) setWavelength(light, unit, -1);
  for (const unit of path.length === 1 ? path : path.filter((_, at) => at % 2 === 1)) {
    setWavelength(light, unit, light.unitWavelength[unit] === pair.wanted ? pair.spare : pair.wanted);
  }
  for (const unit of broken) setWavelength(light, unit, pair.spare);
}

/** The alternating path with the fewest units over all pairs of a free wavelength at one port and one at the other. True when swapped. */
function makeRoomBySwap(light: PortLight, a: number, b: number, retunesMax: number): boolean {
  let best = { length: Infinity, wanted: -1, spare: -1 };
  for (let wanted = 0; wanted < light.wavelengthCount; wanted++) {
    if (!isFree(light, a, wanted)) continue;
    for (let spare = 0; spare < light.wavelengthCount; spare++) {
      if (!isFree(light, b, spare)) continue;
      const length = alternatingLength(light, b, { wanted, spare }, Math.min(retunesMax, best.length - 1));
      if (length >= 0 && length < best.length) best = { length, wanted, spare };
    }
    // A path of two is the shortest that a swap can have once the unbroken search found nothing.
    if (best.length <= 2) break;
  }
  if (best.wanted < 0) return false;
  swapAlong(light, b, best);
  return true;
}

/**
 * Gives a unit that holds nothing a wavelength and retunes at most `retunesMax` others for it. True when it was served; otherwise
 * nothing has changed. With every wavelength in service, no limit and room at both ports it is always served (Koenig).
 * Cost: O(words) for first fit, O(searchUnitsMax x wavelengths) for the search, O(free at a x free at b x ports) for the swap.
 */
export function serve(light: PortLight, unit: number, retunesMax: number): boolean {
  const [a, b] = [light.unitA[unit]!, light.unitB[unit]!];
  let wavelength = lowestCommon(light, a, b);
  if (wavelength < 0 && retunesMax > 0 && (makeRoomUnbroken(light, a, b, retunesMax) || makeRoomBySwap(light, a, b, retunesMax))) wavelength = lowestCommon(light, a, b);
  if (wavelength < 0) return false;
  setWavelength(light, unit, wavelength);
  return true;
}
