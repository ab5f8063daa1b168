/** The controller on its log when the disk is full or the process is pressed: nothing is lost, nothing is claimed, the least important is shed. */

import assert from 'node:assert/strict';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import type { StoreLimits } from '../../../src/adapters/store/store.ts';
import { openStore } from '../../../src/adapters/store/store.ts';
import { isRefusal } from '../../../src/base/refusal.ts';
import type { Refusal } from '../../../src/base/refusal.ts';
import { createState } from '../../../src/control/create-state.ts';
import type { Reading } from '../../../src/control/reading.ts';
import type { State } from '../../../src/control/state.ts';
import { digestOf } from '../../../src/control/state-digest.ts';
import type { DeviceSide } from '../../../src/app/server/device-side.ts';
import { inboxMax } from '../../../src/app/server/inbox.ts';
import { LiveController } from '../../../src/app/server/live-controller.ts';
import { forkIndex, LogIndex } from '../../../src/app/server/log-index.ts';
import { openController } from '../../../src/app/server/open-controller.ts';
import { Pressure } from '../../../src/app/server/pressure.ts';
import { Streams } from '../../../src/app/server/streams.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../src/app/server/state-snapshot.ts';
import { request } from '../../control/play.ts';
import { treePlant } from '../../control/plants.ts';
import { removeFolder, temporaryFolder } from './server-process.ts';

const folders: string[] = [];
after(() => folders.forEach(removeFolder));
const folder = (): string => {
  const dir = temporaryFolder();
  folders.push(dir);
  return dir;
};

/** A fabric without devices: nothing is heard, and nobody answers. */
const noDevices: DeviceSide = { start: () => undefined, send: () => undefined, emulation: null, stop: () => Promise.resolve() };

function controllerOn(dir: string, limits: Partial<StoreLimits>, devices = noDevices) {
  const plant = treePlant();
  let nowNs = 0;
  const opened = openStore(dir, { cluster: plant.name, fingerprint: plant.fingerprint, clock: () => (nowNs += 1000), limits });
  assert.ok(opened.ok);
  const troubles: (Refusal | null)[] = [];
  const live = new LiveController({
    state: createState(plant), store: opened.value, index: new LogIndex(), clock: { speed: 1, nowNs: () => (nowNs += 1000) }, devices, onTrouble: (trouble) => void troubles.push(trouble),
  });
  return { plant, live, troubles };
}

test('devices are asked for all that they have when a part returns to service, and not before', async () => {
  let asked = 0;
  const { plant, live } = controllerOn(folder(), {}, { ...noDevices, askAll: () => void (asked += 1) });
  const component = plant.cluster.fabric.findComponent('spine0');
  const after: number[] = [];
  for (const action of ['drain', 'return'] as const) {
    const told = live.tell({ kind: 'maintenanceAsked', component, action, by: 'ada' }, null);
    assert.ok(!isRefusal(told));
    assert.equal(await told.durable, null);
    after.push(asked);
  }
  assert.deepEqual(after, [0, 1]);
});

test('a full log acknowledges nothing more, says so, and what it acknowledged is there after a restart', async () => {
  const dir = folder();
  const { plant, live, troubles } = controllerOn(dir, { databaseBytesMax: 160_000 });
  const acknowledged: string[] = [];
  let refusal: Refusal | null = null;
  for (let at = 0; at < 2000 && refusal === null; at++) {
    const told = live.tell({ kind: 'leaseAsked', request: request(`lease-${at}`, 'background', 0.001, [0, 4]) }, null);
    if (isRefusal(told)) refusal = told;
    else if ((await told.durable) === null) acknowledged.push(`lease-${at}`);
  }
  assert.equal(refusal?.code, 'store-full');
  assert.equal(troubles.length, 1);
  assert.equal(live.trouble?.code, 'store-full');
  assert.ok(acknowledged.length > 10);
  await live.stop();
  const again = await openController(plant, dir, { speed: 1 });
  assert.ok(again.ok, JSON.stringify(again));
  assert.deepEqual([...again.value.state.leases.keys()].sort(), acknowledged.sort());
  await again.value.store.close();
});

