/** Fuzzed gRPC requests: whatever comes, the twin answers with a status that is no fault of its own, changes nothing, and lives on. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import type { ClientHttp2Session } from 'node:http2';
import { connect } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { create, toBinary } from '@bufbuild/protobuf';
import type { Identity } from '../../../src/adapters/certificates.ts';
import { readIdentity } from '../../../src/adapters/certificates.ts';
import { GetRequestSchema, SetRequestSchema, SubscribeRequestSchema } from '../../../src/adapters/gnmi/generated/gnmi_pb.js';
import { compileClusterFile } from '../../../src/app/cluster-input.ts';
import { startTwin, tlsFolder } from '../../../src/app/twin-server.ts';
import type { Dice } from '../../../src/base/dice.ts';
import { createDice } from '../../../src/base/dice.ts';

/** Requests of one run; a longer run sets HELIOSTAT_FUZZ_REQUESTS. */
const requests = Number(process.env['HELIOSTAT_FUZZ_REQUESTS'] ?? 3000);
const atOnce = 16;

const methods = ['/gnmi.gNMI/Capabilities', '/gnmi.gNMI/Get', '/gnmi.gNMI/Set', '/gnmi.gNMI/Subscribe', '/heliostat.twin.v1.Twin/Inject', '/heliostat.twin.v1.Twin/Faults', '/gnmi.gNMI/Nothing'];

const path = { elem: [{ name: 'components' }, { name: 'component', key: { name: 'site0/row0/rack0/node0/nic0/module0' } }, { name: 'transceiver' }] };
const value = { value: { case: 'jsonIetfVal' as const, value: new TextEncoder().encode('{"config":{"enabled":false}}') } };

/** Sound messages, to be damaged. */
const seeds: readonly Uint8Array[] = [
  toBinary(GetRequestSchema, create(GetRequestSchema, { path: [path], encoding: 4 })),
  toBinary(SetRequestSchema, create(SetRequestSchema, { update: [{ path, val: value }], delete: [path], extension: [{ ext: { case: 'commit', value: { id: 'x', action: { case: 'commit', value: {} } } } }] })),
  toBinary(SubscribeRequestSchema, create(SubscribeRequestSchema, { request: { case: 'subscribe', value: { mode: 1, encoding: 4, subscription: [{ path }] } } })),
];

/** A gRPC frame around random or damaged bytes; now and then the frame itself is wrong. */
function body(dice: Dice): Buffer {
  const seed = seeds[dice.below(seeds.length)] ?? new Uint8Array();
  const message = dice.uniform() < 0.5 ? Uint8Array.from({ length: dice.below(120) }, () => dice.below(256)) : seed.slice(0, dice.uniform() < 0.3 ? dice.below(seed.length + 1) : seed.length);
  for (let flips = dice.below(4); flips > 0 && message.length > 0; flips--) message[dice.below(message.length)] = dice.below(256);
  const frame = Buffer.alloc(5 + message.length);
  frame[0] = dice.uniform() < 0.05 ? dice.below(256) : 0;
  frame.writeUInt32BE(dice.uniform() < 0.05 ? dice.below(2 ** 31) : message.length, 1);
  frame.set(message, 5);
  return frame;
}

/** gRPC status of one call; streams that are still open after a while are given up. */
function call(session: ClientHttp2Session, method: string, frame: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const stream = session.request({ ':method': 'POST', ':path': method, 'content-type': 'application/grpc', te: 'trailers' });
    let answer = 'open';
    const timer = setTimeout(() => stream.close(8), 1000);
    const told = (headers: IncomingHttpHeaders): void => {
      const code = headers['grpc-status'];
      if (code !== undefined) answer = code === '13' ? `13 ${decodeURIComponent(String(headers['grpc-message'] ?? ''))}` : String(code);
    };
    stream.on('response', (headers) => {
      if (headers[':status'] !== 200) answer = `http ${String(headers[':status'])}`;
      told(headers);
    });
    stream.on('trailers', told);
    stream.on('error', () => { answer = answer === 'open' ? 'reset' : answer; });
    stream.on('close', () => {
      clearTimeout(timer);
      resolve(answer);
    });
    stream.resume();
    stream.end(frame);
  });
}

/** What the gRPC library says of frames and messages that cannot be read. */
const unreadable = /^13 (?:parse|protocol error|.*compress)/;

const open = (port: number, { ca, cert, key }: Identity): ClientHttp2Session => connect(`https://127.0.0.1:${port}`, { ca, cert, key });

test('fuzzed requests of a reader give no internal error and change nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'heliostat-fuzz-'));
  const cluster = compileClusterFile(fileURLToPath(new URL('../../../examples/fabrics/leaf-spine.yaml', import.meta.url)));
  assert.ok(cluster.ok);
  const twin = await startTwin({ cluster: cluster.value, dataFolder: folder, port: 0, seed: 1 });
  const viewer = readIdentity(tlsFolder(folder), 'viewer');
  assert.ok(twin.ok && viewer.ok);
  const session = open(twin.value.port, viewer.value);
  const { fabric } = twin.value.model;
  const seen = new Map<string, number>();
  const dice = createDice(20_261_122);
  try {
    for (let done = 0; done < requests; done += atOnce) {
      const answers = await Promise.all(Array.from({ length: atOnce }, () => call(session, methods[dice.below(methods.length)] ?? '', body(dice))));
      for (const answer of answers) seen.set(answer, (seen.get(answer) ?? 0) + 1);
    }
    // 2 is UNKNOWN, and 13 INTERNAL: a fault of the server, except that gRPC has no other code for bytes that are no message at all.
    const ours = [...seen.keys()].filter((answer) => ['2', 'http 500', 'reset'].includes(answer) || (answer.startsWith('13') && !unreadable.test(answer)));
    assert.deepEqual(ours, [], JSON.stringify([...seen]));
    assert.ok((seen.get('3') ?? 0) > requests / 100 && (seen.get('0') ?? 0) > 0 && (seen.get('7') ?? 0) > 0, JSON.stringify([...seen]));
    assert.ok(fabric.faults.length === 0 && fabric.modules.every(({ enabled, txEnabled }) => enabled && txEnabled.every((on) => on === 1)));
    assert.equal(await call(session, '/gnmi.gNMI/Capabilities', Buffer.alloc(5)), '0');
  } finally {
    session.destroy();
    await twin.value.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
