/** Devices that misbehave, served by an independent implementation, and what our client and the southbound side make of each: shown, survived, and nobody else held up. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Identity } from '../../../src/adapters/certificates.ts';
import { ensureCertificates, readIdentity } from '../../../src/adapters/certificates.ts';
import type { DeviceReading } from '../../../src/adapters/device-reading.ts';
import type { GnmiClient } from '../../../src/adapters/gnmi/client.ts';
import { connectGnmi } from '../../../src/adapters/gnmi/client.ts';
import type { StreamEvent, StreamRequest, TelemetryStream } from '../../../src/adapters/gnmi/client-stream.ts';
import { createDeviceWatch } from '../../../src/adapters/gnmi/device-watch.ts';
import type { DeviceEvent } from '../../../src/adapters/gnmi/device-watch.ts';
import { readingValue } from '../../../src/adapters/gnmi/reading-map.ts';
import { openDeviceSide } from '../../../src/app/southbound/open-device-side.ts';
import type { Issue } from '../../../src/base/issue.ts';
import { isRefusal } from '../../../src/base/refusal.ts';
import { createClusterPlant } from '../../../src/control/cluster-plant.ts';
import { createState } from '../../../src/control/create-state.ts';
import type { Reading } from '../../../src/control/reading.ts';
import { createCatalogue } from '../../../src/optics/catalogue/catalogue.ts';
import { readTestCluster, until } from '../../app/southbound/live-fabric.ts';
import { peerArguments, python, pythonTest, withFolder } from './python-peer.ts';

const clusterFile = 'test/scenarios/clusters/rails-16.yaml';

interface Hostile {
  readonly ports: Readonly<Record<string, number>>;
  readonly identity: Identity;
  /** The next Set that a server prints. */
  nextLine(): Promise<string>;
}

