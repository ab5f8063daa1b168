/** A job's topology divides ports as counted by hand, beats static ones of its cost, and never uses a port twice. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createDice } from '../../../src/base/dice.ts';
import { isRefusal } from '../../../src/base/refusal.ts';
import type { JobTopology, TopologyDemand } from '../../../src/plan/topology/job-topology.ts';
import { proposeTopology, topologyPlan } from '../../../src/plan/topology/job-topology.ts';
import { routeLoads } from '../../../src/plan/topology/route-loads.ts';

const ms = 1e6;
const all = (places: number, bits: number): TopologyDemand['reductions'] => [{ name: 'data', size: places, stride: 1, bits }];

function propose(demand: TopologyDemand, ports: number, portGbps = 100): JobTopology {
  const topology = proposeTopology(demand, { ports, portGbps });
  assert.ok(!isRefusal(topology), isRefusal(topology) ? topology.reasons.join(' ') : '');
  return topology;
}

test('an all-reduce alone gets all ports as rings', () => {
  // 2 x 63 / 64 x 3.2 Gbit over 4 rings of 100 Gb/s: 15.75 ms.
  const topology = propose({ places: 64, reductions: all(64, 3.2e9), exchangeBits: new Float64Array(64 * 64) }, 4);
  assert.deepEqual(topology.chosen.rings, [4]);
  assert.ok(Math.abs(topology.chosen.totalNs / ms - 15.75) < 1e-9);
  // Relays lead everywhere: sums of strides by offset.
  topology.relays?.forEach((way, offset) => assert.equal(way.reduce((sum, stride) => sum + stride, 0) % 64, offset));
  assert.equal(topology.relays?.length, 64);
});

test('a static fat tree of like cost takes as many times longer as its ports cost more', () => {
  // Per port of a place, a three-tier fat tree has 3 links of 2 modules and 5 switch ports, circuits one module and one circuit port: at
  // like cost per module and port 11 against 2, so a tree of like cost has 2/11 of the rate, and an all-reduce takes 5.5 times as long.
  const bits = 3.2e9;
  const treeGbps = (4 * 100 * 2) / 11;
  const treeNs = ((2 * 63) / 64) * (bits / treeGbps);
  const topology = propose({ places: 64, reductions: all(64, bits), exchangeBits: new Float64Array(64 * 64) }, 4);
  assert.ok(Math.abs(treeNs / topology.chosen.totalNs - 5.5) < 1e-9);
});

test('pairs that talk heavily get circuits of their own, and the ring carries the rest', () => {
  // Places 2k and 2k + 1 exchange 1 Gbit each way, and all reduce 0.1 Gbit. One ring and three matchings of the same pairs: four
  // circuits lead from 2k to 2k + 1 (the ring has one), three back, so 1e9 / 3 bits bound: 3.33 ms; the ring takes 2 x 15/16 x 1 ms.
  const places = 16;
  const exchangeBits = new Float64Array(places * places);
  for (let place = 0; place < places; place++) exchangeBits[place * places + (place ^ 1)] = 1e9;
  const topology = propose({ places, reductions: all(places, 1e8), exchangeBits }, 4);
  assert.equal(topology.chosen.matchings, 3);
  assert.ok(Math.abs(topology.chosen.exchangeNs / ms - 10 / 3) < 1e-6, `${topology.chosen.exchangeNs / ms}`);
  assert.ok(Math.abs((topology.chosen.reductionNs[0] ?? 0) / ms - 1.875) < 1e-9);
  assert.match(topology.reasons[0] ?? '', /1 ring for data and 3 matchings/);
});

/** So many cycles through all places, each at random: every place lights one other on each port. */
function randomCycles(places: number, ports: number, seed: number): Int32Array {
  const dice = createDice(seed);
  const target = new Int32Array(places * ports);
  for (let port = 0; port < ports; port++) {
    const order = Int32Array.from({ length: places }, (_, place) => place);
    dice.shuffle(order);
    order.forEach((place, at) => { target[place * ports + port] = order[(at + 1) % places] ?? 0; });
  }
  return target;
}

