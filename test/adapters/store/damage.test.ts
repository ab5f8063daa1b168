/** Flipped bytes and cuts: the same content or a named place, never silently another log. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openReadOnly, openStore } from '../../../src/adapters/store/store.ts';
import { createDice } from '../../../src/base/dice.ts';
import { copyOf, done, fill, mustOpen, options, temporaryFolder, textsOf } from './fixture.ts';

const seed = 7;
let dir = '';
let texts: readonly string[] = [];
let workDir = '';
const finals: (() => void)[] = [];
after(() => { for (const final of finals) final(); });

/** A log of which a part lies in the database and a part in the write-ahead log, as a crash leaves it. */
before(async () => {
  const root = temporaryFolder({ after: (final) => void finals.push(final as () => void) });
  workDir = join(root, 'work');
  const live = join(root, 'live');
  const first = mustOpen(live);
  await fill(first, 150);
  await first.close();
  const store = mustOpen(live);
  await fill(store, 60);
  texts = textsOf(store);
  dir = copyOf(live, join(root, 'crashed'));
  await store.close();
});

const file = (name: string): string => join(workDir, 'generation-1', name);

/** One in so many damaged logs that open is also written to, which takes most of the time. */
const writtenOneIn = 4;
let openedLogs = 0;

/** Opens a damaged copy: returns true when the damage was named, be it as a finding that costs nothing; fails when a log with other content was served. */
async function isNoticed(what: string): Promise<boolean> {
  const reader = openReadOnly(workDir);
  if (reader.ok) {
    const served = textsOf(reader.value);
    assert.deepEqual(served, texts.slice(0, served.length), `${what}: read-only served something that was never written`);
    if (reader.value.findings.every(({ code }) => code === 'head-copy-damaged')) assert.equal(served.length, texts.length, `${what}: entries were lost without a word`);
    reader.value.close();
  }
  const opened = openStore(workDir, options());
  if (!opened.ok) {
    assert.ok(opened.issues.length > 0 && opened.issues.every(({ remedy, file: place }) => remedy !== '' && place !== undefined), `${what}: an issue without place or remedy`);
    return true;
  }
  assert.deepEqual(textsOf(opened.value), texts, `${what}: opened with other content`);
  const wasFound = opened.value.findings.length > 0;
  // Writing must not turn hidden damage into loss.
  if (openedLogs++ % writtenOneIn === 0) await fill(opened.value, 30);
  await opened.value.close();
  const again = openReadOnly(workDir);
  assert.ok(again.ok && again.value.findings.length === 0, `${what}: damage appeared after writing`);
  assert.deepEqual(textsOf(again.value).slice(0, texts.length), texts, `${what}: content changed after writing`);
  again.value.close();
  return wasFound;
}

function damageBytes(name: string, everyBytes: number): void {
  test(`a flipped byte of ${name} changes nothing or is named, every ${everyBytes} bytes`, async () => {
    const dice = createDice(seed).fork(name);
    const size = statSync(join(dir, 'generation-1', name)).size;
    let noticed = 0;
    let flips = 0;
    for (let at = dice.below(everyBytes); at < size; at += 1 + dice.below(2 * everyBytes)) {
      copyOf(dir, workDir);
      const bytes = readFileSync(file(name));
      const mask = 1 + dice.below(255);
      bytes[at] = (bytes[at] ?? 0) ^ mask;
      writeFileSync(file(name), bytes);
      flips += 1;
      if (await isNoticed(`${name} byte ${at} xor ${mask}`)) noticed += 1;
    }
    assert.ok(flips > 20);
    assert.ok(noticed > 0, `none of ${flips} flips was noticed`);
  });
}

damageBytes('log.db', 250);
damageBytes('log.db-wal', 250);
damageBytes('head', 100);

test('every byte of the database header and of the write-ahead log header is covered', async () => {
  for (const [name, bytes] of [['log.db', 100], ['log.db-wal', 32 + 24]] as const) {
    for (let at = 0; at < bytes; at++) {
      copyOf(dir, workDir);
      const content = readFileSync(file(name));
      content[at] = (content[at] ?? 0) ^ (1 << at % 8);
      writeFileSync(file(name), content);
      await isNoticed(`${name} byte ${at}`);
    }
  }
});

test('a flipped byte inside an entry is named by its number', () => {
  copyOf(dir, workDir);
  const bytes = readFileSync(file('log.db'));
  const at = bytes.indexOf('lease-77"');
  assert.ok(at > 0);
  bytes[at] = 'L'.charCodeAt(0);
  writeFileSync(file('log.db'), bytes);
  const opened = openStore(workDir, options());
  assert.ok(!opened.ok);
  assert.equal(opened.issues[0]?.code, 'damaged-log');
  assert.equal(opened.issues[0].path, 'entry 77');
  assert.match(opened.issues[0].remedy, /heliostat store restore/);
  const reader = openReadOnly(workDir);
  assert.ok(reader.ok);
  assert.deepEqual(textsOf(reader.value), texts.slice(0, 76));
  reader.value.close();
});

