/** Opening devices: a twin that never outlives its server and takes its faults along, lists of real devices, and everything that cannot start. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Issue } from '../../../src/base/issue.ts';
import { createClusterPlant } from '../../../src/control/cluster-plant.ts';
import { createState } from '../../../src/control/create-state.ts';
import type { Reading } from '../../../src/control/reading.ts';
import type { DeviceTerms } from '../../../src/app/southbound/open-device-side.ts';
import { openDeviceSide } from '../../../src/app/southbound/open-device-side.ts';
import { readDeviceList } from '../../../src/app/southbound/device-list.ts';
import { createCatalogue } from '../../../src/optics/catalogue/catalogue.ts';
import { startSmall } from '../server/server-process.ts';
import { readTestCluster, until } from './live-fabric.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const clusterFile = join(root, 'test/scenarios/clusters/rails-16.yaml');

async function inFolder(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'heliostat-open-'));
  try {
    await run(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function termsFor(dir: string, devices: string, notes: Issue[] = []): DeviceTerms {
  const catalogue = createCatalogue();
  const plant = createClusterPlant(readTestCluster('test/scenarios/clusters/rails-16.yaml'), catalogue);
  const fromMs = performance.now();
  return { devices, clusterFile, dir, seed: 1, plant, catalogue, clock: { nowNs: () => (performance.now() - fromMs) * 1e6, speed: 1 }, state: createState(plant), note: (issue) => notes.push(issue) };
}

/** Asks until it is so, at most half a minute. */
async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const from = Date.now(); Date.now() - from < 30_000; await new Promise((resolve) => { setTimeout(resolve, 100); })) if (await holds()) return;
  assert.fail(`not within half a minute: ${what}`);
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('a twin in a process of its own is read, takes faults, keeps them over a fall and a restart, and stops with its side', (t) => inFolder(async (dir) => {
  const notes: Issue[] = [];
  const opened = await openDeviceSide(termsFor(dir, 'twin', notes));
  if (!opened.ok) assert.fail(opened.issues[0]?.message ?? '');
  const side = opened.value;
  t.after(() => side.stop());
  const heard: Reading[] = [];
  side.start((readings) => heard.push(...readings));
  await until('devices are heard', () => heard.filter((reading) => reading.kind === 'deviceSeen').length >= 20);
  const done = await side.emulation?.inject({ device: 'node0/nic0/module0', fault: 'dirty', by: 2 });
  assert.ok(done?.ok === true && done.value.reached.length > 0);
  assert.deepEqual(side.emulation?.faults.map(({ name, by }) => [name, by]), [['dirty', 2]]);
  const refused = await side.emulation?.inject({ device: 'node0/nic0/module0', fault: 'melt' });
  assert.ok(refused !== undefined && !refused.ok && refused.issues[0]?.code === 'unknown-fault');
  await until('the loss is read', () => heard.some((reading) => reading.kind === 'telemetry' && reading.quantity === 'rxLossDb' && reading.values.some((loss) => loss > 1)));

  // The twin falls over; it comes back at the same address with the fault that it had.
  const port = Number(/:(\d+)/.exec(readFileSync(join(dir, 'twin.address'), 'utf8'))?.[1]);
  const [pid] = twinsOf(dir);
  assert.ok(pid !== undefined);
  process.kill(pid, 'SIGKILL');
  await until('it is noted', () => notes.some(({ code }) => code === 'twin-ended'));
  await until('it is started again', () => { const [next] = twinsOf(dir); return next !== undefined && next !== pid; });
  const before = heard.length;
  await until('its devices are heard again', () => heard.slice(before).filter((reading) => reading.kind === 'telemetry').length >= 10, 20_000);
  assert.deepEqual(side.emulation?.faults.map(({ name, by }) => [name, by]), [['dirty', 2]]);
  assert.equal(Number(/:(\d+)/.exec(readFileSync(join(dir, 'twin.address'), 'utf8'))?.[1]), port);
  await side.stop();
  assert.deepEqual(twinsOf(dir), []);
}));

/** Processes that serve a twin for a folder. */
function twinsOf(dir: string): number[] {
  const own = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').filter((text) => text !== '').map(Number);
  return own.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(dir);
    } catch {
      return false;
    }
  });
}

