/** k-ary fat trees of two and three tiers, with hashed or destination-chosen up-ports. */

import type { Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import type { ClusterDesign } from '../design.ts';
import type { NodeIx } from '../fabric.ts';
import { chooseOf } from '../routing/hash.ts';
import { enoughPorts, enoughSeats, wholeNumber } from './family-check.ts';
import type { FatTreeDesign } from './family-design.ts';
import type { FamilyPlan, Network, Plot, RankRoute } from './plan.ts';
import { addAccess, addSwitches } from './plan.ts';

/** half = k/2. A pod has half edges (leaf) and half aggregations (spine); core c of aggregation a is core a * half + c. */
interface Shape {
  readonly family: FatTreeDesign;
  readonly half: number;
  /** Three tiers: pods; two tiers: leaves. */
  readonly pods: number;
}

interface Cables {
  readonly access: Int32Array;
  /** Edge e of pod p, port a: [(p * half + e) * half + a]. Two tiers: leaf l, port s: [l * half + s]. */
  readonly edgeUp: Int32Array;
  /** Aggregation a of pod p, port c: [(p * half + a) * half + c]. */
  readonly coreUp: Int32Array;
}

function drawThreeTiers(plot: Plot, { half, pods }: Shape): { readonly cables: Cables; readonly top: Int32Array } {
  const edge = addSwitches(plot, 'leaf', pods * half, (index) => Math.floor(index / half));
  const aggregation = addSwitches(plot, 'spine', pods * half, (index) => Math.floor(index / half));
  const core = addSwitches(plot, 'core', half * half, () => -1);
  const access = addAccess(plot, (index) => edge[Math.floor(index / half)] ?? 0);
  const edgeUp = new Int32Array(pods * half * half);
  const coreUp = new Int32Array(pods * half * half);
  for (let at = 0; at < edgeUp.length; at++) {
    const pod = Math.floor(at / half / half);
    const near = (edge[Math.floor(at / half)] ?? 0) as NodeIx;
    edgeUp[at] = plot.draft.addCable({ near, far: (aggregation[pod * half + (at % half)] ?? 0) as NodeIx, tier: 'fabric' });
  }
  for (let at = 0; at < coreUp.length; at++) {
    const aggregationAt = Math.floor(at / half);
    const far = (core[(aggregationAt % half) * half + (at % half)] ?? 0) as NodeIx;
    coreUp[at] = plot.draft.addCable({ near: (aggregation[aggregationAt] ?? 0) as NodeIx, far, tier: 'core' });
  }
  return { cables: { access, edgeUp, coreUp }, top: core };
}

function drawTwoTiers(plot: Plot, { half, pods }: Shape): { readonly cables: Cables; readonly top: Int32Array } {
  const leaf = addSwitches(plot, 'leaf', pods, (index) => index);
  const spine = addSwitches(plot, 'spine', half, () => -1);
  const access = addAccess(plot, (index) => leaf[Math.floor(index / half)] ?? 0);
  const edgeUp = new Int32Array(pods * half);
  for (let at = 0; at < edgeUp.length; at++) {
    edgeUp[at] = plot.draft.addCable({ near: (leaf[Math.floor(at / half)] ?? 0) as NodeIx, far: (spine[at % half] ?? 0) as NodeIx, tier: 'fabric' });
  }
  return { cables: { access, edgeUp, coreUp: new Int32Array(0) }, top: spine };
}

function fatTreeRoute(plot: Plot, { family, half }: Shape, cables: Cables): RankRoute {
  const { access, edgeUp, coreUp } = cables;
  const byDestination = family.routing === 'dModK';
  return (from, to, flowHash, into, at) => {
    const source = from - plot.firstRank;
    const target = to - plot.firstRank;
    const fromEdge = Math.floor(source / half);
    const toEdge = Math.floor(target / half);
    let next = at;
    into[next++] = 2 * (access[source] ?? 0);
    if (fromEdge !== toEdge) {
      const up = byDestination ? target % half : chooseOf(half, flowHash, 0);
      into[next++] = 2 * (edgeUp[fromEdge * half + up] ?? 0);
      const fromPod = Math.floor(fromEdge / half);
      const toPod = Math.floor(toEdge / half);
      if (family.tiers === 3 && fromPod !== toPod) {
        const core = byDestination ? toEdge % half : chooseOf(half, flowHash, 1);
        into[next++] = 2 * (coreUp[(fromPod * half + up) * half + core] ?? 0);
        into[next++] = 2 * (coreUp[(toPod * half + up) * half + core] ?? 0) + 1;
      }
      into[next++] = 2 * (edgeUp[toEdge * half + up] ?? 0) + 1;
    }
    into[next++] = 2 * (access[target] ?? 0) + 1;
    return next;
  };
}

export function planFatTree(design: ClusterDesign, family: FatTreeDesign): Parsed<FamilyPlan> {
  const { k, tiers } = family;
  const half = k / 2;
  const issues = [...wholeNumber({ path: 'fabric.k', value: half, min: 1, what: 'Half the ports of a fat-tree switch' }), ...enoughPorts(design, { count: k, path: 'fabric.k', value: k, formula: 'k' })];
  const seats = tiers === 3 ? (k * k * k) / 4 : (k * k) / 2;
  issues.push(...enoughSeats(design, { count: seats, path: 'fabric.k', formula: tiers === 3 ? 'k^3/4' : 'k^2/2' }));
  if (issues.length > 0) return { ok: false, issues };
  const gpusPerPod = tiers === 3 ? half * half : half;
  const shape: Shape = { family, half, pods: Math.ceil(design.gpus / gpusPerPod) };
  const switches = tiers === 3 ? `${shape.pods} pods, ${2 * shape.pods * half} pod switches, ${half * half} cores` : `${shape.pods} leaves, ${half} spines`;
  return parsed({
    summary: `${tiers}-tier fat tree, k = ${k}: ${switches}`,
    zoneOf: (server) => Math.floor((server * design.gpusPerNode) / gpusPerPod),
    draw(plot): Network {
      const { cables, top } = tiers === 3 ? drawThreeTiers(plot, shape) : drawTwoTiers(plot, shape);
      return { hopsMax: 2 * tiers, routingName: family.routing === 'dModK' ? 'd-mod-k' : 'fat-tree ECMP', top, createRoute: () => fatTreeRoute(plot, shape, cables) };
    },
  });
}
