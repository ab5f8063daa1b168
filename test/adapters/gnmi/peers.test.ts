/** Independent peers agree with us: a Python client and buf read our twin, and our client reads a Python server. */

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { ensureCertificates, readIdentity } from '../../../src/adapters/certificates.ts';
import type { DeviceReading } from '../../../src/adapters/device-reading.ts';
import { connectGnmi } from '../../../src/adapters/gnmi/client.ts';
import type { StreamEvent } from '../../../src/adapters/gnmi/client-stream.ts';
import { compileClusterFile } from '../../../src/app/cluster-input.ts';
import type { RunningTwin } from '../../../src/app/twin-server.ts';
import { startTwin, tlsFolder } from '../../../src/app/twin-server.ts';
import { isRefusal } from '../../../src/base/refusal.ts';
import { packageTest } from '../../packages.ts';
import { sharedPath } from '../../shared.ts';
import { peerArguments, python, pythonTest, withFolder } from './python-peer.ts';

const run = promisify(execFile);

async function withTwin(folder: string, use: (twin: RunningTwin) => Promise<void>): Promise<void> {
  const cluster = compileClusterFile(fileURLToPath(new URL('../../../examples/fabrics/ocs-rails.yaml', import.meta.url)));
  if (!cluster.ok) throw new Error('the example does not compile');
  const twin = await startTwin({ cluster: cluster.value, dataFolder: folder, port: 0, seed: 1 });
  if (!twin.ok) throw new Error(twin.issues[0]?.message ?? '');
  try {
    await use(twin.value);
  } finally {
    await twin.value.stop();
  }
}

/** Every scalar of a document by its path, as its JSON type or, for decimal text, its digits behind the point. */
function shapes(value: unknown, at = '', into = new Map<string, string>()): Map<string, string> {
  if (Array.isArray(value)) for (const entry of value) shapes(entry, at, into);
  else if (typeof value === 'object' && value !== null) for (const [name, inner] of Object.entries(value)) shapes(inner, `${at}/${name.slice(name.indexOf(':') + 1)}`, into);
  else {
    const decimal = typeof value === 'string' ? /^-?\d+\.(\d+)$/.exec(value) : null;
    const identity = typeof value === 'string' ? /^(openconfig-[a-z-]+):/.exec(value) : null;
    into.set(at, decimal !== null ? `decimal with ${decimal[1]?.length ?? 0} digits` : identity !== null ? `identity of ${identity[1] ?? ''}` : typeof value);
  }
  return into;
}

const component = 'site0/row0/rack0/node0/nic0/module0';

pythonTest('grpcio reads the twin over mutual TLS: Capabilities, Get, errors, ONCE, STREAM and POLL', (folder, stubs) => withTwin(folder, async ({ port }) => {
  const { stdout } = await run(python, peerArguments('client.py', stubs, tlsFolder(folder), `127.0.0.1:${port}`, component), { timeout: 60_000 });
  const seen = JSON.parse(stdout) as Record<string, unknown>;
  assert.equal(seen['version'], '0.10.0');
  assert.deepEqual(seen['models'], ['openconfig-platform', 'openconfig-platform-transceiver', 'openconfig-system', 'openconfig-alarms',
    'openconfig-platform-types', 'openconfig-transport-types', 'openconfig-alarm-types', 'sonic-ocs', 'sonic-ocs-states']);
  assert.deepEqual(seen['encodings'], ['JSON_IETF', 'JSON', 'PROTO']);
  // The launch of a 400G-DR4 lane lies between its limits of -2.9 and 4.0 dBm (IEEE 802.3bs, table 124-6).
  const power = Number(seen['power']);
  assert.match(String(seen['power']), /^-?\d+\.\d\d$/);
  assert.ok(power > -2.9 && power < 4 && Math.abs(Number(seen['proto']) - power) < 0.5);
  assert.ok(Math.abs(Number(seen['timestamp']) / 1e6 - Date.now()) < 60_000);
  assert.deepEqual(seen['refusals'], {
    'no path': 'INVALID_ARGUMENT', absent: 'NOT_FOUND', bytes: 'UNIMPLEMENTED', deprecated: 'INVALID_ARGUMENT', 'viewer writes': 'PERMISSION_DENIED',
    'commit without id': 'INVALID_ARGUMENT', 'no certificate': 'UNAVAILABLE',
  });
  assert.deepEqual(seen['once'], ['update', 'sync_response']);
  assert.deepEqual(seen['updates only'], ['sync_response']);
  assert.deepEqual(seen['stream'], ['update', 'sync_response', 'update', 'update', 'update']);
  assert.equal(seen['second subscribe'], 'INVALID_ARGUMENT');
  assert.deepEqual([seen['poll'], seen['ended']], [['update', 'sync_response', 'update', 'sync_response'], []]);
  const sample = sharedPath('samples/openconfig/transceiver.valid.json');
  if (sample !== null) {
    const accepted = shapes((JSON.parse(readFileSync(sample, 'utf8')) as { 'openconfig-platform:components': { component: unknown[] } })['openconfig-platform:components'].component);
    const ours = shapes(seen['component']);
    const compared = [...ours].filter(([path]) => accepted.has(path));
    assert.ok(compared.length >= 20, `${compared.length} paths in common`);
    for (const [path, shape] of compared) assert.equal(shape, accepted.get(path), path);
  }
}));

