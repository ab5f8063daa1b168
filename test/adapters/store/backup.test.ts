/** Backup beside a running writer, restore, and the full check. */

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { backupInThread } from '../../../src/adapters/store/backup-thread.ts';
import { backupStore, restoreStore } from '../../../src/adapters/store/backup.ts';
import { openReadOnly, openStore } from '../../../src/adapters/store/store.ts';
import { verifyStore } from '../../../src/adapters/store/verify-store.ts';
import { copyOf, done, draftsFrom, fill, flip, must, mustOpen, options, temporaryFolder, textsOf } from './fixture.ts';

const limits = { segmentEntries: 50, entriesKept: 20 };

/** A store of so many entries, closed, and a backup of it beside. */
async function backedUp(t: TestContext, entries: number): Promise<{ readonly root: string; readonly dir: string }> {
  const root = temporaryFolder(t);
  const dir = join(root, 'live');
  const store = mustOpen(dir);
  await fill(store, entries);
  await store.close();
  must(await backupStore(dir, join(root, 'backup')));
  return { root, dir };
}

test('a backup made while entries are appended holds all that were acknowledged before it', async (t) => {
  const root = temporaryFolder(t);
  const dir = join(root, 'live');
  const store = mustOpen(dir, { limits });
  await fill(store, 300);
  for (const n of [150, 300]) done(await store.saveSnapshot({ n, bytes: Buffer.from(`state ${n}`) }));
  done(await store.compact());
  const acknowledgedN = store.headN;
  let isRunning = true;
  const writing = (async () => {
    while (isRunning) done(await store.append(draftsFrom(store.nextN, 3)));
  })();
  const report = must(await backupInThread(dir, join(root, 'backup')));
  isRunning = false;
  await writing;
  assert.ok(report.headN >= acknowledgedN && report.headN <= store.headN);
  assert.equal(report.baseN, 150);
  assert.equal(report.snapshotN, 300);
  const check = must(verifyStore(join(root, 'backup')));
  assert.deepEqual([check.issues, check.notes, check.archivedEntries], [[], [], 150]);
  const texts = textsOf(store);
  await store.close();
  const reader = must(openReadOnly(join(root, 'backup')));
  assert.deepEqual(textsOf(reader), texts.slice(0, report.headN - report.baseN));
  reader.close();
  assert.deepEqual(readdirSync(root).sort(), ['backup', 'live']);
});

test('a backup refuses a target that holds something, and a damaged store', async (t) => {
  const { root, dir } = await backedUp(t, 100);
  const twice = await backupStore(dir, join(root, 'backup'));
  assert.ok(!twice.ok && twice.issues[0]?.code === 'target-exists');
  const database = join(dir, 'generation-1', 'log.db');
  flip(database, readFileSync(database).indexOf('lease-50"'), 1);
  const damaged = await backupStore(dir, join(root, 'second'));
  assert.ok(!damaged.ok && damaged.issues[0]?.path === 'entry 50');
  assert.deepEqual(readdirSync(root).sort(), ['backup', 'live']);
  const missing = await backupStore(join(root, 'nothing'), join(root, 'third'));
  assert.ok(!missing.ok && missing.issues[0]?.code === 'no-store');
});

test('a restore needs --force to replace, keeps what it replaced, and the store goes on from the backup', async (t) => {
  const root = temporaryFolder(t);
  const dir = join(root, 'live');
  const store = mustOpen(dir);
  await fill(store, 60);
  const texts = textsOf(store);
  must(await backupStore(dir, join(root, 'backup')));
  await fill(store, 20);
  const inUse = await restoreStore(join(root, 'backup'), dir, { force: true });
  assert.ok(!inUse.ok && inUse.issues[0]?.code === 'store-in-use');
  await store.close();
  const refused = await restoreStore(join(root, 'backup'), dir, { force: false });
  assert.ok(!refused.ok && refused.issues[0]?.code === 'store-exists');
  for (const generation of [2, 3]) {
    const report = must(await restoreStore(join(root, 'backup'), dir, { force: true }));
    assert.deepEqual([report.headN, report.replaced], [60, join(dir, `generation-${generation - 1}`)]);
    assert.deepEqual(readdirSync(dir).filter((name) => name.startsWith('generation')), [`generation-${generation - 1}`, `generation-${generation}`]);
  }
  const again = mustOpen(dir);
  assert.deepEqual(textsOf(again), texts);
  await fill(again, 10);
  await again.close();
  const fresh = must(await restoreStore(join(root, 'backup'), join(root, 'new'), { force: false }));
  assert.equal(fresh.replaced, null);
  await mustOpen(join(root, 'new')).close();
});

test('a damaged backup is refused before anything is replaced, wherever the damage is', async (t) => {
  const { root, dir } = await backedUp(t, 40);
  const names = ['generation-1/log.db', 'generation-1/head', 'current'];
  for (const name of names) {
    const bad = copyOf(join(root, 'backup'), join(root, 'bad'));
    truncateSync(join(bad, name), 40);
    const outcome = await restoreStore(bad, dir, { force: true });
    assert.ok(!outcome.ok && outcome.issues.length > 0, name);
    assert.deepEqual(readdirSync(dir).filter((entry) => entry.startsWith('generation')), ['generation-1']);
  }
  const opened = mustOpen(dir);
  assert.equal(opened.headN, 40);
  await opened.close();
});

test('a restore mends a store that refuses to open, as its issue says', async (t) => {
  const { root, dir } = await backedUp(t, 40);
  const newest = (): string => readdirSync(dir).filter((name) => name.startsWith('generation')).sort().at(-1) ?? '';
  for (const damage of [() => writeFileSync(join(dir, 'current'), 'x'), () => rmSync(join(dir, 'current')), () => rmSync(join(dir, newest(), 'head'))]) {
    damage();
    const opened = openStore(dir, options());
    assert.ok(!opened.ok && opened.issues.some(({ remedy }) => remedy.includes('heliostat store restore')));
    must(await restoreStore(join(root, 'backup'), dir, { force: true }));
    const mended = mustOpen(dir);
    assert.equal(mended.headN, 40);
    await mended.close();
  }
});

test('the full check names damage in the archive, which opening does not read', async (t) => {
  const root = temporaryFolder(t);
  const dir = join(root, 'live');
  const store = mustOpen(dir, { limits });
  await fill(store, 300);
  for (const n of [200, 300]) done(await store.saveSnapshot({ n, bytes: Buffer.from('state') }));
  done(await store.compact());
  await store.close();
  const archive = join(dir, 'generation-1', 'archive');
  assert.equal(must(verifyStore(dir)).archivedEntries, 200);
  const segment = join(archive, 'entries-51-100.jsonl');
  const good = readFileSync(segment);
  for (let at = 0; at < good.length; at += 97) {
    flip(segment, at, 1);
    const { issues, archivedEntries } = must(verifyStore(dir));
    assert.ok(issues.length > 0 && issues[0]?.file === segment, `byte ${at}`);
    assert.ok(archivedEntries < 200);
    writeFileSync(segment, good);
  }
  await mustOpen(dir, { limits }).close();
  rmSync(segment);
  assert.deepEqual(must(verifyStore(dir)).notes.map(({ code, file }) => [code, file]), [['archive-gap', join(archive, 'entries-1-50.jsonl')]]);
  assert.ok(existsSync(join(archive, 'entries-1-50.jsonl')));
});
