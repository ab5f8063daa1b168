/**
 * Serves a whole demand set on a one-hop fabric at once: who is admitted, and a wavelength for every unit admitted.
 *
 * Bounds: demands and units are rows of the arrays given; ports are rows of the light.
 */

import type { Dice } from '../../base/dice.ts';
import { colourByEulerSplits } from './euler-colouring.ts';
import { colourFromLists } from './galvin.ts';
import { allocateLightpaths } from './lightpath-search.ts';
import type { PortLight } from './port-light.ts';
import { addUnit, createPortLight, outOfService, portRoom, serve, setWavelength, undoTo } from './port-light.ts';

/** Demands in the order in which they are admitted: class priority, then row. */
export interface UnitDemands {
  readonly a: Int32Array;
  readonly b: Int32Array;
  /** Wavelengths wanted by each demand, served together or not at all. */
  readonly count: Int32Array;
}

/** Demands whose ports have room for them when those before are admitted too. With every wavelength in service these can all be served. */
export function admitByRoom(light: PortLight, demands: UnitDemands): Uint8Array {
  const room = Int32Array.from({ length: light.portCount }, (_, port) => portRoom(light, port).free);
  return Uint8Array.from(demands.count, (count, demand) => {
    const [a, b] = [demands.a[demand]!, demands.b[demand]!];
    if (room[a]! < count || room[b]! < count) return 0;
    room[a]! -= count;
    room[b]! -= count;
    return 1;
  });
}

/** Colours edges with as many colours as the largest degree: Euler splits, then alternating paths for what they left over. */
function colourExactly(edges: { readonly from: Int32Array; readonly to: Int32Array; readonly portCount: number }, colours: number): Int32Array {
  const { colour, pending } = colourByEulerSplits(edges, colours);
  if (pending.length === 0) return colour;
  const scratch = createPortLight({ ports: edges.portCount, wavelengths: colours });
  edges.from.forEach((from, edge) => {
    addUnit(scratch, { a: from, b: edges.to[edge]! });
    if (colour[edge]! >= 0) setWavelength(scratch, edge, colour[edge]!);
  });
  for (const edge of pending) if (!serve(scratch, edge, Infinity)) throw new Error('an edge found no alternating path below the degree bound');
  return scratch.unitWavelength.slice(0, edges.from.length);
}

const edgesOf = (light: PortLight, units: readonly number[]): { readonly from: Int32Array; readonly to: Int32Array; readonly portCount: number } => ({
  from: Int32Array.from(units, (unit) => light.unitA[unit]!), to: Int32Array.from(units, (unit) => light.unitB[unit]!), portCount: light.portCount,
});

function largestDegree(light: PortLight, units: readonly number[]): number {
  const degree = new Int32Array(light.portCount);
  for (const unit of units) {
    degree[light.unitA[unit]!]! += 1;
    degree[light.unitB[unit]!]! += 1;
  }
  return degree.reduce((most, value) => Math.max(most, value), 0);
}

/** Moves of one improving search. */
const improvingMovesMax = 20_000;

/**
 * Searches for wavelengths that serve more of these single units than now, by weight, where wavelengths are out at some ports only; what
 * others hold stays. Each unit is a lightpath of two places, so this is the tabu search of `lightpath-search.ts`, from where things stand.
 */
export function improveServed(light: PortLight, asked: readonly { readonly unit: number; readonly weight: number }[], dice: Dice): void {
  if (commonWavelengths(light) !== null) return;
  const ours = new Set(asked.map(({ unit }) => unit));
  const now = Int32Array.from(asked, ({ unit }) => light.unitWavelength[unit]!);
  const before = asked.reduce((sum, { weight }, at) => sum + (now[at]! >= 0 ? weight : 0), 0);
  const answer = allocateLightpaths({
    linkCount: light.portCount, wavelengthCount: light.wavelengthCount, demandCount: asked.length, routeFirst: Int32Array.from({ length: asked.length + 1 }, (_, at) => at),
    linkFirst: Int32Array.from({ length: asked.length + 1 }, (_, at) => 2 * at), link: Int32Array.from(asked.flatMap(({ unit }) => [light.unitA[unit]!, light.unitB[unit]!])),
    weight: Float64Array.from(asked, ({ weight }) => weight), isDead: Uint8Array.from(light.holder, (holder) => (holder === outOfService || (holder >= 0 && !ours.has(holder)) ? 1 : 0)),
  }, { dice, movesMax: improvingMovesMax, start: { route: now.map((wavelength, at) => (wavelength >= 0 ? at : -1)), wavelength: now } });
  if (answer.served <= before) return;
  for (const { unit } of asked) if (light.unitWavelength[unit]! >= 0) setWavelength(light, unit, -1);
  asked.forEach(({ unit }, at) => {
    if (answer.wavelength[at]! >= 0) setWavelength(light, unit, answer.wavelength[at]!);
  });
}

/** Wavelengths that no port has out of service, or `null` where some are out at some ports only. */
function commonWavelengths(light: PortLight): Int32Array | null {
  const { holder, portCount, wavelengthCount } = light;
  const alive: number[] = [];
  for (let wavelength = 0; wavelength < wavelengthCount; wavelength++) {
    let out = 0;
    for (let port = 0; port < portCount; port++) if (holder[port * wavelengthCount + wavelength] === outOfService) out += 1;
    if (out === 0) alive.push(wavelength);
    else if (out < portCount) return null;
  }
  return Int32Array.from(alive);
}

/**
 * Gives all these units wavelengths; none holds one yet and nobody else holds any. True when done, else nothing has changed. Exact where
 * every wavelength is in service at all ports or at none; sure by Galvin's theorem where each unit's live list is as long as the largest degree.
 */
export function serveFromEmpty(light: PortLight, units: readonly number[]): boolean {
  if (units.length === 0) return true;
  const edges = edgesOf(light, units);
  const degree = largestDegree(light, units);
  const common = commonWavelengths(light);
  let colour: Int32Array;
  if (common !== null) {
    if (degree > common.length) return false;
    // A power of two at or above the degree splits without left-overs.
    const even = 2 ** Math.ceil(Math.log2(degree));
    const found = even <= common.length ? colourByEulerSplits(edges, even).colour : colourExactly(edges, common.length);
    colour = found.map((value) => common[value]!);
  } else {
    const isAlive = (port: number, wavelength: number): boolean => light.holder[port * light.wavelengthCount + wavelength] !== outOfService;
    colour = colourFromLists({
      edges, colours: light.wavelengthCount, rank: colourExactly(edges, degree),
      isAllowed: (edge, wavelength) => isAlive(edges.from[edge]!, wavelength) && isAlive(edges.to[edge]!, wavelength),
    });
  }
  if (colour.includes(-1)) return false;
  units.forEach((unit, at) => setWavelength(light, unit, colour[at]!));
  return true;
}

/** Gives units wavelengths one after the other, retuning others without limit; false and nothing changed when one finds none. */
export function serveTogether(light: PortLight, units: readonly number[], retunesMax: number): boolean {
  const mark = light.journal.length;
  let left = retunesMax;
  for (const unit of units) {
    const before = light.journal.length;
    if (!serve(light, unit, left)) {
      undoTo(light, mark);
      return false;
    }
    const others = new Set<number>();
    for (let at = before; at < light.journal.length; at += 3) if (light.journal[at] !== unit) others.add(light.journal[at]!);
    left -= others.size;
  }
  return true;
}
