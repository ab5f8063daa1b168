/** CMIS memory is decoded to the values that the specification's codings give by hand, and no bytes make it throw. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { f16, powerDbm } from '../../../src/adapters/cmis/coding.ts';
import { decodeCmis } from '../../../src/adapters/cmis/decode.ts';
import type { CmisImage } from '../../../src/adapters/cmis/image.ts';
import { pageKey } from '../../../src/adapters/cmis/image.ts';
import { decodeVdm } from '../../../src/adapters/cmis/vdm.ts';

/** A page with bytes set at the addresses of the specification. */
function page(bytes: Readonly<Record<number, readonly number[]>>): Uint8Array {
  const made = new Uint8Array(128);
  for (const [address, values] of Object.entries(bytes)) made.set(values, Number(address) % 128);
  return made;
}

const image = (lower: Uint8Array, pages: Readonly<Record<number, Uint8Array>> = {}, isLaserSource = false): CmisImage => ({
  device: 'leaf0', component: 'leaf0/module0', atNs: 7n, lower, pages: new Map(Object.entries(pages).map(([key, bytes]) => [Number(key), bytes])), isLaserSource,
});

const quiet = page({});

function valueOf(from: CmisImage, quantity: string, lane = -1): number | string | undefined {
  return decodeCmis(from).readings.find((reading) => reading.quantity === quantity && reading.lane === lane)?.value;
}

/** Equal to the rounding of one floating-point operation. */
const near = (actual: unknown, expected: number): void => assert.ok(typeof actual === 'number' && Math.abs(actual - expected) <= Math.abs(expected) * 1e-12, `${String(actual)} is not ${expected}`);

test('F16 is an 11-bit mantissa times a power of ten', () => {
  // 0x780C = 01111 00000001100: exponent 15 - 24 = -9, mantissa 12: 1.2e-8.
  near(f16(0x780c), 1.2e-8);
  // 0xC001 = 11000 00000000001: exponent 24 - 24 = 0, mantissa 1.
  near(f16(0xc001), 1);
  // 0xFFFF = 11111 11111111111: exponent 31 - 24 = 7, mantissa 2047.
  near(f16(0xffff), 2047e7);
  // 0x07FF: exponent -24, mantissa 2047.
  near(f16(0x07ff), 2047e-24);
  assert.equal(f16(0), 0);
});

test('powers count in tenths of a microwatt', () => {
  // 10,000 x 0.1 uW = 1 mW = 0 dBm; 1 x 0.1 uW = 1e-4 mW = -40 dBm, which no light reads as too.
  assert.equal(powerDbm(10_000), 0);
  near(powerDbm(1), -40);
  assert.equal(powerDbm(0), -40);
});

test('lower memory gives state, temperature and supply', () => {
  // State 3 (ready) in bits 3 to 1: 0b0110; 0x3680 = 13,952 / 256 = 54.5 C; 0x80E8 = 33,000 x 100 uV = 3.3 V.
  const ready = image(page({ 3: [0x06], 14: [0x36, 0x80], 16: [0x80, 0xe8] }));
  assert.equal(valueOf(ready, 'moduleState'), 'ready');
  assert.equal(valueOf(ready, 'temperature'), 54.5);
  near(valueOf(ready, 'supplyVoltage'), 3.3);
  assert.equal(valueOf(ready, 'fault'), 0);
  // 0xFF80 = -128 / 256 = -0.5 C; state 5 is a fault.
  const cold = image(page({ 3: [0x0a], 14: [0xff, 0x80], 41: [1] }));
  assert.deepEqual([valueOf(cold, 'temperature'), valueOf(cold, 'moduleState'), valueOf(cold, 'fault')], [-0.5, 'fault', 1]);
});

