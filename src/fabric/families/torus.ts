/** Tori of GPUs joined directly, plain or twisted, with dimension-order or shortest routes. */

import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import type { ClusterDesign } from '../design.ts';
import type { NodeIx } from '../fabric.ts';
import type { Lattice } from '../routing/offset-routing.ts';
import { createLattice, createOffset, distancesFromZero } from '../routing/offset-routing.ts';
import { exactSeats, wholeNumber } from './family-check.ts';
import type { TorusDesign, TorusTwist } from './family-design.ts';
import type { FamilyPlan, Network, Plot, RankRoute } from './plan.ts';

export const torusDimensionsMax = 6;

/** Twists are checked where they could break the lattice: a known dimension, one shift per dimension, none along itself, and no chain of twists. */
export function checkTwists(sizes: readonly number[], twists: readonly TorusTwist[]): readonly Issue[] {
  const twisted = new Set(twists.map((twist) => twist.dimension));
  return twists.flatMap((twist, index) => {
    const path = `family.twists[${index}]`;
    const fail = (message: string, remedy: string): readonly Issue[] => [{ code: 'bad-twist', path, value: `${twist.dimension}: ${twist.shift.join(',')}`, message, remedy }];
    if (!Number.isInteger(twist.dimension) || twist.dimension < 0 || twist.dimension >= sizes.length) return fail(`The torus has no dimension ${twist.dimension}`, `Name a dimension from 0 to ${sizes.length - 1}`);
    if (twist.shift.length !== sizes.length || !twist.shift.every(Number.isInteger)) return fail(`A twist needs ${sizes.length} whole shifts, one per dimension`, 'Write one shift per dimension');
    if (twist.shift.some((shift, other) => shift !== 0 && twisted.has(other))) return fail('A twist may not shift a dimension that is twisted itself', 'Shift only dimensions without a twist of their own');
    return [];
  });
}

/** Cable of the forward step along dimension d from place p at p * dimensions + d; -1 where the dimension has one place. */
interface Tables {
  readonly plot: Plot;
  readonly lattice: Lattice;
  readonly cable: Int32Array;
  readonly twists: readonly TorusTwist[];
}

/** Link over step s (2 * dimension + direction) from a place. */
function stepLink({ lattice, cable }: Tables, place: number, step: number): number {
  const dimensions = lattice.sizes.length;
  const dimension = step >> 1;
  if ((step & 1) === 0) return 2 * (cable[place * dimensions + dimension] ?? 0);
  const back = lattice.neighbour[place * lattice.steps + step] ?? 0;
  return 2 * (cable[back * dimensions + dimension] ?? 0) + 1;
}

/** Dimension order, the shorter way round, forward on a tie. */
function dimensionOrder(tables: Tables): RankRoute {
  const { plot, lattice } = tables;
  const { sizes, stride, steps, neighbour } = lattice;
  return (from, to, _flowHash, into, at) => {
    let here = from - plot.firstRank;
    const target = to - plot.firstRank;
    let next = at;
    for (let dimension = 0; dimension < sizes.length; dimension++) {
      const size = sizes[dimension] ?? 1;
      const step = stride[dimension] ?? 1;
      const forward = ((Math.floor(target / step) % size) - (Math.floor(here / step) % size) + size) % size;
      const isForward = forward <= size - forward;
      for (let hops = isForward ? forward : size - forward; hops > 0; hops--) {
        const move = 2 * dimension + (isForward ? 0 : 1);
        into[next++] = stepLink(tables, here, move);
        here = neighbour[here * steps + move] ?? 0;
      }
    }
    return next;
  };
}

/** Any step that comes nearer, the lowest first; the flow's hash turns the order so that equal paths share the load. */
function shortest(tables: Tables): RankRoute {
  const { plot, lattice, twists } = tables;
  const distance = distancesFromZero(lattice);
  const offset = createOffset(lattice, twists);
  return (from, to, flowHash, into, at) => {
    let here = from - plot.firstRank;
    const target = to - plot.firstRank;
    let next = at;
    while (here !== target) {
      const left = distance[offset(here, target)] ?? 0;
      let moved = false;
      for (let turn = 0; turn < lattice.steps && !moved; turn++) {
        const step = (turn + (flowHash >>> 0)) % lattice.steps;
        const there = lattice.neighbour[here * lattice.steps + step] ?? 0;
        if (there === here || (distance[offset(there, target)] ?? left) >= left) continue;
        into[next++] = stepLink(tables, here, step);
        here = there;
        moved = true;
      }
      if (!moved) return -1;
    }
    return next;
  };
}

function draw(plot: Plot, family: TorusDesign): Network {
  const { sizes, twists } = family;
  const lattice = createLattice(sizes, twists);
  const cable = new Int32Array(lattice.count * sizes.length).fill(-1);
  for (let place = 0; place < lattice.count; place++) {
    for (let dimension = 0; dimension < sizes.length; dimension++) {
      const there = lattice.neighbour[place * lattice.steps + 2 * dimension] ?? 0;
      if (there === place) continue;
      const gpu = (at: number): NodeIx => (plot.servers.gpu[plot.firstRank + at] ?? 0) as NodeIx;
      cable[place * sizes.length + dimension] = plot.draft.addCable({ near: gpu(place), far: gpu(there), tier: 'fabric' });
    }
  }
  const tables: Tables = { plot, lattice, cable, twists };
  const diameter = twists.length === 0 ? sizes.reduce((sum, size) => sum + Math.floor(size / 2), 0) : distancesFromZero(lattice).reduce((most, hops) => Math.max(most, hops), 0);
  return {
    hopsMax: diameter, routingName: twists.length === 0 ? 'dimension order' : 'shortest on a twisted torus', top: plot.servers.gpu.slice(plot.firstRank, plot.firstRank + 1),
    createRoute: () => (twists.length === 0 ? dimensionOrder(tables) : shortest(tables)),
  };
}

export function planTorus(design: ClusterDesign, family: TorusDesign): Parsed<FamilyPlan> {
  const { sizes } = family;
  const issues = [
    ...wholeNumber({ path: 'family.sizes', value: sizes.length, min: 1, max: torusDimensionsMax, what: 'The number of dimensions' }),
    ...sizes.flatMap((size, index) => wholeNumber({ path: `family.sizes[${index}]`, value: size, min: 1, what: 'The size of a dimension' })),
    ...exactSeats(design, { count: sizes.reduce((product, size) => product * size, 1), path: 'family.sizes', formula: sizes.join(' x ') }),
    ...checkTwists(sizes, family.twists),
  ];
  if (issues.length > 0) return { ok: false, issues };
  const perZone = design.gpus / (sizes[0] ?? 1);
  return parsed({
    summary: `${family.twists.length > 0 ? 'twisted ' : ''}torus ${sizes.join('x')}`,
    zoneOf: (server) => Math.floor((server * design.gpusPerNode) / perZone),
    draw: (plot) => draw(plot, family),
  });
}
