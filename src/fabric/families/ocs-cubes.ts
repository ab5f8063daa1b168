/** Cubes of accelerators whose faces meet in circuit switches: a torus of any number of cubes, plain or twisted (TPU v4 style). */

import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import type { ClusterDesign } from '../design.ts';
import type { NodeIx } from '../fabric.ts';
import { latticeDiameter, latticeRoute, latticeRoutingName } from '../routing/lattice-routing.ts';
import { createLattice } from '../routing/offset-routing.ts';
import { exactSeats, needsOcs, wholeNumber } from './family-check.ts';
import type { OcsCubesDesign } from './family-design.ts';
import type { FamilyPlan, Network, Plot } from './plan.ts';
import { addSwitches } from './plan.ts';
import { checkTwists } from './torus.ts';

const dimensions = 3;

/**
 * Inside a cube neighbours are cabled directly. On a face each accelerator has a fibre to the circuit switch of its dimension and
 * position, 3 * side^2 switches in all, each with a fibre from both faces of every cube; a circuit joins the plus face of one cube
 * with the minus face of the next (Jouppi et al., ISCA 2023).
 */
function draw(plot: Plot, family: OcsCubesDesign): Network {
  const { cubeSide: side, twists } = family;
  const lattice = createLattice(family.cubes.map((cubes) => cubes * side), twists);
  const { steps, neighbour, stride, count } = lattice;
  const ocs = addSwitches(plot, 'ocs', dimensions * side * side, () => -1);
  const digit = (place: number, dimension: number): number => Math.floor(place / (stride[dimension] ?? 1)) % (lattice.sizes[dimension] ?? 1) % side;
  const gpu = (place: number): NodeIx => (plot.servers.gpu[plot.firstRank + place] ?? 0) as NodeIx;
  /** Direct cable of a forward step, or the cable from the plus face into the switch; and the one from the minus face. */
  const forward = new Int32Array(count * dimensions);
  const minus = new Int32Array(count * dimensions).fill(-1);
  for (let place = 0; place < count; place++) {
    for (let dimension = 0; dimension < dimensions; dimension++) {
      const there = neighbour[place * steps + 2 * dimension] ?? 0;
      if (digit(place, dimension) < side - 1) {
        forward[place * dimensions + dimension] = plot.draft.addCable({ near: gpu(place), far: gpu(there), tier: 'fabric' });
        continue;
      }
      const [a = 0, b = 0] = [0, 1, 2].filter((other) => other !== dimension).map((other) => digit(place, other));
      const far = (ocs[(dimension * side + a) * side + b] ?? 0) as NodeIx;
      const one = plot.draft.addCable({ near: gpu(place), far, tier: 'core' });
      const other = plot.draft.addCable({ near: gpu(there), far, tier: 'core' });
      plot.draft.addCircuit({ one, other });
      forward[place * dimensions + dimension] = one;
      minus[there * dimensions + dimension] = other;
    }
  }
  const appendStep = (place: number, step: number, into: Int32Array, at: number): number => {
    const dimension = step >> 1;
    const isForward = (step & 1) === 0;
    const there = neighbour[place * steps + step] ?? 0;
    const owner = isForward ? place : there;
    const entered = isForward ? there : place;
    const out = forward[owner * dimensions + dimension] ?? 0;
    if (digit(owner, dimension) < side - 1) {
      into[at] = 2 * out + (isForward ? 0 : 1);
      return at + 1;
    }
    const back = minus[entered * dimensions + dimension] ?? 0;
    into[at] = 2 * (isForward ? out : back);
    into[at + 1] = 2 * (isForward ? back : out) + 1;
    return at + 2;
  };
  return {
    hopsMax: 2 * latticeDiameter(lattice, twists), routingName: `${latticeRoutingName(twists)} over circuits`, top: ocs,
    createRoute: () => latticeRoute({ lattice, twists, firstRank: plot.firstRank, appendStep }),
  };
}

export function planOcsCubes(design: ClusterDesign, family: OcsCubesDesign): Parsed<FamilyPlan> {
  const { cubeSide: side, cubes, twists } = family;
  const count = cubes.reduce((product, size) => product * size, 1);
  const sizes = cubes.map((size) => size * side);
  const issues: Issue[] = [
    ...wholeNumber({ path: 'fabric.cubeSide', value: side, min: 2, max: 16, what: 'The side of a cube' }),
    ...wholeNumber({ path: 'fabric.cubes', value: cubes.length, min: dimensions, max: dimensions, what: 'The number of dimensions' }),
    ...cubes.flatMap((size, index) => wholeNumber({ path: `fabric.cubes[${index}]`, value: size, min: 1, what: 'The cubes along a dimension' })),
    ...exactSeats(design, { count: count * side ** dimensions, path: 'fabric.cubes', formula: `${count} cubes x ${side}^3` }),
    ...needsOcs(design, { ports: 2 * count, formula: 'two faces of every cube' }),
    ...checkTwists(sizes, twists),
  ];
  if (twists.some((twist) => twist.shift.some((shift) => shift % side !== 0))) {
    issues.push({ code: 'bad-twist', path: 'fabric.twists', message: `Circuits shift whole cubes, and a shift is no multiple of ${side}`, remedy: `Shift by multiples of ${side}` });
  }
  if (issues.length > 0) return { ok: false, issues };
  const stride = [(sizes[1] ?? 1) * (sizes[2] ?? 1), sizes[2] ?? 1, 1];
  const cubeOf = (place: number): number => stride.reduce((cube, step, dimension) => cube * (cubes[dimension] ?? 1) + Math.floor((Math.floor(place / step) % (sizes[dimension] ?? 1)) / side), 0);
  return parsed({
    summary: `${count} cubes of ${side}x${side}x${side} as a ${twists.length > 0 ? 'twisted ' : ''}torus ${sizes.join('x')} over ${dimensions * side * side} circuit switches`,
    zoneOf: (server) => cubeOf(server * design.gpusPerNode),
    draw: (plot) => draw(plot, family),
  });
}