test('a fault of the controller costs its reading and nothing else: the state is read from the log again', async () => {
  const dir = folder();
  const { plant, live, troubles } = controllerOn(dir, {});
  const before = live.tell({ kind: 'leaseAsked', request: request('before', 'background', 1, [0, 4]) }, null);
  assert.ok(!isRefusal(before));
  // A reading that no edge lets through: JSON has no bigint, so the log cannot keep what it is.
  const broken = live.tell({ kind: 'jobEnded', id: 7n as unknown as string }, null);
  assert.ok(isRefusal(broken) && broken.code === 'controller-failed');
  assert.equal(await before.durable, null, 'what was logged before is acknowledged');
  while (live.trouble !== null) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(troubles.map((trouble) => trouble?.code ?? null), ['controller-failed', null]);
  assert.deepEqual([...live.state.leases.keys()], ['before']);
  const after = live.tell({ kind: 'leaseAsked', request: request('after', 'background', 1, [1, 5]) }, null);
  assert.ok(!isRefusal(after));
  assert.equal(await after.durable, null);
  const digest = digestOf(live.state);
  await live.stop();
  const again = await openController(plant, dir, { speed: 1 });
  assert.ok(again.ok);
  assert.equal(digestOf(again.value.state), digest);
  await again.value.store.close();
});

test('a reading whose entries are too large for the log is refused alone: what was decided on it is forgotten, and the next is taken', async () => {
  const dir = folder();
  const { plant, live, troubles } = controllerOn(dir, { entryCharsMax: 2000 });
  const lease = (id: string): Reading => ({ kind: 'leaseAsked', request: request(id, 'background', 1, [0, 4]) });
  const tell = async (reading: Reading): Promise<Refusal | null> => {
    const told = live.tell(reading, null);
    return isRefusal(told) ? told : told.durable;
  };
  assert.equal(await tell(lease('before')), null);
  const answers = await Promise.all([tell(lease('x'.repeat(2000))), tell(lease('meanwhile'))]);
  assert.deepEqual(answers.map((answer) => answer?.code), ['entry-too-large', 'controller-failed']);
  for (let waits = 0; live.trouble !== null && waits < 100; waits++) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(troubles.map((trouble) => trouble?.code ?? null), ['controller-failed', null]);
  assert.equal(await tell(lease('after')), null);
  assert.deepEqual([...live.state.leases.keys()], ['before', 'after']);
  const digest = digestOf(live.state);
  await live.stop();
  const again = await openController(plant, dir, { speed: 1 });
  assert.ok(again.ok);
  assert.equal(digestOf(again.value.state), digest);
  await again.value.store.close();
});

test('a log whose first entries are archived and whose snapshots nobody reads is refused, with the place and the command that restores it', async () => {
  const dir = folder();
  const plant = treePlant();
  const opened = openStore(dir, { cluster: plant.name, fingerprint: plant.fingerprint, epoch: new Date().toISOString(), clock: () => Date.now() * 1e6, limits: { segmentEntries: 10, entriesKept: 5 } });
  assert.ok(opened.ok);
  const { value: store } = opened;
  for (let at = 0; at < 40; at++) await store.append([{ kind: 'reading', body: { kind: 'tick' } }]);
  // Whole files, as their hashes say, of a version that is not this one.
  for (const n of [30, 40]) await store.saveSnapshot({ n, bytes: Buffer.from('of a version to come') });
  await store.compact();
  assert.equal(store.baseN, 30);
  await store.close();
  const refused = await openController(plant, dir, { speed: 1 });
  assert.ok(!refused.ok);
  assert.deepEqual(refused.issues.map(({ code, file, path }) => ({ code, file, path })), [{ code: 'log-without-start', file: dir, path: 'entry 30' }]);
  assert.ok(refused.issues[0]?.remedy.includes(`heliostat store restore BACKUP ${dir} --force`));
  // It is closed again: the command finds it free.
  const again = openStore(dir, { cluster: plant.name, fingerprint: plant.fingerprint, clock: () => Date.now() * 1e6 });
  assert.ok(again.ok);
  await again.value.close();
});

