/** The simulated world: messages go astray as told, devices fall silent and come back, a crashed controller recovers to what it would have been. */

import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { createPlayHost } from '../../../src/app/scenario-host.ts';
import type { Entry } from '../../../src/control/entry.ts';
import type { Reading } from '../../../src/control/reading.ts';
import { foldLog } from '../../../src/control/run.ts';
import { digestOf } from '../../../src/control/state-digest.ts';
import { createDice } from '../../../src/base/dice.ts';
import { advanceFabric } from '../../../src/sim/devices/advance-fabric.ts';
import { injectFault } from '../../../src/sim/devices/inject-fault.ts';
import { moduleBer } from '../../../src/sim/devices/readout.ts';
import { Channel } from '../../../src/study/closed-loop/mischief.ts';
import { Senses } from '../../../src/study/closed-loop/sense.ts';
import { World, usualTimes } from '../../../src/study/closed-loop/world.ts';
import { syntheticRequest } from '../../../src/study/play/synthetic-job.ts';

const folder = fileURLToPath(new URL('../../scenarios/', import.meta.url));
const second = 1e9;

function newWorld(cluster: string, hear: (entries: readonly Entry[]) => void = () => undefined): World {
  const read = createPlayHost(`${folder}any.play`).readCluster(`clusters/${cluster}.yaml`);
  if (!read.ok) assert.fail(JSON.stringify(read.issues));
  return new World({ plant: read.value.plant, devices: read.value.devices, seed: 1, ...usualTimes }, hear);
}

/** 80 ms of compute and 20 ms of all-reduce at 200 Gb/s around four servers: a step of 100 ms. */
const ring = syntheticRequest({
  id: 'j1', tenant: 'lab', ranks: [0, 8, 16, 24], computeNs: 80e6, replicas: 4, replicaBlock: 1, replicasMin: 1, steps: 200, checkpointNs: 10e9, restartNs: 60e9,
  phases: [{ trafficClass: 'allReduce', timeNs: 20e6, rateGbps: 200, pairs: [[0, 1], [1, 2], [2, 3], [3, 0]] }],
});

test('messages are lost, repeated, late or overtaken as told, and only those of the device', () => {
  const channel = new Channel();
  const message = (device: string): Reading => ({ kind: 'telemetry', device, sequence: 1, deviceNs: 0, quantity: 'caseC', components: [0], values: [1] });
  const times = { usualNs: 2e6, periodNs: second };
  channel.trouble({ device: 'lost', name: 'lost', byNs: 0, untilNs: 10 * second });
  channel.trouble({ device: 'twice', name: 'duplicated', byNs: 0, untilNs: 10 * second });
  channel.trouble({ device: 'late', name: 'delayed', byNs: 5 * second, untilNs: 10 * second });
  channel.trouble({ device: 'over', name: 'reordered', byNs: 0, untilNs: 10 * second });
  assert.deepEqual(channel.arrivals(message('lost'), 0, times), []);
  assert.deepEqual(channel.arrivals(message('twice'), 0, times), [2e6, 3e6]);
  assert.deepEqual(channel.arrivals(message('late'), 0, times), [5.002e9]);
  // Every second message comes after the next one, which is a period later.
  assert.deepEqual([0, 1].map(() => channel.arrivals(message('over'), 0, times)[0]), [1.502e9, 2e6]);
  assert.deepEqual(channel.arrivals(message('other'), 0, times), [2e6]);
  assert.deepEqual(channel.arrivals(message('lost'), 10 * second, times), [2e6]);
});

test('a job works at its true pace and ends when its steps are done', () => {
  const world = newWorld('pods-32');
  world.tell({ kind: 'jobAsked', job: ring });
  world.advance(10 * second);
  // 10 s at 100 ms.
  assert.ok(Math.abs((world.progress.get('j1')?.steps ?? 0) - 100) < 1e-6);
  assert.ok(Math.abs(world.stepNs('j1') - 100e6) < 1);
  world.advance(25 * second);
  assert.equal(world.state.jobs.size, 0);
});

