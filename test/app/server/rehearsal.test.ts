/** A rehearsal answers incidents and leaves nothing behind: no entry, no command, no word, and a state that is what it was. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openStore } from '../../../src/adapters/store/store.ts';
import { readCluster } from '../../../src/adapters/spec/read-spec.ts';
import { buildPlant } from '../../../src/app/server/build-plant.ts';
import type { DeviceSide } from '../../../src/app/server/device-side.ts';
import { exampleReadings } from '../../../src/app/server/example-jobs.ts';
import { LiveController } from '../../../src/app/server/live-controller.ts';
import { LogIndex } from '../../../src/app/server/log-index.ts';
import { openController } from '../../../src/app/server/open-controller.ts';
import { rehearse } from '../../../src/app/server/rehearsal.ts';
import { isRefusal } from '../../../src/base/refusal.ts';
import { createState } from '../../../src/control/create-state.ts';
import type { Reading } from '../../../src/control/reading.ts';
import { takeReading } from '../../../src/control/run.ts';
import { digestOf } from '../../../src/control/state-digest.ts';
import { removeFolder, temporaryFolder, writeSmallCluster } from './server-process.ts';

const dir = temporaryFolder();
after(() => removeFolder(dir));
const file = writeSmallCluster(dir);
const built = buildPlant(file);
const spec = readCluster(file);
assert.ok(built.ok && spec.ok);
const { plant } = built.value;
const { accelerator } = spec.value;

/** One round and a bit: what is answered later is answered alike. */
const enough = (): ((tookMs: number) => boolean) => {
  let asked = 0;
  return () => (asked += 1) > 200;
};

test('a rehearsal on a live controller leaves its log, its devices, its listeners and its state as they were', async () => {
  const sent: unknown[] = [];
  const devices: DeviceSide = { start: () => undefined, send: (command) => void sent.push(command), emulation: null, stop: () => Promise.resolve() };
  const opened = openStore(dir, { cluster: plant.name, fingerprint: plant.fingerprint, clock: () => 1e9 });
  assert.ok(opened.ok);
  const live = new LiveController({ state: createState(plant), store: opened.value, index: new LogIndex(), clock: { speed: 1, nowNs: () => 1e9 }, devices, onTrouble: () => undefined });
  for (const reading of exampleReadings(plant, accelerator, 1e9)) {
    const told = live.tell(reading, null);
    assert.ok(!isRefusal(told));
    await told.durable;
  }
  let heard = 0;
  live.listen(() => void (heard += 1));
  const [digest, headN, commands, index] = [digestOf(live.state), live.store.nextN, sent.length, JSON.stringify(live.index.data)];
  const rehearsed = await rehearse({ state: live.state, accelerator, isEnough: enough() });
  assert.ok(rehearsed !== null && rehearsed.answers > 100);
  assert.deepEqual([digestOf(live.state), live.store.nextN, sent.length, heard, JSON.stringify(live.index.data)], [digest, headN, commands, 0, index]);
  await live.stop();
});

test('after a rehearsal everything is decided as without one', async () => {
  const states = [createState(plant), createState(plant)] as const;
  const readings: readonly Reading[] = [...exampleReadings(plant, accelerator, 1e9), { kind: 'alarm', device: 'one', sequence: 1, component: 3, alarm: 'partFault', raised: true }, { kind: 'tick' }];
  await rehearse({ state: states[0], accelerator, isEnough: enough() });
  for (const reading of readings) {
    const [rehearsed, fresh] = states.map((state) => takeReading(state, 1e9, reading));
    assert.deepEqual(rehearsed, fresh);
  }
  assert.equal(digestOf(states[0]), digestOf(states[1]));
});

test('a rehearsal that is enough before it began copies nothing, and one without any light in use brings its own jobs', async () => {
  const state = createState(plant);
  assert.equal(await rehearse({ state, accelerator, isEnough: () => true }), null);
  const rehearsed = await rehearse({ state, accelerator, isEnough: enough() });
  assert.ok((rehearsed?.answers ?? 0) > 100, 'jobs and leases were asked for, and incidents answered');
  assert.deepEqual([state.n, state.jobs.size, state.leases.size], [0, 0, 0]);
});

test('a log that was closed is told from one whose process died, whose start does not wait for a rehearsal', async () => {
  const folder = temporaryFolder();
  const hasCrashed = async (): Promise<boolean> => {
    const opened = await openController(plant, folder, { speed: 1 });
    assert.ok(opened.ok);
    const { store, state, index, clock } = opened.value;
    const devices: DeviceSide = { start: () => undefined, send: () => undefined, emulation: null, stop: () => Promise.resolve() };
    const live = new LiveController({ state, store, index, clock, devices, onTrouble: () => undefined });
    const told = live.tell({ kind: 'tick' }, null);
    assert.ok(!isRefusal(told));
    await told.durable;
    // A process that dies saves no snapshot.
    await (closes ? live.stop() : store.close());
    return opened.value.hasCrashed;
  };
  let closes = true;
  assert.equal(await hasCrashed(), false, 'a new log');
  closes = false;
  assert.equal(await hasCrashed(), false, 'a log that was closed');
  assert.equal(await hasCrashed(), true);
  removeFolder(folder);
});