test('damage of the header, the base, a mark or the free list is named, though every entry is whole', async (t) => {
  const root = temporaryFolder(t);
  const live = join(root, 'live');
  const store = mustOpen(live, { limits: { segmentEntries: 50, entriesKept: 10 } });
  await fill(store, 200);
  for (const n of [120, 200]) done(await store.saveSnapshot({ n, bytes: Buffer.from('state') }));
  done(await store.compact());
  await store.close();
  const copy = join(root, 'copy');
  const database = join(copy, 'generation-1', 'log.db');
  const text = (needle: string, offset: number) => (bytes: Buffer): number => bytes.lastIndexOf(needle) + offset;
  const places: readonly (readonly [string, (bytes: Buffer) => number, string, string | undefined])[] = [
    // A year of the epoch, which no hash of the chain covers.
    ['header', text('"epoch":"1970', 12), 'damaged-log', 'header'],
    // The last digit of a time.
    ['base', text(',"factsVersion":1}', -1), 'damaged-log', 'base'],
    ['mark', text(',"n":200,"bytes"', -1), 'damaged-log', 'mark 2'],
    // Bytes 36 to 39 count the free pages, sqlite.org/fileformat.html section 1.3.
    ['free list', () => 39, 'damaged-database', undefined],
  ];
  for (const [what, find, code, path] of places) {
    copyOf(live, copy);
    const bytes = readFileSync(database);
    const at = find(bytes);
    assert.ok(at > 20, what);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(database, bytes);
    const opened = openStore(copy, options());
    assert.ok(!opened.ok, what);
    assert.deepEqual([opened.issues[0]?.code, opened.issues[0]?.path], [code, path], what);
  }
});

test('a cut inside acknowledged data is noticed wherever it is', async () => {
  const size = statSync(join(dir, 'generation-1', 'log.db-wal')).size;
  for (let cut = 0; cut < size; cut += 1 + Math.floor(size / 40)) {
    copyOf(dir, workDir);
    truncateSync(file('log.db-wal'), cut);
    assert.ok(await isNoticed(`write-ahead log cut at ${cut}`), `a cut at ${cut} went unnoticed`);
  }
  copyOf(dir, workDir);
  rmSync(file('log.db-wal'));
  const opened = openStore(workDir, options());
  assert.ok(!opened.ok);
  // 150 entries were in the database when the 60 of the write-ahead log were lost.
  assert.deepEqual(opened.issues.map(({ code, path }) => [code, path]), [['acknowledged-entries-lost', 'entry 151']]);
  assert.match(opened.issues[0]?.message ?? '', /Entries 151 to 210 were acknowledged and are not there/);
});

test('a power cut loses at most what was not acknowledged: every cut of the unsynced tail recovers to a whole batch', async (t) => {
  const root = temporaryFolder(t);
  const live = join(root, 'live');
  const store = mustOpen(live);
  await fill(store, 100);
  const acknowledged = copyOf(live, join(root, 'acknowledged'));
  const batches = [7, 1, 12];
  const ends = [100];
  // Each batch is a commit of its own, in the same write-ahead log.
  for (const count of batches) ends.push((ends.at(-1) ?? 0) + await fill(store, count).then(() => count));
  const all = textsOf(store);
  const tail = copyOf(live, join(root, 'tail'));
  await store.close();
  const wal = (at: string): string => join(at, 'generation-1', 'log.db-wal');
  const reached = new Set<number>();
  const [fromBytes, toBytes] = [statSync(wal(acknowledged)).size, statSync(wal(tail)).size];
  assert.ok(toBytes > fromBytes);
  for (let cut = fromBytes; cut <= toBytes; cut += 509) {
    const crashed = copyOf(acknowledged, join(root, 'crashed'));
    writeFileSync(wal(crashed), readFileSync(wal(tail)).subarray(0, cut));
    const opened = mustOpen(crashed);
    assert.ok(ends.includes(opened.headN), `a cut at ${cut} left ${opened.headN} entries`);
    assert.deepEqual(textsOf(opened), all.slice(0, opened.headN));
    assert.deepEqual(opened.findings, []);
    reached.add(opened.headN);
    await opened.close();
  }
  // Batches of at most ten share a commit, so the batch of twelve is two appends in one commit.
  assert.deepEqual([...reached], ends.slice(0, reached.size));
  assert.ok(reached.size >= 3);
});

test('files that are gone are named', () => {
  for (const [name, code] of [['log.db', 'damaged-log'], ['head', 'acknowledged-head-lost']] as const) {
    copyOf(dir, workDir);
    rmSync(file(name));
    const opened = openStore(workDir, options());
    assert.ok(!opened.ok && opened.issues.some((issue) => issue.code === code), name);
    assert.ok(!existsSync(file(name)), 'a refused store must not be written');
  }
});

test('the pointer is guarded: a flipped byte never leads to another log', () => {
  const size = statSync(join(dir, 'current')).size;
  for (let at = 0; at < size; at++) {
    copyOf(dir, workDir);
    const bytes = readFileSync(join(workDir, 'current'));
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(join(workDir, 'current'), bytes);
    const reader = openReadOnly(workDir);
    if (reader.ok) {
      assert.deepEqual(textsOf(reader.value), texts);
      reader.value.close();
    } else assert.equal(reader.issues[0]?.code, 'store-pointer-damaged');
  }
});