test('a device that dies counts as silent after three reports, and as heard when it is back', () => {
  const world = newWorld('pods-32');
  world.advance(2 * second);
  assert.ok(world.inject({ device: 'leaf0', fault: 'dead' }).ok);
  const linkOf = (): string | undefined => [...world.state.devices].find(([name]) => name.endsWith('/leaf0'))?.[1].link;
  world.advance(4.5 * second);
  assert.equal(linkOf(), 'up');
  world.advance(5.5 * second);
  assert.equal(linkOf(), 'silent');
  world.inject({ device: 'leaf0', fault: 'clear' });
  world.advance(8 * second);
  assert.equal(linkOf(), 'up');
});

test('a crash at any entry of a decision leads to the same decision, and the log folds to the live state', () => {
  const decided = (keeps: number | null): { readonly facts: readonly string[]; readonly world: World } => {
    const world = newWorld('liquid-32');
    world.tell({ kind: 'jobAsked', job: ring });
    world.advance(2 * second);
    if (keeps !== null) world.crashAtNextPlan({ keeps, downNs: 5 * second });
    world.inject({ device: 'coolantloop0', fault: 'warm', by: 6 });
    world.advance(9 * second);
    const reading = world.log.find(({ body }) => body.kind === 'telemetry' && body.quantity === 'supplyC' && (body.values[0] ?? 0) > 40);
    const first = world.log.findIndex(({ n }) => n === reading?.n);
    const next = world.log.findIndex(({ kind }, at) => at > first && kind === 'reading');
    return { facts: world.log.slice(first, next).map((entry) => JSON.stringify(entry)), world };
  };
  const whole = decided(null).facts;
  assert.ok(whole.some((text) => text.includes('"kind":"decided"')));
  for (const keeps of [1, 2, 8, whole.length - 1]) {
    const { facts, world } = decided(keeps);
    assert.deepEqual(facts, whole, `after ${keeps} entries`);
    const folded = foldLog(world.state.plant, world.header, world.log);
    assert.equal(folded.issue, null);
    assert.equal(digestOf(folded.state), digestOf(world.state));
  }
});

test('a frozen sensor is found out by the receiver at the other end', () => {
  const world = newWorld('pods-32');
  world.advance(2 * second);
  world.inject({ device: 'leaf0/module2', fault: 'lie' });
  world.inject({ device: 'leaf0/module2/laser4', fault: 'laser-dead' });
  world.advance(4 * second);
  const laser = world.devices.cluster.fabric.findComponent('leaf0/module2/laser4');
  assert.equal(world.state.components.isDead[laser], 1);
});

test('a fabric at rest costs nothing to watch', () => {
  const world = newWorld('pods-32');
  world.advance(3 * second);
  const before = world.log.length;
  world.advance(50 * second);
  // A tick a second and no message: what sensors scatter is less than what they report.
  assert.equal(world.log.length - before, 47);
});

test('a lane that goes dark without an order is lit again by the next heartbeat', () => {
  const world = newWorld('pods-32');
  world.advance(2 * second);
  const module = world.devices.modules.find(({ kind, isOptical }) => isOptical && kind !== 'laserSource') ?? assert.fail();
  module.txEnabled[0] = 0;
  // The host says so at the latest with the heartbeat after 60 s, and is told to light it again.
  world.advance(65 * second);
  assert.equal(module.txEnabled[0], 1);
  assert.equal(world.log.filter((entry) => entry.kind === 'fact' && entry.body.kind === 'lanesApart').length, 1);
});

