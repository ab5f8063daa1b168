/** Lanes that were switched off by order and lit again, told by devices in every order: darkness that is older than light accuses nobody. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeviceReading } from '../../../src/adapters/device-reading.ts';
import { FabricImage, nothingTaken } from '../../../src/app/southbound/fabric-image.ts';
import type { Reading } from '../../../src/control/reading.ts';
import { createCatalogue } from '../../../src/optics/catalogue/catalogue.ts';
import { sendingLane } from '../../../src/study/closed-loop/sending-lane.ts';
import { readTestCluster, startLive, until } from './live-fabric.ts';

/** What one flag of a lane says at a time after an arbitrary moment. */
type Word = (lane: number, quantity: 'rxLos' | 'txEnabled' | 'rxPower', value: number, atS: number) => void;

function newImage(): { readonly image: FabricImage; readonly receiving: number; readonly sending: number; readonly say: Word; readonly lost: () => readonly boolean[]; readonly order: (isOn: boolean) => void } {
  const image = new FabricImage(readTestCluster('test/scenarios/clusters/liquid-32.yaml'), createCatalogue());
  const { devices } = image;
  const receiving = devices.lanes.txLink.findIndex((_, lane) => {
    const module = devices.modules[devices.lanes.module[lane] ?? -1];
    return module?.name.startsWith('site0') === true && module.name.includes('spine0') && sendingLane(devices, lane) >= 0;
  });
  const sending = sendingLane(devices, receiving);
  const nowNs = Date.now() * 1e6;
  const moduleOf = (lane: number): (typeof devices.modules)[number] => devices.modules[devices.lanes.module[lane] ?? -1] ?? assert.fail();
  return {
    image, receiving, sending,
    say(lane, quantity, value, atS) {
      const module = moduleOf(lane);
      const device = devices.hosts.find(({ modules }) => modules.includes(module))?.name ?? assert.fail();
      const reading: DeviceReading = { device, component: module.name, lane: lane - module.firstLane, quantity, value, unit: quantity === 'rxPower' ? 'dBm' : 'flag', atNs: BigInt(Math.round(nowNs + atS * 1e9)) };
      image.take([reading], nothingTaken());
    },
    lost: () => image.senses.accusations(0).flatMap((reading: Reading) => (reading.kind === 'alarm' && reading.alarm === 'lossOfLight' ? [reading.raised] : [])),
    order(isOn) {
      const module = moduleOf(sending);
      image.noteOrdered([{ module, lane: sending - module.firstLane, isOn }]);
    },
  };
}

test('darkness accuses a sender that nobody told to be dark', () => {
  const { receiving, say, lost } = newImage();
  say(receiving, 'rxLos', 1, 0);
  assert.deepEqual(lost(), [true]);
});

test('a flag that is never cleared loses its word to the power of its own receiver, and has it back when that is gone', () => {
  const { receiving, say, lost, image } = newImage();
  say(receiving, 'rxLos', 1, 0);
  assert.deepEqual(lost(), [true]);
  const module = image.devices.modules[image.devices.lanes.module[receiving] ?? -1];
  const alarmDbm = module?.thresholds?.rxLowAlarmDbm ?? assert.fail();
  // Read at once, before a receiver has looked: older than the flag, for all that is known.
  for (const [dbm, atS] of [[1, 0.1], [1.01, 0.2], [1.02, 0.3], [1.03, 0.4]] as const) say(receiving, 'rxPower', alarmDbm + dbm, atS);
  assert.deepEqual(lost(), []);
  // A sensor that repeats its value is stuck itself.
  for (let atS = 2; atS < 9; atS++) say(receiving, 'rxPower', alarmDbm + 1.03, atS);
  assert.deepEqual(lost(), []);
  // Three readings in a row that move and show light: the flag is stuck, whether or not it is told again.
  say(receiving, 'rxPower', alarmDbm + 1.04, 10);
  say(receiving, 'rxLos', 1, 10.5);
  say(receiving, 'rxPower', alarmDbm - 0.5, 11);
  for (const [dbm, atS] of [[1.05, 12], [1.06, 13]] as const) say(receiving, 'rxPower', alarmDbm + dbm, atS);
  assert.deepEqual(lost(), []);
  const taken = nothingTaken();
  const device = image.devices.hosts.find(({ modules }) => modules.includes(module ?? assert.fail()))?.name ?? '';
  const reading = { device, component: module?.name ?? '', lane: receiving - (module?.firstLane ?? 0), quantity: 'rxPower', value: alarmDbm + 1.07, unit: 'dBm', atNs: BigInt(Date.now() + 14_000) * 1_000_000n } as const;
  image.take([reading], taken);
  assert.deepEqual([taken.isLightChanged, taken.stuck.map(({ component }) => component)], [true, [module?.name]]);
  assert.deepEqual(lost(), [false]);
  // Light that is lost in earnest is told by the power, because the flag stands already.
  say(receiving, 'rxPower', -40, 20);
  assert.deepEqual(lost(), [true]);
  // A flag that is cleared and raised again is believed at once.
  say(receiving, 'rxLos', 0, 21);
  assert.deepEqual(lost(), [false]);
  say(receiving, 'rxLos', 1, 22);
  assert.deepEqual(lost(), [true]);
});

