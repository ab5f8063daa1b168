/** Our own client against our own twin: changes, confirmed commits, streams, and devices that are slow, dead, lying or gone. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createGrpcTransport } from '@connectrpc/connect-node';
import type { ClientName } from '../../../src/adapters/certificates.ts';
import { readIdentity } from '../../../src/adapters/certificates.ts';
import type { DeviceReading } from '../../../src/adapters/device-reading.ts';
import type { GnmiClient } from '../../../src/adapters/gnmi/client.ts';
import { connectGnmi } from '../../../src/adapters/gnmi/client.ts';
import type { StreamEvent, StreamRequest } from '../../../src/adapters/gnmi/client-stream.ts';
import { openStream } from '../../../src/adapters/gnmi/client-stream.ts';
import { compileClusterFile } from '../../../src/app/cluster-input.ts';
import type { RunningTwin } from '../../../src/app/twin-server.ts';
import { startTwin, tlsFolder } from '../../../src/app/twin-server.ts';
import type { Refusal } from '../../../src/base/refusal.ts';
import { isRefusal } from '../../../src/base/refusal.ts';

const folder = mkdtempSync(join(tmpdir(), 'heliostat-twin-client-'));
const module = 'site0/row0/rack0/node0/nic0/module0';
const nic = 'site0/row0/rack0/node0/nic0';

async function start(port: number): Promise<RunningTwin> {
  const cluster = compileClusterFile(fileURLToPath(new URL('../../../examples/fabrics/ocs-rails.yaml', import.meta.url)));
  if (!cluster.ok) throw new Error('the example does not compile');
  const started = await startTwin({ cluster: cluster.value, dataFolder: folder, port, seed: 1 });
  if (!started.ok) throw new Error(started.issues[0]?.message ?? '');
  return started.value;
}

function connect(who: ClientName, port: number, timeoutMs = 5000): GnmiClient {
  const identity = readIdentity(tlsFolder(folder), who);
  if (!identity.ok) throw new Error(identity.issues[0]?.message ?? '');
  return connectGnmi({ device: 'twin', address: `grpcs://127.0.0.1:${port}`, identity: identity.value, timeoutMs });
}

let twin: RunningTwin;
let client: GnmiClient;
let ocs = '';

before(async () => {
  twin = await start(0);
  client = connect('controller', twin.port);
  ocs = twin.model.fabric.switches[0]?.name ?? '';
});

after(async () => {
  client.close();
  await twin.stop();
  rmSync(folder, { recursive: true, force: true });
});

function must<T>(value: T | Refusal): T {
  if (isRefusal(value)) throw new Error(value.reasons.join(' '));
  return value;
}

const codeOf = (value: unknown): string => (isRefusal(value) ? value.code : 'ok');

const connects = '/CONFIG_DB/localhost/OCS_CROSS_CONNECT';

/** B side of each A side as the switch has it now. */
async function configured(): Promise<Record<string, string>> {
  const [got] = must(await client.get({ origin: 'sonic-db', target: ocs, paths: [connects] }));
  return Object.fromEntries(Object.values(got?.value as Record<string, { a_side: string; b_side: string }>).map(({ a_side: a, b_side: b }) => [a, b]));
}

const inject = (device: string, fault: string, by?: number): void => {
  const done = twin.model.inject({ device, fault, ...(by === undefined ? {} : { by }) });
  if (!done.ok) throw new Error(done.issues[0]?.message ?? '');
};

/** Waits until the condition holds, at most ten seconds. */
async function until(holds: () => boolean): Promise<void> {
  for (const from = Date.now(); !holds() && Date.now() - from < 10_000;) await new Promise((resolve) => { setTimeout(resolve, 10); });
  assert.ok(holds(), 'it did not come to pass within ten seconds');
}

interface Recorded {
  readonly readings: DeviceReading[];
  readonly events: StreamEvent[];
  readonly stop: () => void;
}

function record(from: GnmiClient, request: StreamRequest): Recorded {
  const readings: DeviceReading[] = [];
  const events: StreamEvent[] = [];
  const stream = from.subscribe(request, { onReadings: (batch) => readings.push(...batch), onEvent: (event) => events.push(event) });
  return { readings, events, stop: stream.stop };
}

