/** HyperX, and the hypercube as its case of two switches per dimension: a full mesh along each dimension, dimension-order routes. */

import type { Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import type { ClusterDesign } from '../design.ts';
import type { NodeIx } from '../fabric.ts';
import { enoughPorts, enoughSeats, fewEnoughSwitches, wholeNumber } from './family-check.ts';
import type { HypercubeDesign, HyperXDesign } from './family-design.ts';
import type { FamilyPlan, Network, Plot } from './plan.ts';
import { addAccess, addSwitches } from './plan.ts';

export const dimensionsMax = 16;

/** Switch index = mixed-radix number with the last dimension fastest. Cable of switch s to coordinate c along d: base[d] + s * sizes[d] + c. */
function draw(plot: Plot, sizes: readonly number[], gpusPerSwitch: number): Network {
  const count = sizes.reduce((product, size) => product * size, 1);
  const stride = sizes.map((_, dimension) => sizes.slice(dimension + 1).reduce((product, size) => product * size, 1));
  const firstSize = sizes[0] ?? 1;
  const switches = addSwitches(plot, 'leaf', count, (index) => Math.floor(index / (count / firstSize)));
  const access = addAccess(plot, (index) => switches[Math.floor(index / gpusPerSwitch)] ?? 0);
  const cables = sizes.map((size) => new Int32Array(count * size));
  sizes.forEach((size, dimension) => {
    const step = stride[dimension] ?? 1;
    const table = cables[dimension] ?? new Int32Array(0);
    for (let from = 0; from < count; from++) {
      const own = Math.floor(from / step) % size;
      for (let coordinate = own + 1; coordinate < size; coordinate++) {
        const to = from + (coordinate - own) * step;
        const cable = plot.draft.addCable({ near: (switches[from] ?? 0) as NodeIx, far: (switches[to] ?? 0) as NodeIx, tier: 'fabric' });
        table[from * size + coordinate] = cable;
        table[to * size + own] = cable;
      }
    }
  });
  return {
    hopsMax: sizes.length + 2, routingName: 'dimension order', top: switches,
    createRoute: () => (from, to, _flowHash, into, at) => {
      const target = to - plot.firstRank;
      const toSwitch = Math.floor(target / gpusPerSwitch);
      let here = Math.floor((from - plot.firstRank) / gpusPerSwitch);
      let next = at;
      into[next++] = 2 * (access[from - plot.firstRank] ?? 0);
      for (let dimension = 0; dimension < sizes.length; dimension++) {
        const size = sizes[dimension] ?? 1;
        const step = stride[dimension] ?? 1;
        const own = Math.floor(here / step) % size;
        const wanted = Math.floor(toSwitch / step) % size;
        if (own === wanted) continue;
        into[next++] = 2 * (cables[dimension]?.[here * size + wanted] ?? 0) + (own < wanted ? 0 : 1);
        here += (wanted - own) * step;
      }
      into[next++] = 2 * (access[target] ?? 0) + 1;
      return next;
    },
  };
}

function plan(design: ClusterDesign, shape: { readonly sizes: readonly number[]; readonly gpusPerSwitch: number; readonly summary: string; readonly path: string }): Parsed<FamilyPlan> {
  const { sizes, gpusPerSwitch, path } = shape;
  const count = sizes.reduce((product, size) => product * size, 1);
  const ports = gpusPerSwitch + sizes.reduce((sum, size) => sum + size - 1, 0);
  const issues = [
    ...wholeNumber({ path, value: sizes.length, min: 1, max: dimensionsMax, what: 'The number of dimensions' }),
    ...sizes.flatMap((size, index) => wholeNumber({ path: `${path}[${index}]`, value: size, min: 2, what: 'The size of a dimension' })),
    ...wholeNumber({ path: 'fabric.gpusPerSwitch', value: gpusPerSwitch, min: 1, what: 'The GPUs per switch' }),
    ...fewEnoughSwitches(count, path),
    ...enoughPorts(design, { count: ports, path, value: design.switch.radix, formula: 'gpusPerSwitch + sum of (size - 1)' }),
    ...enoughSeats(design, { count: count * gpusPerSwitch, path, formula: 'product of sizes x gpusPerSwitch' }),
  ];
  if (issues.length > 0) return { ok: false, issues };
  const perZone = (count / (sizes[0] ?? 1)) * gpusPerSwitch;
  return parsed({ summary: shape.summary, zoneOf: (server) => Math.floor((server * design.gpusPerNode) / perZone), draw: (plot) => draw(plot, sizes, gpusPerSwitch) });
}

export const planHyperX = (design: ClusterDesign, family: HyperXDesign): Parsed<FamilyPlan> =>
  plan(design, { sizes: family.sizes, gpusPerSwitch: family.gpusPerSwitch, summary: `HyperX ${family.sizes.join('x')}, ${family.gpusPerSwitch} GPUs per switch`, path: 'fabric.sizes' });

export const planHypercube = (design: ClusterDesign, family: HypercubeDesign): Parsed<FamilyPlan> =>
  plan(design, {
    sizes: new Array<number>(Math.max(0, Math.min(64, Math.floor(family.dimensions) || 0))).fill(2), gpusPerSwitch: family.gpusPerSwitch,
    summary: `hypercube of ${family.dimensions} dimensions, ${family.gpusPerSwitch} GPUs per switch`, path: 'fabric.dimensions',
  });
