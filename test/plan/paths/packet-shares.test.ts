/** Packet shares: against the linear program of maximum concurrent flow, and by hand where floors, classes and weights decide. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../../src/base/dice.ts';
import type { PathFabric } from '../../../src/plan/paths/find-path.ts';
import { createPathSearch } from '../../../src/plan/paths/find-path.ts';
import { kShortestPaths } from '../../../src/plan/paths/k-shortest.ts';
import type { PacketShares, ShareDemand } from '../../../src/plan/paths/packet-shares.ts';
import { sharePackets } from '../../../src/plan/paths/packet-shares.ts';
import { highs } from '../wavelengths/solver.ts';
import { graphOf, randomGraph } from './graphs.ts';

/** Paths join from end to end, rates sum to what is accepted, nothing exceeds a link or a need. */
function checkShares(graph: PathFabric, residualGbps: Float64Array, demands: readonly ShareDemand[], { shares }: PacketShares): void {
  const load = new Float64Array(graph.linkCount);
  shares.forEach(({ paths, acceptedGbps, refusal }, row) => {
    const demand = demands[row];
    assert.ok(demand !== undefined && acceptedGbps <= demand.needGbps * (1 + 1e-9));
    assert.equal(refusal === null, acceptedGbps >= demand.needGbps * (1 - 1e-6));
    assert.ok(Math.abs(paths.reduce((sum, { rateGbps }) => sum + rateGbps, 0) - acceptedGbps) < 1e-6);
    for (const { links, rateGbps } of paths) {
      let at: number = demand.from;
      for (const link of links) {
        assert.equal(graph.linkSource[link], at);
        at = graph.linkTarget[link] ?? -1;
        load[link] = (load[link] ?? 0) + rateGbps;
      }
      assert.equal(at, demand.to);
    }
  });
  load.forEach((gbps, link) => assert.ok(gbps <= (residualGbps[link] ?? 0) * (1 + 1e-9), `link ${link}`));
}

/** The largest part of all demands that can flow at once: edge formulation, one flow per demand and link. */
function concurrentOptimum(graph: PathFabric, residualGbps: Float64Array, demands: readonly ShareDemand[]): number {
  const rows: string[] = [];
  for (let link = 0; link < graph.linkCount; link++) rows.push(` c${link}: ${demands.map((_, demand) => `f${demand}_${link}`).join(' + ')} <= ${residualGbps[link] ?? 0}`);
  demands.forEach(({ from, to, needGbps }, demand) => {
    for (let node = 0; node < graph.nodeCount; node++) {
      const terms: string[] = [];
      for (let link = 0; link < graph.linkCount; link++) {
        if (graph.linkSource[link] === node) terms.push(`+ f${demand}_${link}`);
        if (graph.linkTarget[link] === node) terms.push(`- f${demand}_${link}`);
      }
      const supply = node === from ? `- ${needGbps} lambda` : node === to ? `+ ${needGbps} lambda` : '';
      rows.push(` n${demand}_${node}: ${terms.join(' ')} ${supply} = 0`);
    }
  });
  const solution = highs.solve(`Maximize\n obj: lambda\nSubject To\n${rows.join('\n')}\nBounds\n lambda >= 0\nEnd\n`);
  assert.equal(solution.Status, 'Optimal');
  return solution.ObjectiveValue;
}

const demand = (from: number, to: number, needGbps: number, more: Partial<ShareDemand> = {}): ShareDemand => ({ from, to, needGbps, floorGbps: 0, priority: 1, weight: needGbps, ...more });

test('on 40 random graphs the fullest link is within 2 % of the linear program, and 1 % on average', () => {
  let sum = 0;
  const cases = 40;
  for (let seed = 0; seed < cases; seed++) {
    const dice = createDice(seed);
    const nodes = 6 + dice.below(5);
    const graph = randomGraph(dice, { nodes, cables: nodes + 4 + dice.below(8) });
    const residualGbps = Float64Array.from({ length: graph.linkCount }, () => 1000 * (1 + dice.below(4)));
    const demands = Array.from({ length: 4 + dice.below(12) }, () => {
      const from = dice.below(nodes);
      return demand(from, (from + 1 + dice.below(nodes - 1)) % nodes, 1 + dice.below(9));
    });
    const answer = sharePackets({ search: createPathSearch(graph), residualGbps, demands });
    checkShares(graph, residualGbps, demands, answer);
    const optimum = concurrentOptimum(graph, residualGbps, demands);
    const ratio = optimum * answer.maxUtilisation;
    assert.ok(ratio >= 1 - 1e-6 && ratio <= 1.02, `seed ${seed}: ${ratio}`);
    sum += ratio;
  }
  assert.ok(sum / cases <= 1.01, `mean ${sum / cases}`);
});

