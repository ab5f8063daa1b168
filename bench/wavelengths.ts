/** Wavelengths and paths at the sizes a controller meets: one-hop fabrics in batch and live, lightpaths beside the textbook rules, path search, packet shares. */

import assert from 'node:assert/strict';
import { createDice } from '../src/base/dice.ts';
import type { Dice } from '../src/base/dice.ts';
import { isRefusal } from '../src/base/refusal.ts';
import { createPathSearch, searchPath } from '../src/plan/paths/find-path.ts';
import { sharePackets } from '../src/plan/paths/packet-shares.ts';
import { allocateLightpaths } from '../src/plan/wavelengths/lightpath-search.ts';
import type { LightpathQuestion, LightpathTable } from '../src/plan/wavelengths/lightpath-table.ts';
import { createLightpathTable, placeFirstFit, placeInOrder, placeMostUsed } from '../src/plan/wavelengths/lightpath-table.ts';
import { assignAll, assignOne, releaseOne, returnWavelengths, withdrawWavelengths } from '../src/plan/wavelengths/one-hop-assign.ts';
import type { OneHop, WavelengthRequest } from '../src/plan/wavelengths/one-hop.ts';
import { lightpathCase } from '../test/plan/wavelengths/lightpath-cases.ts';
import { oneHopOf, requestOf } from '../test/plan/wavelengths/one-hop-cases.ts';
import { compileRailPlanes } from './fabric.ts';
import type { Bench } from './measure.ts';

/** Unions of random matchings: port degree at most `wavelengths`, nearly full. */
function nearlyFull(dice: Dice, ports: number, wavelengths: number): readonly WavelengthRequest[] {
  const requests: WavelengthRequest[] = [];
  for (let round = 0; round < wavelengths; round++) {
    const to = Int32Array.from({ length: ports }, (_, port) => port);
    dice.shuffle(to);
    to.forEach((b, a) => {
      if (dice.uniform() < 0.95) requests.push(requestOf(`L${requests.length}`, a, b));
    });
  }
  return requests;
}

function loaded(ports: number, wavelengths: number): OneHop {
  const oneHop = oneHopOf({ ports, wavelengths });
  assert.deepEqual(assignAll(oneHop, nearlyFull(createDice(1), ports, wavelengths)).refused, []);
  return oneHop;
}

const batchBench = (ports: number, wavelengths: number): Bench => ({
  name: `one hop, all at once: ${ports} ports, ${wavelengths} wavelengths, 95 % full`, goalMs: null,
  prepare() {
    const requests = nearlyFull(createDice(1), ports, wavelengths);
    return () => {
      const { plan, refused } = assignAll(oneHopOf({ ports, wavelengths }), requests);
      assert.equal(refused.length, 0);
      return plan.changes.length;
    };
  },
});

const livePerRun = 1000;

/** A lease ends and another asks for two random ports; where one of those is full, the ended lease comes back, so the fabric stays as full as it was. */
const liveBench = (ports: number, wavelengths: number): Bench => ({
  name: `one hop, ${livePerRun} leases end and start, ${ports} ports, ${wavelengths} wavelengths`, goalMs: livePerRun,
  prepare() {
    const oneHop = loaded(ports, wavelengths);
    const dice = createDice(2);
    let asked = 0;
    return () => {
      let served = 0;
      for (let step = 0; step < livePerRun; step++) {
        const [ended] = oneHop.held.values();
        assert.ok(ended !== undefined && !isRefusal(releaseOne(oneHop, ended.request.id)));
        if (!isRefusal(assignOne(oneHop, requestOf(`N${asked++}`, dice.below(ports), dice.below(ports))))) served += 1;
        else assert.ok(!isRefusal(assignOne(oneHop, ended.request, { retunesMax: Infinity })));
      }
      return served;
    };
  },
});