test('lanes of both banks have powers, bias, flags and states', () => {
  // Lane 2: tx 0x2710 = 10,000 -> 0 dBm; bias 0x7530 = 30,000 x 2 uA x 2 = 120 mA (multiplier bits 01); rx 0x03E8 = 1000 -> 0.1 mW = -10 dBm.
  const lanes = page({ 129: [0x04], 135: [0b100], 147: [0b1000], 158: [0x27, 0x10], 174: [0x75, 0x30], 190: [0x03, 0xe8] });
  const from = image(quiet, { [pageKey(0, 0x01)]: page({ 160: [0b01000] }), [pageKey(0, 0x10)]: page({ 130: [0b100] }), [pageKey(0, 0x11)]: lanes, [pageKey(1, 0x11)]: lanes });
  for (const lane of [2, 10]) {
    assert.equal(valueOf(from, 'txPower', lane), 0);
    near(valueOf(from, 'bias', lane), 120);
    near(valueOf(from, 'rxPower', lane), -10);
    // Lane 2 is the low nibble of byte 129: 4 is activated.
    assert.equal(valueOf(from, 'lanePathState', lane), 'activated');
    assert.deepEqual([valueOf(from, 'txFailure', lane), valueOf(from, 'txFailure', lane + 1), valueOf(from, 'rxLos', lane + 1)], [1, 0, 1]);
  }
  assert.deepEqual([valueOf(from, 'txEnabled', 2), valueOf(from, 'txEnabled', 3)], [0, 1]);
});

test('thresholds come in the order high alarm, low alarm, high warning, low warning', () => {
  // 75 C = 0x4B00, -5 C = 0xFB00, 70 C = 0x4600; tx 2 mW = 20,000 = 0x4E20, 0.2 mW = 2000 = 0x07D0; bias 60 mA = 30,000 x 2 uA.
  const from = image(quiet, { [pageKey(0, 0x02)]: page({ 128: [0x4b, 0, 0xfb, 0, 0x46, 0], 176: [0x4e, 0x20, 0x07, 0xd0], 184: [0x75, 0x30], 194: [0x00, 0x64] }) });
  assert.deepEqual([valueOf(from, 'temperatureHighAlarm'), valueOf(from, 'temperatureLowAlarm'), valueOf(from, 'temperatureHighWarning')], [75, -5, 70]);
  near(valueOf(from, 'txPowerHighAlarm'), 10 * Math.log10(2));
  near(valueOf(from, 'txPowerLowAlarm'), 10 * Math.log10(0.2));
  near(valueOf(from, 'biasHighAlarm'), 60);
  // 100 x 0.1 uW = 0.01 mW.
  near(valueOf(from, 'rxPowerLowAlarm'), -20);
});

test('VDM values follow their descriptors', () => {
  // Descriptors: lane 3 pre-FEC BER media current (15), lane 0 laser temperature (4), module-wide eSNR (5), an unknown type (200).
  const descriptors = page({ 128: [0x03, 15, 0x10, 4, 0x0f, 5, 0x00, 200] });
  // 0x780C = 1.2e-8; 0x2D80 = 11,648 / 256 = 45.5 C; 0x1380 = 4992 / 256 = 19.5 dB.
  const data = page({ 128: [0x78, 0x0c, 0x2d, 0x80, 0x13, 0x80, 0xff, 0xff] });
  const from = image(quiet, { [pageKey(0, 0x20)]: descriptors, [pageKey(0, 0x24)]: data });
  near(valueOf(from, 'preFecBer', 3), 1.2e-8);
  assert.equal(valueOf(from, 'laserTemperature', 0), 45.5);
  assert.equal(valueOf(from, 'snr'), 19.5);
  assert.deepEqual(decodeVdm(from, 0).map(({ observable }) => observable), [15, 4, 5]);
  // TEC current 0x8001 = -32,767 x 100 / 32,767 = -100 %; frequency error 0xFFE1 = -31 x 10 MHz.
  const tuned = image(quiet, { [pageKey(0, 0x23)]: page({ 128: [1, 2, 1, 3] }), [pageKey(0, 0x27)]: page({ 128: [0x80, 0x01, 0xff, 0xe1] }) });
  assert.deepEqual([valueOf(tuned, 'tecCurrent', 1), valueOf(tuned, 'frequencyError', 1)], [-100, -310]);
});