test('a store whose chain is right and whose body is not that of its kind is refused in one line with entry and place', async () => {
  const dir = folder();
  const plant = treePlant();
  const opened = openStore(dir, { cluster: plant.name, fingerprint: plant.fingerprint, epoch: new Date().toISOString(), clock: () => Date.now() * 1e6 });
  assert.ok(opened.ok);
  await opened.value.append([{ kind: 'reading', body: { kind: 'tick' } }, { kind: 'fact', cause: 1, body: { kind: 'decided' } }]);
  await opened.value.close();
  const refused = await openController(plant, dir, { speed: 1 });
  assert.ok(!refused.ok);
  assert.deepEqual(refused.issues.map(({ code, file, path }) => ({ code, file, path })), [{ code: 'malformed-entry', file: dir, path: 'entry 2, body.decision' }]);
});

test('a clock that went back is told, and time goes on from the newest entry', async () => {
  const dir = folder();
  const plant = treePlant();
  const hourNs = 3600e9;
  const ahead = openStore(dir, { cluster: plant.name, fingerprint: plant.fingerprint, epoch: new Date().toISOString(), clock: () => Date.now() * 1e6 });
  assert.ok(ahead.ok);
  await ahead.value.append([{ kind: 'reading', atNs: hourNs, body: { kind: 'tick' } }]);
  await ahead.value.close();
  const opened = await openController(plant, dir, { speed: 1 });
  assert.ok(opened.ok);
  assert.deepEqual(opened.value.notes.map(({ code }) => code), ['clock-went-back']);
  assert.equal(opened.value.state.nowNs, hourNs);
  assert.ok(opened.value.clock.nowNs() >= hourNs && opened.value.clock.nowNs() < hourNs + 60e9);
  await opened.value.store.close();
});

test('a snapshot gives the state back digit for digit, as it was when it was asked for, and one of another plant or shape is passed over', async () => {
  const { plant, live } = controllerOn(folder(), {});
  for (let at = 0; at < 50; at++) live.tell({ kind: 'leaseAsked', request: request(`lease-${at}`, at % 2 === 0 ? 'allReduce' : 'checkpoint', 1, [at % 4, 4 + (at % 4)]) }, null);
  const [digest, index] = [digestOf(live.state), forkIndex(live.index.data)];
  const encoding = encodeSnapshot(live.state, index);
  // Taken while the snapshot is being written: it is not in it.
  const [more, meanwhile] = [request('more', 'allReduce', 100, [1, 6]), request('meanwhile', 'checkpoint', 1, [2, 7])].map((asked) => ({ kind: 'leaseAsked', request: asked }) as const);
  assert.ok(more !== undefined && meanwhile !== undefined);
  const told = live.tell(more, null);
  live.tell(meanwhile, null);
  const bytes = await encoding;
  const back = decodeSnapshot<LogIndex['data']>(plant, bytes);
  assert.equal(back === null ? '' : digestOf(back.state), digest);
  assert.deepEqual(back?.beside, index);
  // Both go on alike from there, so the calendars that the digest leaves out are the same too.
  assert.ok(!isRefusal(told) && back !== null);
  const { takeReading } = await import('../../../src/control/run.ts');
  assert.deepEqual(takeReading(back.state, told.entries[0]?.atNs ?? 0, more), told.entries);
  // The same tables of a plant with another name, and state with a table that this version does not know.
  assert.equal(decodeSnapshot({ ...plant, fingerprint: 'another' }, bytes), null);
  assert.equal(decodeSnapshot(plant, await encodeSnapshot({ ...live.state, tides: new Map() } as State, {})), null);
  assert.equal(decodeSnapshot(plant, bytes.subarray(0, 100)), null);
  await live.stop();
});

