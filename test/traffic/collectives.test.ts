/** Collectives: closed forms against the textbook and against the flow engine, bounds against ForestColl. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isRefusal } from '../../src/base/refusal.ts';
import type { FlowProgram } from '../../src/sim/flow-program.ts';
import { runFlows } from '../../src/sim/run-flows.ts';
import type { CollectiveAlgorithm, PortNetwork } from '../../src/traffic/collectives/closed-form.ts';
import { collectiveAlgorithms, collectiveCost, fastestAlgorithm, lowerBound } from '../../src/traffic/collectives/closed-form.ts';
import { ncclCandidates } from '../../src/traffic/collectives/nccl-choice.ts';
import type { CollectiveOp } from '../../src/traffic/collectives/operation.ts';
import { busFactor, collectiveOps } from '../../src/traffic/collectives/operation.ts';
import { optimalAllGather, twoLevelNetwork } from '../../src/traffic/collectives/optimal-gather.ts';
import type { CollectiveSchedule } from '../../src/traffic/collectives/schedule.ts';
import { scheduleCollective } from '../../src/traffic/collectives/schedule.ts';
import { skewedExchange } from '../../src/traffic/collectives/skewed-exchange.ts';
import { doubleBinaryTreeStreams, treeParent } from '../../src/traffic/collectives/tree-streams.ts';
import { sharedTest } from '../shared.ts';

const gib = 8 * 1024 ** 3;
const flat: PortNetwork = { rateGbps: 400, latencyNs: 500, domain: null };
const close = (actual: number, expected: number, share = 1e-9): void => assert.ok(Math.abs(actual - expected) <= share * Math.abs(expected), `${actual} is not ${expected}`);

function timeNs(op: CollectiveOp, algorithm: CollectiveAlgorithm, ranks: number, bits: number, network = flat): number {
  const found = collectiveCost({ op, ranks, bits, network }, algorithm);
  assert.ok(!isRefusal(found), `${op} ${algorithm}`);
  return found.timeNs;
}

test('A ring all-reduce of 1 GiB over 64 ranks at 400 Gb/s and 500 ns takes 42.3 ms', () => {
  // 2 x 63 steps x 500 ns = 63 us; 2 x 63/64 x 8,589,934,592 bits / 400 bit/ns = 42,278,584.32 ns; together 42,341,584.32 ns.
  close(timeNs('allReduce', 'ring', 64, gib), 42_341_584.32);
});

test('Algorithms follow their textbook forms', () => {
  // Thakur, Rabenseifner and Gropp 2005, sections 4.1 to 4.5, without reduction cost; n = 64, log2 n = 6, M/B = 21,474,836.48 ns.
  const stream = gib / 400;
  close(timeNs('allReduce', 'recursiveDoubling', 64, gib), 6 * (500 + stream));
  close(timeNs('allReduce', 'halvingDoubling', 64, gib), 12 * 500 + (2 * 63 * stream) / 64);
  close(timeNs('allReduce', 'doubleBinaryTree', 64, gib), 12 * 500 + 2 * stream);
  close(timeNs('allReduce', 'direct', 64, gib), 2 * 500 + (2 * 63 * stream) / 64);
  close(timeNs('allGather', 'bruck', 63, gib), 6 * 500 + (62 * stream) / 63);
  close(timeNs('allToAll', 'bruck', 64, gib), 6 * (500 + stream / 2));
  close(timeNs('allToAll', 'direct', 64, gib), 500 + (63 * stream) / 64);
  close(timeNs('broadcast', 'recursiveDoubling', 64, gib), 6 * (500 + stream));
  close(timeNs('pointToPoint', 'direct', 2, gib), 500 + stream);
});

test('A two-level all-reduce scatters inside, reduces along rails and gathers inside', () => {
  // Domains of 8 at 3,600 Gb/s and 200 ns: 2 x (7 x 200 + 7/8 M/3600) inside; between 8 domains 2 x 7 x 500 + 2 x 7/8 (M/8)/400.
  const network: PortNetwork = { ...flat, domain: { size: 8, rateGbps: 3600, latencyNs: 200 } };
  const expected = 2 * (7 * 200 + (7 / 8) * (gib / 3600)) + 2 * 7 * 500 + 2 * (7 / 8) * (gib / 8 / 400);
  close(timeNs('allReduce', 'hierarchical', 64, gib, network), expected);
  assert.ok(expected < timeNs('allReduce', 'ring', 64, gib, network));
});

function engineNs(op: CollectiveOp, algorithm: CollectiveAlgorithm, ranks: number, bits: number, network: PortNetwork): number {
  const schedule = scheduleCollective({ op, algorithm, ranks, bits, ...(network.domain === null ? {} : { domainSize: network.domain.size }) });
  assert.ok(!isRefusal(schedule));
  return onPorts(schedule, ranks, network);
}

/** Runs a schedule on ports: each rank has one link out (with the latency) and one link in. */
function onPorts(schedule: CollectiveSchedule, ranks: number, network: PortNetwork): number {
  const { domain } = network;
  const inside = (flow: number): boolean => domain !== null && Math.floor((schedule.sourceRank[flow] ?? 0) / domain.size) === Math.floor((schedule.targetRank[flow] ?? 0) / domain.size);
  const linkRateGbps = new Float64Array(4 * ranks).fill(network.rateGbps, 0, 2 * ranks).fill(domain?.rateGbps ?? 1, 2 * ranks);
  const linkLatencyNs = new Float64Array(4 * ranks).fill(network.latencyNs, 0, ranks).fill(domain?.latencyNs ?? 0, 2 * ranks, 3 * ranks);
  const pathLink = new Int32Array(2 * schedule.flowCount);
  for (let flow = 0; flow < schedule.flowCount; flow++) {
    const first = inside(flow) ? 2 * ranks : 0;
    pathLink[2 * flow] = first + (schedule.sourceRank[flow] ?? 0);
    pathLink[2 * flow + 1] = first + ranks + (schedule.targetRank[flow] ?? 0);
  }
  const program: FlowProgram = {
    linkCount: 4 * ranks, linkRateGbps, linkLatencyNs, flowCount: schedule.flowCount, flowBits: schedule.flowBits, flowStartNs: new Float64Array(schedule.flowCount),
    flowWeight: null, flowCapGbps: null, flowPriority: null, pathOffset: Int32Array.from({ length: schedule.flowCount + 1 }, (_, flow) => 2 * flow), pathLink,
    afterOffset: schedule.afterOffset, afterFlow: schedule.afterFlow, eventNs: new Float64Array(0), eventLink: new Int32Array(0), eventRateGbps: new Float64Array(0),
  };
  const outcome = runFlows(program);
  assert.ok(!isRefusal(outcome));
  return outcome.makespanNs;
}

