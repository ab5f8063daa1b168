/** The child of `disk.test.ts`: uses a store on a disk that gets full, read-only or broken, and prints one line of JSON of what it saw. */

import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Refusal } from '../../../src/base/refusal.ts';
import { isRefusal } from '../../../src/base/refusal.ts';
import { openReadOnly, openStore } from '../../../src/adapters/store/store.ts';
import { done, draftsFrom, fill, must, mustOpen, options, textsOf } from './fixture.ts';

const [scenario = '', disk = ''] = process.argv.slice(2);
const dir = join(disk, 'data');

/** Appends until the store refuses; returns the refusal. */
async function appendUntilRefused(store: ReturnType<typeof mustOpen>): Promise<Refusal> {
  for (;;) {
    const answer = await store.append(draftsFrom(store.nextN, 50));
    if (isRefusal(answer)) return answer;
  }
}

async function fullDisk(): Promise<object> {
  const ballast = join(disk, 'ballast');
  writeFileSync(ballast, Buffer.alloc(300_000));
  const store = mustOpen(dir);
  const refusal = await appendUntilRefused(store);
  const acknowledged = textsOf(store);
  const snapshot = await store.saveSnapshot({ n: store.headN, bytes: Buffer.alloc(3_000_000) });
  const again = await store.append(draftsFrom(store.nextN, 50));
  rmSync(ballast);
  done(await store.append(draftsFrom(store.nextN, 50)));
  await store.close();
  const reopened = mustOpen(dir);
  const texts = textsOf(reopened);
  await reopened.close();
  return {
    code: refusal.code, remedy: refusal.remedy, again: isRefusal(again) ? again.code : 'written', snapshot: isRefusal(snapshot) ? snapshot.code : 'written',
    keptAll: JSON.stringify(texts.slice(0, acknowledged.length)) === JSON.stringify(acknowledged), more: texts.length - acknowledged.length, findings: reopened.findings.length,
  };
}

/** A disk that the kernel made read-only after an error, while the store was open and after it was closed. */
async function readOnlyDisk(): Promise<object> {
  const store = mustOpen(dir);
  await fill(store, 20);
  const acknowledged = textsOf(store);
  await store.close();
  spawnSync('mount', ['-o', 'remount,ro', disk]);
  const opened = openStore(dir, options());
  const fresh = openStore(join(disk, 'fresh'), options());
  const reader = must(openReadOnly(dir));
  const texts = textsOf(reader);
  reader.close();
  return {
    codes: opened.ok ? [] : opened.issues.map(({ code }) => code), freshCodes: fresh.ok ? [] : fresh.issues.map(({ code }) => code),
    keptAll: JSON.stringify(texts) === JSON.stringify(acknowledged),
  };
}

/** Writes fail with an error that is not about space: from then on nobody knows what the disk holds. */
async function brokenDisk(): Promise<object> {
  const store = mustOpen(dir);
  const refusal = await appendUntilRefused(store);
  const acknowledged = textsOf(store);
  const again = await store.append(draftsFrom(store.nextN, 1));
  return { code: refusal.code, remedy: refusal.remedy, again: isRefusal(again) ? again.code : 'written', acknowledged: acknowledged.length };
}

const scenarios: Readonly<Record<string, () => Promise<object>>> = { fullDisk, readOnlyDisk, brokenDisk };
console.log(JSON.stringify(await scenarios[scenario]?.()));