const kindsOf = ({ events }: Recorded): string[] => events.map(({ kind }) => kind);

test('updating a cross-connect is safe, replacing it takes its ports, replacing the table clears it', async () => {
  const first = await configured();
  const [taken, other] = [first['1A'] ?? '', first['2A'] ?? ''];
  const entry = (a: string, b: string): { path: string; value: unknown } => ({ path: `${connects}/${a}-${b}`, value: { a_side: a, b_side: b } });
  assert.equal(codeOf(await client.set({ origin: 'sonic-db', target: ocs, update: [entry('1A', other)] })), 'device-busy');
  assert.deepEqual(await configured(), first);
  must(await client.set({ origin: 'sonic-db', target: ocs, replace: [entry('1A', other)] }));
  const { '2A': _, ...without } = first;
  assert.deepEqual(await configured(), { ...without, '1A': other });
  // Deletes come before updates, so a port may be freed and taken in one change.
  must(await client.set({ origin: 'sonic-db', target: ocs, delete: [`${connects}/1A-${other}`], update: [entry('1A', taken), entry('2A', other)] }));
  assert.deepEqual(await configured(), first);
  const table = Object.fromEntries(Object.entries(first).map(([a, b]) => [`${a}-${b}`, { a_side: a, b_side: b }]));
  must(await client.set({ origin: 'sonic-db', target: ocs, replace: [{ path: connects, value: { '1A-1B': { a_side: '1A', b_side: '1B' } } }] }));
  assert.deepEqual(await configured(), { '1A': '1B' });
  must(await client.set({ origin: 'sonic-db', target: ocs, replace: [{ path: connects, value: table }] }));
  assert.deepEqual(await configured(), first);
});

test('a change with one bad operation changes nothing', async () => {
  const first = await configured();
  const bad = await client.set({ origin: 'sonic-db', target: ocs, delete: [connects], update: [{ path: `${connects}/1A-999B`, value: {} }] });
  assert.equal(codeOf(bad), 'device-rejected');
  assert.deepEqual(await configured(), first);
  for (const [path, value] of [[`${connects}/1B-2A`, {}], [`${connects}/1A-2B`, { c: 1 }], [`${connects}/1A-2B`, { a_side: '3A' }], [`${connects}/1A-2B`, 7], ['/STATE_DB/localhost/OCS_PORT/1A', {}]] as const) {
    assert.equal(codeOf(await client.set({ origin: 'sonic-db', target: ocs, replace: [{ path, value }] })), 'device-rejected', path);
  }
});

test('a commit that nobody confirms is put back, one that is confirmed stays, one at a time', async () => {
  const enabledPath = `/components/component[name=${module}]/transceiver/config/enabled`;
  const isEnabled = async (): Promise<unknown> => must(await client.get({ paths: [enabledPath] }))[0]?.value;
  const disable = (id: string, rollbackMs: number): Promise<unknown> => client.set({ target: nic, update: [{ path: enabledPath, value: false }], commit: { id, rollbackMs } });
  assert.equal(codeOf(await disable('one', 300)), 'ok');
  assert.equal(await isEnabled(), false);
  assert.equal(codeOf(await disable('two', 300)), 'device-busy');
  assert.equal(codeOf(await client.set({ target: nic, update: [{ path: enabledPath, value: true }] })), 'device-busy');
  assert.equal(codeOf(await client.confirm('two', nic)), 'device-rejected');
  await new Promise((resolve) => { setTimeout(resolve, 400); });
  assert.equal(await isEnabled(), true);
  assert.equal(codeOf(await client.confirm('one', nic)), 'device-busy');
  must(await disable('three', 60_000));
  must(await client.cancel('three', nic));
  assert.equal(await isEnabled(), true);
  must(await disable('four', 300));
  must(await client.confirm('four', nic));
  await new Promise((resolve) => { setTimeout(resolve, 400); });
  assert.equal(await isEnabled(), false);
  must(await client.set({ target: nic, delete: [enabledPath] }));
  assert.equal(await isEnabled(), true);
});

