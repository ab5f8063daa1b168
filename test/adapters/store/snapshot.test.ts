/** Snapshots, archiving under load, versions of facts, and logs of the first format. */

import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createArchiveReader } from '../../../src/adapters/store/read-archive.ts';
import { openReadOnly, openStore } from '../../../src/adapters/store/store.ts';
import { copyOf, done, draftsFrom, fill, flip, must, mustOpen, options, temporaryFolder, textsOf } from './fixture.ts';

const small = { segmentEntries: 50, entriesKept: 20, archiveBytesMax: 2 ** 30 };
const state = (n: number): Uint8Array => Buffer.from(`state after ${n}`.repeat(100));

test('recovery begins at the newest snapshot, and at the one before when that is damaged', async (t) => {
  const dir = temporaryFolder(t);
  const store = mustOpen(dir);
  assert.equal(store.newestSnapshot(), null);
  await fill(store, 100);
  done(await store.saveSnapshot({ n: 60, bytes: state(60) }));
  await fill(store, 100);
  done(await store.saveSnapshot({ n: 200, bytes: state(200) }));
  await fill(store, 10);
  const before = textsOf(store);
  await store.close();

  const again = mustOpen(dir);
  const newest = again.newestSnapshot();
  assert.equal(newest?.n, 200);
  assert.deepEqual(Buffer.from(newest.bytes), state(200));
  assert.deepEqual([...again.entries(newest.n + 1)].length, 10);
  await again.close();

  flip(join(dir, 'generation-1', 'snapshots', 'snapshot-200'), 500, 4);
  const damaged = mustOpen(dir);
  assert.deepEqual(damaged.findings.map(({ code }) => code), ['snapshot-damaged']);
  assert.equal(damaged.newestSnapshot()?.n, 60);
  assert.deepEqual(textsOf(damaged), before);
  await damaged.close();
});

test('a snapshot outside the log or before the newest is a bug of the caller; the same one again is not written twice', async (t) => {
  const store = mustOpen(temporaryFolder(t));
  await fill(store, 10);
  const saved = done(await store.saveSnapshot({ n: 5, bytes: state(5) }));
  assert.deepEqual(await store.saveSnapshot({ n: 5, bytes: state(5) }), saved);
  for (const n of [0, 4, 11, 5.5]) await assert.rejects(store.saveSnapshot({ n, bytes: state(n) }), RangeError);
  await store.close();
});

test('entries that two snapshots cover go to the archive in whole segments, and the rest stays', async (t) => {
  const dir = temporaryFolder(t);
  const store = mustOpen(dir, { limits: small });
  await fill(store, 300);
  done(await store.saveSnapshot({ n: 180, bytes: state(180) }));
  assert.deepEqual(done(await store.compact()), { archivedEntries: 0, droppedSegments: 0 });
  const before = textsOf(store);
  done(await store.saveSnapshot({ n: 300, bytes: state(300) }));
  done(await store.compact());
  // The older snapshot covers 180 entries, of which segments of 50 take 150.
  assert.equal(store.baseN, 150);
  assert.deepEqual(textsOf(store), before.slice(150));
  assert.throws(() => [...store.entries(150)], RangeError);
  // One by one they are still told, from segments that were checked; what stands in the database is not in the archive.
  assert.deepEqual([1, 50, 51, 150].map((n) => JSON.stringify(store.archivedEntry(n))), [0, 49, 50, 149].map((at) => before[at]));
  assert.deepEqual([store.archivedEntry(151), store.archivedEntry(0)], [null, null]);
  assert.deepEqual(readdirSync(join(dir, 'generation-1', 'archive')).sort(), ['entries-1-50.jsonl', 'entries-101-150.jsonl', 'entries-51-100.jsonl']);
  // A segment in which a byte changed tells nothing.
  const segment = join(dir, 'generation-1', 'archive', 'entries-101-150.jsonl');
  const bytes = readFileSync(segment);
  const flipped = Uint8Array.from(bytes, (byte, at) => (at === bytes.length >> 1 ? byte ^ 1 : byte));
  const fresh = createArchiveReader(join(dir, 'generation-1', 'archive'));
  writeFileSync(segment, flipped);
  assert.equal(fresh(120), null);
  assert.equal(JSON.stringify(fresh(100)), before[99]);
  writeFileSync(segment, bytes);
  await fill(store, 10);
  await store.close();
  const again = mustOpen(dir, { limits: small });
  assert.equal(again.baseN, 150);
  assert.deepEqual(textsOf(again).slice(0, 150), before.slice(150));
  assert.equal(again.newestSnapshot()?.n, 300);
  await again.close();

  // The entries under the base are gone from the database, so losing both snapshots is damage.
  for (const n of [180, 300]) rmSync(join(dir, 'generation-1', 'snapshots', `snapshot-${n}`));
  const lost = openStore(dir, options());
  assert.ok(!lost.ok && lost.issues[0]?.code === 'snapshots-lost' && lost.issues[0].path === 'entry 150');
});

test('every flipped byte of a snapshot, an archived segment or a compacted database leaves the content or is named', async (t) => {
  const root = temporaryFolder(t);
  const dir = join(root, 'live');
  const store = mustOpen(dir, { limits: small });
  await fill(store, 120);
  done(await store.saveSnapshot({ n: 100, bytes: state(100) }));
  await fill(store, 50);
  done(await store.saveSnapshot({ n: 150, bytes: state(150) }));
  done(await store.compact());
  const texts = textsOf(store);
  await store.close();
  const copy = join(root, 'copy');
  const database = join(copy, 'generation-1', 'log.db');
  for (let at = 0; at < statSync(join(dir, 'generation-1', 'log.db')).size; at += 401) {
    copyOf(dir, copy);
    flip(database, at, 1 + at % 255);
    const opened = openStore(copy, options({ limits: small }));
    if (!opened.ok) continue;
    assert.deepEqual(textsOf(opened.value), texts, `byte ${at}`);
    assert.deepEqual(opened.value.newestSnapshot()?.bytes, state(150));
    assert.equal(opened.value.header.createdNs, store.header.createdNs);
    await opened.value.close();
  }
});

