/** Speed of device telemetry: notifications from a twin of 1,024 accelerators over gRPC with mutual TLS on loopback, read to device readings. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { readIdentity } from '../src/adapters/certificates.ts';
import type { DeviceReading } from '../src/adapters/device-reading.ts';
import { connectGnmi } from '../src/adapters/gnmi/client.ts';
import { Encoding } from '../src/adapters/gnmi/generated/gnmi_pb.js';
import { createNotificationReader } from '../src/adapters/gnmi/notification-reader.ts';
import { createWatch } from '../src/adapters/gnmi/watch.ts';
import { compileClusterFile } from '../src/app/cluster-input.ts';
import { createTwinModel } from '../src/app/twin-model.ts';
import { tlsFolder } from '../src/app/twin-server.ts';
import { createDice } from '../src/base/dice.ts';
import type { CompiledCluster } from '../src/fabric/compiled.ts';
import { createCatalogue } from '../src/optics/catalogue/catalogue.ts';
import { createDevices } from '../src/sim/devices/create-devices.ts';
import type { Bench } from './measure.ts';

function cluster(): CompiledCluster {
  const compiled = compileClusterFile(fileURLToPath(new URL('../examples/cluster-1024.yaml', import.meta.url)));
  if (!compiled.ok) throw new Error('the example does not compile');
  return compiled.value;
}

/** Values of one measured run: what must be read each second (issue 7). */
const values = 100_000;
/** Some leaves have nothing to say, so a few more are asked for. */
const asked = 1.03 * values;

/** Notifications of `values` updates or a little more, as the twin writes them. */
function written(): { readonly notifications: readonly Uint8Array[]; readonly updates: number; readonly redo: () => number } {
  const model = createTwinModel(createDevices(cluster(), createCatalogue()), createDice(1));
  const watches = model.entities.map((entity) => createWatch(entity, { elems: [], depth: 0, keep: () => true }, entity.target));
  const notifications: Uint8Array[] = [];
  let updates = 0;
  const write = (): number => {
    notifications.length = 0;
    updates = 0;
    for (const watch of watches) {
      if (updates >= asked) break;
      watch.sample(0);
      const bytes = watch.drain(Encoding.JSON_IETF);
      if (bytes !== null) notifications.push(bytes);
      updates += watch.entity.leaves().length;
    }
    return updates;
  };
  write();
  return { notifications, updates, redo: write };
}

function readBench(): () => number {
  const { notifications } = written();
  const reader = createNotificationReader('twin');
  const check: DeviceReading[] = [];
  let updates = 0;
  for (const bytes of notifications) updates += reader.read(bytes, check).updates;
  if (updates < values || check.length < values / 2) throw new Error(`read ${updates} updates, ${check.length} readings`);
  return () => {
    const readings: DeviceReading[] = [];
    for (const bytes of notifications) reader.read(bytes, readings);
    return readings.length;
  };
}

/** Five seconds' worth, so that opening the stream is a small part of it. */
const streamed = 5 * values;

/** A twin in a process of its own, which ends with this one. */
async function startGenerator(folder: string): Promise<string> {
  const words = ['src/app/main.ts', 'twin', 'examples/cluster-1024.yaml', '--port', '0', '--data', folder];
  const child = spawn(process.execPath, words, { cwd: fileURLToPath(new URL('../', import.meta.url)), stdio: ['ignore', 'pipe', 'ignore'] });
  process.on('exit', () => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  const [line] = await once(createInterface(child.stdout), 'line') as [string];
  child.stdout.destroy();
  child.unref();
  return line.replace('ready ', '');
}

/** Each run opens a stream and waits until so many values have come over the wire and been read. */
async function wireBench(): Promise<() => Promise<number>> {
  const folder = mkdtempSync(join(tmpdir(), 'heliostat-bench-'));
  const address = await startGenerator(folder);
  const identity = readIdentity(tlsFolder(folder), 'viewer');
  if (!identity.ok) throw new Error('the twin made no certificates');
  const run = async (): Promise<number> => {
    const client = connectGnmi({ device: 'twin', address, identity: identity.value });
    let readings = 0;
    const stream = client.subscribe({ paths: ['/components'], target: '*', mode: 'sample', sampleMs: 500 }, { onReadings: (batch) => { readings += batch.length; } });
    while (stream.updates() < streamed) await new Promise((resolve) => { setTimeout(resolve, 1); });
    client.close();
    return readings;
  };
  const readings = await run();
  if (readings < streamed / 2) throw new Error(`only ${readings} readings`);
  return run;
}

export const gnmiBenches: readonly Bench[] = [
  { name: 'gNMI notifications written, 100,000 values', goalMs: null, prepare: () => written().redo },
  { name: 'gNMI notifications read to readings, 100,000 values', goalMs: 1000, prepare: readBench },
  { name: 'gNMI over mutual TLS from a twin process to readings, 500,000 values', goalMs: 5000, prepare: wireBench },
];