test('Every step-by-step schedule takes its closed form on the flow engine', () => {
  const twoLevel: PortNetwork = { ...flat, domain: { size: 4, rateGbps: 3600, latencyNs: 200 } };
  let compared = 0;
  for (const op of collectiveOps) for (const algorithm of collectiveAlgorithms) for (const ranks of [2, 7, 16]) {
    const network = algorithm === 'hierarchical' ? twoLevel : flat;
    const bits = 1e6;
    if (op === 'pointToPoint' && ranks !== 2 || algorithm === 'hierarchical' && ranks !== 16) continue;
    const schedule = scheduleCollective({ op, algorithm, ranks, bits, domainSize: 4 });
    if (isRefusal(schedule)) continue;
    close(engineNs(op, algorithm, ranks, bits, network), timeNs(op, algorithm, ranks, bits, network), 1e-9);
    compared++;
  }
  assert.ok(compared >= 34, String(compared));
});

test('Two binary trees at once load every port with twice the size, the rate of the closed form', () => {
  // Seven ranks, by hand: 0 is the root over 4; 4 is over 2 and 6; 2 over 1 and 3; 6 over 5.
  assert.deepEqual([0, 1, 2, 3, 4, 5, 6].map((rank) => treeParent(rank, 7)), [-1, 2, 4, 2, 0, 6, 4]);
  for (const ranks of [8, 13, 64, 100]) {
    const streamed = onPorts(doubleBinaryTreeStreams('allReduce', ranks, 1e9), ranks, { ...flat, latencyNs: 0 });
    close(streamed, (2 * 1e9) / 400);
    // A broadcast brings half of the data down each tree: an inner rank sends M/2 to each of two children, 1e9 / 400 ns.
    close(onPorts(doubleBinaryTreeStreams('broadcast', ranks, 1e9), ranks, { ...flat, latencyNs: 0 }), 1e9 / 400);
  }
});

