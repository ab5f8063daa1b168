/** Fabrics that are only a graph: random regular expanders and custom graphs, with shortest-path ECMP. */

import { createDice } from '../../base/dice.ts';
import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import type { ClusterDesign } from '../design.ts';
import type { NodeIx } from '../fabric.ts';
import { createShortestPaths } from '../routing/shortest-paths.ts';
import { enoughPorts, enoughSeats, wholeNumber } from './family-check.ts';
import type { CustomDesign, ExpanderDesign } from './family-design.ts';
import type { FamilyPlan, Network, Plot, RankRoute } from './plan.ts';
import { addAccess, addSwitches } from './plan.ts';

/** Random regular graphs are joined, with few hops, from degree 3 on; degree 2 gives rings. */
const expanderDegreeMin = 3;

/** Longest route that such fabrics are expected to need; a longer one is reported as no route. */
const graphHopsMax = 64;

/** Rounds after which an unlucky pairing is repaired by swaps; each swap removes at least one fault, so this is generous. */
const swapRoundsMax = 100_000;

/**
 * A random simple regular graph by the pairing model with swaps (Jellyfish, Singla et al., NSDI 2012): stubs are shuffled and
 * paired; a loop or double edge swaps ends with a random other edge. Returns ends [a0, b0, a1, b1, ...], or null when the
 * repair does not end (degree too close to the number of switches).
 */
export function randomRegularEdges(size: { readonly switches: number; readonly degree: number; readonly seed: number }): Int32Array | null {
  const { switches, degree, seed } = size;
  const dice = createDice(seed).fork('expander');
  const ends = Int32Array.from({ length: switches * degree }, (_, stub) => Math.floor(stub / degree));
  dice.shuffle(ends);
  const edges = ends.length / 2;
  const key = (a: number, b: number): number => Math.min(a, b) * switches + Math.max(a, b);
  const count = new Map<number, number>();
  const add = (edge: number, by: number): void => {
    const at = key(ends[2 * edge] ?? 0, ends[2 * edge + 1] ?? 0);
    count.set(at, (count.get(at) ?? 0) + by);
  };
  const isBad = (edge: number): boolean => ends[2 * edge] === ends[2 * edge + 1] || (count.get(key(ends[2 * edge] ?? 0, ends[2 * edge + 1] ?? 0)) ?? 0) > 1;
  for (let edge = 0; edge < edges; edge++) add(edge, 1);
  for (let round = 0, edge = 0; edge < edges; round++) {
    if (!isBad(edge)) {
      edge++;
      continue;
    }
    if (round > swapRoundsMax + 100 * edges) return null;
    const other = dice.below(edges);
    if (other === edge) continue;
    const [b, d] = [ends[2 * edge + 1] ?? 0, ends[2 * other + 1] ?? 0];
    add(edge, -1);
    add(other, -1);
    ends[2 * edge + 1] = d;
    ends[2 * other + 1] = b;
    add(edge, 1);
    add(other, 1);
    // A swap that spoils an edge already passed is taken back.
    if (!isBad(edge) && !isBad(other)) continue;
    add(edge, -1);
    add(other, -1);
    ends[2 * edge + 1] = b;
    ends[2 * other + 1] = d;
    add(edge, 1);
    add(other, 1);
  }
  return ends;
}

/** True when every switch can be reached from switch 0. */
function isJoined(ends: Int32Array, switches: number): boolean {
  const neighbours: number[][] = Array.from({ length: switches }, () => []);
  for (let at = 0; at < ends.length; at += 2) {
    const [a = 0, b = 0] = [ends[at], ends[at + 1]];
    neighbours[a]?.push(b);
    neighbours[b]?.push(a);
  }
  const seen = new Set([0]);
  for (const row of seen) for (const next of neighbours[row] ?? []) seen.add(next);
  return seen.size === switches;
}

