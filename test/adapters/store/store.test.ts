/** Appending, reading back, and what opening says about logs of others. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { entryText, entryTime, genesisHash } from '../../../src/adapters/store/entry.ts';
import { readHead } from '../../../src/adapters/store/head-file.ts';
import { openForWriting } from '../../../src/adapters/store/log-database.ts';
import { openReadOnly, openStore } from '../../../src/adapters/store/store.ts';
import { isRefusal } from '../../../src/base/refusal.ts';
import { bodyOf, done, draftsFrom, fill, must, mustOpen, options, temporaryFolder, textsOf } from './fixture.ts';

test('what was acknowledged is there after reopening, numbered from 1 without a gap', async (t) => {
  const dir = temporaryFolder(t);
  const store = mustOpen(dir);
  await fill(store, 25);
  assert.equal(store.headN, 25);
  const before = textsOf(store);
  await store.close();
  const again = mustOpen(dir);
  assert.deepEqual(textsOf(again), before);
  assert.deepEqual([...again.entries()].map(({ n }) => n), Array.from({ length: 25 }, (_, at) => at + 1));
  assert.deepEqual([...again.entries(24)].map(({ body }) => body), [bodyOf(24), bodyOf(25)]);
  assert.deepEqual(again.findings, []);
  await again.close();
});

test('appends of many callers share commits and keep the order of the calls', async (t) => {
  const dir = temporaryFolder(t);
  const store = mustOpen(dir);
  const answers = await Promise.all(Array.from({ length: 500 }, (_, at) => store.append(draftsFrom(at + 1, 1))));
  assert.deepEqual(answers.map((answer) => done(answer).entries[0]?.n), Array.from({ length: 500 }, (_, at) => at + 1));
  const [generation = ''] = readdirSync(dir).filter((name) => name.startsWith('generation'));
  // The head counts its writes: 500 appends called at once need one commit, not 500.
  assert.equal(readHead(join(dir, generation, 'head')).record?.sequence, 1);
  await store.close();
});

test('the database waits for the disk at every commit, which no kill of a process could show', (t) => {
  const database = openForWriting(join(temporaryFolder(t), 'log.db'));
  // 2 is FULL, sqlite.org/pragma.html#pragma_synchronous.
  assert.equal(database.prepare('PRAGMA synchronous').get()?.['synchronous'], 2);
  assert.equal(database.prepare('PRAGMA journal_mode').get()?.['journal_mode'], 'wal');
  database.close();
});

test('the chain is the one that the header of entry.ts describes, computed by another program', async (t) => {
  const dir = temporaryFolder(t);
  const store = mustOpen(dir);
  await fill(store, 7);
  const { record } = readHead(join(dir, 'generation-1', 'head'));
  const genesis = JSON.stringify([store.header.cluster, store.header.fingerprint, store.header.createdNs]);
  const script = 'import hashlib,sys,json\nlines=sys.stdin.read().split("\\n")\nh=hashlib.sha256(lines[0].encode()).hexdigest()\nfor l in lines[1:]: h=hashlib.sha256((h+l).encode()).hexdigest()\nprint(h)';
  const python = spawnSync('python3', ['-c', script], { input: [genesis, ...textsOf(store)].join('\n'), encoding: 'utf8' });
  await store.close();
  if (python.error !== undefined) t.skip('python3 is not installed here');
  else assert.equal(python.stdout.trim(), record?.hash);
});

test('times never decrease: an entry from before the newest takes its time', async (t) => {
  let nowNs = 5000;
  const dir = temporaryFolder(t);
  const store = mustOpen(dir, { clock: () => nowNs });
  done(await store.append([{ kind: 'fact', body: {} }]));
  nowNs = 3000;
  assert.equal(store.nowNs(), 5000);
  const { entries } = done(await store.append([{ kind: 'fact', body: {} }, { kind: 'reading', atNs: 9000, body: {} }, { kind: 'fact', atNs: 100, body: {} }]));
  assert.deepEqual(entries.map(({ atNs }) => atNs), [5000, 9000, 9000]);
  await store.close();
  const again = mustOpen(dir, { clock: () => nowNs });
  assert.equal(again.nowNs(), 9000);
  await again.close();
});

test('times count from the epoch of the log, and a cause goes with its entry', async (t) => {
  const dir = temporaryFolder(t);
  // 2026-01-01 is 1,767,225,600 s after 1970; the clock stands two seconds later.
  const clock = (): number => 1_767_225_602e9;
  const store = mustOpen(dir, { clock, epoch: '2026-01-01T00:00:00Z' });
  assert.equal(store.header.createdNs, 2e9);
  const { entries } = done(await store.append([{ kind: 'reading', body: {} }, { kind: 'fact', cause: 1, atNs: 3e9, body: { why: 'reading 1' } }]));
  assert.deepEqual(entries, [{ n: 1, kind: 'reading', atNs: 2e9, body: {} }, { n: 2, kind: 'fact', atNs: 3e9, cause: 1, body: { why: 'reading 1' } }]);
  assert.throws(() => store.append([{ kind: 'fact', cause: 3, body: {} }]), TypeError);
  await store.close();
  // The log keeps its epoch, whatever is asked for later.
  const again = mustOpen(dir, { clock, epoch: '2025-01-01T00:00:00Z' });
  assert.equal(again.header.epoch, '2026-01-01T00:00:00Z');
  assert.deepEqual([...again.entries()], entries);
  await again.close();
  assert.throws(() => openStore(join(dir, 'other'), options({ clock, epoch: '2027-01-01T00:00:00Z' })), RangeError);
  assert.throws(() => openStore(join(dir, 'another'), options({ clock, epoch: 'soon' })), RangeError);
});

test('the time of an entry is read from the front of its text, whatever its body says', () => {
  const text = entryText({ n: 12, kind: 'reading', atNs: 1_795_333_877_372_000_000, body: { atNs: 5, text: '","atNs":7,' } });
  assert.equal(entryTime(text, 12), 1_795_333_877_372_000_000);
  assert.ok(Number.isNaN(entryTime(text, 13)));
  assert.ok(Number.isNaN(entryTime('{"mark":"facts"}', 12)));
});

test('a number that is not the next is refused and nothing of the batch is logged', async (t) => {
  const store = mustOpen(temporaryFolder(t));
  const [first, second] = await Promise.all([store.append(draftsFrom(1, 2), { firstN: 1 }), store.append(draftsFrom(1, 2), { firstN: 1 })]);
  assert.ok(!isRefusal(first));
  assert.ok(isRefusal(second) && second.code === 'wrong-number' && second.remedy === 'wait');
  assert.equal(store.headN, 2);
  await store.close();
});

test('a body that JSON cannot keep is a bug of the caller and throws, and the log goes on', async (t) => {
  const store = mustOpen(temporaryFolder(t));
  assert.throws(() => store.append([{ kind: 'fact', body: { rateGbps: NaN } }]), TypeError);
  assert.throws(() => store.append([{ kind: 'fact', body: { deep: [{ x: -Infinity }], nothing: null } }]), TypeError);
  assert.throws(() => store.append([{ kind: 'fact', atNs: NaN, body: {} }]), TypeError);
  assert.throws(() => store.append([]), RangeError);
  done(await store.append([{ kind: 'fact', body: { nothing: null } }]));
  assert.equal(store.headN, 1);
  await store.close();
});

test('entries that are too large or too many to wait are refused with the limit', async (t) => {
  const store = mustOpen(temporaryFolder(t), { limits: { entryCharsMax: 100, waitingEntriesMax: 3 } });
  const large = await store.append([{ kind: 'fact', body: { text: 'x'.repeat(100) } }]);
  assert.ok(isRefusal(large) && large.code === 'entry-too-large' && large.remedy === 'never');
  const two = [{ kind: 'fact', body: {} }, { kind: 'fact', body: {} }] as const;
  const [kept, busy] = await Promise.all([store.append(two), store.append(two)]);
  assert.ok(!isRefusal(kept));
  assert.ok(isRefusal(busy) && busy.code === 'store-busy' && busy.remedy === 'wait');
  assert.equal(store.headN, 2);
  done(await store.append(Array.from({ length: 5 }, () => ({ kind: 'fact' as const, body: {} }))));
  assert.equal(store.headN, 7);
  await store.close();
});

test('a second writer is refused with one line that names the first, in this process and in another', async (t) => {
  const dir = temporaryFolder(t);
  const store = mustOpen(dir);
  const second = openStore(dir, options());
  assert.ok(!second.ok);
  assert.deepEqual(second.issues.map(({ code, message }) => [code, message]), [['store-in-use', `The store is in use by process ${process.pid}`]]);
  const module = fileURLToPath(new URL('../../../src/adapters/store/store.ts', import.meta.url));
  const script = `import { openStore } from ${JSON.stringify(module)};
    const opened = openStore(${JSON.stringify(dir)}, { cluster: 'test', fingerprint: 'plant-1', clock: Date.now });
    console.log(opened.ok ? 'open' : opened.issues[0].code);`;
  const other = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  assert.equal(other.stdout.trim(), 'store-in-use');
  await fill(store, 3);
  const reader = must(openReadOnly(dir));
  assert.equal(reader.headN, 3);
  reader.close();
  await store.close();
  await mustOpen(dir).close();
});

test('a log of another cluster or plant is refused and left as it is', async (t) => {
  const dir = temporaryFolder(t);
  const store = mustOpen(dir);
  await fill(store, 3);
  await store.close();
  const bytes = readFileSync(join(dir, 'generation-1', 'log.db'));
  for (const [other, path] of [[{ cluster: 'other' }, 'header.cluster'], [{ fingerprint: 'plant-2' }, 'header.fingerprint']] as const) {
    const opened = openStore(dir, options(other));
    assert.ok(!opened.ok);
    assert.deepEqual(opened.issues.map((issue) => [issue.code, issue.path]), [['foreign-log', path]]);
  }
  assert.deepEqual(readFileSync(join(dir, 'generation-1', 'log.db')), bytes);
  await mustOpen(dir).close();
});

test('a chain begins at its log: other identities give other first hashes', () => {
  const header = { version: 1, cluster: 'a', fingerprint: 'b', epoch: '1970-01-01T00:00:00.000Z', createdNs: 1 };
  const hashes = [header, { ...header, cluster: 'c' }, { ...header, fingerprint: 'c' }, { ...header, createdNs: 2 }].map(genesisHash);
  assert.equal(new Set(hashes).size, 4);
  // The version may rise by migration without a new chain.
  assert.equal(genesisHash({ ...header, version: 2 }), hashes[0]);
});

test('a store whose creation was interrupted is made anew, one that lost its pointer is not', async (t) => {
  const dir = temporaryFolder(t);
  await mustOpen(dir).close();
  rmSync(join(dir, 'current'));
  const store = mustOpen(dir);
  await fill(store, 1);
  await store.close();
  rmSync(join(dir, 'current'));
  const opened = openStore(dir, options());
  assert.ok(!opened.ok && opened.issues[0]?.code === 'store-pointer-lost');
  assert.ok(existsSync(join(dir, 'generation-1', 'log.db')));
});