packageTest('buf reads the twin: Capabilities and a subscription', 'buf', (buf) => withFolder((folder) => withTwin(folder, async ({ port }) => {
  const tls = tlsFolder(folder);
  const proto = fileURLToPath(new URL('../../../src/adapters/gnmi/proto', import.meta.url));
  const call = async (method: string, data: unknown): Promise<string> => {
    const parameters = ['curl', '--protocol', 'grpc', '--schema', proto, '--cacert', join(tls, 'ca.pem'), '--cert', join(tls, 'viewer.pem'), '--key', join(tls, 'viewer.key')];
    return (await run(buf, [...parameters, '--data', JSON.stringify(data), `https://127.0.0.1:${port}/gnmi.gNMI/${method}`], { timeout: 60_000 })).stdout;
  };
  assert.equal((JSON.parse(await call('Capabilities', {})) as { gNMIVersion: string }).gNMIVersion, '0.10.0');
  const path = { elem: [{ name: 'components' }, { name: 'component', key: { name: component } }, { name: 'state' }, { name: 'type' }] };
  const messages = await call('Subscribe', { subscribe: { mode: 'ONCE', encoding: 'JSON_IETF', subscription: [{ path }] } });
  // buf shows bytes as base64.
  assert.ok(messages.includes(Buffer.from('"openconfig-platform-types:TRANSCEIVER"').toString('base64')));
  assert.match(messages, /"syncResponse": true/);
})));

pythonTest('our client reads a grpcio server: Capabilities, Get, confirmed commit, errors, and a stream that breaks off', async (folder, stubs) => {
  const tls = join(folder, 'tls');
  assert.ok((await ensureCertificates(tls)).ok);
  const identity = readIdentity(tls, 'controller');
  assert.ok(identity.ok);
  const server = spawn(python, peerArguments('server.py', stubs, tls), { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface(server.stdout)[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => String((await lines.next()).value);
  const client = connectGnmi({ device: 'peer', address: `127.0.0.1:${await nextLine()}`, identity: identity.value });
  try {
    const capabilities = await client.capabilities();
    assert.deepEqual(capabilities, { version: '0.10.0', models: [{ name: 'openconfig-platform', organization: '', version: '0.31.0' }], encodings: ['JSON_IETF'] });
    const path = '/components/component[name=xcvr-0-1]/transceiver/physical-channels/channel[index=3]/state/output-power/instant';
    assert.deepEqual(await client.get({ paths: [path] }), [{ target: 'peer', path, value: '-1.25', atNs: 5n }]);
    const change = { delete: ['/a'], replace: [{ path: '/b[k=v/w]', value: { c: 1 } }], update: [{ path: '/d', value: true }] };
    assert.deepEqual(await client.set({ ...change, commit: { id: 'c1', rollbackMs: 30_000 } }), { atNs: 1234567890123456789n });
    assert.deepEqual(JSON.parse(await nextLine()), { deletes: 1, replaces: 1, updates: 1, action: 'commit', rollback: 30 });
    assert.deepEqual(await client.confirm('c1'), { atNs: 1234567890123456789n });
    assert.equal((JSON.parse(await nextLine()) as { action: string }).action, 'confirm');
    const refused = await client.cancel('');
    assert.ok(isRefusal(refused) && refused.code === 'device-rejected' && /INVALID|InvalidArgument/.test(refused.reasons[0] ?? ''));
    const readings: DeviceReading[] = [];
    const events: StreamEvent[] = [];
    const stream = client.subscribe({ paths: ['/components'], mode: 'sample', sampleMs: 1000 }, { onReadings: (batch) => readings.push(...batch), onEvent: (event) => events.push(event) });
    const deadline = Date.now() + 15_000;
    while (events.filter(({ kind }) => kind === 'synced').length < 2 && Date.now() < deadline) await new Promise((resolve) => { setTimeout(resolve, 20); });
    stream.stop();
    // The first stream breaks off after its first values: a gap, then the state anew.
    assert.deepEqual(events.slice(0, 3).map(({ kind }) => kind), ['synced', 'gap', 'synced']);
    assert.deepEqual(readings.filter(({ quantity }) => quantity === 'txPower').map(({ device, component: name, lane, value, unit }) => ({ device, name, lane, value, unit })), [
      { device: 'peer', name: 'xcvr-0-1', lane: 3, value: -1.21, unit: 'dBm' }, { device: 'peer', name: 'xcvr-0-1', lane: 3, value: -1.22, unit: 'dBm' },
    ]);
    assert.deepEqual(readings.find(({ quantity }) => quantity === 'rxLos')?.value, 0);
  } finally {
    client.close();
    server.kill();
    await once(server, 'exit');
  }
});
