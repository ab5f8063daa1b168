/** The state at earlier entries: whatever is asked in whatever order, it is what the fold of the log was there. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openStore } from '../../../src/adapters/store/store.ts';
import { createDice } from '../../../src/base/dice.ts';
import { isRefusal } from '../../../src/base/refusal.ts';
import { createState } from '../../../src/control/create-state.ts';
import { digestOf } from '../../../src/control/state-digest.ts';
import type { DeviceSide } from '../../../src/app/server/device-side.ts';
import { History } from '../../../src/app/server/history.ts';
import { LiveController } from '../../../src/app/server/live-controller.ts';
import { LogIndex } from '../../../src/app/server/log-index.ts';
import { encodeSnapshot } from '../../../src/app/server/state-snapshot.ts';
import { request } from '../../control/play.ts';
import { treePlant } from '../../control/plants.ts';
import { removeFolder, temporaryFolder } from './server-process.ts';

const folders: string[] = [];
after(() => folders.forEach(removeFolder));

const noDevices: DeviceSide = { start: () => undefined, send: () => undefined, emulation: null, stop: () => Promise.resolve() };

/** A controller on a log that archives soon, and what its state was after each of its readings. */
async function liveWithPast() {
  const dir = temporaryFolder();
  folders.push(dir);
  const plant = treePlant();
  let nowNs = 0;
  const opened = openStore(dir, { cluster: plant.name, fingerprint: plant.fingerprint, clock: () => (nowNs += 1000), limits: { segmentEntries: 20, entriesKept: 40 } });
  assert.ok(opened.ok);
  const live = new LiveController({
    state: createState(plant), store: opened.value, index: new LogIndex(), clock: { speed: 1, nowNs: () => (nowNs += 1000) }, devices: noDevices, onTrouble: () => undefined,
  });
  const digests = new Map<number, string>();
  const snapshots: number[] = [];
  for (let at = 0; at < 160; at++) {
    const told = live.tell({ kind: 'leaseAsked', request: request(`lease-${at}`, at % 2 === 0 ? 'allReduce' : 'checkpoint', 0.01, [at % 4, 4 + (at % 4)]) }, null);
    assert.ok(!isRefusal(told));
    digests.set(live.state.n, digestOf(live.state));
    if (at % 40 !== 39) continue;
    assert.equal(await told.durable, null);
    snapshots.push(live.state.n);
    assert.ok(!isRefusal(await live.store.saveSnapshot({ n: live.state.n, bytes: await encodeSnapshot(live.state, live.index.data) })));
  }
  return { plant, live, digests, snapshots };
}

test('earlier states are what the fold was there, asked in any order and at once, while the log goes on', async () => {
  const { live, digests, snapshots } = await liveWithPast();
  await live.store.compact();
  const oldestN = snapshots.at(-2) ?? 0;
  assert.ok(live.store.baseN > 0, 'a part of the log is archived');
  const history = new History(live);
  const dice = createDice(3);
  const asked = [...digests.keys()].filter((n) => n >= oldestN).map((n) => ({ n, by: dice.uniform() })).sort((a, b) => a.by - b.by).map(({ n }) => n);
  assert.ok(asked.length > 20);
  // In handfuls: more than a few questions at once are turned away.
  for (let at = 0; at < asked.length; at += 8) {
    const handful = asked.slice(at, at + 8);
    live.tell({ kind: 'tick' }, null);
    assert.deepEqual(await Promise.all(handful.map((n) => history.look(n, digestOf))), handful.map((n) => digests.get(n)));
  }
  const early = await history.look(1, digestOf);
  assert.ok(isRefusal(early) && early.code === 'history-archived');
  // Two snapshots are kept, and the older of them can be shown too.
  assert.equal(history.oldestN, oldestN);
  assert.match(early.reasons[0] ?? '', new RegExp(`entries from ${oldestN} on can be\\.`));
  const before = await history.look(oldestN - 1, digestOf);
  assert.ok(isRefusal(before) && before.code === 'history-archived');
  const late = await history.look(live.store.headN + 1000, digestOf);
  assert.ok(isRefusal(late) && late.code === 'not-yet');
  const many = await Promise.all(Array.from({ length: 40 }, () => history.look(oldestN, digestOf)));
  assert.ok(many.some((one) => isRefusal(one) && one.code === 'history-busy') && many.some((one) => one === digests.get(oldestN)));
  await live.stop();
});