test('a lane accuses nobody from its order to be dark on, before its device says so and if its answer never comes', () => {
  const { receiving, sending, say, lost, order } = newImage();
  order(false);
  say(receiving, 'rxLos', 1, 0);
  assert.deepEqual(lost(), []);
  say(sending, 'txEnabled', 0, 3);
  assert.deepEqual(lost(), []);
});

test('a sender that is lit again is accused only by a receiver that has looked since, and then it is', () => {
  const { receiving, sending, say, lost, order, image } = newImage();
  order(false);
  say(sending, 'txEnabled', 0, 0);
  say(receiving, 'rxLos', 1, 0);
  assert.deepEqual(lost(), []);
  image.doubt.takeMet();
  order(true);
  assert.deepEqual(lost(), []);
  // The sender's word that it is lit overtakes what its receiver sees.
  say(sending, 'txEnabled', 1, 4);
  assert.deepEqual(lost(), []);
  assert.equal(image.doubt.takeMet(), true);
  say(receiving, 'rxPower', -30, 3);
  assert.deepEqual(lost(), []);
  say(receiving, 'rxPower', -30, 6);
  assert.deepEqual(lost(), [true]);
});

test('a device that put its lanes back by itself accuses nobody while its neighbours still tell the darkness from before', () => {
  const { receiving, sending, say, lost } = newImage();
  // Nobody here gave these orders: another controller, or one before a restart.
  say(sending, 'txEnabled', 0, 0);
  say(receiving, 'rxLos', 1, 0);
  say(sending, 'txEnabled', 1, 44);
  assert.deepEqual(lost(), []);
  say(receiving, 'rxLos', 0, 44);
  assert.deepEqual(lost(), []);
});

test('over gNMI, lanes that a plan switched off and a device lit by itself raise no alarm although the far ends are slow', async (t) => {
  const fabric = await startLive({ clusterFile: 'test/scenarios/clusters/liquid-32.yaml' });
  t.after(() => fabric.stop());
  await until('every device is heard', () => fabric.side.standings.every(({ link }) => link === 'up'));
  for (let rank = 0; rank < 8; rank++) fabric.ask({ id: `l${rank}`, fromRank: rank, toRank: 16 + rank, rateGbps: 60 });
  await until('leases', () => fabric.facts('leaseAccepted').length === 8);
  fabric.inject('coolantloop0', 'warm', 6);
  await until('the plan is in force', () => fabric.facts('confirmed').length === 1);
  await new Promise((resolve) => { setTimeout(resolve, 1000); });
  for (const { name } of fabric.twin.model.fabric.hosts) if (/spine\d+$/.test(name)) fabric.inject(name.slice(name.lastIndexOf('/') + 1), 'slow', 1500);
  // As after a restart or a commit that ran out: every lane of the leaves is lit again, and the controller tells them anew.
  const leaves = fabric.twin.model.fabric.modules.filter(({ name, txEnabled }) => /leaf\d+\//.test(name) && txEnabled.some((on) => on === 0));
  assert.ok(leaves.length > 0);
  for (const { name, txEnabled } of leaves) {
    const host = name.slice(0, name.indexOf('/', name.indexOf('leaf')));
    const operations = [...txEnabled].map((_, lane) => ({
      op: 'update' as const, origin: 'openconfig' as const,
      elems: [
        { name: 'components' }, { name: 'component', key: { name } }, { name: 'transceiver' }, { name: 'physical-channels' }, { name: 'channel', key: { index: String(lane) } }, { name: 'config' }, { name: 'tx-laser' },
      ],
      value: true,
    }));
    assert.equal(fabric.twin.model.change(host, operations), null);
  }
  await until('the leaves are told again', () => fabric.facts('lanesApart').length > 0);
  await new Promise((resolve) => { setTimeout(resolve, 4000); });
  const alarms = fabric.entries.filter((entry) => entry.kind === 'reading' && entry.body.kind === 'alarm');
  assert.deepEqual(alarms, []);
  assert.deepEqual(fabric.facts('healthSet').filter(({ to }) => to === 'failed'), []);
});
