/** Accelerators joined without packet switches: one scale-up domain, a photonic full mesh, and a ring with bypass of K neighbours. */

import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import type { ClusterDesign } from '../design.ts';
import type { NodeIx } from '../fabric.ts';
import { wholeNumber } from './family-check.ts';
import type { BypassRingDesign } from './family-design.ts';
import type { FamilyPlan, Plot } from './plan.ts';

/** A full mesh beyond this has more fibres than a package has edge: 512 accelerators would need 511 ports each. */
export const meshGpusMax = 512;

const gpuOf = (plot: Plot, index: number): NodeIx => (plot.servers.gpu[plot.firstRank + index] ?? 0) as NodeIx;

/** The whole cluster is one switched scale-up domain (NVL72 style); there is no scale-out network. */
export function planScaleUpOnly(design: ClusterDesign): Parsed<FamilyPlan> {
  if (design.scaleUp.size < design.gpus) {
    return {
      ok: false,
      issues: [{
        code: 'disconnected', path: 'scaleUp.size', value: String(design.scaleUp.size),
        message: `Without a network, ${design.gpus} GPUs in domains of ${design.scaleUp.size} cannot reach each other`, remedy: `Use a scale-up domain of ${design.gpus} GPUs or another fabric`,
      }],
    };
  }
  return parsed({
    summary: `one switched scale-up domain of ${design.gpus} GPUs`, zoneOf: () => 0,
    draw: () => ({ hopsMax: 0, routingName: 'inside the scale-up domain', top: new Int32Array(0), createRoute: () => () => -1 }),
  });
}

/** Every accelerator has a fibre to every other one; one hop. */
export function planPhotonicMesh(design: ClusterDesign): Parsed<FamilyPlan> {
  const issues = wholeNumber({ path: 'gpus', value: design.gpus, min: 2, max: meshGpusMax, what: 'The GPUs of a full mesh' });
  if (issues.length > 0) return { ok: false, issues };
  return parsed({
    summary: `photonic full mesh of ${design.gpus} GPUs`, zoneOf: () => 0,
    draw(plot) {
      const first = plot.draft.cableTier.length;
      // Cable of the pair low < high is first + high (high - 1) / 2 + low.
      for (let high = 1; high < plot.gpus; high++) for (let low = 0; low < high; low++) plot.draft.addCable({ near: gpuOf(plot, low), far: gpuOf(plot, high), tier: 'fabric' });
      return {
        hopsMax: 1, routingName: 'direct', top: new Int32Array(0),
        createRoute: () => (from, to, _flowHash, into, at) => {
          const [low, high] = from < to ? [from - plot.firstRank, to - plot.firstRank] : [to - plot.firstRank, from - plot.firstRank];
          into[at] = 2 * (first + (high * (high - 1)) / 2 + low) + (from < to ? 0 : 1);
          return at + 1;
        },
      };
    },
  });
}

function checkRing(design: ClusterDesign, family: BypassRingDesign): readonly Issue[] {
  const nodes = design.gpus / design.gpusPerNode;
  const issues = [
    ...wholeNumber({ path: 'gpus', value: nodes, min: 3, what: 'The nodes of a ring' }),
    ...wholeNumber({ path: 'fabric.neighbours', value: family.neighbours, min: 1, max: Math.max(1, Math.floor((nodes - 1) / 2)), what: 'The neighbours on each side' }),
  ];
  if (design.gpusPerNode > 1 && design.scaleUp.size < design.gpusPerNode) {
    issues.push({
      code: 'rails-not-joined', path: 'scaleUp.size', value: String(design.scaleUp.size), message: 'GPUs of different index have no ring in common and no scale-up domain joins them',
      remedy: 'Make the scale-up domain at least as large as a node',
    });
  }
  return issues;
}

/**
 * GPU i of every node is joined to GPU i of the K next nodes on each side, so that a ring survives K - 1 dead neighbours in a row
 * (InfiniteHBD, SIGCOMM 2025). Routes take the shorter way round in steps of K and one shorter last step.
 */
export function planBypassRing(design: ClusterDesign, family: BypassRingDesign): Parsed<FamilyPlan> {
  const issues = checkRing(design, family);
  if (issues.length > 0) return { ok: false, issues };
  const rails = design.gpusPerNode;
  const nodes = design.gpus / rails;
  const { neighbours } = family;
  return parsed({
    summary: `ring of ${nodes} nodes with ${neighbours} neighbours on each side`, zoneOf: (server) => Math.floor(server / design.floor.nodesPerRack),
    draw(plot) {
      // Cable from GPU g to the GPU of its rail j nodes further is at g * neighbours + j - 1.
      const cable = new Int32Array(plot.gpus * neighbours);
      for (let at = 0; at < cable.length; at++) {
        const gpu = Math.floor(at / neighbours);
        cable[at] = plot.draft.addCable({ near: gpuOf(plot, gpu), far: gpuOf(plot, (gpu + ((at % neighbours) + 1) * rails) % plot.gpus), tier: 'fabric' });
      }
      return {
        hopsMax: Math.ceil(nodes / 2 / neighbours) + 1, routingName: 'shorter way round', top: new Int32Array(0),
        entryOf: (from, to) => from - (from % rails) + (to % rails),
        createRoute: () => (from, to, _flowHash, into, at) => {
          let here = from - plot.firstRank;
          const target = to - plot.firstRank;
          const ahead = ((target - here) / rails + nodes) % nodes;
          const isForward = ahead <= nodes - ahead;
          let next = at;
          for (let left = isForward ? ahead : nodes - ahead; left > 0; ) {
            const hop = Math.min(neighbours, left);
            const there = (here + (isForward ? hop : nodes - hop) * rails) % plot.gpus;
            into[next++] = 2 * (cable[(isForward ? here : there) * neighbours + hop - 1] ?? 0) + (isForward ? 0 : 1);
            here = there;
            left -= hop;
          }
          return next;
        },
      };
    },
  });
}
