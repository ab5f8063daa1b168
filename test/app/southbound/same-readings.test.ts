/** What comes over gNMI means what the emulation itself means: the same readings of the same faults. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../../src/base/dice.ts';
import type { Quantity, Reading } from '../../../src/control/reading.ts';
import { createCatalogue } from '../../../src/optics/catalogue/catalogue.ts';
import { advanceFabric } from '../../../src/sim/devices/advance-fabric.ts';
import { createDevices } from '../../../src/sim/devices/create-devices.ts';
import { injectFault } from '../../../src/sim/devices/inject-fault.ts';
import { Senses } from '../../../src/study/closed-loop/sense.ts';
import { readTestCluster, startLine, until } from './live-fabric.ts';

const clusterFile = 'test/scenarios/clusters/liquid-32.yaml';

/** The last value of each quantity of each component, and the alarms that stand. */
function standing(readings: readonly Reading[]): { readonly values: ReadonlyMap<string, number>; readonly alarms: ReadonlySet<string> } {
  const values = new Map<string, number>();
  const alarms = new Set<string>();
  for (const reading of readings) {
    if (reading.kind === 'telemetry') reading.components.forEach((component, at) => values.set(`${reading.quantity} ${component}`, reading.values[at] ?? NaN));
    if (reading.kind !== 'alarm') continue;
    const key = `${reading.device} ${reading.alarm} ${reading.component}`;
    if (reading.raised) alarms.add(key);
    else alarms.delete(key);
  }
  return { values, alarms };
}

/** Steps below which the senses stay silent (`sense.ts`) on both ways, and six deviations of the sensors' noise (0.03 K, 0.02 dB, 0.05 mA of some 50 mA). */
const apart: Readonly<Partial<Record<Quantity, number>>> = { caseC: 0.4 + 6 * 0.03, rxLossDb: 0.2 + 6 * 0.02, biasRatio: 0.02 + 6 * 0.001, supplyC: 0.1 };

const faults = [
  { device: 'spine0/package0/engine0', fault: 'laser-dead' }, { device: 'node0/nic0/module0', fault: 'dirty', by: 2 }, { device: 'spine1/lasersource0/laser0', fault: 'laser-dead' },
  { device: 'leaf1/lasersource0', fault: 'laser-dead' },
] as const;

test('a twin over the wire and an emulation in the process give the same readings and alarms', async (t) => {
  const cluster = readTestCluster(clusterFile);
  const devices = createDevices(cluster, createCatalogue());
  const dice = createDice(7);
  advanceFabric(devices, 0, dice);
  const senses = new Senses(devices);
  const sound = senses.read(0);
  for (const fault of faults) assert.ok(injectFault(devices, fault).ok, `${fault.device} ${fault.fault}`);
  advanceFabric(devices, 1e9, dice);
  const emulated = standing([...sound, ...senses.read(1e9)]);
  assert.ok(emulated.alarms.size >= 3 && emulated.values.size > 100);
  // Two decibels of dirt are seen as errors too.
  assert.ok([...emulated.values.keys()].some((key) => key.startsWith('preFecBer ')));

  const fromMs = performance.now();
  const line = await startLine({ clusterFile, sampleMs: 200 }, { nowNs: () => (performance.now() - fromMs) * 1e6, speed: 1 });
  t.after(line.stop);
  const heard: Reading[] = [];
  line.side.start((readings) => heard.push(...readings));
  await until('everything is heard', () => standing(heard).values.size === standing(sound).values.size);
  assert.equal(standing(heard).alarms.size, 0);
  for (const { device, fault, ...by } of faults) line.inject(device, fault, 'by' in by ? by.by : undefined);
  await until('the alarms stand', () => {
    const { alarms } = standing(heard);
    return alarms.size === emulated.alarms.size && [...alarms].every((alarm) => emulated.alarms.has(alarm));
  });
  // Samples come every 200 ms, and one of them may have been taken before the faults.
  await new Promise((resolve) => { setTimeout(resolve, 1500); });
  const wired = standing(heard);
  assert.deepEqual([...wired.values.keys()].sort(), [...emulated.values.keys()].sort());
  for (const [key, value] of emulated.values) {
    const quantity = key.split(' ')[0] as Quantity;
    if (quantity === 'preFecBer') {
      // Told when it has moved by half; errors of 2e-7 in a second of 106 Gb/s scatter by less than 1 %.
      assert.ok(Math.abs(Math.log((wired.values.get(key) ?? NaN) / value)) <= 2 * Math.log(1.5), `${key}: ${wired.values.get(key)} over the wire, ${value} in the process`);
      continue;
    }
    assert.ok(Math.abs((wired.values.get(key) ?? NaN) - value) <= (apart[quantity] ?? 0), `${key}: ${wired.values.get(key)} over the wire, ${value} in the process`);
  }
  // Each message of a device has the number after its last.
  const last = new Map<string, number>();
  for (const reading of heard) {
    if (reading.kind !== 'telemetry' && reading.kind !== 'alarm') continue;
    const before = last.get(reading.device);
    if (before !== undefined) assert.equal(reading.sequence, before + 1, reading.device);
    last.set(reading.device, reading.sequence);
  }
});