async function withHostile(folder: string, stubs: string, component: string, use: (hostile: Hostile) => Promise<void>): Promise<void> {
  const tls = join(folder, 'tls');
  assert.ok((await ensureCertificates(tls)).ok);
  const identity = readIdentity(tls, 'controller');
  assert.ok(identity.ok);
  const server = spawn(python, peerArguments('hostile.py', stubs, tls, component), { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface(server.stdout)[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => String((await lines.next()).value);
  try {
    await use({ ports: JSON.parse(await nextLine()) as Record<string, number>, identity: identity.value, nextLine });
  } finally {
    server.kill('SIGKILL');
    await once(server, 'exit');
  }
}

interface Recorded {
  readonly client: GnmiClient;
  readonly readings: DeviceReading[];
  readonly events: StreamEvent[];
  readonly stream: TelemetryStream;
  kinds(): readonly string[];
}

function read({ identity }: { readonly identity: Identity }, port: number | undefined, request: Partial<StreamRequest> = {}): Recorded {
  const client = connectGnmi({ device: 'dev', address: `127.0.0.1:${port ?? 0}`, identity, timeoutMs: 700 });
  const readings: DeviceReading[] = [];
  const events: StreamEvent[] = [];
  const handlers = { onReadings: (batch: readonly DeviceReading[]) => { for (const reading of batch) readings.push(reading); }, onEvent: (event: StreamEvent) => { events.push(event); } };
  const stream = client.subscribe({ paths: ['/components'], mode: 'targetDefined', sampleMs: 200, ...request }, handlers);
  return { client, readings, events, stream, kinds: () => events.map(({ kind }) => kind) };
}

const values = ({ readings }: Recorded, quantity: DeviceReading['quantity']): unknown[] => readings.filter((reading) => reading.quantity === quantity).map(({ value }) => value);

pythonTest('each kind of misbehaviour ends in readings that can be, or in one event with the reason', (folder, stubs) => withHostile(folder, stubs, 'm', async (hostile) => {
  const open = Object.fromEntries(Object.entries(hostile.ports).map(([name, port]) => [name, read(hostile, port)]));
  const of = (name: string): Recorded => open[name] ?? assert.fail(name);
  try {
    await until('huge, foreign encodings and samples are read', () => ['huge', 'protoOnly', 'jsonOnly', 'sampleOnly', 'wrongTypes', 'spoof'].every((name) => values(of(name), 'temperature').includes(41.5)), 30_000);
    // Text where a number belongs, NaN, 1e999, blanks and hexadecimal are no measurements; neither is a word a flag.
    assert.deepEqual([values(of('wrongTypes'), 'temperature'), values(of('wrongTypes'), 'rxLos')], [[41.5], [1]]);
    assert.deepEqual(of('wrongTypes').readings.filter(({ component }) => component !== 'm').map(({ component, lane, value }) => [component, lane, value]), [['nobody/of/this/name', 77, 1]]);
    // A client that names no target speaks to one device, whatever that calls itself.
    assert.deepEqual([...new Set(of('spoof').readings.map(({ device }) => device))], ['dev']);
    // What the device does not serve is asked for in another manner, and said once, with the device's first word.
    for (const [name, mode, encoding] of [['sampleOnly', 'sample', 'JSON_IETF'], ['protoOnly', 'targetDefined', 'PROTO'], ['jsonOnly', 'targetDefined', 'JSON']] as const) {
      const served = of(name).events.filter((event) => event.kind === 'served');
      assert.deepEqual(served.map((event) => [event.mode, event.encoding, event.because.code]), [[mode, encoding, 'device-rejected']], name);
    }
    await until('garbage and the flapping device leave gaps', () => of('garbage').kinds().includes('gap') && of('flapping').kinds().filter((kind) => kind === 'gap').length >= 3);
    const gaps = of('flapping').events.filter((event) => event.kind === 'gap').map(({ retryMs }) => retryMs);
    // A stream that breaks at once is not a mended one: each wait is twice the last.
    assert.deepEqual(gaps.slice(0, 3), [200, 400, 800]);
    await until('who never says that it is in step is read all the same', () => values(of('unsynced'), 'temperature').length > 3);
    assert.ok(!of('unsynced').kinds().includes('synced'));
    // A device whose clock was set, forward and back, is not late for ever.
    await until('the clock is right again', () => values(of('backwards'), 'temperature').filter((value) => value === 42.5).length > 5);
    const lateness = of('backwards').kinds().filter((kind) => kind === 'late' || kind === 'on-time');
    assert.ok(lateness.length === 0 || lateness.at(-1) === 'on-time', lateness.join(' '));
    await until('5,000 strangers are read', () => new Set(of('strangers').readings.map(({ component }) => component)).size > 5000, 30_000);
  } finally {
    for (const { client } of Object.values(open)) client.close();
  }
}));

pythonTest('a Set that is never answered times out, and a device that takes plain JSON gets it', (folder, stubs) => withHostile(folder, stubs, 'm', async ({ ports, identity, nextLine }) => {
  const connect = (name: string): GnmiClient => connectGnmi({ device: 'dev', address: `127.0.0.1:${ports[name] ?? 0}`, identity, timeoutMs: 500 });
  const deaf = connect('deaf');
  const answer = await deaf.set({ update: [{ path: '/a', value: true }] });
  assert.ok(isRefusal(answer) && answer.code === 'device-timeout' && answer.remedy === 'wait');
  assert.deepEqual(JSON.parse(await nextLine()), { set: 1 });
  deaf.close();
  const plain = connect('jsonOnly');
  assert.deepEqual(await plain.set({ update: [{ path: '/a', value: true }] }), { atNs: 7n });
  assert.deepEqual([JSON.parse(await nextLine()), JSON.parse(await nextLine())], [{ set: ['json_ietf_val'] }, { set: ['json_val'] }]);
  // From then on the device is spoken to as it likes.
  assert.deepEqual(await plain.set({ update: [{ path: '/a', value: true }] }), { atNs: 7n });
  assert.deepEqual(JSON.parse(await nextLine()), { set: ['json_val'] });
  const got = await plain.get({ paths: ['/a'] });
  assert.deepEqual(isRefusal(got) ? got : got.map(({ value }) => value), [41.5]);
  plain.close();
}));

pythonTest('a cluster whose devices all misbehave starts, tells of each, hears the honest one, and stops', async (folder, stubs) => {
  const fromMs = performance.now();
  const catalogue = createCatalogue();
  const plant = createClusterPlant(readTestCluster(clusterFile), catalogue);
  const { fabric } = plant.cluster;
  const names = Array.from({ length: fabric.componentCount }, (_, row) => fabric.componentName(row as Parameters<typeof fabric.componentName>[0]));
  const hosts = names.filter((name) => /\/nic\d+$/.test(name));
  const [first = ''] = hosts;
  await withHostile(folder, stubs, `${first}/module0`, async ({ ports }) => {
    // The honest device is the one whose module the servers report; every other address speaks of a component that it does not have.
    const order = ['deaf', ...Object.keys(ports).filter((name) => name !== 'deaf')];
    const lines = order.map((name, at) => `  - {address: "127.0.0.1:${ports[name] ?? 0}", device: "${hosts[at] ?? ''}"}`);
    const list = join(folder, 'devices.yaml');
    writeFileSync(list, `kind: Devices\nversion: 1\ncertificates: tls\ndevices:\n${lines.join('\n')}\n  - {address: "127.0.0.1:1", device: "${hosts[order.length] ?? ''}"}\n`);
    const notes: Issue[] = [];
    const heard: Reading[] = [];
    const clock = { nowNs: () => (performance.now() - fromMs) * 1e6, speed: 1 };
    const file = fileURLToPath(new URL(`../../../${clusterFile}`, import.meta.url));
    const opened = await openDeviceSide({ devices: list, clusterFile: file, dir: folder, seed: 1, plant, catalogue, clock, state: createState(plant), note: (issue) => notes.push(issue) });
    if (!opened.ok) assert.fail(opened.issues[0]?.message ?? '');
    const side = opened.value;
    try {
      side.start((readings) => { for (const reading of readings) heard.push(reading); });
      const noted = (code: string): readonly Issue[] => notes.filter((issue) => issue.code === code);
      await until('the honest device is heard', () => heard.some((reading) => reading.kind === 'telemetry' && reading.device === first && reading.values.includes(41.5)), 20_000);
      await until('strangers, gaps and other manners are told', () => noted('unknown-component').length >= 8 && noted('device-unreachable').length >= 1 && noted('served-otherwise').length >= 3, 20_000);
      for (const { message, remedy } of notes) assert.ok(message.length > 0 && remedy !== undefined && remedy.length > 0);
      const links = new Map((side.standings ?? []).map(({ device, link }) => [device, link]));
      assert.equal(links.get(first), 'up');
      await until('the dead address is silent', () => side.standings?.find(({ device }) => device === hosts[order.length])?.link === 'silent', 15_000);
    } finally {
      await side.stop();
    }
  });
});

/** A server whose certificate is as the test has it; no call ever gets through to it. */
async function withServer({ ca, cert, key }: Identity, use: (port: number) => Promise<void>): Promise<void> {
  const server = createSecureServer({ ca, cert, key, requestCert: true, rejectUnauthorized: true });
  server.on('tlsClientError', (_fault, socket) => socket.destroy());
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  try {
    await use((server.address() as AddressInfo).port);
  } finally {
    server.close();
  }
}

test('an expired certificate and one of a foreign authority are named as what they are, and asked again', () => withFolder(async (folder) => {
  const yearMs = 365 * 86_400_000;
  const made = async (name: string, nowMs: number): Promise<{ readonly server: Identity; readonly controller: Identity }> => {
    const tls = join(folder, name);
    mkdirSync(tls);
    await ensureCertificates(tls, nowMs);
    const [server, controller] = [readIdentity(tls, 'server', nowMs), readIdentity(tls, 'controller', nowMs)];
    assert.ok(server.ok && controller.ok);
    return { server: server.value, controller: controller.value };
  };
  const [good, old] = [await made('good', Date.now()), await made('old', Date.now() - 2 * yearMs)];
  for (const [served, trusted, reason] of [[old.server, old.server.ca, /^device-unreachable: .*certificate has expired/], [old.server, good.server.ca, /^device-unreachable: .*certificate/]] as const) {
    await withServer(served, async (port) => {
      const seen = read({ identity: { ...good.controller, ca: trusted } }, port);
      try {
        await until('the reason is told twice', () => seen.kinds().filter((kind) => kind === 'gap').length >= 2);
        const told = seen.events.map((event) => (event.kind === 'gap' ? `${event.because.code}: ${event.because.reasons.join(' ')}` : event.kind));
        for (const text of told) assert.match(text, reason);
      } finally {
        seen.client.close();
      }
    });
  }
}));

test('a number in a string is one only where it is written as YANG writes it', () => {
  const read41 = ['41', '41.5', '-3', '+1.25', '1.2e-8'].map((text) => readingValue('C', text));
  assert.deepEqual(read41, [41, 41.5, -3, 1.25, 1.2e-8]);
  for (const text of ['', ' ', '0x20', '1e999', 'NaN', 'Infinity', '1_0', '5 C', '1e', '.']) assert.equal(readingValue('C', text), null, text);
});

test('a device is late by its own clock only: times that go back are those of a clock that was set', () => {
  const events: DeviceEvent[] = [];
  const watch = createDeviceWatch({ silentAfterMs: 0, lateAfterMs: 2000, frozenAfter: 0 }, new Map(), (event) => events.push(event));
  const note = (nowMs: number, deviceMs: number): void => watch.note({ device: 'd', atNs: BigInt(deviceMs) * 1_000_000n, updates: 1, duplicates: 0, removed: [] }, nowMs);
  note(1_000_000, 1_000_000);
  // Half an hour ahead for one message, and right again.
  note(1_000_100, 2_800_100);
  note(1_000_200, 1_000_200);
  note(1_000_300, 1_000_300);
  assert.deepEqual(events, []);
  // Four seconds behind, and no further: messages that waited.
  note(1_004_300, 1_000_300);
  note(1_004_400, 1_004_400);
  assert.deepEqual(events.map(({ kind }) => kind), ['late', 'on-time']);
});