test('a twin ends when the process that holds it is killed', () => inFolder(async (dir) => {
  const holder = spawn(process.execPath, ['-e', `
    const { spawn } = require('node:child_process');
    const twin = spawn(process.execPath, ['src/app/main.ts', 'twin', ${JSON.stringify(clusterFile)}, '--port', '0', '--data', ${JSON.stringify(dir)}, '--attached'], { stdio: ['pipe', 'pipe', 'ignore'] });
    twin.stdout.once('data', () => console.log(twin.pid));
    setInterval(() => {}, 1000);
  `], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(holder.stdout, 'data') as [Buffer];
  const pid = Number(line.toString());
  assert.ok(isAlive(pid));
  holder.kill('SIGKILL');
  await until('the twin ends', () => !isAlive(pid));
}));

test('what cannot start says so in one line with a remedy', () => inFolder(async (dir) => {
  const started = await openDeviceSide(termsFor(dir, 'twin'));
  assert.ok(started.ok);
  await started.value.stop();
  writeFileSync(join(dir, 'tls', 'server.key'), readFileSync(join(dir, 'tls', 'admin.key')));
  const mismatched = await openDeviceSide(termsFor(dir, 'twin'));
  assert.ok(!mismatched.ok && mismatched.issues.length === 1);
  assert.equal(mismatched.issues[0]?.code, 'certificate-key-mismatch');
  assert.match(mismatched.issues[0]?.remedy ?? '', /new certificates/);
}));

const resolve = (name: string): string | null => (name.startsWith('leaf') ? `site0/${name}` : null);

test('a list of devices is read with full names, and every mistake in it has its place', () => inFolder(async (dir) => {
  const file = join(dir, 'devices.yaml');
  const head = 'kind: Devices\nversion: 1\ncertificates: tls\ndevices:\n';
  const write = (text: string): ReturnType<typeof readDeviceList> => {
    writeFileSync(file, text);
    return readDeviceList(file, resolve);
  };
  const good = write(`${head}  - {address: "10.0.3.7:9339", device: leaf0}\n  - {address: "[fd00::1]:9339", targets: [leaf1, leaf2]}\n  - {address: "gateway:9339", targets: all}\n`);
  assert.ok(good.ok);
  assert.equal(good.value.certificates, join(dir, 'tls'));
  assert.deepEqual(good.value.addresses, [
    { address: '10.0.3.7:9339', devices: ['site0/leaf0'], hasTargets: false }, { address: '[fd00::1]:9339', devices: ['site0/leaf1', 'site0/leaf2'], hasTargets: true },
    { address: 'gateway:9339', devices: null, hasTargets: true },
  ]);
  const bad = write(`${head}  - {address: "10.0.3.7", device: leaf0}\n  - {address: "10.0.3.8:9339", device: leaf0}\n  - {address: "10.0.3.9:9339", device: roof0}\n`);
  assert.ok(!bad.ok);
  assert.deepEqual(bad.issues.map(({ code, line, value }) => [code, line, value]), [['bad-address', 5, '10.0.3.7'], ['device-twice', 6, 'leaf0'], ['unknown-device', 7, 'roof0']]);
  assert.ok(bad.issues.every(({ remedy }) => remedy.length > 0));
  const odd = write(`${head}  - {address: "10.0.3.7:9339"}\n`);
  assert.ok(!odd.ok && odd.issues.length > 0);
  const missing = readDeviceList(join(dir, 'none.yaml'), resolve);
  assert.ok(!missing.ok);
}));

test('a server of real devices starts while none of them answers, and says of each address what is wrong', () => inFolder(async (dir) => {
  const first = await openDeviceSide(termsFor(dir, 'twin'));
  assert.ok(first.ok);
  await first.value.stop();
  const file = join(dir, 'devices.yaml');
  writeFileSync(file, `kind: Devices\nversion: 1\ncertificates: tls\ndevices:\n  - {address: "127.0.0.1:1", device: node0/nic0}\n`);
  const notes: Issue[] = [];
  const opened = await openDeviceSide(termsFor(dir, file, notes));
  if (!opened.ok) assert.fail(opened.issues[0]?.message ?? '');
  const heard: Reading[] = [];
  opened.value.start((readings) => heard.push(...readings));
  await until('it is noted', () => notes.some(({ code, path }) => code === 'device-unreachable' && path === 'site0/row0/rack0/node0/nic0'));
  await until('the device counts as silent', () => heard.some((reading) => reading.kind === 'deviceSeen' && reading.link === 'silent'));
  assert.equal(opened.value.emulation, null);
  await opened.value.stop();
}));

test('the server lists a device that repeats itself among what is not sound', () => inFolder(async (dir) => {
  const server = await startSmall(dir, ['--devices', 'twin', '--empty']);
  try {
    await eventually('devices are heard', async () => ((await server.ask('/api/v1/cluster')).body['devices'] as { up: number }).up > 60);
    const module = 'leaf0/module0';
    const injected = await server.ask('/api/v1/faults', { method: 'POST', body: { component: module, fault: 'lie' }, headers: { 'idempotency-key': 'one' } });
    assert.equal(injected.status, 201, JSON.stringify(injected.body));
    const lying = async (): Promise<readonly { component: string; health: string; runbook: string }[]> =>
      ((await server.ask('/api/v1/alarms')).body['items'] as { component: string; health: string; runbook: string }[]).filter(({ health }) => health === 'lying');
    await eventually('it is listed', async () => (await lying()).length === 1);
    assert.deepEqual((await lying()).map(({ component, runbook }) => [component.endsWith('/leaf0'), runbook]), [[true, 'device-lying']]);
    await server.ask('/api/v1/faults/leaf0%2Fmodule0', { method: 'DELETE', headers: { 'idempotency-key': 'two' } });
    await eventually('it is sound again', async () => (await lying()).length === 0);
  } finally {
    await server.stop();
  }
}));