/** GPU to its switch, shortest paths between switches, switch to GPU. */
function switchedRoute(plot: Plot, tables: { readonly access: Int32Array; readonly switches: Int32Array; switchOf(index: number): number }): Network['createRoute'] {
  return (graph): RankRoute => {
    const paths = createShortestPaths(graph, { throughGpus: false });
    return (from, to, flowHash, into, at) => {
      const source = from - plot.firstRank;
      const target = to - plot.firstRank;
      into[at] = 2 * (tables.access[source] ?? 0);
      const next = paths.route(tables.switches[tables.switchOf(source)] ?? 0, tables.switches[tables.switchOf(target)] ?? 0, flowHash, into, at + 1);
      if (next < 0) return -1;
      into[next] = 2 * (tables.access[target] ?? 0) + 1;
      return next + 1;
    };
  };
}

export function planExpander(design: ClusterDesign, family: ExpanderDesign): Parsed<FamilyPlan> {
  const { switches, degree, gpusPerSwitch, seed } = family;
  const issues = [
    ...wholeNumber({ path: 'fabric.switches', value: switches, min: 2, what: 'The number of switches' }),
    ...wholeNumber({ path: 'fabric.degree', value: degree, min: expanderDegreeMin, max: Math.max(expanderDegreeMin, switches - 1), what: 'The degree' }),
    ...wholeNumber({ path: 'fabric.gpusPerSwitch', value: gpusPerSwitch, min: 1, what: 'The GPUs per switch' }),
    ...enoughPorts(design, { count: degree + gpusPerSwitch, path: 'fabric.degree', value: degree, formula: 'degree + gpusPerSwitch' }),
    ...enoughSeats(design, { count: switches * gpusPerSwitch, path: 'fabric.switches', formula: 'switches x gpusPerSwitch' }),
  ];
  if (issues.length === 0 && (switches * degree) % 2 !== 0) {
    issues.push({ code: 'odd-degree', path: 'fabric.degree', value: String(degree), message: `${switches} switches of odd degree ${degree} leave one port over`, remedy: 'Make switches x degree even' });
  }
  if (issues.length > 0) return { ok: false, issues };
  const ends = randomRegularEdges({ switches, degree, seed });
  if (ends === null || !isJoined(ends, switches)) {
    return {
      ok: false,
      issues: [{
        code: 'no-regular-graph', path: 'fabric.degree', value: String(degree), message: `Seed ${seed} gives no simple joined graph of this degree`,
        remedy: 'Choose another seed, another degree or more switches',
      }],
    };
  }
  return parsed({
    summary: `random regular expander: ${switches} switches of degree ${degree}, seed ${seed}`,
    zoneOf: (server) => Math.floor((server * design.gpusPerNode) / gpusPerSwitch),
    draw(plot) {
      const nodes = addSwitches(plot, 'leaf', switches, (index) => index);
      const switchOf = (index: number): number => Math.floor(index / gpusPerSwitch);
      const access = addAccess(plot, (index) => nodes[switchOf(index)] ?? 0);
      for (let at = 0; at < ends.length; at += 2) plot.draft.addCable({ near: (nodes[ends[at] ?? 0] ?? 0) as NodeIx, far: (nodes[ends[at + 1] ?? 0] ?? 0) as NodeIx, tier: 'fabric' });
      return { hopsMax: graphHopsMax, routingName: 'shortest-path ECMP', top: nodes, createRoute: switchedRoute(plot, { access, switches: nodes, switchOf }) };
    },
  });
}

function checkCustom(design: ClusterDesign, family: CustomDesign): { readonly issues: readonly Issue[]; readonly rowOf: ReadonlyMap<string, number> } {
  const issues: Issue[] = [];
  const rowOf = new Map<string, number>();
  family.nodes.forEach((node, row) => {
    if (rowOf.has(node.name)) issues.push({ code: 'duplicate-node', path: `fabric.nodes[${row}].name`, value: node.name, message: 'Two nodes have this name', remedy: 'Give every node a name of its own' });
    rowOf.set(node.name, row);
  });
  family.links.forEach((link, row) => {
    for (const end of ['a', 'b'] as const) {
      if (!rowOf.has(link[end])) issues.push({ code: 'unknown-node', path: `fabric.links[${row}].${end}`, value: link[end], message: 'No node has this name', remedy: 'Name a node of the list' });
    }
    if (link.a === link.b) issues.push({ code: 'link-to-itself', path: `fabric.links[${row}]`, value: link.a, message: 'This link joins a node with itself', remedy: 'Join two nodes' });
  });
  const gpus = family.nodes.filter((node) => node.kind === 'gpu').length;
  if (gpus !== design.gpus) issues.push({ code: 'seats-do-not-match', path: 'fabric.nodes', value: String(gpus), message: `The graph has ${gpus} GPUs and the cluster ${design.gpus}`, remedy: `Ask for ${gpus} GPUs` });
  return { issues, rowOf };
}

