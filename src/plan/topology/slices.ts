/**
 * Slices of a machine of cubes (free cubes wherever they are, or equal boxes of them), joined by circuits to the torus that a job
 * asks for, folded where another shape with the same neighbours fits better.
 *
 * Rings of a job run over links and circuits that belong to no other job, so slices never contend. A slice takes the same box of
 * each of its cubes; the switches of the faces are one per position, so two slices may share a cube and never a switch port.
 */

import type { TorusTwist } from '../../fabric/families/family-design.ts';
import { countText } from '../../base/number-text.ts';
import { createLattice } from '../../fabric/routing/offset-routing.ts';
import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import type { Change, Plan } from '../plan.ts';
import type { NoBentRing } from './bent-ring.ts';
import { findBentRing, ringStepsMax } from './bent-ring.ts';
import type { CubeMachine } from './cube-machine.ts';
import { seatsPerCube } from './cube-machine.ts';
import type { Folding, Triple } from './folding.ts';
import { foldings, placesOf } from './folding.ts';
import { bestTwist } from './torus-twist.ts';

export interface SliceRequest {
  readonly id: string;
  /** Lengths of the job's rings, at most three longer than 1; their product is its accelerators. */
  readonly rings: readonly number[];
  /** Twists are used for `allToAll` alone: they make exchanges faster and some rings longer. */
  readonly prefer: 'rings' | 'allToAll';
  /** False leaves out folded shapes. */
  readonly mayFold: boolean;
  /** A job of one ring may also get a ring of another shape where no box is free or closes (`bent-ring.ts`). */
  readonly mayBend?: boolean;
}

export interface Slice {
  readonly id: string;
  /** `null` for a ring of another shape than a box. */
  readonly folding: Folding | null;
  readonly twists: readonly TorusTwist[];
  /** All-to-all throughput over the untwisted slice. */
  readonly twistGain: number;
  /** Cubes of the grid, row by row. */
  readonly cubes: readonly number[];
  /** Seats of the machine by coordinates of the job's rings, row by row, and the accelerators in them: the job's rank order. */
  readonly seats: Int32Array;
  readonly ranks: Int32Array;
  /** Connects the circuits; `reverse` of it gives the slice back. */
  readonly plan: Plan;
}

interface Spot { readonly folding: Folding; readonly grid: Triple; readonly size: Triple; readonly offset: Triple; readonly cubes: readonly number[] }

const product = (sides: readonly number[]): number => sides.reduce((all, side) => all * side, 1);
const times = (sides: readonly number[]): string => sides.join('x');

/** Seats of one cube's box. */
function boxSeats(side: number, size: Triple, offset: Triple): Int32Array {
  const seats = new Int32Array(product(size));
  let at = 0;
  for (let x = 0; x < size[0]; x++) for (let y = 0; y < size[1]; y++) for (let z = 0; z < size[2]; z++) seats[at++] = ((offset[0] + x) * side + offset[1] + y) * side + offset[2] + z;
  return seats;
}

/** Offsets of a box in a cube, aligned to its own size first, so that equal boxes tile. */
function offsets(side: number, size: Triple): readonly Triple[] {
  const found: (readonly [Triple, number])[] = [];
  for (let x = 0; x + size[0] <= side; x++) for (let y = 0; y + size[1] <= side; y++) for (let z = 0; z + size[2] <= side; z++) {
    found.push([[x, y, z], [x % size[0], y % size[1], z % size[2]].filter((rest) => rest !== 0).length]);
  }
  return found.sort((a, b) => a[1] - b[1]).map(([offset]) => offset);
}

interface Scored { readonly spot: Spot; readonly opened: number; readonly left: number }

/** The fullest cubes that have this box free: they leave other cubes whole. Ties go to the lower cube. */
function spotAt(machine: CubeMachine, taken: Uint8Array, used: Int32Array, box: Omit<Spot, 'cubes'>): Scored | null {
  const perCube = seatsPerCube(machine);
  const wanted = product(box.grid);
  const seats = boxSeats(machine.side, box.size, box.offset);
  const free: number[] = [];
  for (let cube = 0; cube < machine.cubes; cube++) {
    if (perCube - (used[cube] ?? 0) < seats.length) continue;
    if ((used[cube] ?? 0) === 0 || seats.every((seat) => taken[cube * perCube + seat] === 0)) free.push(cube);
  }
  if (free.length < wanted) return null;
  const cubes = free.sort((a, b) => (used[b] ?? 0) - (used[a] ?? 0) || a - b).slice(0, wanted);
  return {
    spot: { ...box, cubes }, opened: cubes.filter((cube) => used[cube] === 0).length,
    left: cubes.reduce((sum, cube) => sum + perCube - (used[cube] ?? 0) - seats.length, 0),
  };
}