test('only writers write, and only the master of a role', async () => {
  const viewer = connect('viewer', twin.port);
  const change = { target: nic, update: [{ path: `/components/component[name=${module}]/transceiver/config`, value: { enabled: true } }] };
  assert.equal(codeOf(await viewer.set(change)), 'device-denied');
  assert.equal(codeOf(await viewer.get({ paths: ['/components'], target: nic })), 'ok');
  viewer.close();
  must(await client.set({ ...change, election: { role: 'control', id: 2n ** 64n + 5n } }));
  assert.equal(codeOf(await client.set({ ...change, election: { role: 'control', id: 2n ** 64n + 4n } })), 'device-denied');
  must(await client.set({ ...change, election: { role: 'other', id: 1n } }));
});

test('a stream of changes tells of a moved circuit as it tunes, and of cross-connects that are gone', async () => {
  const first = await configured();
  const [b, other] = [first['1A'] ?? '', first['2A'] ?? ''];
  const seen = record(client, { paths: ['/STATE_DB/localhost/OCS_CROSS_CONNECT'], origin: 'sonic-db', target: ocs, mode: 'onChange' });
  await until(() => kindsOf(seen).includes('synced'));
  seen.readings.length = 0;
  must(await client.set({ origin: 'sonic-db', target: ocs, replace: [{ path: `${connects}/1A-${other}`, value: {} }] }));
  const states = (): unknown[] => seen.readings.filter(({ component }) => component === `1A-${other}`).map(({ value }) => value);
  await until(() => states().includes('tuned'));
  assert.deepEqual(states(), ['tuning', 'tuned']);
  const removed = seen.events.flatMap((event) => (event.kind === 'removed' ? event.paths : []));
  assert.ok(removed.includes(`/STATE_DB/localhost/OCS_CROSS_CONNECT/1A-${b}/a_side_status`) && removed.includes(`/STATE_DB/localhost/OCS_CROSS_CONNECT/2A-${other}/a_side_status`));
  seen.stop();
  must(await client.set({ origin: 'sonic-db', target: ocs, delete: [`${connects}/1A-${other}`], update: [{ path: `${connects}/1A-${b}`, value: {} }, { path: `${connects}/2A-${other}`, value: {} }] }));
});

test('a fault shows in the readings: dirt takes light, a stuck port fails', async () => {
  const seen = record(client, { paths: [`/components/component[name=${module}]`], mode: 'sample', sampleMs: 50 });
  const powers = (): number[] => seen.readings.filter(({ quantity, lane }) => quantity === 'rxPower' && lane === 0).map(({ value }) => Number(value));
  await until(() => powers().length > 3);
  const clean = powers().at(-1) ?? 0;
  inject(module, 'dirty', 3);
  await until(() => (powers().at(-1) ?? 0) < clean - 2.8);
  assert.ok(Math.abs((powers().at(-1) ?? 0) - clean + 3) < 0.2);
  inject(module, 'clear');
  seen.stop();
  inject(`${ocs}/1A`, 'stuck');
  const first = await configured();
  must(await client.set({ origin: 'sonic-db', target: ocs, delete: [`${connects}/1A-${first['1A'] ?? ''}`], update: [{ path: `${connects}/1A-64B`, value: {} }] }));
  const status = must(await client.get({ origin: 'sonic-db', target: ocs, paths: ['/STATE_DB/localhost/OCS_PORT/1A/status'] }))[0]?.value;
  assert.equal(status, 'failed');
  inject(ocs, 'clear');
  must(await client.set({ origin: 'sonic-db', target: ocs, delete: [`${connects}/1A-64B`], update: [{ path: `${connects}/1A-${first['1A'] ?? ''}`, value: {} }] }));
});

test('a device that falls over halfway says so, is silent while it starts again, and answers afterwards', async () => {
  const first = await configured();
  inject(ocs, 'crash');
  const swapped = { '1A': first['2A'] ?? '', '2A': first['1A'] ?? '' };
  const table = Object.fromEntries(Object.entries({ ...first, ...swapped }).map(([a, b]) => [`${a}-${b}`, {}]));
  assert.equal(codeOf(await client.set({ origin: 'sonic-db', target: ocs, replace: [{ path: connects, value: table }] })), 'device-unreachable');
  const hasty = connect('controller', twin.port, 300);
  assert.equal(codeOf(await hasty.get({ origin: 'sonic-db', target: ocs, paths: [connects] })), 'device-timeout');
  hasty.close();
  await new Promise((resolve) => { setTimeout(resolve, 5000); });
  const half = await configured();
  assert.notDeepEqual(half, first);
  assert.notDeepEqual(half, { ...first, ...swapped });
  must(await client.set({ origin: 'sonic-db', target: ocs, replace: [{ path: connects, value: Object.fromEntries(Object.entries(first).map(([a, b]) => [`${a}-${b}`, {}])) }] }));
  assert.deepEqual(await configured(), first);
});