test('a client of the stream that does not read is cut with a count, and those that read are told everything', async () => {
  const { live } = controllerOn(folder(), {});
  const streams = new Streams(live);
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    streams.add(response, new Set(['other']), null);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const deaf = connect(port, '127.0.0.1');
  deaf.pause();
  deaf.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  let heard = 0;
  const listener = get({ port, host: '127.0.0.1' }, (answer) => answer.on('data', (data: Buffer) => { heard += data.toString().split('event: other').length - 1; }));
  while (streams.count < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  // A report of an unknown job is set aside with its name: an event of 4 kB, so that what waits passes the sockets' own buffers soon.
  let told = 0;
  for (; streams.cutClients === 0 && told < 20_000; told++) {
    const taken = live.tell({ kind: 'jobReported', id: `${told}-${'x'.repeat(4000)}`, steps: 1, stepNs: 1 }, null);
    if (!isRefusal(taken) && told % 100 === 99) await taken.durable;
  }
  assert.equal(streams.cutClients, 1);
  assert.equal(streams.count, 1);
  for (let turns = 0; heard < told && turns < 400; turns++) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(heard, told);
  streams.stop();
  listener.destroy();
  deaf.destroy();
  server.close();
  await live.stop();
});

test('under pressure streams are shed first, then heavy and light reads, then writes of low classes; never probes and high classes', async () => {
  const { live } = controllerOn(folder(), {});
  const pressure = new Pressure(live);
  const shed = (): readonly boolean[] => [
    pressure.shedOr({ weight: 'stream', isWrite: false, priority: null }), pressure.shedOr({ weight: 'heavy', isWrite: false, priority: null }), pressure.shedOr({ weight: 'light', isWrite: false, priority: null }),
    pressure.shedOr({ weight: 'light', isWrite: true, priority: 6 }), pressure.shedOr({ weight: 'light', isWrite: true, priority: 1 }), pressure.shedOr({ weight: 'probe', isWrite: false, priority: null }),
  ].map((problem) => problem !== null);
  assert.deepEqual(shed(), [false, false, false, false, false, false]);
  // Readings that wait count in proportion to the inbox: a quarter of it is the first level, all of it the last.
  const offered = (share: number): void => live.offer(Array.from({ length: Math.ceil(inboxMax * share) - live.waitingReadings }, () => ({ kind: 'tick' }) as const));
  offered(0.25);
  assert.deepEqual(shed(), [true, false, false, false, false, false]);
  offered(0.5);
  assert.deepEqual(shed(), [true, true, false, false, false, false]);
  offered(0.75);
  assert.deepEqual(shed(), [true, true, true, false, false, false]);
  offered(1);
  assert.deepEqual(shed(), [true, true, true, true, false, false]);
  const problem = pressure.shedOr({ weight: 'stream', isWrite: false, priority: null });
  assert.deepEqual([problem?.problem.status, problem?.problem.code], [503, 'overloaded']);
  assert.ok((problem?.retryAfterS ?? 0) > 0);
  assert.equal(pressure.shed.get('stream'), 5);
  live.offer(Array.from({ length: 10 }, () => ({ kind: 'tick' }) as const));
  assert.equal(live.droppedReadings, 10);
  pressure.stop();
  await live.stop();
});

test('lost light is decided before what waited already, and before a write that comes after it', async () => {
  const { live } = controllerOn(folder(), {});
  const seen: string[] = [];
  live.listen((entries) => void seen.push(...entries.flatMap(({ kind, body }) => (kind === 'reading' ? [body.kind] : []))));
  const waiting = 20_000;
  live.offer(Array.from({ length: waiting }, () => ({ kind: 'tick' }) as const));
  live.offer([{ kind: 'alarm', device: 'receiver', sequence: 1, component: 0, alarm: 'partFault', raised: true }]);
  assert.ok(live.isUrged);
  await live.afterUrgent();
  assert.equal(live.state.components.isDead[0], 1);
  assert.ok(live.waitingReadings > 0, 'what is only noted waits on');
  const told = live.tell({ kind: 'leaseAsked', request: request('late', 'background', 0.001, [0, 4]) }, null);
  assert.ok(!isRefusal(told));
  await told.durable;
  assert.equal(seen[0], 'alarm');
  // Some ticks were taken in the slice of the alarm, before the lease was asked for.
  assert.equal(seen.filter((kind) => kind !== 'tick').join(), 'alarm,leaseAsked');
  await live.stop();
});