test('a receiver that misses light which a plan switched off has not failed, however late or often it says so, and is sound when it hears again', () => {
  const world = newWorld('liquid-32');
  world.tell({ kind: 'jobAsked', job: ring });
  world.advance(2 * second);
  world.inject({ device: 'coolantloop0', fault: 'warm', by: 6 });
  // Devices hear of orders after half a second, and their answers take as long.
  world.setTimes({ managementNs: 0.5 * second });
  world.advance(3.7 * second);
  const { fabric } = world.devices.cluster;
  const off = Array.from({ length: fabric.linkCount }, (_, link) => link).find((link) => {
    const [first, end] = [fabric.linkWavelength[link] ?? 0, fabric.linkWavelength[link + 1] ?? 0];
    return end > first && world.state.wavelengths.rateGbps.subarray(first, end).every((rate) => rate === 0);
  }) ?? assert.fail('no link is off by plan');
  const port = fabric.linkPort[fabric.linkReverse[off] ?? 0] ?? -1;
  const host = world.devices.hosts.find(({ modules }) => modules.some(({ component }) => component === fabric.componentParent[port])) ?? assert.fail();
  const alarm = (raised: boolean): Reading => ({ kind: 'alarm', device: host.name, sequence: world.nextMessage(host.name), component: port, alarm: 'lossOfLight', raised });
  const healths = (): readonly string[] => world.log.flatMap((entry) => (entry.kind === 'fact' && entry.body.kind === 'healthSet' && entry.body.component === port ? [entry.body.to] : []));
  // Between the decision and the orders' way to the devices, before the answers, and long after them.
  assert.ok(world.state.openPlans.size > 0);
  world.tell(alarm(true));
  assert.equal(world.log.filter(({ body }) => body.kind === 'decided').length, 1);
  for (const atS of [0.3, 0.9, 5]) world.tellLater(alarm(true), atS * second);
  world.advance(10 * second);
  assert.equal(world.state.openPlans.size, 0);
  assert.deepEqual(healths(), ['suspect']);
  // Nobody decides anything by it: no light is lost that anybody has.
  assert.equal(world.log.filter(({ body }) => body.kind === 'decided').length, 1);
  world.tell(alarm(false));
  world.advance(10 * second + world.state.policy.health.holdDownNs + 2 * second);
  assert.deepEqual(healths(), ['suspect', 'sound']);
});

test('darkness that stands is told again with every heartbeat, so that an alarm lost on its way is heard, and what has gone is told as gone', () => {
  const { devices } = newWorld('pods-32');
  const senses = new Senses(devices);
  const dice = createDice(1);
  advanceFabric(devices, 1 * second, dice);
  senses.read(1 * second);
  injectFault(devices, { device: 'leaf0/module2', fault: 'lie' });
  injectFault(devices, { device: 'leaf0/module2/laser4', fault: 'laser-dead' });
  advanceFabric(devices, 2 * second, dice);
  const lost = (): readonly boolean[] => senses.read(2 * second).flatMap((reading) => (reading.kind === 'alarm' && reading.alarm === 'lossOfLight' ? [reading.raised] : []));
  assert.deepEqual([lost(), lost()], [[true], []]);
  senses.forget();
  assert.deepEqual([lost(), lost()], [[true], []]);
  // What has gone while it was due is told as gone.
  senses.forget();
  injectFault(devices, { device: 'leaf0/module2', fault: 'clear' });
  injectFault(devices, { device: 'leaf0/module2/laser4', fault: 'clear' });
  advanceFabric(devices, 3 * second, dice);
  assert.deepEqual(lost(), [false]);
});

// Four lanes of each port: errors over all eight lanes are half of those over the port that has them all.
test('errors that a module counts behind all its lanes are those of the port that has lost light', () => {
  const { devices } = newWorld('pods-32');
  const senses = new Senses(devices);
  const dice = createDice(1);
  const [bad, sound] = ['leaf0/module2/port1', 'leaf0/module2/port0'].map((name) => devices.cluster.fabric.findComponent(name) as number);
  const told = (): ReadonlyMap<number, number> => new Map(senses.read(0).flatMap((reading) =>
    (reading.kind === 'telemetry' && reading.quantity === 'preFecBer' ? reading.components.map((component, at) => [component, reading.values[at] ?? NaN] as const) : [])));
  advanceFabric(devices, second, dice);
  assert.equal(told().size, 0);
  injectFault(devices, { device: 'leaf0/module2/port1', fault: 'dirty', by: 4 });
  advanceFabric(devices, 2 * second, dice);
  const errors = told();
  const module = devices.modules.find(({ component }) => component === devices.cluster.fabric.componentParent[bad ?? 0]);
  assert.equal(errors.has(sound ?? -1), false);
  assert.ok(Math.abs((errors.get(bad ?? -1) ?? 0) / (2 * moduleBer(module ?? assert.fail())) - 1) < 1e-3);
  // Where both have lost as much, both have them.
  injectFault(devices, { device: 'leaf0/module2/port0', fault: 'dirty', by: 4 });
  advanceFabric(devices, 3 * second, dice);
  senses.forget();
  assert.ok(told().has(sound ?? -1));
});