test('slow, dead and lying devices are named once when it begins and once when it ends', async () => {
  const request = { paths: ['/components'], target: '*', mode: 'sample', sampleMs: 100, silentAfterMs: 2500, lateAfterMs: 300, frozenAfter: 8 } as const;
  const seen = record(client, request);
  await until(() => kindsOf(seen).includes('synced') && seen.readings.length > 5000);
  const told = (kind: StreamEvent['kind'], name: string): boolean => seen.events.some((event) => event.kind === kind && 'device' in event && event.device === name);
  const [slow, dead, liar] = ['nic1', 'nic2', 'nic3'].map((name) => twin.model.targets.find((target) => target.endsWith(`/${name}`)) ?? '');
  inject('nic1', 'slow', 600);
  inject('nic2', 'dead');
  inject('nic3', 'lie');
  await until(() => told('late', slow ?? '') && told('silent', dead ?? '') && told('frozen', liar ?? ''));
  for (const name of ['nic1', 'nic2', 'nic3']) inject(name, 'clear');
  await until(() => told('on-time', slow ?? '') && told('heard', dead ?? '') && told('thawed', liar ?? ''));
  seen.stop();
  const troubles = seen.events.filter((event) => event.kind === 'silent' || event.kind === 'frozen').map((event) => ('device' in event ? event.device : ''));
  assert.ok(!troubles.includes(slow ?? '') && troubles.filter((name) => name === dead).length === 1 && troubles.filter((name) => name === liar).length === 1);
});

test('a twin that goes away and comes back leaves a marked gap and the state anew', async () => {
  const other = connect('viewer', twin.port);
  const seen = record(other, { paths: ['/components'], target: nic, mode: 'sample', sampleMs: 50 });
  await until(() => kindsOf(seen).includes('synced'));
  const { port } = twin;
  await twin.stop();
  await until(() => kindsOf(seen).includes('gap'));
  assert.equal(codeOf(await client.capabilities()), 'device-unreachable');
  twin = await start(port);
  await until(() => kindsOf(seen).filter((kind) => kind === 'synced').length === 2);
  const gap = seen.events.find(({ kind }) => kind === 'gap');
  assert.ok(gap?.kind === 'gap' && gap.lastNs > 0n && gap.because.code === 'device-unreachable');
  other.close();
});

test('what a device will not serve ends the stream with the reason', async () => {
  const seen = record(client, { paths: ['/components'], target: 'nobody', mode: 'sample' });
  await until(() => seen.events.length > 0);
  assert.ok(seen.events[0]?.kind === 'refused' && seen.events[0].because.code === 'device-rejected');
  const wrong = record(client, { paths: ['/a[b'], mode: 'sample' });
  await until(() => wrong.events.length > 0);
  assert.equal(wrong.events[0]?.kind, 'refused');
});

// Nobody listens on port 9 here (discard, RFC 863, out of use for decades): the stream breaks at once, again and again, and waits 0.2, 0.4 and 0.8 s in between.
test('a stream that is stopped while it tells of a break ends without the wait before the next attempt', async () => {
  const transport = createGrpcTransport({ baseUrl: 'http://127.0.0.1:9' });
  let gaps = 0;
  let stoppedMs = NaN;
  const stream = openStream(transport, 'nobody', { mode: 'sample', paths: ['/components'] }, {
    onReadings: () => undefined,
    onEvent: ({ kind }) => {
      gaps += Number(kind === 'gap');
      if (gaps < 3 || !Number.isNaN(stoppedMs)) return;
      stoppedMs = performance.now();
      stream.stop();
    },
  });
  await stream.ended;
  assert.ok(performance.now() - stoppedMs < 600);
});