/** Least room left in the cubes that the slice touches, then fewest cubes newly opened; ties go to the earlier folding and offset. */
function findSpot(machine: CubeMachine, taken: Uint8Array, shapes: readonly Folding[]): Spot | null {
  const perCube = seatsPerCube(machine);
  const used = new Int32Array(machine.cubes);
  taken.forEach((one, seat) => { if (one !== 0) used[Math.floor(seat / perCube)] = (used[Math.floor(seat / perCube)] ?? 0) + 1; });
  let best: Scored | null = null;
  for (const folding of shapes) {
    const size = folding.box.map((length) => Math.min(length, machine.side)) as [number, number, number];
    const grid = folding.box.map((length, dimension) => length / (size[dimension] ?? 1)) as [number, number, number];
    if (product(grid) > machine.cubes) continue;
    for (const offset of offsets(machine.side, size)) {
      const found = spotAt(machine, taken, used, { folding, grid, size, offset });
      if (found !== null && (best === null || found.left < best.left || (found.left === best.left && found.opened < best.opened))) best = found;
    }
  }
  return best?.spot ?? null;
}

/** Seat of a place of the spot's box, and the circuits that its whole-cube dimensions need. */
function joinSpot(machine: CubeMachine, spot: Spot, twists: readonly TorusTwist[]): { readonly seatOf: (place: number) => number; readonly changes: readonly Change[] } {
  const { side } = machine;
  const { box, closed } = spot.folding;
  const lattice = createLattice(box, twists);
  const stride = [box[1] * box[2], box[2], 1];
  const digit = (place: number, dimension: number): number => Math.floor(place / (stride[dimension] ?? 1)) % (box[dimension] ?? 1);
  const cubeOf = (place: number): number => spot.cubes[[0, 1, 2].reduce((row, dimension) => row * (spot.grid[dimension] ?? 1) + Math.floor(digit(place, dimension) / side), 0)] ?? 0;
  const inCube = (place: number, dimension: number): number => (spot.offset[dimension] ?? 0) + (digit(place, dimension) % side);
  const seatOf = (place: number): number => cubeOf(place) * seatsPerCube(machine) + (inCube(place, 0) * side + inCube(place, 1)) * side + inCube(place, 2);
  const changes: Change[] = [];
  for (let place = 0; place < lattice.count; place++) {
    for (let dimension = 0; dimension < 3; dimension++) {
      if ((box[dimension] ?? 1) < side || digit(place, dimension) % side !== side - 1) continue;
      const isWrap = digit(place, dimension) === (box[dimension] ?? 1) - 1;
      if (isWrap && closed[dimension] !== true) continue;
      const [a = 0, b = 0] = [0, 1, 2].filter((other) => other !== dimension).map((other) => inCube(place, other));
      const row = (dimension * side + a) * side + b;
      const aPort = machine.plusPort[row * machine.cubes + cubeOf(place)] ?? -1;
      const bPort = machine.minusPort[row * machine.cubes + cubeOf(lattice.neighbour[place * lattice.steps + 2 * dimension] ?? 0)] ?? -1;
      const ocs = machine.ocs[row] ?? -1;
      changes.push({ kind: 'connect', circuit: { ocs, aPort, bPort } }, { kind: 'connect', circuit: { ocs, aPort: bPort, bPort: aPort } });
    }
  }
  return { seatOf, changes };
}

/** The request with its longest ring made longer until it closes, as words; empty when two more cubes are not enough. */
function nextThatCloses(machine: CubeMachine, rings: readonly number[]): string {
  const longest = rings.indexOf(Math.max(...rings));
  for (let more = 1; more <= 2 * machine.side; more++) {
    const longer = rings.map((length, ring) => (ring === longest ? length + more : length));
    if (foldings(longer, machine.side).length > 0) return ` Rings of ${times(longer)} close.`;
  }
  return '';
}

/** What was tried beside boxes. */
function otherShapes({ rings, mayFold, mayBend }: SliceRequest, bent: NoBentRing | null): string {
  if (bent !== null) {
    if (bent.cubeSets === 0) return 'Rings of other shapes find no cubes with as many free seats.';
    const sets = countText(bent.cubeSets, 'set');
    return bent.exhausted ? `Rings of other shapes were tried in ${sets} of cubes, and there is none in them.`
      : `Rings of other shapes were tried in ${sets} of cubes, ${ringStepsMax} steps each, and none was found; one may exist.`;
  }
  if (rings.filter((length) => length > 1).length > 1) return 'Only boxes were tried: several rings close together in a torus, and a torus is a box of seats.';
  return mayBend === true || !mayFold ? 'Only boxes were tried.' : 'Only boxes were tried; a ring of another shape may exist.';
}

