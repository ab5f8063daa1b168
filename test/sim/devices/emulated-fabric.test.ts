/** The emulated fabric follows the physics: heat, dirt, dead lasers and moved circuits show where and as much as they must. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { compileClusterFile } from '../../../src/app/cluster-input.ts';
import { createDice } from '../../../src/base/dice.ts';
import { isRefusal } from '../../../src/base/refusal.ts';
import type { ComponentIx } from '../../../src/fabric/fabric.ts';
import { createEvaluateMedium } from '../../../src/fabric/physics.ts';
import { createCatalogue } from '../../../src/optics/catalogue/catalogue.ts';
import { advanceFabric } from '../../../src/sim/devices/advance-fabric.ts';
import { applyConfig, crossConnected } from '../../../src/sim/devices/circuit-switch.ts';
import { createDevices } from '../../../src/sim/devices/create-devices.ts';
import type { EmulatedFabric, EmulatedModule } from '../../../src/sim/devices/emulated-fabric.ts';
import { injectFault } from '../../../src/sim/devices/inject-fault.ts';

const catalogue = createCatalogue();

function running(example: string, seed = 7): { readonly fabric: EmulatedFabric; readonly to: (second: number) => void } {
  const cluster = compileClusterFile(fileURLToPath(new URL(`../../../examples/${example}`, import.meta.url)));
  if (!cluster.ok) throw new Error('the example does not compile');
  const fabric = createDevices(cluster.value, catalogue);
  const dice = createDice(seed);
  const to = (second: number): void => advanceFabric(fabric, second * 1e9, dice);
  to(1);
  return { fabric, to };
}

function module(fabric: EmulatedFabric, name: string): EmulatedModule {
  const found = fabric.modules[fabric.moduleOfComponent[fabric.cluster.fabric.findComponent(name)] ?? -1];
  if (found === undefined) throw new Error(`no module ${name}`);
  return found;
}

const inject = (fabric: EmulatedFabric, device: string, fault: string, by?: number): readonly string[] => {
  const done = injectFault(fabric, { device, fault, ...(by === undefined ? {} : { by }) });
  if (!done.ok) throw new Error(done.issues[0]?.message ?? '');
  return done.value.reached;
};

test('every module, engine, laser source and circuit switch is a device under its component name', () => {
  const { fabric } = running('cluster-liquid-1024.yaml');
  const { components } = fabric.cluster.fabric;
  // Counted in the component table: 1,536 modules, 128 engines, 128 laser sources.
  assert.equal(fabric.modules.length, 1536 + 128 + 128);
  for (const { name, component } of fabric.modules) assert.equal(components.find(name), component);
  // Hosts: 1,024 adapters, 16 leaves, 8 spines.
  assert.equal(fabric.hosts.length, 1048);
  assert.equal(running('fabrics/ocs-rails.yaml').fabric.switches.length, 8);
});

test('three decibels of dirt take three decibels of light and give the error ratio of the link model', () => {
  const { fabric, to } = running('fabrics/ocs-rails.yaml');
  const near = module(fabric, 'nic0/module0');
  const before = near.lanes.map(({ rxPowerDbm }) => rxPowerDbm);
  inject(fabric, 'nic0/module0', 'dirty', 3);
  to(2);
  // Two readings, each with 0.02 dB of scatter: six standard deviations are 0.17 dB.
  near.lanes.forEach(({ rxPowerDbm }, at) => assert.ok(Math.abs((before[at] ?? 0) - rxPowerDbm - 3) < 0.17));
  // The dumb twin asks the link model for the same path with 3 dB more; the path's own share of the switch loss is added too.
  const lane = near.firstLane;
  const use = fabric.cluster.fabric.uses[fabric.cluster.fabric.cableUse[(fabric.lanes.rxLink[lane] ?? 0) >> 1] ?? -1];
  assert.ok(use !== undefined);
  const extraLossDb = fabric.lanes.lossDb[lane] ?? 0;
  const caseTemperatureC = Math.round(near.temperatureC * 4) / 4;
  const report = createEvaluateMedium({ catalogue, view: 'typical', caseTemperatureC: null, extraLossDb })({ ...use, caseTemperatureC }).report;
  const ratio = (near.lanes[0]?.preFecBer ?? 0) / (report?.wavelengths[0]?.preFecBer ?? 1);
  assert.ok(Math.abs(extraLossDb - 3) < 0.4 && Math.abs(ratio - 1) < 0.02, `${extraLossDb} dB, ${ratio}`);
});

test('a warm inlet warms a module by the same amount in the end, and slowly', () => {
  const { fabric, to } = running('fabrics/leaf-spine.yaml');
  const warm = module(fabric, 'leaf0/module0');
  const other = module(fabric, 'leaf1/module0');
  const [atStart, otherAtStart] = [warm.temperatureC, other.temperatureC];
  assert.ok(inject(fabric, 'leaf0', 'warm', 6).every((name) => name.includes('/leaf0/')));
  to(3);
  // The package's slowest time constant is 30 s or more (module cases take 30 to 120 s): 3 s give at most 1 - exp(-0.1) of 6 K.
  assert.ok(warm.temperatureC - atStart < 0.6 + 0.25);
  to(1800);
  // Power does not change, so the linear network moves by exactly its inlet; sensors scatter by 0.03 K.
  assert.ok(Math.abs(warm.temperatureC - atStart - 6) < 0.25, String(warm.temperatureC - atStart));
  assert.ok(Math.abs(other.temperatureC - otherAtStart) < 0.25);
});

test('a dead laser source darkens exactly the lanes that its lasers light', () => {
  const { fabric, to } = running('cluster-liquid-1024.yaml');
  const tables = fabric.cluster.fabric;
  const source = module(fabric, 'leaf0/lasersource0');
  let lit = 0;
  tables.wavelengthLaser.forEach((laser) => { if (source.lasers.includes(laser)) lit++; });
  inject(fabric, 'leaf0/lasersource0', 'laser-dead');
  to(2);
  const dark = fabric.modules.reduce((sum, { lanes }) => sum + lanes.filter(({ rxLos }) => rxLos).length, 0);
  assert.ok(lit > 0);
  assert.equal(dark, lit);
  assert.ok(source.alarms.txPowerLow && source.lanes.every(({ txFailure }) => txFailure));
  inject(fabric, 'leaf0/lasersource0', 'clear');
  to(3);
  assert.ok(fabric.modules.every(({ lanes }) => lanes.every(({ rxLos }) => !rxLos)));
});

test('a coolant loop warms what its coolant cools and nothing else', () => {
  const { fabric } = running('cluster-liquid-1024.yaml');
  const reached = inject(fabric, 'coolantloop0', 'warm', 6);
  assert.ok(reached.length > 0 && reached.every((name) => name.includes('/engine')));
});

test('a liar shows what it last read while the light at its far end tells the truth', () => {
  const { fabric, to } = running('fabrics/leaf-spine.yaml');
  const liar = module(fabric, 'nic0/module0');
  inject(fabric, 'nic0/module0', 'lie');
  inject(fabric, 'nic0/module0', 'laser-dead');
  const before = structuredClone(liar.lanes);
  to(2);
  assert.deepEqual(liar.lanes, before);
  const link = fabric.lanes.txLink[liar.firstLane] ?? 0;
  const far = fabric.modules[fabric.lanes.module[fabric.laneOfLink[fabric.cluster.fabric.linkReverse[link] ?? 0] ?? 0] ?? 0];
  assert.ok(far?.lanes.some(({ rxLos }) => rxLos));
});

test('alarms latch until the module is cleared', () => {
  const { fabric, to } = running('fabrics/leaf-spine.yaml');
  const hurt = module(fabric, 'nic0/module0');
  const tables = fabric.cluster.fabric;
  const cable = tables.componentName((tables.linkCable[(fabric.lanes.txLink[hurt.firstLane] ?? 0) >> 1] ?? 0) as ComponentIx);
  inject(fabric, cable, 'dirty', 20);
  to(2);
  const wasHurt = fabric.modules.filter(({ alarms }) => alarms.rxPowerLow);
  assert.ok(wasHurt.includes(hurt));
  inject(fabric, cable, 'clear');
  to(3);
  assert.deepEqual([hurt.alarms.rxPowerLow, hurt.latched.rxPowerLow], [false, true]);
  inject(fabric, 'nic0/module0', 'clear');
  assert.equal(hurt.latched.rxPowerLow, false);
});

test('a moved circuit is dark while it tunes and then brings the light of its new partner', () => {
  const { fabric, to } = running('fabrics/ocs-rails.yaml');
  const device = fabric.switches[0];
  const [b = -1, other = -1] = device === undefined ? [] : [device.config.bOfA[0], device.config.bOfA[1]];
  assert.ok(device !== undefined && b >= 0 && other >= 0);
  // Port 1A is sent where 2A went: the receiver there changes its partner, the receiver at the old port goes dark.
  const config = crossConnected(device.config, { mode: 'update', add: [{ a: 0, b: other }] });
  assert.ok(!isRefusal(config));
  applyConfig(device, config, fabric.nowNs);
  const receiverAt = (port: number): EmulatedModule | undefined => fabric.modules[fabric.lanes.module[fabric.laneOfLink[fabric.linkInto[0]?.[port] ?? -1] ?? -1] ?? -1];
  to(1 + 1e-4);
  const losAt = (port: number): boolean => receiverAt(port)?.lanes.some(({ rxLos }) => rxLos) === true;
  assert.deepEqual([losAt(other), losAt(b)], [true, true]);
  to(2);
  assert.deepEqual([losAt(other), losAt(b)], [false, true]);
});

test('equal dice read equal values, and time that goes back changes nothing', () => {
  const [one, two] = [running('fabrics/leaf-spine.yaml', 3), running('fabrics/leaf-spine.yaml', 3)];
  for (const { to } of [one, two]) to(5);
  assert.deepEqual(one.fabric.modules.map(({ lanes }) => lanes), two.fabric.modules.map(({ lanes }) => lanes));
  const before = structuredClone(one.fabric.modules[0]?.lanes);
  one.to(4);
  assert.deepEqual(one.fabric.modules[0]?.lanes, before);
});

test('what cannot be injected is an issue with a remedy', () => {
  const { fabric } = running('fabrics/leaf-spine.yaml');
  const codeOf = (device: string, fault: string, by?: number): string => {
    const done = injectFault(fabric, { device, fault, ...(by === undefined ? {} : { by }) });
    return done.ok ? 'ok' : done.issues[0]?.code ?? '';
  };
  assert.equal(codeOf('leaf99', 'warm', 6), 'unknown-device');
  assert.equal(codeOf('leaf0', 'melt'), 'unknown-fault');
  assert.equal(codeOf('leaf0', 'warm'), 'missing-amount');
  assert.equal(codeOf('leaf0', 'warm', -3), 'bad-amount');
  assert.equal(codeOf('leaf0', 'warm', Number.NaN), 'bad-amount');
  assert.equal(codeOf('leaf0', 'stuck'), 'fault-does-not-fit');
  assert.equal(codeOf('coolantloop0', 'warm', 6), 'fault-does-not-fit');
  assert.equal(codeOf('gpu0', 'dead'), 'fault-does-not-fit');
  assert.equal(fabric.faults.length, 0);
});
