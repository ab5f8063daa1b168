/** An emulated circuit switch keeps the port rules, the three ways to add, its tuning time and its factory table. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRefusal } from '../../../src/base/refusal.ts';
import type { CircuitConfig, CircuitSwitch } from '../../../src/sim/devices/circuit-switch.ts';
import { advanceSwitch, applyConfig, createCircuitSwitch, crossConnected, factoryLossDb, portName, portOf, statusOfA, statusOfB } from '../../../src/sim/devices/circuit-switch.ts';

const fourPorts = (): CircuitSwitch => createCircuitSwitch({
  name: 'ocs0', component: 0, partId: 'google-palomar', ports: 4, switchNs: 2e6, lossDb: { low: 1.5, mean: 2, high: 2.5 }, connected: [{ a: 0, b: 1 }],
});

/** The configuration, or a failed test. */
function changed(device: CircuitSwitch, change: Parameters<typeof crossConnected>[1]): CircuitConfig {
  const config = crossConnected(device.config, change);
  if (isRefusal(config)) throw new Error(config.reasons.join(' '));
  return config;
}

test('ports are named by number and side, from 1', () => {
  const device = fourPorts();
  assert.equal(portName(3, 'B'), '4B');
  assert.equal(portOf(device, '4B', 'B'), 3);
  for (const wrong of ['4A', '5B', '0B', '04B', 'B', '', '4b']) assert.equal(portOf(device, wrong, 'B'), null);
});

test('the safe mode refuses a busy port on either side and says which cross-connect holds it', () => {
  const device = fourPorts();
  for (const add of [{ a: 0, b: 2 }, { a: 2, b: 1 }]) {
    const refusal = crossConnected(device.config, { mode: 'safe', add: [add] });
    assert.ok(isRefusal(refusal));
    assert.equal(refusal.code, 'port-busy');
    assert.match(refusal.reasons[0] ?? '', /1A-2B/);
  }
});

test('the update mode takes ports from their cross-connects, overwrite removes all others', () => {
  const device = fourPorts();
  device.config = changed(device, { mode: 'safe', add: [{ a: 2, b: 3 }] });
  assert.deepEqual([...changed(device, { mode: 'update', add: [{ a: 3, b: 1 }] }).bOfA], [-1, -1, 3, 1]);
  assert.deepEqual([...changed(device, { mode: 'overwrite', add: [{ a: 3, b: 1 }] }).bOfA], [-1, -1, -1, 1]);
});

test('a change that names a port twice or a blocked port is refused', () => {
  const device = fourPorts();
  const twice = crossConnected(device.config, { mode: 'update', add: [{ a: 2, b: 3 }, { a: 3, b: 3 }] });
  assert.ok(isRefusal(twice) && twice.code === 'port-twice');
  const blocked = crossConnected({ ...device.config, bBlocked: Uint8Array.of(0, 0, 0, 1) }, { mode: 'safe', add: [{ a: 2, b: 3 }] });
  assert.ok(isRefusal(blocked) && blocked.code === 'port-blocked');
});

test('a moved port is dark and tuning for the switching time of the device, then tuned', () => {
  const device = fourPorts();
  applyConfig(device, changed(device, { mode: 'update', add: [{ a: 0, b: 2 }] }), 10e6);
  assert.deepEqual([device.lit[0], statusOfA(device, 0), statusOfB(device, 2), statusOfB(device, 1)], [-1, 'tuning', 'tuning', 'blocked']);
  // 2 ms after 10 ms.
  advanceSwitch(device, 12e6 - 1);
  assert.equal(statusOfA(device, 0), 'tuning');
  advanceSwitch(device, 12e6);
  assert.deepEqual([device.lit[0], statusOfA(device, 0)], [2, 'tuned']);
});

test('a stuck port fails where it is and moves when it comes free', () => {
  const device = fourPorts();
  device.stuck[0] = 1;
  applyConfig(device, changed(device, { mode: 'update', add: [{ a: 0, b: 2 }] }), 0);
  advanceSwitch(device, 1e9);
  assert.deepEqual([device.lit[0], statusOfA(device, 0)], [1, 'failed']);
  device.stuck[0] = 0;
  advanceSwitch(device, 1e9);
  assert.equal(statusOfA(device, 0), 'tuning');
  advanceSwitch(device, 1e9 + 2e6);
  assert.deepEqual([device.lit[0], statusOfA(device, 0)], [2, 'tuned']);
});

test('a blocked port lets no light through and gets it back', () => {
  const device = fourPorts();
  applyConfig(device, { ...device.config, aBlocked: Uint8Array.of(1, 0, 0, 0) }, 0);
  assert.deepEqual([device.lit[0], statusOfA(device, 0)], [-1, 'blocked']);
  applyConfig(device, { ...device.config, aBlocked: new Uint8Array(4) }, 0);
  advanceSwitch(device, 2e6);
  assert.deepEqual([device.lit[0], statusOfA(device, 0)], [1, 'tuned']);
});

test('the factory table is the same at every reading and spreads as the catalogue says', () => {
  const device = { ...fourPorts(), ports: 40 };
  const losses = Array.from({ length: 1600 }, (_, at) => factoryLossDb(device, { a: at % 40, b: Math.floor(at / 40) }));
  assert.equal(factoryLossDb(device, { a: 3, b: 0 }), losses[3]);
  const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  const spread = Math.sqrt(losses.reduce((sum, loss) => sum + (loss - mean) ** 2, 0) / losses.length);
  // Mean 2 dB; a range of 1 dB stands for four standard deviations of 0.25 dB. Standard errors: 0.006 and 0.0045 dB.
  assert.ok(Math.abs(mean - 2) < 0.02 && Math.abs(spread - 0.25) < 0.015, `${mean} ${spread}`);
});