test('A skewed all-to-all takes the time of its fullest port, in closed form and on the engine', () => {
  // Four ranks, shares 1/2, 1/4, 1/8, 1/8: rank 0 receives 3 x M/2 = 1.5 M; an even exchange would take 3/4 M: twice as fast.
  const shares = Float64Array.of(0.5, 0.25, 0.125, 0.125);
  const skewed = skewedExchange(shares, 1e9, flat);
  close(skewed.timeNs, 500 + 1.5e9 / 400);
  assert.deepEqual([skewed.slowdown, skewed.busiestRank], [2, 0]);
  const pairs = [0, 1, 2, 3].flatMap((from) => [0, 1, 2, 3].filter((to) => to !== from).map((to) => ({ from, to })));
  const schedule: CollectiveSchedule = {
    flowCount: 12, sourceRank: Int32Array.from(pairs, (pair) => pair.from), targetRank: Int32Array.from(pairs, (pair) => pair.to), flowBits: Float64Array.from(pairs, (pair) => (shares[pair.to] ?? 0) * 1e9),
    afterOffset: new Int32Array(13), afterFlow: new Int32Array(0),
  };
  close(onPorts(schedule, 4, flat), skewed.timeNs);
  close(skewedExchange(new Float64Array(64).fill(1 / 64), gib, flat).timeNs, timeNs('allToAll', 'direct', 64, gib));
});

test('A schedule delivers the bytes its operation needs', () => {
  // Every rank of an all-reduce ring sends 2 (n - 1)/n M: 64 ranks x 2 x 63/64 x 1e6 bits.
  const ring = scheduleCollective({ op: 'allReduce', algorithm: 'ring', ranks: 64, bits: 1e6 });
  assert.ok(!isRefusal(ring));
  close(ring.flowBits.reduce((sum, bits) => sum + bits, 0), 64 * 2 * (63 / 64) * 1e6);
  const refused = scheduleCollective({ op: 'allReduce', algorithm: 'ring', ranks: 100_000, bits: 1e6 });
  assert.ok(isRefusal(refused) && refused.code === 'schedule-too-large');
});

test('No algorithm beats the lower bound, and the fastest one is among them', () => {
  const twoLevel: PortNetwork = { ...flat, domain: { size: 8, rateGbps: 3600, latencyNs: 200 } };
  for (const network of [flat, twoLevel]) for (const op of collectiveOps) for (const ranks of [2, 8, 24, 64]) for (const bits of [1e3, 1e6, 1e10]) {
    const request = { op, ranks, bits, network };
    const bound = lowerBound(request);
    const best = fastestAlgorithm(request);
    if (op === 'pointToPoint' && ranks !== 2) continue;
    assert.ok(best);
    assert.ok(best.cost.timeNs >= bound.timeNs * (1 - 1e-12), `${op} ${best.algorithm} ${ranks}`);
    for (const algorithm of collectiveAlgorithms) {
      const found = collectiveCost(request, algorithm);
      if (!isRefusal(found)) assert.ok(found.timeNs >= best.cost.timeNs);
    }
  }
});

test('What an algorithm cannot do is refused with the reason', () => {
  const odd = collectiveCost({ op: 'allGather', ranks: 6, bits: 1, network: flat }, 'recursiveDoubling');
  assert.ok(isRefusal(odd) && odd.reasons[0]?.includes('power of two'));
  const level = collectiveCost({ op: 'allReduce', ranks: 6, bits: 1, network: flat }, 'hierarchical');
  assert.ok(isRefusal(level) && level.reasons[0]?.includes('two levels'));
});

