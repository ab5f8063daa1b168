/** Schedules in which unchanged ports stay lit: every circuit holds its ports alone, all demand is served, never longer than all-stop. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { circuitDemand } from '../../../src/plan/circuits/circuit-demand.ts';
import { scheduleCircuits } from '../../../src/plan/circuits/schedule-circuits.ts';
import type { CircuitHold } from '../../../src/plan/circuits/stay-lit.ts';
import { scheduleStayLit } from '../../../src/plan/circuits/stay-lit.ts';
import { sparseMixedDemand, unitNs } from './workloads.ts';

/** Holds of one port must follow one another. */
function assertAlone(holds: readonly CircuitHold[], portOf: (hold: CircuitHold) => number): void {
  for (const port of new Set(holds.map(portOf))) {
    const own = holds.filter((hold) => portOf(hold) === port).sort((one, other) => one.startNs - other.startNs);
    own.slice(1).forEach((hold, at) => assert.ok(hold.startNs >= (own[at]?.endNs ?? 0) - 1e-6, `port ${port} is held twice at ${hold.startNs}`));
  }
}

test('every port holds one circuit at a time, each dark before it is lit, all demand is served, and all-stop is never shorter', () => {
  const tables = fc.integer({ min: 1, max: 7 }).chain((ports) => fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1000 })), { minLength: ports * ports, maxLength: ports * ports }));
  fc.assert(fc.property(tables, fc.integer({ min: 0, max: 100 }), (needs, darkNs) => {
    const ports = Math.sqrt(needs.length);
    const demand = circuitDemand(ports, Float64Array.from(needs));
    const { holds, makespanNs, boundNs } = scheduleStayLit(demand, { darkNs });
    assertAlone(holds, ({ input }) => input);
    assertAlone(holds, ({ output }) => output);
    const served = new Float64Array(needs.length);
    for (const { input, output, startNs, litNs, endNs } of holds) {
      assert.ok(Math.abs(litNs - startNs - darkNs) < 1e-6);
      served[input * ports + output] = (served[input * ports + output] ?? 0) + endNs - litNs;
    }
    needs.forEach((need, at) => assert.ok(Math.abs((served[at] ?? 0) - need) < 1e-6));
    assert.ok(makespanNs >= boundNs - 1e-6);
    assert.ok(makespanNs <= scheduleCircuits(demand, { darkNs }).makespanNs + 1e-6);
  }), { seed: 91, numRuns: 150 });
});

test('a port that waits for nobody keeps its light while two others exchange partners', () => {
  // Inputs 0 and 1 serve both outputs 0 and 1 for 10 ns each; input 2 serves output 2 for 24 ns. Dark 2 ns: 2 + 10 + 2 + 10 = 24, and 2 + 24 = 26.
  // All-stop needs 2 + 10 + 2 + 14 = 28, since input 2 goes dark with the others.
  const demand = circuitDemand(3, Float64Array.of(10, 10, 0, 10, 10, 0, 0, 0, 24));
  assert.equal(scheduleStayLit(demand, { darkNs: 2 }).makespanNs, 26);
  assert.equal(scheduleCircuits(demand, { darkNs: 2 }).makespanNs, 28);
});

test('on sparse mixed traffic the mean over ten matrices is within 10 % of the bound at each dark time', () => {
  for (const share of [0.001, 0.01, 0.04]) {
    const ratios = Array.from({ length: 10 }, (_, seed) => {
      const { makespanNs, boundNs } = scheduleStayLit(sparseMixedDemand(64, seed + 1), { darkNs: share * unitNs });
      return makespanNs / boundNs / 10;
    });
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0);
    assert.ok(mean <= 1.1, `${share}: ${mean}`);
  }
});
