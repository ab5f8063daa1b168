/**
 * A ring through free seats of a machine of cubes that is no box: for a job of one ring where no box is free or closes, round broken
 * seats for example.
 *
 * A job of several rings needs a torus, and rings of a torus close together in boxes alone; a job of one ring needs each accelerator
 * joined to the next, by a cable of its cube or by a circuit between faces. Of several cubes each is joined to the next in a closed
 * order, so that a port is asked for by one circuit at most.
 */

import { groupRows } from '../../base/csr.ts';
import type { Csr } from '../../base/csr.ts';
import type { Change } from '../plan.ts';
import type { CubeMachine } from './cube-machine.ts';
import { seatsPerCube } from './cube-machine.ts';
import { findRing } from './ring-walk.ts';

export interface BentRing {
  /** In the order in which they stand. */
  readonly cubes: readonly number[];
  /** Seats of the machine in the order of the ring. */
  readonly seats: Int32Array;
  readonly changes: readonly Change[];
}

export interface NoBentRing {
  readonly cubeSets: number;
  /** No ring exists in any of the sets that were tried. */
  readonly exhausted: boolean;
}

/** Seats that the search for one ring may enter in one set of cubes. */
export const ringStepsMax = 20_000;
/** Cubes more than the fewest that hold the ring by number. */
const cubesMoreMax = 3;

type Place = readonly [x: number, y: number, z: number];

function placeOf(side: number, local: number): Place {
  return [Math.floor(local / (side * side)), Math.floor(local / side) % side, local % side];
}

/** Neighbours over cables of each cube, those over circuits last; places are row x seats of a cube + seat. */
function graphOf(side: number, cubes: number): Csr {
  const perCube = side ** 3;
  const step = [side * side, side, 1] as const;
  const from: number[] = [];
  const to: number[] = [];
  const join = (a: number, b: number): void => void (from.push(a, b), to.push(b, a));
  for (const kind of ['cable', 'circuit'] as const) for (let row = 0; row < cubes; row++) for (let local = 0; local < perCube; local++) {
    placeOf(side, local).forEach((coordinate, dimension) => {
      const stride = step[dimension] ?? 1;
      if (kind === 'cable' && coordinate < side - 1) join(row * perCube + local, row * perCube + local + stride);
      // A cube of side 2 has its own cable between opposite faces.
      if (kind === 'circuit' && coordinate === side - 1 && (cubes > 1 || side > 2)) join(row * perCube + local, ((row + 1) % cubes) * perCube + local - (side - 1) * stride);
    });
  }
  const grouped = groupRows(Int32Array.from(from), cubes * perCube);
  return { offset: grouped.offset, row: grouped.row.map((at) => to[at] ?? 0) };
}

/** Sets of cubes worth a search: one alone, the fullest first; then the fewest of those in use already; then the fewest of all. */
function cubeSets(machine: CubeMachine, free: Int32Array, length: number): readonly (readonly number[])[] {
  const perCube = seatsPerCube(machine);
  const rows = [...free.keys()].filter((cube) => (free[cube] ?? 0) > 0);
  const sets = rows.filter((cube) => (free[cube] ?? 0) >= length).sort((a, b) => (free[a] ?? 0) - (free[b] ?? 0) || a - b).map((cube) => [cube]);
  const roomiest = rows.toSorted((a, b) => (free[b] ?? 0) - (free[a] ?? 0) || a - b);
  for (const among of [roomiest.filter((cube) => (free[cube] ?? 0) < perCube), roomiest]) {
    let room = 0;
    const fewest = among.findIndex((cube) => (room += free[cube] ?? 0) >= length) + 1;
    if (fewest === 0) continue;
    for (let count = Math.max(2, fewest); count <= Math.min(among.length, fewest + cubesMoreMax); count++) sets.push(among.slice(0, count));
  }
  return sets;
}

/** Both cross-connects of the circuit from the plus face of one seat to the minus face of the other, wherever they are. */
function circuit(machine: CubeMachine, plus: number, minus: number, dimension: number): readonly Change[] {
  const { side } = machine;
  const perCube = seatsPerCube(machine);
  const [a = 0, b = 0] = placeOf(side, plus % perCube).filter((_, other) => other !== dimension);
  const row = (dimension * side + a) * side + b;
  const aPort = machine.plusPort[row * machine.cubes + Math.floor(plus / perCube)] ?? -1;
  const bPort = machine.minusPort[row * machine.cubes + Math.floor(minus / perCube)] ?? -1;
  const ocs = machine.ocs[row] ?? -1;
  return [{ kind: 'connect', circuit: { ocs, aPort, bPort } }, { kind: 'connect', circuit: { ocs, aPort: bPort, bPort: aPort } }];
}

/** What joins two seats that follow each other: nothing where a cable does. */
function joinSeats(machine: CubeMachine, from: number, to: number): readonly Change[] {
  const { side } = machine;
  const perCube = seatsPerCube(machine);
  const [one, other] = [placeOf(side, from % perCube), placeOf(side, to % perCube)];
  const dimension = one.findIndex((coordinate, at) => coordinate !== other[at]);
  const steps = (one[dimension] ?? 0) - (other[dimension] ?? 0);
  const isCable = Math.floor(from / perCube) === Math.floor(to / perCube) && Math.abs(steps) === 1;
  if (isCable) return [];
  return steps > 0 ? circuit(machine, from, to, dimension) : circuit(machine, to, from, dimension);
}

/** The first ring found. `taken` as for `allocateSlice`. Nothing is changed. */
export function findBentRing(machine: CubeMachine, taken: Uint8Array, length: number): BentRing | NoBentRing {
  const perCube = seatsPerCube(machine);
  const free = new Int32Array(machine.cubes);
  taken.forEach((one, seat) => { if (one === 0) free[Math.floor(seat / perCube)] = (free[Math.floor(seat / perCube)] ?? 0) + 1; });
  const sets = cubeSets(machine, free, length);
  const graphs = new Map<number, Csr>();
  let exhausted = true;
  for (const cubes of sets) {
    const graph = graphs.get(cubes.length) ?? graphOf(machine.side, cubes.length);
    graphs.set(cubes.length, graph);
    const isFree = Uint8Array.from({ length: cubes.length * perCube }, (_, place) => 1 - (taken[(cubes[Math.floor(place / perCube)] ?? 0) * perCube + (place % perCube)] ?? 1));
    const answer = findRing({ graph, isFree, length, through: -1, stepsMax: ringStepsMax });
    if (answer.kind === 'none') {
      exhausted &&= answer.exhausted;
      continue;
    }
    const seats = answer.places.map((place) => (cubes[Math.floor(place / perCube)] ?? 0) * perCube + (place % perCube));
    const used = cubes.filter((cube) => seats.some((seat) => Math.floor(seat / perCube) === cube));
    return { cubes: used, seats, changes: [...seats].flatMap((seat, at) => joinSeats(machine, seat, seats[(at + 1) % length] ?? 0)) };
  }
  return { cubeSets: sets.length, exhausted };
}