test('old segments are deleted beyond the size that the archive may have', async (t) => {
  const dir = temporaryFolder(t);
  const store = mustOpen(dir, { limits: { ...small, archiveBytesMax: 0 } });
  await fill(store, 200);
  for (const n of [150, 200]) done(await store.saveSnapshot({ n, bytes: state(n) }));
  const compaction = done(await store.compact());
  assert.equal(store.baseN, 150);
  assert.deepEqual(readdirSync(join(dir, 'generation-1', 'archive')), []);
  assert.ok(compaction.droppedSegments <= 3);
  await store.close();
});

test('appends go on while entries are archived, and the database stays small', async (t) => {
  const dir = temporaryFolder(t);
  const store = mustOpen(dir, { limits: { segmentEntries: 1000, entriesKept: 1000, archiveBytesMax: 2 ** 30 } });
  const latenciesMs: number[] = [];
  let sizeBytes = 0;
  for (let round = 0; round < 10; round++) {
    await fill(store, 3000);
    done(await store.saveSnapshot({ n: store.headN, bytes: state(store.headN) }));
    for (let at = 0; at < 10; at++) {
      const startedMs = performance.now();
      done(await store.append(draftsFrom(store.nextN, 1)));
      latenciesMs.push(performance.now() - startedMs);
      await pause(1);
    }
    if (round === 5) sizeBytes = statSync(join(dir, 'generation-1', 'log.db')).size;
  }
  done(await store.compact());
  assert.equal(store.baseN, 27_000);
  assert.deepEqual([...store.entries()].map(({ n }) => n), Array.from({ length: 3100 }, (_, at) => 27_001 + at));
  latenciesMs.sort((a, b) => a - b);
  // A segment of 1000 entries leaves in one transaction of a few milliseconds; the bound is wide for a busy machine.
  assert.ok((latenciesMs.at(-1) ?? 0) < 1000, `an append waited ${latenciesMs.at(-1)} ms`);
  await store.close();
  // After 18,000 of 30,000 entries the file had its greatest size: freed pages are used again.
  assert.ok(statSync(join(dir, 'generation-1', 'log.db')).size <= 1.5 * sizeBytes);
});

test('facts of a newer version than the program knows are refused with the place where they begin', async (t) => {
  const dir = temporaryFolder(t);
  const first = mustOpen(dir);
  await fill(first, 10);
  await first.close();
  const newer = mustOpen(dir, { factsVersion: 3 });
  assert.deepEqual(newer.factsSpans, [{ fromN: 1, version: 1 }, { fromN: 11, version: 3 }]);
  await fill(newer, 5);
  await newer.close();
  const older = openStore(dir, options({ factsVersion: 2 }));
  assert.ok(!older.ok);
  assert.deepEqual(older.issues.map(({ code, path, value }) => [code, path, value]), [['unknown-facts-version', 'entry 11', '3']]);
  assert.notEqual(older.issues[0]?.remedy, '');
  const same = mustOpen(dir, { factsVersion: 3 });
  assert.deepEqual(same.factsSpans, newer.factsSpans);
  await same.close();
});

/** Written by the first format, before marks and snapshots; the files were made by that program and are never rewritten. */
const fixture = fileURLToPath(new URL('./fixtures/v1/', import.meta.url));

test('a log of format version 1 is read as it is and migrated when it is opened to write', async (t) => {
  const dir = join(temporaryFolder(t), 'v1');
  cpSync(fixture, dir, { recursive: true });
  const reader = must(openReadOnly(dir));
  assert.equal(reader.header.version, 1);
  const texts = textsOf(reader);
  reader.close();
  assert.equal(texts.length, 40);
  const store = mustOpen(dir);
  assert.equal(store.header.version, 2);
  assert.deepEqual(textsOf(store), texts);
  await fill(store, 10);
  done(await store.saveSnapshot({ n: 45, bytes: state(45) }));
  await store.close();
  const again = mustOpen(dir);
  assert.deepEqual(textsOf(again).slice(0, 40), texts);
  assert.equal(again.headN, 50);
  assert.equal(again.newestSnapshot()?.n, 45);
  assert.deepEqual(again.findings, []);
  await again.close();
});

test('what a crash left of a snapshot or a segment is removed on opening', async (t) => {
  const dir = temporaryFolder(t);
  const store = mustOpen(dir);
  await fill(store, 10);
  done(await store.saveSnapshot({ n: 5, bytes: state(5) }));
  await store.close();
  const folder = join(dir, 'generation-1');
  for (const name of ['snapshots/snapshot-9', 'snapshots/snapshot-9.new', 'archive/entries-1-5.jsonl.new']) writeFileSync(join(folder, name), 'half');
  const again = mustOpen(dir);
  assert.deepEqual(readdirSync(join(folder, 'snapshots')), ['snapshot-5']);
  assert.ok(!existsSync(join(folder, 'archive', 'entries-1-5.jsonl.new')));
  assert.deepEqual(readFileSync(join(folder, 'snapshots', 'snapshot-5')), state(5));
  await again.close();
});