test('Bus factors are those of nccl-tests', () => {
  // doc/PERFORMANCE.md: all-reduce 2(n-1)/n; all-gather, reduce-scatter, all-to-all (n-1)/n; broadcast and send 1.
  assert.deepEqual(collectiveOps.map((op) => busFactor(op, 8)), [1.75, 0.875, 0.875, 0.875, 1, 1]);
});

test('NCCL takes trees and LL for small sizes across many nodes, and rings with Simple for large ones on few', () => {
  const setting = { op: 'allReduce', nodes: 16, ranksPerNode: 8, busGbps: 1840 } as const;
  const small = ncclCandidates({ ...setting, bits: 8 * 1024 })[0];
  assert.deepEqual([small?.algorithm, small?.protocol], ['tree', 'LL']);
  const large = ncclCandidates({ ...setting, nodes: 1, bits: 8e9 })[0];
  assert.deepEqual([large?.algorithm, large?.protocol], ['ring', 'Simple']);
  // Ring, Simple, one node of 8, by hand: 8.4 us + 14 x 3.4 us + 1.75 x 8e9 bit / 1840 Gb/s = 56 us + 7,608,695.65 ns.
  close(large?.timeNs ?? 0, 56_000 + (1.75 * 8e9) / 1840);
});

test('The optimal all-gather of small networks equals the cut found by hand', () => {
  // Two ranks on one link each way of 100 Gb/s: half of the output enters each rank, so the output grows at 200 Gb/s.
  const pair = optimalAllGather({ nodeCount: 2, ranks: 2, linkSource: Int32Array.of(0, 1), linkTarget: Int32Array.of(1, 0), linkRateGbps: Float64Array.of(100, 100) });
  close(pair.algorithmGbps, 200);
  // A ring one way of four ranks: three quarters enter over one link.
  const ring = optimalAllGather({ nodeCount: 4, ranks: 4, linkSource: Int32Array.of(0, 1, 2, 3), linkTarget: Int32Array.of(1, 2, 3, 0), linkRateGbps: new Float64Array(4).fill(100) });
  close(ring.algorithmGbps, 100 / 0.75);
  // Two pairs joined by one thin link each way: half of the output crosses 10 Gb/s.
  const thin = optimalAllGather({
    nodeCount: 4, ranks: 4, linkSource: Int32Array.of(0, 1, 2, 3, 1, 2), linkTarget: Int32Array.of(1, 0, 3, 2, 2, 1), linkRateGbps: Float64Array.of(100, 100, 100, 100, 10, 10),
  });
  close(thin.algorithmGbps, 20);
  assert.deepEqual([thin.cutRanks, thin.cutExitGbps], [2, 10]);
  const apart = optimalAllGather({ nodeCount: 2, ranks: 2, linkSource: Int32Array.of(0), linkTarget: Int32Array.of(1), linkRateGbps: Float64Array.of(100) });
  assert.equal(apart.algorithmGbps, 0);
});

sharedTest("The optimal all-gather on A100 boxes is ForestColl's to 0.1 %", 'facts/paper-figures.json', (path) => {
  const figures = JSON.parse(readFileSync(path, 'utf8')) as { id: string; value: { algbw_GBps?: number } }[];
  for (const ranks of [8, 16, 32]) {
    const expected = figures.find((figure) => figure.id === `forestcoll-a100x${ranks}`)?.value.algbw_GBps;
    assert.ok(expected !== undefined);
    // Setting of the figures: 300 GB/s per GPU to the NVSwitch of its box of 8, 25 GB/s per GPU to the network.
    const bound = optimalAllGather(twoLevelNetwork({ ranks, domainSize: 8, innerGbps: 2400, outerGbps: 200 }));
    close(bound.algorithmGbps / 8, expected, 1e-3);
  }
});