test('a fault that a device holds is told at its edge and again with every heartbeat; one that has gone only to whoever missed messages', () => {
  const { devices } = newWorld('pods-32');
  const senses = new Senses(devices);
  const dice = createDice(1);
  const told = (atNs: number): readonly string[] => {
    advanceFabric(devices, atNs, dice);
    return senses.read(atNs).flatMap((reading) => (reading.kind === 'alarm' ? [`${reading.alarm} ${reading.raised}`] : []));
  };
  assert.deepEqual(told(second), []);
  senses.missed();
  assert.deepEqual(told(second), []);
  injectFault(devices, { device: 'leaf0/module2/laser4', fault: 'laser-dead' });
  assert.deepEqual([told(2 * second), told(2 * second)], [['laserFault true'], []]);
  senses.forget();
  assert.deepEqual([told(2 * second), told(2 * second)], [['laserFault true'], []]);
  injectFault(devices, { device: 'leaf0/module2/laser4', fault: 'clear' });
  assert.deepEqual([told(3 * second), told(3 * second)], [['laserFault false'], []]);
  senses.forget();
  assert.deepEqual(told(3 * second), []);
  senses.missed();
  assert.deepEqual([told(3 * second), told(3 * second)], [['laserFault false'], []]);
});

// Both ends of the laser's light are lost to the controller while it dies, so that nobody else accuses it either: only what is told again can be heard.
test('a fault whose alarm was lost is believed once the device is heard again, and so is its end', () => {
  const world = newWorld('pods-32');
  const laser = world.devices.cluster.fabric.findComponent('leaf0/module2/laser4');
  world.advance(2 * second);
  const lose = (fromS: number): void => {
    const hosts = new Set(world.devices.hosts.map(({ name }) => name));
    for (const device of hosts) world.trouble({ device, name: 'lost', byNs: 0, untilNs: (fromS + 3) * second });
  };
  lose(2);
  world.inject({ device: 'leaf0/module2/laser4', fault: 'laser-dead' });
  world.advance(6 * second);
  assert.equal(world.state.components.isDead[laser], 0);
  world.advance(62 * second);
  assert.equal(world.state.components.isDead[laser], 1);
  lose(62);
  world.inject({ device: 'leaf0/module2/laser4', fault: 'clear' });
  world.advance(66 * second);
  assert.equal(world.state.components.isDead[laser], 1);
  // The heartbeat after 120 s shows the gap, and the device is asked.
  world.advance(123 * second);
  assert.equal(world.state.components.isDead[laser], 0);
});

test('a part that returns to service with its fault still in it is dark again as soon as its device has been asked', () => {
  const world = newWorld('pods-32');
  const laser = world.devices.cluster.fabric.findComponent('leaf0/module2/laser4');
  world.advance(2 * second);
  world.inject({ device: 'leaf0/module2/laser4', fault: 'laser-dead' });
  world.advance(5 * second);
  assert.equal(world.state.components.isDead[laser], 1);
  for (const action of ['repair', 'verify'] as const) world.tell({ kind: 'maintenanceAsked', component: laser, action, by: 'ada' });
  world.tell({ kind: 'verified', component: laser, passed: true, detail: 'It passed.' });
  assert.equal(world.state.components.isDead[laser], 0);
  // One period of telemetry and the way of one message.
  world.advance(5 * second + usualTimes.telemetryNs + usualTimes.managementNs);
  assert.equal(world.state.components.isDead[laser], 1);
});
