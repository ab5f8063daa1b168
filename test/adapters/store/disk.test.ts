/** Disks that are full, read-only or broken: a stated outcome, nothing half-written, and the store serves on. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isRefusal } from '../../../src/base/refusal.ts';
import { done, draftsFrom, fill, mustOpen, temporaryFolder, textsOf } from './fixture.ts';

const child = fileURLToPath(new URL('./full-disk.ts', import.meta.url));

/** Runs a scenario in a shell that prepares the disk; `null` where this machine does not allow it. */
function run(shell: readonly string[], scenario: string, disk: string): Readonly<Record<string, unknown>> {
  const [program = '', ...words] = shell;
  const ran = spawnSync(program, [...words, process.execPath, child, scenario, disk], { encoding: 'utf8' });
  assert.equal(ran.status, 0, ran.stderr);
  return JSON.parse(ran.stdout.trim().split('\n').at(-1) ?? '') as Readonly<Record<string, unknown>>;
}

/** A disk of 2 MB in a namespace of its own, so that nothing outside is touched. */
const smallDisk = (disk: string): readonly string[] => ['unshare', '-Urm', 'sh', '-c', `mount -t tmpfs -o size=2m none ${disk} && exec "$@"`, 'sh'];
const mayMount = spawnSync('unshare', ['-Urm', 'true']).status === 0;
const noMount = mayMount ? false : 'this machine lets no namespace mount a small disk';

test('a full disk refuses what does not fit, keeps what was acknowledged, and takes appends again when there is space', { skip: noMount }, (t) => {
  const disk = temporaryFolder(t);
  assert.deepEqual(run(smallDisk(disk), 'fullDisk', disk), { code: 'disk-full', remedy: 'wait', again: 'disk-full', snapshot: 'disk-full', keptAll: true, more: 50, findings: 0 });
});

test('a read-only disk is refused for writing with one issue and can still be read', { skip: noMount }, (t) => {
  const disk = temporaryFolder(t);
  assert.deepEqual(run(smallDisk(disk), 'readOnlyDisk', disk), { codes: ['cannot-write'], freshCodes: ['cannot-write'], keptAll: true });
});

/** Folders under /proc cannot be made, and the system denies that they exist: Node's way of making several at once never ends there. */
const noProc = existsSync('/proc/self') ? false : 'this machine has no /proc';

test('a store, a backup and a restore under /proc are refused with one issue each instead of hanging', { skip: noProc }, (t) => {
  const script = `
    import { backupStore, restoreStore } from ${JSON.stringify(new URL('../../../src/adapters/store/backup.ts', import.meta.url).href)};
    import { openStore } from ${JSON.stringify(new URL('../../../src/adapters/store/store.ts', import.meta.url).href)};
    const owner = { cluster: 'c', fingerprint: 'f', clock: () => 1 };
    const store = openStore(process.argv[1], owner);
    await store.value.close();
    const refused = [openStore('/proc/heliostat/data', owner), await backupStore(process.argv[1], '/proc/heliostat/backup/monday'), await restoreStore(process.argv[1], '/proc/heliostat/data', { force: true })];
    console.log(JSON.stringify(refused.map(({ issues }) => issues.map(({ code }) => code))));`;
  const ran = spawnSync(process.execPath, ['--input-type=module', '-e', script, join(temporaryFolder(t), 'data')], { encoding: 'utf8', timeout: 20_000 });
  assert.equal(ran.signal, null, 'it never ended');
  assert.deepEqual(JSON.parse(ran.stdout || ran.stderr), [['cannot-write'], ['cannot-write'], ['cannot-write']]);
});

test('a disk that fails otherwise ends writing until the store is opened again, and then the log is whole', async (t) => {
  const disk = temporaryFolder(t);
  mkdirSync(join(disk, 'data'));
  // A limit on the size of files makes writes fail with EFBIG, which says nothing about free space.
  const outcome = run(['sh', '-c', "trap '' XFSZ; ulimit -f 600; exec \"$@\"", 'sh'], 'brokenDisk', disk);
  assert.deepEqual({ ...outcome, acknowledged: null }, { code: 'store-failed', remedy: 'never', again: 'store-failed', acknowledged: null });
  const store = mustOpen(join(disk, 'data'));
  assert.ok(store.headN >= Number(outcome['acknowledged']));
  assert.equal(textsOf(store).length, store.headN);
  await fill(store, 10);
  await store.close();
});

test('the log never grows beyond its limit, and goes on when a snapshot lets old entries leave', async (t) => {
  const limits = { databaseBytesMax: 200_000, segmentEntries: 50, entriesKept: 10 };
  const dir = temporaryFolder(t);
  const store = mustOpen(dir, { limits });
  let refusal: unknown = null;
  while (!isRefusal(refusal)) refusal = await store.append(draftsFrom(store.nextN, 50));
  assert.equal(refusal.code, 'store-full');
  assert.equal(refusal.remedy, 'wait');
  const before = textsOf(store);
  // Nothing of the batch that did not fit is there: whole batches of fifty only.
  assert.equal(before.length % 50, 0);
  for (const n of [before.length - 60, before.length]) done(await store.saveSnapshot({ n, bytes: Buffer.from('state') }));
  done(await store.compact());
  assert.ok(store.baseN > 0);
  done(await store.append(draftsFrom(store.nextN, 50)));
  await store.close();
  const again = mustOpen(dir, { limits });
  assert.equal(again.headN, before.length + 50);
  await again.close();
});
