/** The whole controller's log in the store that serves it, cut anywhere: before what was acknowledged that is noticed, after it the state comes back exactly. */

import assert from 'node:assert/strict';
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStore } from '../../src/adapters/store/store.ts';
import type { Store } from '../../src/adapters/store/store.ts';
import type { Entry } from '../../src/control/entry.ts';
import { logHeader, recover, takeReading } from '../../src/control/run.ts';
import { createState } from '../../src/control/create-state.ts';
import { checkInvariants } from '../../src/control/invariants.ts';
import type { Reading } from '../../src/control/reading.ts';
import { digestOf } from '../../src/control/state-digest.ts';
import { createSimPlant } from '../../src/study/simtest/clusters.ts';
import { copyOf, done, mustOpen, options, temporaryFolder } from '../adapters/store/fixture.ts';
import { ask, job, second } from '../control/play.ts';

const plant = createSimPlant('leaf-spine');
const header = logHeader(plant, '2026-01-01T00:00:00Z');
const wal = (at: string): string => join(at, 'generation-1', 'log.db-wal');
const entriesOf = (store: Store): readonly Entry[] => [...store.entries()].map((entry) => JSON.parse(JSON.stringify(entry)) as Entry);

const pair = (id: string, from: number, to: number): Reading => ({ kind: 'jobAsked', job: job(id, [from, to], [{ trafficClass: 'allReduce', fromRank: from, toRank: to, rateGbps: 200 }]) });
const alarm = (sequence: number, component: number, raised: boolean): Reading => ({ kind: 'alarm', device: 'leaf0', sequence, component, alarm: 'laserFault', raised });
const laser = plant.cluster.fabric.wavelengthLaser[plant.cluster.fabric.linkWavelength[18] ?? 0] ?? -1;

/** Jobs, leases, a loss of light with its decision and commands, and time. */
const readings: readonly Reading[] = [
  pair('one', 0, 4), ask('fill', 'inferenceFanout', 300, [1, 5]), pair('two', 2, 6), { kind: 'tick' },
  alarm(1, laser, true), ask('late', 'checkpoint', 50, [3, 7]), { kind: 'leaseReleased', id: 'fill' }, { kind: 'tick' },
];
/** After the store's own beginning, which its test clock puts at 1 s. */
const timeOf = (reading: number): number => (10 + reading) * second;

/** Readings whose entries were acknowledged before the crash. */
const acknowledgedReadings = 5;

test('a controller\'s log cut before what was acknowledged is noticed; cut after it, every lease is there and the state is the live one', async (t) => {
  const root = temporaryFolder(t);
  const live = join(root, 'live');
  const store = mustOpen(live);
  const state = createState(plant);
  // The state's digest and its leases by the number of entries after each reading.
  const after = new Map<number, { readonly digest: string; readonly leases: readonly string[] }>();
  const bounds: number[] = [];
  let acknowledged = '';
  for (const [at, reading] of readings.entries()) {
    const entries = takeReading(state, timeOf(at), reading);
    done(await store.append(entries.map(({ kind, atNs, body, ...rest }) => ({ kind, atNs, body, ...('cause' in rest ? { cause: rest.cause } : {}) }))));
    after.set(state.n, { digest: digestOf(state), leases: [...state.leases.keys()] });
    bounds.push(state.n);
    if (at + 1 === acknowledgedReadings) acknowledged = copyOf(live, join(root, 'acknowledged'));
  }
  const tail = copyOf(live, join(root, 'tail'));
  await store.close();
  const [fromBytes, toBytes] = [statSync(wal(acknowledged)).size, statSync(wal(tail)).size];
  assert.ok(toBytes > fromBytes && fromBytes > 0);
  const promised = after.get(bounds[acknowledgedReadings - 1] ?? 0)?.leases ?? [];
  assert.ok(promised.length >= 3);

  // A prime step visits every place within pages and frames.
  for (let cut = 0; cut < fromBytes; cut += 4001) {
    const crashed = copyOf(acknowledged, join(root, 'crashed'));
    truncateSync(wal(crashed), cut);
    const opened = openStore(crashed, options());
    if (opened.ok) await opened.value.close();
    assert.ok(!opened.ok && opened.issues.every(({ code, remedy }) => code !== '' && remedy !== ''), `a cut at byte ${cut} of ${fromBytes} acknowledged went unnoticed`);
  }

  const reached = new Set<number>();
  for (let cut = fromBytes; cut <= toBytes; cut = cut < toBytes ? Math.min(toBytes, cut + 797) : toBytes + 1) {
    const crashed = copyOf(acknowledged, join(root, 'crashed'));
    writeFileSync(wal(crashed), readFileSync(wal(tail)).subarray(0, cut));
    const opened = mustOpen(crashed);
    const entries = entriesOf(opened);
    await opened.close();
    const { state: recovered, missing, issue } = recover(plant, header, entries);
    assert.equal(issue, null);
    const known = after.get(recovered.n);
    assert.ok(known !== undefined, `a cut at byte ${cut} recovers to entry ${recovered.n}, in the middle of a reading`);
    assert.equal(digestOf(recovered), known.digest, `a cut at byte ${cut}`);
    assert.deepEqual(promised.filter((id) => !recovered.leases.has(id) && known.leases.includes(id)), []);
    assert.deepEqual(checkInvariants(recovered, [...entries, ...missing]), []);
    reached.add(recovered.n);
  }
  assert.ok(reached.has(bounds[acknowledgedReadings - 1] ?? 0) && reached.has(bounds.at(-1) ?? 0), `reached ${[...reached].join(', ')} of ${bounds.join(', ')}`);
});

test('a log of lines cut at every byte of its last readings is completed as it was decided', () => {
  const state = createState(plant);
  const all: Entry[] = [];
  let before = 0;
  for (const [at, reading] of readings.entries()) {
    if (at === acknowledgedReadings - 1) before = all.length;
    all.push(...takeReading(state, timeOf(at), reading));
  }
  const kept = all.slice(0, before);
  const text = all.slice(before).map((entry) => `${JSON.stringify(entry)}\n`).join('');
  const tried = new Set<number>();
  for (let cut = 0; cut <= text.length; cut++) {
    const lines = text.slice(0, cut).split('\n').slice(0, -1);
    if (tried.has(lines.length)) continue;
    tried.add(lines.length);
    const whole = lines.map((line) => JSON.parse(line) as Entry);
    const { state: recovered, missing, issue } = recover(plant, header, [...kept, ...whole]);
    assert.equal(issue, null);
    // What the crash kept back is decided again, entry for entry.
    assert.deepEqual([...whole, ...missing].map((entry) => JSON.stringify(entry)), all.slice(before, before + whole.length + missing.length).map((entry) => JSON.stringify(entry)));
    assert.equal(recovered.n, whole.length + missing.length === 0 ? kept.at(-1)?.n : all[before + whole.length + missing.length - 1]?.n);
  }
  assert.equal(tried.size, all.length - before + 1);
});