test('when too much is asked, every demand of a class gets at least 98 % of the concurrent optimum of its need', () => {
  for (let seed = 100; seed < 120; seed++) {
    const dice = createDice(seed);
    const graph = randomGraph(dice, { nodes: 7, cables: 13 });
    const residualGbps = Float64Array.from({ length: graph.linkCount }, () => 100 * (1 + dice.below(4)));
    const demands = Array.from({ length: 12 }, () => {
      const from = dice.below(7);
      return demand(from, (from + 1 + dice.below(6)) % 7, 100 * (1 + dice.below(9)));
    });
    const answer = sharePackets({ search: createPathSearch(graph), residualGbps, demands });
    checkShares(graph, residualGbps, demands, answer);
    const optimum = Math.min(1, concurrentOptimum(graph, residualGbps, demands));
    answer.shares.forEach(({ acceptedGbps }, row) => assert.ok(acceptedGbps >= 0.98 * optimum * (demands[row]?.needGbps ?? 0), `seed ${seed}`));
  }
});

/** One cable of 100 Gb/s. */
const wire = graphOf(2, [[0, 1]]);
const shareWire = (...demands: readonly ShareDemand[]): readonly number[] => {
  const residualGbps = new Float64Array(2).fill(100);
  const answer = sharePackets({ search: createPathSearch(wire), residualGbps, demands });
  checkShares(wire, residualGbps, demands, answer);
  return answer.shares.map(({ acceptedGbps }) => Math.round(acceptedGbps * 10) / 10);
};

// 100 Gb/s: the floor of the lower class, 20, comes before the 60 that the higher class wants beyond its own floor of 40.
test('floors come first, then classes in order', () => {
  assert.deepEqual(shareWire(demand(0, 1, 100, { floorGbps: 40 }), demand(0, 1, 50, { floorGbps: 20, priority: 2 })), [80, 20]);
  assert.deepEqual(shareWire(demand(0, 1, 100), demand(0, 1, 50, { priority: 2 })), [100, 0]);
});

// Weights 1, 1 and 2 share 100 Gb/s: 25, 25 and 50; with a need of 10 the first leaves 90 for 1 : 2, so 30 and 60.
test('a shortage within a class is shared by weight, and what one does not need goes to the others', () => {
  assert.deepEqual(shareWire(demand(0, 1, 90, { weight: 1 }), demand(0, 1, 90, { weight: 1 }), demand(0, 1, 90, { weight: 2 })), [25, 25, 50]);
  assert.deepEqual(shareWire(demand(0, 1, 10, { weight: 1 }), demand(0, 1, 90, { weight: 1 }), demand(0, 1, 90, { weight: 2 })), [10, 30, 60]);
});

// Three ways from 0 to 1 of 100, 200 and 300 Gb/s (over nodes 2, 3, 4): 300 Gb/s split as 50, 100 and 150 fill each to one half.
test('packets split over paths in proportion to their room, and a lone demand can fill them all', () => {
  const graph = graphOf(5, [[0, 2], [2, 1], [0, 3], [3, 1], [0, 4], [4, 1]]);
  const residualGbps = Float64Array.from({ length: 12 }, (_, link) => 100 * (1 + Math.floor(link / 4)));
  const half = sharePackets({ search: createPathSearch(graph), residualGbps, demands: [demand(0, 1, 300)] });
  assert.ok(Math.abs(half.maxUtilisation - 0.5) < 0.005);
  const full = sharePackets({ search: createPathSearch(graph), residualGbps, demands: [demand(0, 1, 900)] });
  assert.ok(full.acceptedGbps > 0.995 * 600 && full.acceptedGbps <= 600 * (1 + 1e-9));
  assert.match(full.shares[0]?.refusal?.reasons[0] ?? '', /of 900 Gb\/s fit on 3 paths/);
});

// From 0 to 3 of a square with one diagonal 0-3: one hop, then 0-1-3 and 0-2-3; longer ones would pass a node twice.
test('the k shortest paths come in order and none passes a node twice', () => {
  const graph = graphOf(4, [[0, 1], [1, 3], [0, 2], [2, 3], [0, 3], [1, 2]]);
  const found = kShortestPaths(createPathSearch(graph), { from: 0, to: 3, residualGbps: new Float64Array(12).fill(1), needGbps: 1 }, 9);
  assert.deepEqual(found.map(({ links }) => links), [[8], [0, 2], [4, 6], [0, 10, 6], [4, 11, 2]]);
});