const faultBench: Bench = {
  name: 'one hop, 32 wavelengths out, replanned and back, 512 ports, 64 wavelengths', goalMs: 20,
  prepare() {
    const oneHop = loaded(512, 64);
    const dice = createDice(3);
    return () => {
      const rows = Array.from({ length: 32 }, () => dice.below(2 * 512 * 64));
      const { plan } = withdrawWavelengths(oneHop, rows);
      returnWavelengths(oneHop, rows);
      return plan.changes.length;
    };
  },
};

function byRule(question: LightpathQuestion, placeOne: (table: LightpathTable, demand: number) => boolean): number {
  const table = createLightpathTable(question);
  placeInOrder(table, placeOne);
  return table.served;
}

/** 24 nodes, 44 cables, 16 wavelengths, 600 demands of 4 routes: about what such a network can take. */
const lightpathsLarge = (): LightpathQuestion => lightpathCase(11, { nodes: 24, cables: 44, wavelengths: 16, demands: 600, routes: 4, deadShare: 0.02, weightOf: () => 1 });

const ruleBench = (name: string, accept: (question: LightpathQuestion) => number): Bench => ({
  name: `lightpaths, ${name}: 24 nodes, 16 wavelengths, 600 demands`, goalMs: null,
  prepare() {
    const question = lightpathsLarge();
    const served = accept(question);
    assert.ok(served >= Math.max(byRule(question, placeFirstFit), byRule(question, placeMostUsed)) || name !== 'ours');
    console.log(`  lightpaths, ${name}: accepts ${served} of ${question.demandCount}`);
    return () => accept(question);
  },
});

const gpus = 65_536;
const searchesPerRun = 1000;

const searchBench = (isDark: boolean): Bench => ({
  name: `${searchesPerRun} path searches between random accelerators${isDark ? ' whose uplink is dark' : ''}, ${gpus.toLocaleString('en')} GPUs`, goalMs: searchesPerRun,
  prepare() {
    const { fabric } = compileRailPlanes(gpus);
    const search = createPathSearch(fabric);
    const dice = createDice(4);
    const uplinks = (node: number): readonly number[] => [...fabric.outLink.subarray(fabric.outOffset[node] ?? 0, fabric.outOffset[node + 1] ?? 0)].filter((link) => fabric.linkTier[link] === 1);
    return () => {
      let hops = 0;
      for (let step = 0; step < searchesPerRun; step++) {
        const from = fabric.gpuNode[dice.below(gpus)] ?? 0;
        const found = searchPath(search, { from, to: fabric.gpuNode[dice.below(gpus)] ?? 0, residualGbps: fabric.linkRateGbps, needGbps: 100, avoidLinks: isDark ? uplinks(from) : [] });
        assert.ok(found >= 0);
        hops += found;
      }
      return hops;
    };
  },
});

const shareBench: Bench = {
  name: 'packet shares of 64 demands in three classes, 16,384 GPUs', goalMs: null,
  prepare() {
    const { fabric } = compileRailPlanes(16_384);
    const search = createPathSearch(fabric);
    const demands = Array.from({ length: 64 }, (_, at) => ({
      from: fabric.gpuNode[at * 251] ?? 0, to: fabric.gpuNode[(at * 977 + 5) % 16_384] ?? 0, needGbps: 100, floorGbps: 20, priority: 1 + (at % 3), weight: 1,
    }));
    const answer = sharePackets({ search, residualGbps: fabric.linkRateGbps, demands });
    assert.ok(Math.abs(answer.acceptedGbps - 6400) < 0.01 && answer.maxUtilisation <= 1);
    return () => sharePackets({ search, residualGbps: fabric.linkRateGbps, demands }).acceptedGbps;
  },
};

export const wavelengthBenches: readonly Bench[] = [
  batchBench(64, 16), batchBench(512, 63), batchBench(512, 64), liveBench(64, 16), liveBench(512, 64), faultBench,
  ruleBench('first-fit', (question) => byRule(question, placeFirstFit)), ruleBench('most-used', (question) => byRule(question, placeMostUsed)),
  ruleBench('ours', (question) => allocateLightpaths(question, { dice: createDice(5), movesMax: 40_000 }).served),
  searchBench(false), searchBench(true), shareBench,
];