test('a demand of four partners each is matched pair by pair; random circuits of the same degree take more than three times as long', () => {
  // Every place sends 1 Gbit to and gets 1 Gbit from four others: four perfect matchings cover it (Koenig), 10 ms at 100 Gb/s. Random
  // circuits of degree 4 reach 4 + 16 of 31 others in two hops, so mean hops are at least (4 + 32 + 33) / 31 = 2.2 and the time 22 ms.
  const places = 32;
  const exchangeBits = new Float64Array(places * places);
  const partners = randomCycles(places, 4, 5);
  for (let at = 0; at < partners.length; at++) exchangeBits[Math.floor(at / 4) * places + (partners[at] ?? 0)] = 1e9;
  const bound = exchangeBits.reduce((sum, bits) => sum + bits, 0) / (places * 4 * 100);
  const topology = propose({ places, reductions: [], exchangeBits }, 4);
  const randomNs = routeLoads({ places, ports: 4, target: randomCycles(places, 4, 6) }, exchangeBits).busiestBits / 100;
  assert.ok(topology.chosen.exchangeNs <= 1.25 * Math.max(bound, 10 * ms), `${topology.chosen.exchangeNs} against ${bound}`);
  assert.ok(randomNs > 3 * topology.chosen.exchangeNs, `${topology.chosen.exchangeNs} against ${randomNs}`);
});

test('groups of a hybrid job reduce on rings of their own', () => {
  // 4 groups of 4 neighbours and 4 groups of stride 4, both reduce: two rings each is best when both have the same bits.
  const demand: TopologyDemand = {
    places: 16, exchangeBits: new Float64Array(256), reductions: [{ name: 'tensor', size: 4, stride: 1, bits: 1e9 }, { name: 'data', size: 4, stride: 4, bits: 1e9 }],
  };
  const topology = propose(demand, 4);
  assert.deepEqual(topology.chosen.rings, [2, 2]);
  // 2 x 3/4 x 1 Gbit on 200 Gb/s: 7.5 ms each.
  assert.deepEqual(topology.chosen.reductionNs.map((ns) => ns / ms), [7.5, 7.5]);
});

test('traffic that rings and matchings cannot join is refused, with the reason', () => {
  // One port and two islands of reductions: island 0-3 cannot reach island 4-7.
  const exchangeBits = new Float64Array(64);
  exchangeBits[0 * 8 + 5] = 1;
  const answer = proposeTopology({ places: 8, reductions: [{ name: 'tensor', size: 4, stride: 1, bits: 1 }], exchangeBits }, { ports: 1, portGbps: 100 });
  assert.ok(isRefusal(answer) && answer.code === 'traffic-cut-off');
});

test('no circuit port is used twice, every figure is the best of its alternatives, and equal questions get equal answers', () => {
  fc.assert(fc.property(fc.integer({ min: 3, max: 14 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 1e6 }), (places, ports, seed) => {
    const dice = createDice(seed);
    const exchangeBits = Float64Array.from({ length: places * places }, () => (dice.uniform() < 0.3 ? dice.uniform() * 1e9 : 0));
    const demand: TopologyDemand = { places, reductions: all(places, dice.uniform() * 1e9), exchangeBits };
    const topology = proposeTopology(demand, { ports, portGbps: 100 });
    if (isRefusal(topology)) return;
    assert.deepEqual(proposeTopology(demand, { ports, portGbps: 100 }), topology);
    for (const one of topology.alternatives) assert.ok(topology.chosen.totalNs <= one.totalNs);
    const used = new Set<string>();
    for (const change of topologyPlan(topology, [10, 11, 12, 13]).changes) {
      if (change.kind !== 'connect') continue;
      for (const key of [`${change.circuit.ocs} in ${change.circuit.aPort}`, `${change.circuit.ocs} out ${change.circuit.bPort}`]) {
        assert.ok(!used.has(key), key);
        used.add(key);
      }
    }
  }), { seed: 11, numRuns: 40 });
});