test('laser sources show lanes, faults, bias and power', () => {
  // Enabled lanes 0 and 1; states 2 (on) for lane 0 and 1 (ramping) for lane 1: 0b0110; fault code of lane 1.
  const control = page({ 167: [9], 220: [0b11], 221: [0b0110], 141: [0x07, 0x08], 149: [0x27, 0x10] });
  // Lane 0: 0x05DC = 1500 x 100 uA = 150 mA; 0x2710 = 10,000 x 10 uW = 100 mW = 20 dBm.
  const monitors = page({ 184: [0x05, 0xdc], 200: [0x27, 0x10] });
  const from = image(quiet, { [pageKey(0, 0x1a)]: control, [pageKey(0, 0x1b)]: monitors }, true);
  near(valueOf(from, 'bias', 0), 150);
  near(valueOf(from, 'txPower', 0), 20);
  assert.deepEqual([valueOf(from, 'lanePathState', 0), valueOf(from, 'lanePathState', 1), valueOf(from, 'txFailure', 0), valueOf(from, 'txFailure', 1)], ['on', 'ramping', 0, 1]);
  near(valueOf(from, 'biasHighAlarm'), 180);
  near(valueOf(from, 'txPowerHighAlarm'), 20);
});

test('what no module can measure is an issue, and pages read in part are decoded as far as they go', () => {
  // 0x7FFF / 256 = 128 C is hot but can be; 0xFFFF x 100 uV = 6.55 V cannot.
  const odd = decodeCmis(image(page({ 3: [6], 14: [0x7f, 0xff], 16: [0xff, 0xff] })));
  assert.deepEqual(odd.issues.map(({ code, path }) => [code, path]), [['incredible-value', 'leaf0/module0: lower 16']]);
  // 0xC000 is -16384: / 256 = -64 degrees.
  const cold = decodeCmis(image(page({ 3: [6], 14: [0xc0, 0x00] })));
  assert.deepEqual(cold.issues.map(({ message, value }) => [message, value]), [['The module says temperature is outside of -60 to 150 °C', '-64 °C']]);
  const short = decodeCmis(image(page({ 14: [0x36, 0x80] }).subarray(0, 16)));
  assert.deepEqual(short.issues.map(({ code }) => code), ['short-page']);
  assert.equal(short.readings.find(({ quantity }) => quantity === 'temperature')?.value, 54.5);
});

test('pages of ones are those of a bus on which nobody answers, and measure nothing', () => {
  const ones = new Uint8Array(128).fill(0xff);
  const { readings, issues } = decodeCmis(image(ones, { [pageKey(0, 0x11)]: ones, [pageKey(1, 0x11)]: page({ 186: [0x27, 0x10] }) }));
  assert.deepEqual(issues.map(({ code, path }) => [code, path]), [['blank-page', 'leaf0/module0: lower memory'], ['blank-page', 'leaf0/module0: bank 0, page 11h']]);
  // The second bank answers: its first lane hears 10,000 x 0.1 uW = 0 dBm.
  assert.deepEqual([...new Set(readings.map(({ lane }) => lane))].sort((a, b) => a - b), [8, 9, 10, 11, 12, 13, 14, 15]);
  assert.equal(readings.find(({ quantity, lane }) => quantity === 'rxPower' && lane === 8)?.value, 0);
});

test('any bytes give values or issues', () => {
  const bytes = fc.uint8Array({ maxLength: 140 });
  const pages = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.constantFrom(0, 1, 2, 0x10, 0x11, 0x12, 0x1a, 0x1b, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x2c, 0x2f), bytes), { maxLength: 12 });
  fc.assert(fc.property(bytes, pages, fc.boolean(), (lower, upper, isLaserSource) => {
    const from = { ...image(lower, {}, isLaserSource), pages: new Map(upper.map(([bank, number, content]) => [pageKey(bank, number), content])) };
    for (const { value, atNs } of decodeCmis(from).readings) assert.ok((typeof value === 'string' || Number.isFinite(value)) && atNs === 7n);
  }), { seed: 20_261_122, numRuns: 2000 });
});
