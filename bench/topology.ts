/** Benches of topologies, slices, rails and shifts: the goals G4, G8, G9 and G10 asserted on seeded inputs, then timed. */

import assert from 'node:assert/strict';
import { createDice } from '../src/base/dice.ts';
import { isRefusal } from '../src/base/refusal.ts';
import { shiftPhases } from '../src/plan/phases/phase-shift.ts';
import { findExpander } from '../src/plan/topology/expander-lift.ts';
import { proposeTopology } from '../src/plan/topology/job-topology.ts';
import { torusLoadMax } from '../src/plan/topology/torus-twist.ts';
import type { Bench } from './measure.ts';
import { drawSharedMix, intensityOrder, runShared } from './workloads/shared-links.ts';
import { slicesInUse } from './workloads/slice-arrivals.ts';

const expanderBench: Bench = {
  name: 'expander of 512 places, degree 6, 3,000 patterns: at least 1.4 times the all-to-all of the best torus', goalMs: 60_000,
  prepare: () => () => {
    const { loads } = findExpander({ places: 512, degree: 6, vertices: 4, triesMax: 3000, dice: createDice(1) });
    const gain = torusLoadMax([8, 8, 8], []) / loads.loadMax;
    assert.ok(gain >= 1.4, `${gain}`);
    return gain;
  },
};

const sliceBench: Bench = {
  name: 'slices of 4,096 accelerators under saturating load: at least 0.9 in use, 200 departures', goalMs: null,
  prepare() {
    const used = slicesInUse({ mayFold: true, departures: 300, seed: 1 }).mean;
    assert.ok(used >= 0.9, `${used}`);
    return () => slicesInUse({ mayFold: true, departures: 200, seed: 1 }).mean;
  },
};

const horizonNs = 20e9;

/** Mean share of accelerator time in compute: priority alone, and with the shifts of groups that settle. Never below on any seed. */
function shiftGain(seeds: number): { readonly crux: number; readonly ours: number } {
  const mean = { crux: 0, ours: 0 };
  for (let seed = 1; seed <= seeds; seed++) {
    const mix = drawSharedMix(createDice(seed), { jobs: 10, links: 8 });
    const plan = shiftPhases({ jobs: mix.jobs, links: mix.links });
    const settled = new Set(plan.groups.filter((group) => group.settled).flatMap(({ jobs }) => jobs));
    const shifts = mix.jobs.map(({ id }) => (settled.has(id) ? plan.shifts.find(({ job }) => job === id) : undefined));
    const order = intensityOrder(mix);
    const none = mix.jobs.map(() => 0);
    const crux = runShared(mix, { horizonNs, order, shiftNs: none, holdNs: none });
    const ours = runShared(mix, { horizonNs, order, shiftNs: shifts.map((shift) => shift?.shiftNs ?? 0), holdNs: shifts.map((shift) => shift?.holdNs ?? 0) });
    assert.ok(ours >= crux - 1e-6, `seed ${seed}: ${ours} against ${crux}`);
    mean.crux += crux / seeds;
    mean.ours += ours / seeds;
  }
  return mean;
}

const shiftBench: Bench = {
  name: 'shifts of ten jobs on eight links: never below priority by intensity, ten seeds, run and judged', goalMs: null,
  prepare: () => () => {
    const { crux, ours } = shiftGain(10);
    assert.ok(ours > crux);
    return ours - crux;
  },
};

const jobBench: Bench = {
  name: 'topology of 128 places with four ports, all-reduce and skewed exchange', goalMs: 1000,
  prepare() {
    const places = 128;
    const dice = createDice(3);
    const exchangeBits = Float64Array.from({ length: places * places }, (_, at) => (Math.floor(at / places) === at % places ? 0 : 1e6 * dice.exponential() ** 3));
    const demand = { places, reductions: [{ name: 'data', size: places, stride: 1, bits: 1e9 }], exchangeBits };
    return () => {
      const topology = proposeTopology(demand, { ports: 4, portGbps: 100 });
      assert.ok(!isRefusal(topology));
      return topology.chosen.totalNs;
    };
  },
};

export const topologyBenches: readonly Bench[] = [expanderBench, jobBench, shiftBench, sliceBench];
