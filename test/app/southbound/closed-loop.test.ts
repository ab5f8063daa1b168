/** The controller and a twin over real gRPC with mutual TLS: from a warm loop to lanes that are off, and what happens when devices fail to do it. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isRefusal } from '../../../src/base/refusal.ts';
import type { Reading } from '../../../src/control/reading.ts';
import type { LiveFabric } from './live-fabric.ts';
import { nameOf, startLine, startLive, until } from './live-fabric.ts';

const lanesOff = ({ twin }: LiveFabric, host = ''): number =>
  twin.model.fabric.modules.filter(({ name }) => name.startsWith(host)).reduce((sum, { txEnabled }) => sum + txEnabled.filter((on) => on === 0).length, 0);

const heardFrom = (fabric: LiveFabric): Promise<void> => until('every device is heard', () => fabric.side.standings.every(({ link }) => link === 'up'));

test('a warm loop at the twin becomes a decision, lanes that the twin switches off, and a confirmation', async (t) => {
  const fabric = await startLive({ clusterFile: 'test/scenarios/clusters/liquid-32.yaml' });
  t.after(() => fabric.stop());
  await heardFrom(fabric);
  // One lease from each accelerator of the first pod to its twin in the second: they cross the spines, whose engines the loop cools.
  for (let rank = 0; rank < 8; rank++) fabric.ask({ id: `l${rank}`, fromRank: rank, toRank: 16 + rank, rateGbps: 60 });
  await until('leases', () => fabric.facts('leaseAccepted').length === 8);
  assert.equal(fabric.facts('healthSet').length, 0);
  assert.equal(fabric.facts('decided').length, 0);
  fabric.inject('coolantloop0', 'warm', 6);
  await until('the plan is in force', () => fabric.facts('confirmed').length === 1);
  const [supply] = fabric.entries.flatMap((entry) => (entry.kind === 'reading' && entry.body.kind === 'telemetry' && entry.body.quantity === 'supplyC' ? [entry.body] : [])).slice(-1);
  // The design's supply is 35 C (liquid cooling of ASHRAE class W45 at the typical point of this model); the twin warms it by 6 K.
  assert.deepEqual([supply?.device, supply?.values], ['site0/coolantloop0/cdu', [41]]);
  assert.equal(fabric.facts('decided')[0]?.decision.rung, 'derate');
  const told = fabric.facts('commandIssued').flatMap(({ action, attempt }) => (action.kind === 'setRates' && attempt === 1 ? [action] : []));
  const off = told.reduce((sum, { gbps }) => sum + gbps.filter((rate) => rate === 0).length, 0);
  assert.ok(off > 0);
  assert.equal(lanesOff(fabric), off);
  assert.ok(fabric.facts('commandEnded').every(({ outcome }) => outcome === 'done'));
  // Lanes that the controller switched off are dark at the other end and accuse nobody.
  await new Promise((resolve) => { setTimeout(resolve, 1200); });
  assert.deepEqual(fabric.entries.filter((entry) => entry.kind === 'reading' && entry.body.kind === 'alarm'), []);
  assert.deepEqual(fabric.notes, []);
});

test('a leaf that is dead leaves its command unanswered; it is sent again, and done when the leaf is back', async (t) => {
  const fabric = await startLive({ clusterFile: 'test/scenarios/clusters/liquid-32.yaml' });
  t.after(() => fabric.stop());
  await heardFrom(fabric);
  for (let rank = 0; rank < 8; rank++) fabric.ask({ id: `l${rank}`, fromRank: rank, toRank: 16 + rank, rateGbps: 60 });
  await until('leases', () => fabric.facts('leaseAccepted').length === 8);
  const leaf = nameOf(fabric, fabric.row('leaf0'));
  fabric.inject('leaf0', 'dead');
  await until('silence', () => fabric.side.standings.some(({ device, link }) => device === leaf && link === 'silent'));
  await until('the controller knows', () => fabric.facts('deviceHeard').some(({ device, link }) => device === leaf && link === 'silent'));
  fabric.inject('coolantloop0', 'warm', 6);
  const toLeaf = (): readonly { readonly attempt: number }[] => fabric.facts('commandIssued').filter(({ device }) => device === leaf);
  // Sent again every 2 s (`commands.resendNs` of the default policy).
  await until('it is sent again', () => toLeaf().some(({ attempt }) => attempt === 2));
  assert.equal(lanesOff(fabric, `${leaf}/`), 0);
  assert.equal(fabric.facts('confirmed').length, 0);
  fabric.inject('leaf0', 'clear');
  await until('the plan is in force', () => fabric.facts('confirmed').length >= 1);
  assert.ok(lanesOff(fabric, `${leaf}/`) > 0);
  assert.equal(fabric.side.standings.find(({ device }) => device === leaf)?.link, 'up');
  // Its count began anew: nothing that it says is set aside as stale.
  assert.deepEqual(fabric.facts('setAside'), []);
});

test('a circuit that a stuck port does not make fails, is put back at the switch, and comes back when the port does', async (t) => {
  const fabric = await startLive({ clusterFile: 'test/scenarios/clusters/rails-16.yaml' });
  t.after(() => fabric.stop());
  await heardFrom(fabric);
  const ocs = fabric.twin.model.fabric.switches[0];
  assert.ok(ocs !== undefined);
  const before = ocs.lit.slice();
  const b = before[0] ?? -1;
  assert.equal(fabric.facts('circuitsObserved').length, 0);
  // Somebody takes the circuit of port 1A away at the switch, and the port sticks.
  assert.equal(fabric.twin.model.change(ocs.name, [{ op: 'delete', origin: 'sonic-db', elems: ['CONFIG_DB', 'localhost', 'OCS_CROSS_CONNECT', `1A-${b + 1}B`].map((name) => ({ name })) }]), null);
  fabric.inject('ocs0/1A', 'stuck');
  await until('the command fails', () => fabric.facts('commandEnded').some(({ outcome }) => outcome === 'failed'));
  assert.match(fabric.facts('commandEnded').find(({ outcome }) => outcome === 'failed')?.detail ?? '', /stuck/);
  await until('the plan is taken back', () => fabric.facts('rolledBack').length >= 1);
  await until('the switch put it back', () => ocs.config.bOfA[0] === -1);
  assert.deepEqual([...ocs.config.bOfA.subarray(1)], [...before.subarray(1)]);
  fabric.inject('ocs0/1A', 'clear');
  assert.equal(fabric.twin.model.change(ocs.name, [{ op: 'update', origin: 'sonic-db', elems: ['CONFIG_DB', 'localhost', 'OCS_CROSS_CONNECT', `1A-${b + 1}B`].map((name) => ({ name })), value: {} }]), null);
  await until('all circuits are seen again', () => fabric.facts('circuitsObserved').at(-1)?.circuits.length === before.filter((port) => port >= 0).length);
  assert.deepEqual([...ocs.lit], [...before]);
});

test('a circuit moves by remove and create in one change, which the switch keeps once its mirrors stand; doing it twice is harmless', async (t) => {
  const fromMs = performance.now();
  const { side, twin, stop } = await startLine({ clusterFile: 'test/scenarios/clusters/rails-16.yaml' }, { nowNs: () => (performance.now() - fromMs) * 1e6, speed: 1 });
  t.after(stop);
  const heard: Reading[] = [];
  side.start((readings) => heard.push(...readings));
  const answers = (): string[] => heard.flatMap((reading) => (reading.kind === 'commandAnswered' ? [reading.outcome] : []));
  const ocs = twin.model.fabric.switches[0];
  assert.ok(ocs !== undefined);
  const [b0, b1] = [ocs.config.bOfA[0] ?? -1, ocs.config.bOfA[1] ?? -1];
  const ends = (a: number, b: number): { readonly aPort: number; readonly bPort: number } => ({ aPort: a, bPort: b });
  const swap = { kind: 'crossConnect', ocs: ocs.component, remove: [ends(0, b0), ends(1, b1)], create: [ends(0, b1), ends(1, b0)] } as const;
  side.send({ n: 1, device: ocs.name, action: swap });
  await until('the swap is done', () => answers().length === 1);
  assert.deepEqual([answers()[0], ocs.lit[0], ocs.lit[1]], ['done', b1, b0]);
  side.send({ n: 1, device: ocs.name, action: swap });
  await until('it is done again', () => answers().length === 2);
  assert.deepEqual([answers()[1], ocs.lit[0], ocs.lit[1]], ['done', b1, b0]);
  // Port b0 belongs to 2A now, and the change is safe: nothing of it happens.
  const taken = { kind: 'crossConnect', ocs: ocs.component, remove: [], create: [ends(2, b0)] } as const;
  side.send({ n: 2, device: ocs.name, action: taken });
  await until('it is refused', () => answers().length === 3);
  assert.equal(answers()[2], 'busy');
  assert.deepEqual([ocs.config.bOfA[0], ocs.config.bOfA[1]], [b1, b0]);
  side.send({ n: 3, device: 'nobody', action: taken });
  await until('nobody answers for nobody', () => answers().length === 4);
  assert.equal(answers()[3], 'failed');
});

test('a module is disabled by its own command', async (t) => {
  const fromMs = performance.now();
  const { side, twin, stop } = await startLine({ clusterFile: 'test/scenarios/clusters/rails-16.yaml' }, { nowNs: () => (performance.now() - fromMs) * 1e6, speed: 1 });
  t.after(stop);
  const heard: Reading[] = [];
  side.start((readings) => heard.push(...readings));
  const module = twin.model.fabric.modules[0];
  assert.ok(module !== undefined);
  const device = side.image.devices.hosts.find(({ component }) => component === module.host)?.name ?? '';
  side.send({ n: 1, device, action: { kind: 'enable', component: module.component, on: false } });
  await until('it is disabled', () => heard.some((reading) => reading.kind === 'commandAnswered' && reading.outcome === 'done') && !module.enabled);
});

let shared: LiveFabric;
before(async () => { shared = await startLive({ clusterFile: 'test/scenarios/clusters/liquid-32.yaml', sampleMs: 100 }); });
after(() => shared.stop());

test('a module that repeats itself, a device that answers late and a twin that is gone are shown, and all is well when they are', async () => {
  await heardFrom(shared);
  const standing = (device: string): string => shared.side.standings.find((one) => one.device === device)?.link ?? '';
  const module = shared.twin.model.fabric.modules.find(({ kind, isOptical }) => kind === 'module' && isOptical);
  assert.ok(module !== undefined);
  const host = nameOf(shared, module.host);
  shared.inject(module.name, 'lie');
  await until('the lie shows', () => standing(host) === 'lying');
  assert.deepEqual(shared.side.standings.find(({ device }) => device === host)?.frozen, [module.name]);
  shared.inject(module.name, 'clear');
  await until('it measures again', () => standing(host) === 'up');
  const spine = nameOf(shared, shared.row('spine0'));
  shared.inject('spine0', 'slow', 2500);
  await until('it is late', () => standing(spine) === 'late');
  shared.inject('spine0', 'clear');
  await until('it is on time', () => standing(spine) === 'up');

  await shared.twin.stop();
  await until('everything is silent', () => shared.side.standings.every(({ link }) => link === 'silent'));
  assert.ok(shared.notes.some(({ code, remedy }) => code === 'device-unreachable' && remedy.includes('again')));
  await shared.restartTwin();
  await until('everything is heard again', () => shared.side.standings.every(({ link }) => link === 'up'), 20_000);
  assert.ok(shared.side.standings.every(({ gaps }) => gaps >= 1));
  assert.deepEqual(shared.facts('setAside'), []);
  assert.equal(shared.facts('healthSet').length, 0);
});

test('a short break is marked by one missing number, and everything is told again', async () => {
  await heardFrom(shared);
  // Streams that break as soon as they stand wait longer and longer before they are tried again; these have stood for a while.
  await new Promise((resolve) => void setTimeout(resolve, 1000));
  const missedBefore = shared.facts('deviceHeard').filter(({ missed }) => missed > 0).length;
  await shared.twin.stop();
  await shared.restartTwin();
  const speaking = new Set(shared.entries.flatMap(({ body }) => (body.kind === 'telemetry' ? [body.device] : [])));
  assert.ok(speaking.size > 40);
  await until('the gap is seen', () => shared.facts('deviceHeard').filter(({ missed }) => missed > 0).length >= missedBefore + speaking.size, 10_000);
  assert.ok(shared.facts('deviceHeard').every(({ missed }) => missed <= 1));
});

test('a cluster file that contradicts the hardware is told in one line for each device, and nothing else is harmed', async (t) => {
  const fabric = await startLive({ clusterFile: 'test/scenarios/clusters/liquid-32.yaml', believedFile: 'test/scenarios/clusters/pods-32.yaml' });
  t.after(() => fabric.stop());
  await until('contradictions are noted', () => fabric.notes.some(({ code }) => code === 'unknown-component') && fabric.notes.some(({ code }) => code === 'missing-component'));
  assert.ok(fabric.notes.every(({ remedy }) => remedy.length > 0));
  const told = fabric.notes.map(({ code, path }) => `${code} ${path ?? ''}`);
  assert.equal(new Set(told).size, told.length);
  assert.deepEqual(fabric.facts('setAside'), []);
  assert.ok(!isRefusal(fabric.live.trouble ?? {}));
});