interface Tried { readonly free: number; readonly seats: number; readonly shapes: readonly Folding[]; readonly bent: NoBentRing | null }

function refuseSlice(machine: CubeMachine, tried: Tried, request: SliceRequest): Refusal {
  const wanted = product(request.rings);
  const { free, seats, shapes } = tried;
  if (wanted > seats) return refuse('slice-too-large', 'never', `The slice needs ${wanted} accelerators, and the machine has ${seats}.`);
  const others = otherShapes(request, tried.bent);
  // What closes in no box may still be a ring of another shape, once its seats are free.
  const closesEmpty = shapes.length > 0 || (tried.bent !== null && free < seats && 'seats' in findBentRing(machine, new Uint8Array(seats), wanted));
  if (!closesEmpty) {
    return refuse('shape-does-not-close', 'never', `Rings of ${times(request.rings)} close in no box of cubes of side ${machine.side}, ${request.mayFold ? 'straight or folded' : 'and folding is not allowed'}.`,
      `A straight ring needs length 2 or a multiple of ${machine.side}; a folded one an even length that splits into sides of at most ${machine.side} or multiples of it.${nextThatCloses(machine, request.rings)}`,
      others);
  }
  const boxes = [...new Set(shapes.map(({ box }) => times(box)))];
  const names = `${shapes.length} shapes in ${boxes.length} boxes were tried: ${boxes.slice(0, 6).join(', ')}${boxes.length > 6 ? ', ...' : ''}`;
  if (wanted > free) return refuse('no-free-slice', 'wait', `The slice needs ${wanted} accelerators, and ${free} are free.`);
  if (shapes.length === 0) {
    return refuse('no-free-slice', 'wait', `${free} accelerators are free and ${wanted} are needed; they close in no box of cubes of side ${machine.side}, only as a ring of another shape.`, others);
  }
  return refuse('no-free-slice', 'wait', `${free} accelerators are free and ${wanted} are needed, but no box of a fitting shape is free in enough cubes.`, `${names}.`, others);
}

/**
 * Finds a slice among the seats where `taken` is 0 (seats of broken hosts or switches count as taken), or says why there is none.
 * Nothing is changed: the caller applies the plan and marks `seats`.
 */
export function allocateSlice(machine: CubeMachine, taken: Uint8Array, request: SliceRequest): Slice | Refusal {
  const shapes = foldings(request.rings, machine.side).filter((folding) => request.mayFold || !folding.name.includes('folded'));
  const free = taken.reduce((sum, one) => sum + (one === 0 ? 1 : 0), 0);
  const ranksOf = (seats: Int32Array): Int32Array => seats.map((seat) => machine.seatRank[seat] ?? -1);
  const spot = product(request.rings) > free ? null : findSpot(machine, taken, shapes);
  if (spot === null) {
    const length = product(request.rings);
    const isOneRing = request.rings.filter((own) => own > 1).length === 1 && length > 2;
    const bent = request.mayBend === true && isOneRing ? findBentRing(machine, taken, length) : null;
    if (bent === null || !('seats' in bent)) return refuseSlice(machine, { free, seats: taken.length, shapes, bent }, request);
    const reason = `${request.id} gets ${bent.seats.length} accelerators as a ring of a free shape, because no box that closes is free: in ${countText(bent.cubes.length, 'cube')}, `
      + `joined by ${bent.changes.length / 2} duplex circuits; no link or circuit is shared.`;
    const { cubes, seats, changes } = bent;
    return { id: request.id, folding: null, twists: [], twistGain: 1, cubes, seats, ranks: ranksOf(seats), plan: { changes, reasons: [reason] } };
  }
  const { folding, grid, size } = spot;
  const isWhole = product(size) === seatsPerCube(machine) && folding.closed.every(Boolean);
  const twist = request.prefer === 'allToAll' && isWhole ? bestTwist(folding.box, machine.side) : { twists: [], gain: 1 };
  const { seatOf, changes } = joinSpot(machine, spot, twist.twists);
  const twistWords = twist.twists.map(({ dimension, shift }) => `dimension ${dimension} shifts by ${shift.join(',')}`).join('; ');
  const seats = placesOf(folding).map(seatOf);
  const reasons = [
    `${request.id} gets ${seats.length} accelerators as ${folding.name}: a box of ${times(size)} in ${spot.cubes.length} cubes (${times(grid)}), `
      + `joined by ${changes.length / 2} duplex circuits; no link or circuit is shared.`,
    ...(twist.gain > 1 ? [`Wraps are twisted (${twistWords}): all-to-all runs ${twist.gain.toFixed(2)} times as fast as untwisted.`] : []),
  ];
  return { id: request.id, folding, twists: twist.twists, twistGain: twist.gain, cubes: spot.cubes, seats, ranks: ranksOf(seats), plan: { changes, reasons } };
}
