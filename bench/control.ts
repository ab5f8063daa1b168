/** Speed and size of the controller at 65,536 GPUs: a lease decided, the log folded, a state forked and hashed. */

import assert from 'node:assert/strict';
import { createState, forkState } from '../src/control/create-state.ts';
import type { Entry } from '../src/control/entry.ts';
import { createPlant } from '../src/control/plant.ts';
import type { Plant } from '../src/control/plant.ts';
import type { LeaseRequest } from '../src/control/reading.ts';
import { foldLog, foldOnto, logHeader, takeReading } from '../src/control/run.ts';
import { digestOf } from '../src/control/state-digest.ts';
import type { State } from '../src/control/state.ts';
import { createDice } from '../src/base/dice.ts';
import { createCatalogue } from '../src/optics/catalogue/catalogue.ts';
import { createEvaluateMedium } from '../src/fabric/physics.ts';
import { trafficClassNames } from '../src/traffic/classes.ts';
import { compileRailPlanes } from './fabric.ts';
import type { Bench } from './measure.ts';

const gpus = 65_536;
const hour = 3600e9;
const catalogue = createCatalogue();

let known: Plant | null = null;

/** 65,536 GPUs on rail planes: 393,216 links and 3,407,872 wavelengths, of which 1,048,576 are light. */
function plant(): Plant {
  if (known !== null) return known;
  const cluster = compileRailPlanes(gpus);
  const { fabric } = cluster;
  const light = fabric.wavelengthSlot.reduce((count, slot) => count + (slot >= 0 ? 1 : 0), 0);
  assert.ok(light >= 1_000_000, `${light} wavelengths of light`);
  return (known = createPlant(cluster, {
    evaluateWithLoss: (extraLossDb) => createEvaluateMedium({ catalogue, view: 'worst-case', caseTemperatureC: null, extraLossDb }),
    bodyOfPart: () => null, settledCaseC: new Float32Array(fabric.componentCount).fill(NaN),
  }));
}

/** The i-th request of a seeded sequence: all classes, between random ranks of the same rail. */
function requestOf(seed: number): (index: number) => LeaseRequest {
  const dice = createDice(seed);
  return (index) => {
    const fromRank = dice.below(gpus);
    const toRank = (fromRank + 8 * (1 + dice.below(gpus / 8 - 1))) % gpus;
    const trafficClass = trafficClassNames[index % trafficClassNames.length] ?? 'background';
    return { id: `lease${index}`, tenant: `tenant${index % 7}`, job: null, trafficClass, fromRank, toRank, rateGbps: 10 + dice.below(90), bits: null, floorGbps: 0, startNs: 0, endNs: 2 * hour };
  };
}

/** A state with up to `count` standing leases. */
function busy(count: number): State {
  const state = createState(plant());
  const request = requestOf(6);
  for (let index = 0; index < count; index++) {
    takeReading(state, index * 1000, { kind: 'leaseAsked', request: request(index) });
  }
  return state;
}

const standing = 20_000;

const percentile = (sorted: Float64Array, share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

/** Single decisions, each timed from reading to folded facts; what is granted is released again so that the state stays as full. Prints their percentiles once. */
const decisionBench: Bench = {
  name: `5,000 lease decisions and releases beside ${standing.toLocaleString('en')} leases, 65,536 GPUs`, goalMs: null,
  prepare() {
    const state = busy(standing);
    assert.ok(state.leases.size > standing / 2, `${state.leases.size} leases stand`);
    const request = requestOf(7);
    let index = 0;
    const decide = (count: number): Float64Array => Float64Array.from({ length: count }, () => {
      const one = { ...request(index), id: `asked${index}` };
      index += 1;
      const startedMs = performance.now();
      takeReading(state, state.nowNs + 1000, { kind: 'leaseAsked', request: one });
      const tookMs = performance.now() - startedMs;
      if (state.leases.has(one.id)) takeReading(state, state.nowNs, { kind: 'leaseReleased', id: one.id });
      return tookMs;
    });
    decide(2000);
    const took = decide(5000).sort();
    const [p50Ms, p99Ms] = [percentile(took, 0.5), percentile(took, 0.99)];
    const within = p50Ms <= 0.5 && p99Ms <= 5 ? 'within' : 'MISSES';
    console.log(`    one decision: p50 ${p50Ms.toFixed(3)} ms, p99 ${p99Ms.toFixed(3)} ms, worst ${(took.at(-1) ?? 0).toFixed(2)} ms: ${within} p50 0.5 ms and p99 5 ms; `
      + `${(process.memoryUsage().rss / 2 ** 30).toFixed(2)} GiB resident of 4`);
    return () => decide(5000).length;
  },
};

/** Leases asked for and released until the log holds so many facts. */
function logOf(facts: number): { readonly log: readonly Entry[]; readonly live: State } {
  const state = createState(plant());
  const log: Entry[] = [];
  const request = requestOf(8);
  let found = 0;
  for (let index = 0; found < facts; index++) {
    const asked = takeReading(state, index * 1000, { kind: 'leaseAsked', request: request(index) });
    const old = index - 10_000;
    const released = state.leases.has(`lease${old}`) ? takeReading(state, index * 1000, { kind: 'leaseReleased', id: `lease${old}` }) : [];
    for (const entry of [...asked, ...released]) {
      log.push(entry);
      if (entry.kind === 'fact') found += 1;
    }
  }
  return { log, live: state };
}

const factsFolded = 200_000;

/** 200,000 facts a second, and a fifth of a second for the fork that each run begins with. */
const foldBench: Bench = {
  name: `fold ${factsFolded.toLocaleString('en')} facts of leases onto a state of 65,536 GPUs, its fork included`, goalMs: 1200,
  prepare() {
    const { log, live } = logOf(factsFolded);
    const { state, issue } = foldLog(plant(), logHeader(plant(), '2026-01-01T00:00:00Z'), log);
    assert.equal(issue, null);
    assert.equal(digestOf(state), digestOf(live));
    const empty = createState(plant());
    return () => {
      const fork = forkState(empty);
      assert.equal(foldOnto(fork, log), null);
      return fork.leases.size;
    };
  },
};

const forkBench: Bench = {
  name: `fork a state of 65,536 GPUs and ${standing.toLocaleString('en')} leases`, goalMs: null,
  prepare() {
    const state = busy(standing);
    assert.equal(digestOf(forkState(state)), digestOf(state));
    return () => forkState(state).leases.size;
  },
};

export const controlBenches: readonly Bench[] = [decisionBench, foldBench, forkBench];
