/** Tori of GPUs joined directly, plain or twisted, with dimension-order or shortest routes. */

import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import type { ClusterDesign } from '../design.ts';
import type { NodeIx } from '../fabric.ts';
import { latticeDiameter, latticeRoute, latticeRoutingName } from '../routing/lattice-routing.ts';
import { createLattice } from '../routing/offset-routing.ts';
import { exactSeats, wholeNumber } from './family-check.ts';
import type { TorusDesign, TorusTwist } from './family-design.ts';
import type { FamilyPlan, Network, Plot } from './plan.ts';

export const torusDimensionsMax = 6;

/** Twists are checked where they could break the lattice: a known dimension, one shift per dimension, none along itself, and no chain of twists. */
export function checkTwists(sizes: readonly number[], twists: readonly TorusTwist[]): readonly Issue[] {
  const twisted = new Set(twists.map((twist) => twist.dimension));
  return twists.flatMap((twist, index) => {
    const path = `fabric.twists[${index}]`;
    const fail = (message: string, remedy: string): readonly Issue[] => [{ code: 'bad-twist', path, value: `${twist.dimension}: ${twist.shift.join(',')}`, message, remedy }];
    if (!Number.isInteger(twist.dimension) || twist.dimension < 0 || twist.dimension >= sizes.length) return fail(`The torus has no dimension ${twist.dimension}`, `Name a dimension from 0 to ${sizes.length - 1}`);
    if (twist.shift.length !== sizes.length || !twist.shift.every(Number.isInteger)) return fail(`A twist needs ${sizes.length} whole shifts, one per dimension`, 'Write one shift per dimension');
    if (twist.shift.some((shift, other) => shift !== 0 && twisted.has(other))) return fail('A twist may not shift a dimension that is twisted itself', 'Shift only dimensions without a twist of their own');
    return [];
  });
}

/** The cable of the forward step along dimension d from place p is at p * dimensions + d; -1 where the dimension has one place. */
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
  const appendStep = (place: number, step: number, into: Int32Array, at: number): number => {
    const owner = (step & 1) === 0 ? place : (lattice.neighbour[place * lattice.steps + step] ?? 0);
    into[at] = 2 * (cable[owner * sizes.length + (step >> 1)] ?? 0) + (step & 1);
    return at + 1;
  };
  return {
    hopsMax: latticeDiameter(lattice, twists), routingName: latticeRoutingName(twists), top: plot.servers.gpu.slice(plot.firstRank, plot.firstRank + 1),
    createRoute: () => latticeRoute({ lattice, twists, firstRank: plot.firstRank, appendStep }),
  };
}

export function planTorus(design: ClusterDesign, family: TorusDesign): Parsed<FamilyPlan> {
  const { sizes } = family;
  const issues = [
    ...wholeNumber({ path: 'fabric.sizes', value: sizes.length, min: 1, max: torusDimensionsMax, what: 'The number of dimensions' }),
    ...sizes.flatMap((size, index) => wholeNumber({ path: `fabric.sizes[${index}]`, value: size, min: 1, what: 'The size of a dimension' })),
    ...exactSeats(design, { count: sizes.reduce((product, size) => product * size, 1), path: 'fabric.sizes', formula: sizes.join(' x ') }),
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
