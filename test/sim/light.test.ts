/** Frame loss, wavelengths and circuits act on flows as worked out by hand. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRefusal } from '../../src/base/refusal.ts';
import type { Bits, Gbps, Nanoseconds } from '../../src/base/units.ts';
import { quantity } from '../../src/base/units.ts';
import type { FlowProgram } from '../../src/sim/flow-program.ts';
import type { Retransmission } from '../../src/sim/goodput.ts';
import { goodputFactor, roceGoBackN } from '../../src/sim/goodput.ts';
import { circuitEvents, mergeEvents, wavelengthEvents } from '../../src/sim/light-events.ts';
import { runFlows } from '../../src/sim/run-flows.ts';

const rate = quantity<Gbps>(100);
const selective: Retransmission = { kind: 'selectiveRepeat' };
/** 100 Gb/s x 1000 ns = 100,000 bits: ten frames of 10,000 bits in flight. */
const tenInFlight: Retransmission = { kind: 'goBackN', roundTripNs: quantity<Nanoseconds>(1000), frameBits: quantity<Bits>(10_000) };

const near = (actual: number, expected: number): void => assert.ok(Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected)), `${actual} instead of ${expected}`);

test('goodput follows the published formulas', () => {
  // Selective repeat: 1 - 0.1. Go-back-N with W = 10: 0.9 / (1 + 9 x 0.1) = 0.9 / 1.9.
  near(goodputFactor(0.1, rate, selective), 0.9);
  near(goodputFactor(0.1, rate, tenInFlight), 0.9 / 1.9);
});

test('goodput falls monotonically from one to zero and stays a number at any loss', () => {
  for (const retransmission of [selective, tenInFlight, roceGoBackN]) {
    let before = 1;
    for (let exponent = -15; exponent <= 0; exponent += 0.01) {
      const factor = goodputFactor(Math.min(1, 10 ** exponent), rate, retransmission);
      assert.ok(factor <= before && factor >= 0);
      before = factor;
    }
    assert.equal(goodputFactor(0, rate, retransmission), 1);
    for (const total of [1, 7, Infinity, NaN]) assert.equal(goodputFactor(total, rate, retransmission), 0);
    assert.equal(goodputFactor(-1, rate, retransmission), 1);
  }
});

function oneFlow(bits: number, events: Pick<FlowProgram, 'eventNs' | 'eventLink' | 'eventRateGbps'>, linkRateGbps: number): FlowProgram {
  return {
    linkCount: 1, linkRateGbps: Float64Array.of(linkRateGbps), linkLatencyNs: Float64Array.of(0), flowCount: 1, flowBits: Float64Array.of(bits), flowStartNs: Float64Array.of(0),
    flowWeight: null, flowCapGbps: null, flowPriority: null, pathOffset: Int32Array.of(0, 1), pathLink: Int32Array.of(0), afterOffset: null, afterFlow: null, ...events,
  };
}

const fourLanes = { wavelengthLink: Int32Array.of(0, 0, 0, 0), wavelengthRateGbps: Float64Array.of(100, 100, 100, 100) };

test('a link carries the sum of its wavelengths: one dark, one lossy', () => {
  // 400 Gb/s until 10 ns (4000 bits); then one of four lanes is dark and one loses half its frames: 250 Gb/s for the other 5000.
  const events = wavelengthEvents(fourLanes, [{ atNs: 10, wavelength: 1, rateGbps: 0, frameLossRatio: 0 }, { atNs: 10, wavelength: 2, rateGbps: 100, frameLossRatio: 0.5 }], selective);
  assert.deepEqual([...events.eventRateGbps], [250]);
  const outcome = runFlows(oneFlow(9000, events, 400));
  assert.ok(!isRefusal(outcome));
  near(outcome.makespanNs, 30);
});

test('nothing hangs at total loss: the run says what it waits for', () => {
  const events = wavelengthEvents(fourLanes, [0, 1, 2, 3].map((wavelength) => ({ atNs: 1, wavelength, rateGbps: 100, frameLossRatio: 1 })), roceGoBackN);
  const outcome = runFlows(oneFlow(9000, events, 400));
  assert.ok(isRefusal(outcome));
  assert.equal(outcome.code, 'stalled');
});

test('every loss ratio ends, later the greater it is', () => {
  let before = 0;
  for (const frameLossRatio of [0, 1e-12, 1e-6, 1e-3, 0.1, 0.9, 1 - 1e-9]) {
    const outcome = runFlows(oneFlow(9000, wavelengthEvents(fourLanes, [0, 1, 2, 3].map((wavelength) => ({ atNs: 0, wavelength, rateGbps: 100, frameLossRatio })), roceGoBackN), 400));
    assert.ok(!isRefusal(outcome));
    assert.ok(Number.isFinite(outcome.makespanNs) && outcome.makespanNs >= before);
    before = outcome.makespanNs;
  }
});

test('a circuit carries nothing while it switches', () => {
  // 100 Gb/s; at 5 ns (500 bits sent) the circuit is set anew for 20 ns and then runs at 50: 500 / 50 = 10 ns more.
  const events = mergeEvents(circuitEvents([{ atNs: 5, switchNs: 20, drop: [], add: [{ link: 0, rateGbps: 50 }] }]));
  const outcome = runFlows(oneFlow(1000, events, 100));
  assert.ok(!isRefusal(outcome));
  near(outcome.makespanNs, 35);
});