/** Any graph: GPU nodes take ranks in the order of the list. Disconnected GPUs are an issue. */
export function planCustom(design: ClusterDesign, family: CustomDesign): Parsed<FamilyPlan> {
  const { issues, rowOf } = checkCustom(design, family);
  const all = [...issues, ...(issues.length === 0 ? disconnected(family, rowOf) : [])];
  if (all.length > 0) return { ok: false, issues: all };
  const gpuRows = family.nodes.map((node, row) => (node.kind === 'gpu' ? row : -1)).filter((row) => row >= 0);
  const hasSwitches = family.nodes.some((node) => node.kind !== 'gpu' && node.kind !== 'memory');
  return parsed({
    summary: `custom graph: ${family.nodes.length} nodes, ${family.links.length} links`,
    zoneOf: (server) => family.nodes[gpuRows[server * design.gpusPerNode] ?? 0]?.zone ?? 0,
    draw(plot) {
      let rank = plot.firstRank;
      const rows = family.nodes.map((node) => {
        if (node.kind === 'gpu') return plot.servers.gpu[rank++] ?? 0;
        return plot.draft.addNode(node.kind, plot.draft.addUnit({ isServer: node.kind === 'memory', zone: node.zone, site: plot.site }));
      });
      for (const link of family.links) {
        const near = (rows[rowOf.get(link.a) ?? 0] ?? 0) as NodeIx;
        const far = (rows[rowOf.get(link.b) ?? 0] ?? 0) as NodeIx;
        for (let copy = 0; copy < link.count; copy++) plot.draft.addCable({ near, far, tier: link.tier, ...(link.lengthM === null ? {} : { lengthM: link.lengthM }) });
      }
      const tops = rows.filter((_, row) => family.nodes[row]?.kind === 'spine' || family.nodes[row]?.kind === 'core');
      return {
        // No shortest path visits a node twice.
        hopsMax: family.nodes.length, routingName: 'shortest-path ECMP', top: Int32Array.from(tops),
        createRoute: (graph) => {
          const paths = createShortestPaths(graph, { throughGpus: !hasSwitches });
          return (from, to, flowHash, into, at) => paths.route(plot.servers.gpu[from] ?? 0, plot.servers.gpu[to] ?? 0, flowHash, into, at);
        },
      };
    },
  });
}

/** GPUs that the first GPU cannot reach, over network links and nodes' scale-up domains apart. */
function disconnected(family: CustomDesign, rowOf: ReadonlyMap<string, number>): readonly Issue[] {
  const neighbours: number[][] = family.nodes.map(() => []);
  for (const link of family.links) {
    const a = rowOf.get(link.a) ?? 0;
    const b = rowOf.get(link.b) ?? 0;
    neighbours[a]?.push(b);
    neighbours[b]?.push(a);
  }
  const first = family.nodes.findIndex((node) => node.kind === 'gpu');
  const seen = new Set([first]);
  for (const row of seen) for (const next of neighbours[row] ?? []) seen.add(next);
  const lonely = family.nodes.findIndex((node, row) => node.kind === 'gpu' && !seen.has(row));
  if (lonely < 0) return [];
  const name = family.nodes[lonely]?.name ?? '';
  return [{ code: 'disconnected', path: `fabric.nodes[${lonely}]`, value: name, message: `GPU ${name} cannot reach GPU ${family.nodes[first]?.name ?? ''}`, remedy: 'Add links that join them' }];
}
